// SPDX-License-Identifier: MIT
#include "block_lost_disk.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <l4/re/env.h>
#include <l4/sys/kip.h>

enum { PENDING = DISK_QUEUE, CACHE = 1024, POOL = 2 << 20, SEGS = 8, BUFFERS = 1 << 16 };

// What it was asked for: done at some moment, completed later.
struct pending {
    struct vq_chain chain;
    struct vq_seg seg[SEGS];
    struct virtio_blk_header header;
    unsigned number, written; // when it came; sectors
    enum { CAME, DONE } state;
};

// A sector that was written, in the order of this. By a request that has completed, and when?
struct volatile_sector {
    unsigned sector, request, completed;
    uint32_t stamp;
};

static struct {
    struct lost_disk_options options;
    uint32_t stable[LOST_SECTORS];
    struct volatile_sector cache[CACHE];
    unsigned cached;
    struct pending pending[PENDING];
    unsigned count, moment; // a clock of what came and what completed
    struct vq_dev queue;
    bool running, hung, interrupt;
    uint64_t begun;
} disk;

static uint8_t pool[POOL]; // that the driver shares with it
static size_t pool_used;
static struct vq_region region;
static struct vq_mem mem;
uint64_t lost_now;

void lost_sector_fill(uint8_t *sector, uint32_t stamp)
{
    for (unsigned i = 0; i < BLOCK_SECTOR; i += sizeof(stamp))
        memcpy(sector + i, &stamp, sizeof(stamp));
}

uint32_t lost_sector_stamp(uint8_t const *sector)
{
    uint32_t stamp;
    memcpy(&stamp, sector, sizeof(stamp));
    LOST_CHECK(!memcmp(sector, sector + sizeof(stamp), BLOCK_SECTOR - sizeof(stamp)));
    return stamp;
}

void lost_disk_plug(struct lost_disk_options const *o)
{
    memset(&disk, 0, sizeof(disk));
    disk.options = *o;
}

// ---- the cache ----

static uint32_t latest(unsigned sector)
{
    for (unsigned i = disk.cached; i; i--)
        if (disk.cache[i - 1].sector == sector)
            return disk.cache[i - 1].stamp;
    return disk.stable[sector];
}

static void put(unsigned sector, uint32_t stamp, unsigned request)
{
    LOST_CHECK(sector < LOST_SECTORS);
    LOST_CHECK(disk.cached < CACHE);
    disk.cache[disk.cached++] = (struct volatile_sector){ .sector = sector, .request = request, .stamp = stamp };
}

// What had completed by this moment is on the disk, and what it has replaced is no more.
static void make_stable(unsigned moment)
{
    unsigned kept = 0;
    for (unsigned i = disk.cached; i; i--) {
        struct volatile_sector *v = &disk.cache[i - 1];
        if (v->sector == LOST_SECTORS || !v->completed || v->completed > moment)
            continue;
        disk.stable[v->sector] = v->stamp;
        for (unsigned k = 0; k < i; k++)
            if (disk.cache[k].sector == v->sector)
                disk.cache[k].sector = LOST_SECTORS;
    }
    for (unsigned i = 0; i < disk.cached; i++)
        if (disk.cache[i].sector != LOST_SECTORS)
            disk.cache[kept++] = disk.cache[i];
    disk.cached = kept;
}

// ---- requests ----

static uint8_t *data(struct pending const *p, unsigned segment)
{
    return p->chain.seg[segment].ptr;
}

// A part of what a write writes: all, or what a cut leaves of it.
static void write_some(struct pending const *p, bool all)
{
    if (p->header.type == VIRTIO_BLK_T_OUT) {
        for (unsigned i = 0; i < p->chain.seg[1].len / BLOCK_SECTOR; i++)
            if (all || random() & 1)
                put((unsigned)p->header.sector + i, lost_sector_stamp(data(p, 1) + (size_t)i * BLOCK_SECTOR), p->number);
    } else if (p->header.type == VIRTIO_BLK_T_WRITE_ZEROES) {
        struct virtio_blk_range r;
        memcpy(&r, data(p, 1), sizeof(r));
        for (unsigned i = 0; i < r.sectors; i++)
            if (all || random() & 1)
                put((unsigned)r.sector + i, 0, p->number);
    }
}

static void read_all(struct pending *p)
{
    p->written = p->chain.seg[1].len;
    for (unsigned i = 0; i < p->written / BLOCK_SECTOR; i++)
        lost_sector_fill(data(p, 1) + (size_t)i * BLOCK_SECTOR, latest((unsigned)p->header.sector + i));
}

static void complete(struct pending *p)
{
    unsigned const last = p->chain.nread + p->chain.nwrite - 1;
    bool const fails = disk.options.errors && (unsigned)random() % disk.options.errors == 0;
    disk.moment++;
    if (p->header.type == VIRTIO_BLK_T_FLUSH && !fails)
        make_stable(p->number);
    for (unsigned i = 0; !fails && i < disk.cached; i++)
        if (disk.cache[i].request == p->number)
            disk.cache[i].completed = disk.moment;
    if (!disk.options.cached)
        make_stable(disk.moment);
    *data(p, last) = fails ? BLOCK_IOERR : BLOCK_OK;
    vq_push(&disk.queue, p->chain.head, p->written + 1);
    if (vq_flush(&disk.queue))
        disk.interrupt = true;
}

static void take_in(void)
{
    while (disk.running && disk.count < PENDING) {
        struct pending *p = &disk.pending[disk.count];
        *p = (struct pending){ .chain = { .limit = SEGS } };
        struct vq_chain *c = &p->chain;
        c->seg = p->seg;
        if (!vq_pop(&disk.queue, c))
            return;
        LOST_CHECK(disk.queue.broken == 0);
        LOST_CHECK(c->seg[0].len == sizeof(p->header));
        memcpy(&p->header, c->seg[0].ptr, sizeof(p->header));
        p->number = ++disk.moment;
        disk.count++;
    }
}

static bool is_late(struct pending const *p)
{
    return p->header.type == VIRTIO_BLK_T_GET_ID && lost_now < disk.begun + disk.options.slow_id * 1000ull;
}

static void forget(struct pending *p)
{
    unsigned const i = (unsigned)(p - disk.pending);
    disk.pending[i] = disk.pending[--disk.count];
    disk.pending[i].chain.seg = disk.pending[i].seg;
}

void lost_disk_step(void)
{
    take_in();
    if (!disk.count || disk.hung)
        return;
    struct pending *p = &disk.pending[(unsigned)random() % disk.count];
    if (is_late(p))
        return;
    if (p->state == DONE) {
        complete(p);
        forget(p);
        return;
    }
    write_some(p, true);
    if (p->header.type == VIRTIO_BLK_T_IN)
        read_all(p);
    if (p->header.type == VIRTIO_BLK_T_GET_ID)
        memcpy(data(p, 1), "LOST", sizeof("LOST"));
    p->state = DONE;
}

bool lost_disk_interrupt(void)
{
    bool const was = disk.interrupt;
    disk.interrupt = false;
    return was;
}

void lost_disk_hang(void)
{
    disk.hung = true;
}

// Some of what is under way is done, some is not.
static void stop(void)
{
    take_in();
    for (unsigned i = 0; i < disk.count; i++)
        if (disk.pending[i].state == CAME && random() & 1)
            write_some(&disk.pending[i], random() & 1);
    disk.count = 0;
    disk.running = disk.interrupt = false;
}

void lost_disk_cut(uint32_t stamps[LOST_SECTORS])
{
    stop();
    memcpy(stamps, disk.stable, sizeof(disk.stable));
    while (disk.cached) { // in any order
        unsigned const i = (unsigned)random() % disk.cached;
        if (random() & 1)
            stamps[disk.cache[i].sector] = disk.cache[i].stamp;
        disk.cache[i] = disk.cache[--disk.cached];
    }
}

// ---- what its driver calls ----

int dma_alloc(struct dma_space const *s, size_t size, struct dma_memory *m)
{
    (void)s;
    size = (size + 4095) & ~(size_t)4095;
    if (size < BUFFERS)
        memset(pool + pool_used, 0, size); // buffers are large, and stay as they are: this is for 10,000 runs
    m->at = pool + pool_used;
    m->address = region.base + pool_used;
    pool_used += size;
    LOST_CHECK(pool_used <= POOL);
    return 0;
}

int virtio_mmio_begin(struct virtio_mmio *d, uint64_t wanted)
{
    uint64_t const offered = 1ull << VIRTIO_BLK_F_WRITE_ZEROES | (uint64_t)disk.options.cached << VIRTIO_BLK_F_FLUSH;
    stop();
    disk.begun = lost_now;
    d->features = offered & wanted;
    pool_used = 0;
    mem = (struct vq_mem){ .regions = &region, .limit = 1 };
    return vq_mem_add(&mem, 0x80000000, POOL, pool, true);
}

bool virtio_mmio_config(struct virtio_mmio const *d, unsigned offset, void *to, unsigned size)
{
    struct virtio_blk_config const c = { .capacity = LOST_SECTORS, .max_write_zeroes_sectors = 1024 };
    (void)d;
    memcpy(to, (char const *)&c + offset, size);
    return true;
}

int virtio_mmio_queue(struct virtio_mmio *d, unsigned queue, struct virtio_mmio_rings const *r)
{
    (void)d, (void)queue;
    struct vq_rings const rings = { r->num, r->num, r->desc, r->avail, r->used };
    return vq_dev_setup(&disk.queue, &mem, &rings, 0);
}

void virtio_mmio_start(struct virtio_mmio *d)
{
    (void)d;
    disk.running = true;
}

void virtio_mmio_fail(struct virtio_mmio *d)
{
    (void)d;
    stop();
}

bool virtio_mmio_works(struct virtio_mmio const *d)
{
    (void)d;
    return true;
}

void virtio_mmio_notify(struct virtio_mmio *d, unsigned queue)
{
    (void)d, (void)queue;
    take_in();
}

unsigned virtio_mmio_irq(struct virtio_mmio *d)
{
    (void)d;
    disk.interrupt = false;
    return 1;
}

l4_kernel_info_t const *l4re_kip(void) { return NULL; }
l4_kernel_clock_t l4_kip_clock(l4_kernel_info_t const *kip) { (void)kip; return lost_now; }

l4_utcb_t *l4_utcb(void)
{
    static l4_utcb_t utcb;
    return &utcb;
}

// The driver sleeps, or lets the interrupt come again: time goes by.
l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)dest, (void)to;
    lost_now += 1000;
    lost_disk_step();
    return tag;
}
