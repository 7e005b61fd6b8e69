// SPDX-License-Identifier: MIT
#include "virtio_disk.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <l4/sys/ipc.h>
#include <l4/sys/irq.h>
#include <l4/sys/kip.h>

#define BIT(n) (1ull << (n))
#define WATCH_US 5000000ull

enum { POLL_MS = 1, HEADER_BYTES = sizeof(struct virtio_blk_header), UNANSWERED = 0xff, SERIAL_MS = 2000 };

static struct virtio_disk *of(struct disk *d)
{
    return (struct virtio_disk *)((char *)d - offsetof(struct virtio_disk, disk));
}

// ---- requests ----

static void end(struct virtio_disk *d, struct disk_slot *s, enum block_status status)
{
    struct block_request *r = s->request;
    s->request = NULL;
    d->under_way--;
    if (status == BLOCK_OK && r->op == BLOCK_READ && !block_request_put(r, 0, s->data, r->count << BLOCK_SECTOR_SHIFT))
        status = BLOCK_IOERR;
    r->done(r, status);
}

// The device is given up. It may still write into the buffers: they are nobody's any more.
static void fail(struct virtio_disk *d, char const *why)
{
    if (d->failed)
        return;
    d->failed = true;
    printf("disk '%s' has failed: %s\n", d->disk.name, why);
    virtio_mmio_fail(&d->dev);
    for (unsigned i = 0; i < DISK_SLOTS; i++)
        if (d->slot[i].request)
            end(d, &d->slot[i], BLOCK_IOERR);
}

static enum block_status status_of(struct disk_slot const *s)
{
    switch (__atomic_load_n(&s->shared->status, __ATOMIC_RELAXED)) {
    case BLOCK_OK:
        return BLOCK_OK;
    case BLOCK_UNSUPP:
        return BLOCK_UNSUPP;
    default:
        return BLOCK_IOERR;
    }
}

// Ends what the device has done. Returns how many requests that were.
static unsigned take_results(struct virtio_disk *d)
{
    void *cookie;
    uint32_t len;
    unsigned n = 0;
    int r = 0;
    while (!d->failed && (r = vq_drv_get(&d->queue, &cookie, &len)) > 0) {
        struct disk_slot *s = cookie;
        end(d, s, status_of(s));
        n++;
    }
    if (r < 0)
        fail(d, vq_strerror(r));
    return n;
}

static void watch_later(struct virtio_disk *d)
{
    srv_timer_arm(d->srv, &d->watch, l4_kip_clock(l4_kip()) + WATCH_US);
}

// Nobody waits for ever for a device that says nothing.
static void watch(struct srv_timer *t)
{
    struct virtio_disk *d = (struct virtio_disk *)((char *)t - offsetof(struct virtio_disk, watch));
    uint64_t now = l4_kip_clock(l4_kip());
    take_results(d);
    for (unsigned i = 0; i < DISK_SLOTS && !d->failed; i++)
        if (d->slot[i].request && now - d->slot[i].since > DEVICE_PATIENCE_US)
            fail(d, "it does not answer");
    if (d->under_way)
        watch_later(d);
    block_disk_ready(&d->disk);
}

static struct disk_slot *free_slot(struct virtio_disk *d)
{
    for (unsigned i = 0; i < DISK_SLOTS; i++)
        if (!d->slot[i].request)
            return &d->slot[i];
    return NULL;
}

// The request in the device's terms. Returns the number of buffers to be read by it, *written: and by how many it writes.
static unsigned describe(struct disk_slot *s, struct vq_buf buf[3], unsigned *written)
{
    static uint32_t const type[] = {
        [BLOCK_READ] = VIRTIO_BLK_T_IN,         [BLOCK_WRITE] = VIRTIO_BLK_T_OUT,
        [BLOCK_FLUSH] = VIRTIO_BLK_T_FLUSH,     [BLOCK_DISCARD] = VIRTIO_BLK_T_DISCARD,
        [BLOCK_WRITE_ZEROES] = VIRTIO_BLK_T_WRITE_ZEROES,
    };
    struct block_request const *r = s->request;
    bool range = r->op == BLOCK_DISCARD || r->op == BLOCK_WRITE_ZEROES;
    uint64_t at = s->shared_address;
    unsigned n = 0;
    s->shared->header = (struct virtio_blk_header){ .type = type[r->op], .sector = range ? 0 : r->sector };
    s->shared->range = (struct virtio_blk_range){ r->sector, (uint32_t)r->count, r->unmap ? VIRTIO_BLK_F_UNMAP : 0 };
    s->shared->status = UNANSWERED;
    buf[n++] = (struct vq_buf){ at + offsetof(struct disk_slot_memory, header), HEADER_BYTES };
    if (range)
        buf[n++] = (struct vq_buf){ at + offsetof(struct disk_slot_memory, range), sizeof(s->shared->range) };
    else if (r->op != BLOCK_FLUSH)
        buf[n++] = (struct vq_buf){ s->data_address, (uint32_t)(r->count << BLOCK_SECTOR_SHIFT) };
    buf[n++] = (struct vq_buf){ at + offsetof(struct disk_slot_memory, status), 1 };
    *written = r->op == BLOCK_READ ? 2 : 1;
    return n - *written;
}

static bool add(struct virtio_disk *d, struct disk_slot *s, struct vq_buf const *buf, unsigned read, unsigned written)
{
    if (vq_drv_add(&d->queue, buf, read, written, s) < 0)
        return false;
    s->since = l4_kip_clock(l4_kip());
    if (!d->under_way++)
        watch_later(d);
    if (vq_drv_kick(&d->queue))
        virtio_mmio_notify(&d->dev, 0);
    return true;
}

static bool start(struct virtio_disk *d, struct disk_slot *s)
{
    struct vq_buf buf[3];
    unsigned written, read = describe(s, buf, &written);
    return add(d, s, buf, read, written);
}

static bool submit(struct disk *disk, struct block_request *r)
{
    struct virtio_disk *d = of(disk);
    uint64_t const size = r->op == BLOCK_READ || r->op == BLOCK_WRITE ? r->count << BLOCK_SECTOR_SHIFT : 0;
    struct disk_slot *s = free_slot(d);
    if (d->failed || size > DISK_BUFFER || (s && r->op == BLOCK_WRITE && !block_request_get(r, 0, s->data, size))) {
        r->done(r, BLOCK_IOERR);
        return true;
    }
    if (!s)
        return false;
    s->request = r;
    if (start(d, s))
        return true;
    s->request = NULL;
    return false;
}

static void wait(struct disk *disk, unsigned ms)
{
    struct virtio_disk *d = of(disk);
    for (unsigned i = 0; i < ms && !take_results(d); i += POLL_MS)
        l4_ipc_sleep_ms(POLL_MS);
}

static l4_msgtag_t interrupted(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct virtio_disk *d = (struct virtio_disk *)((char *)o - offsetof(struct virtio_disk, irq));
    (void)rights, (void)tag, (void)u;
    virtio_mmio_irq(&d->dev);
    if (!virtio_mmio_works(&d->dev))
        fail(d, "it asks for a reset");
    take_results(d);
    block_disk_ready(&d->disk);
    l4_irq_unmask(o->cap);
    return SRV_NO_REPLY;
}

// ---- start ----

static int make_slots(struct virtio_disk *d, struct dma_space const *dma)
{
    struct dma_memory shared, data;
    int r = dma_alloc(dma, DISK_SLOTS * sizeof(struct disk_slot_memory), &shared);
    if (r >= 0)
        r = dma_alloc(dma, DISK_SLOTS * DISK_BUFFER, &data);
    for (unsigned i = 0; r >= 0 && i < DISK_SLOTS; i++) {
        d->slot[i].shared = (struct disk_slot_memory *)shared.at + i;
        d->slot[i].shared_address = shared.address + i * sizeof(struct disk_slot_memory);
        d->slot[i].data = (uint8_t *)data.at + i * DISK_BUFFER;
        d->slot[i].data_address = data.address + i * DISK_BUFFER;
    }
    return r;
}

static int make_queue(struct virtio_disk *d, struct dma_space const *dma)
{
    struct dma_memory m;
    size_t avail, used, size = vq_drv_layout(DISK_QUEUE, &avail, &used);
    int r = dma_alloc(dma, size, &m);
    if (r < 0)
        return r;
    struct vq_drv_memory const mem = { m.at, d->cookies, d->chain_len, d->next };
    if (vq_drv_init(&d->queue, DISK_QUEUE, &mem, false) < 0)
        return -L4_EINVAL;
    struct virtio_mmio_rings const rings = { DISK_QUEUE, m.address, m.address + avail, m.address + used };
    return virtio_mmio_queue(&d->dev, 0, &rings);
}

static void serial_ended(struct block_request *r, enum block_status status)
{
    struct disk_serial *n = (struct disk_serial *)((char *)r - offsetof(struct disk_serial, r));
    n->answered = true;
    n->ok = status == BLOCK_OK;
}

static bool ask_serial(struct virtio_disk *d, struct disk_slot *s)
{
    uint64_t const at = s->shared_address;
    struct vq_buf const buf[] = { { at + offsetof(struct disk_slot_memory, header), HEADER_BYTES },
                                  { s->data_address, VIRTIO_BLK_ID_BYTES },
                                  { at + offsetof(struct disk_slot_memory, status), 1 } };
    d->serial.r = (struct block_request){ .op = BLOCK_FLUSH, .done = serial_ended }; // as a flush it has no memory of a client
    s->shared->header = (struct virtio_blk_header){ .type = VIRTIO_BLK_T_GET_ID };
    s->shared->status = UNANSWERED;
    s->request = &d->serial.r;
    return add(d, s, buf, 1, 2);
}

// Asks for the serial number, up to two seconds. False: it has none.
static bool read_serial(struct virtio_disk *d, char serial[VIRTIO_BLK_ID_BYTES + 1])
{
    struct disk_slot *s = &d->slot[0];
    if (!ask_serial(d, s)) {
        s->request = NULL;
        return false;
    }
    for (unsigned i = 0; !d->serial.answered; i++) {
        if (i == SERIAL_MS)
            return false;
        l4_ipc_sleep_ms(POLL_MS);
        take_results(d);
    }
    virtio_mmio_irq(&d->dev); // the line goes down: nobody listens yet, and its next rise is to be seen
    memcpy(serial, s->data, VIRTIO_BLK_ID_BYTES);
    serial[VIRTIO_BLK_ID_BYTES] = 0;
    return d->serial.ok && serial[0];
}

// Its serial number where it has one, without what scripts could not write.
static void set_name(struct virtio_disk *d, char const *name)
{
    char serial[VIRTIO_BLK_ID_BYTES + 1];
    bool has_serial = read_serial(d, serial);
    for (char *c = serial; has_serial && *c; c++)
        if (!isgraph((unsigned char)*c) || *c == ':')
            *c = '_';
    snprintf(d->disk.name, sizeof(d->disk.name), "%s", has_serial ? serial : name);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static int read_config(struct virtio_disk *d)
{
    struct disk *k = &d->disk;
    uint32_t block = BLOCK_SECTOR, max;
    if (!virtio_mmio_config(&d->dev, offsetof(struct virtio_blk_config, capacity), &k->sectors, sizeof(k->sectors)))
        return -L4_EIO;
    if (virtio_mmio_has(&d->dev, VIRTIO_BLK_F_BLK_SIZE) &&
        !virtio_mmio_config(&d->dev, offsetof(struct virtio_blk_config, blk_size), &block, sizeof(block)))
        return -L4_EIO;
    k->block = block;
    k->seg_max = DISK_SEGS;
    k->size_max = DISK_SEG_BYTES;
    k->read_only = virtio_mmio_has(&d->dev, VIRTIO_BLK_F_RO);
    k->cached = virtio_mmio_has(&d->dev, VIRTIO_BLK_F_FLUSH);
    if (virtio_mmio_has(&d->dev, VIRTIO_BLK_F_DISCARD) &&
        virtio_mmio_config(&d->dev, offsetof(struct virtio_blk_config, max_discard_sectors), &max, sizeof(max)))
        k->discard_max = smaller(max, 1u << 22);
    if (virtio_mmio_has(&d->dev, VIRTIO_BLK_F_WRITE_ZEROES) &&
        virtio_mmio_config(&d->dev, offsetof(struct virtio_blk_config, max_write_zeroes_sectors), &max, sizeof(max)))
        k->zeroes_max = smaller(max, 1u << 22);
    return 0;
}

int virtio_disk_init(struct virtio_disk *d, struct srv *srv, struct dma_space const *dma, char const *name)
{
    static struct disk_ops const ops = { .submit = submit, .wait = wait };
    static struct srv_ops const irq_ops = { .dispatch = interrupted };
    d->disk = (struct disk){ .ops = &ops };
    d->irq.ops = &irq_ops;
    d->watch.expired = watch;
    d->srv = srv;
    int r = virtio_mmio_begin(&d->dev, BIT(VIRTIO_BLK_F_RO) | BIT(VIRTIO_BLK_F_BLK_SIZE) | BIT(VIRTIO_BLK_F_FLUSH) |
                                           BIT(VIRTIO_BLK_F_DISCARD) | BIT(VIRTIO_BLK_F_WRITE_ZEROES));
    if (r >= 0)
        r = read_config(d);
    if (r >= 0)
        r = make_slots(d, dma);
    if (r >= 0)
        r = make_queue(d, dma);
    if (r < 0)
        return r;
    virtio_mmio_start(&d->dev);
    set_name(d, name);
    return 0;
}
