// SPDX-License-Identifier: MIT
#include "client.h"

#include <stdio.h>
#include <stdlib.h>

#include <l4/re/env.h>
#include <l4/sys/kip.h>

#include "volume.h"

// Of one go; other disks and other messages get their turn in between. A request costs 1, and 1 for each so many sectors of it:
// some disks move them at once.
enum { BUDGET = 64, COST_SECTORS = 128 };

static struct blk_client *client_of(struct l4virtio_device *d)
{
    return (struct blk_client *)((char *)d - offsetof(struct blk_client, dev));
}

static struct client_slot *slot_of(struct block_request *r)
{
    return (struct client_slot *)((char *)r - offsetof(struct client_slot, q.r));
}

static void client_free(struct blk_client *c)
{
    volume_detach(c);
    share_give(c->share);
    free(c);
}

static void answer(struct blk_client *c, struct blk_request *q, enum block_status status)
{
    uint32_t used = blk_request_finish(q, status);
    vq_push(&c->queue, q->chain.head, used);
    c->dirty = true;
}

// A driver that knows of no cache is told of a write when that cannot be lost any more (virtio 1.2, 5.2.6.2).
static bool has_to_be_flushed(struct blk_client const *c, struct block_request const *r)
{
    return c->on->disk->cached && r->op != BLOCK_READ && r->op != BLOCK_FLUSH && !(c->features >> VIRTIO_BLK_F_FLUSH & 1);
}

static void ended(struct block_request *r, enum block_status status)
{
    struct client_slot *s = slot_of(r);
    struct blk_client *c = s->client;
    if (status == BLOCK_OK && !r->dead && has_to_be_flushed(c, r)) {
        s->to_flush = true;
        return;
    }
    s->used = s->to_flush = false;
    c->under_way--;
    c->dead -= r->dead;
    if (!r->dead)
        answer(c, &s->q, status);
    else if (c->gone && !c->under_way)
        client_free(c);
}

static struct client_slot *free_slot(struct blk_client *c)
{
    for (unsigned i = 0; i < CLIENT_SLOTS; i++)
        if (!c->slot[i].used)
            return &c->slot[i];
    return NULL;
}

// Pops the next chain into the slot; false when there is none, and its driver will say when there is.
static bool pop(struct blk_client *c, struct client_slot *s)
{
    blk_request_init(&s->q);
    int r = vq_pop(&c->queue, &s->q.chain);
    if (!r && vq_notify_enable(&c->queue)) { // it came meanwhile; a driver that takes it back is not waited for
        vq_notify_disable(&c->queue);
        r = vq_pop(&c->queue, &s->q.chain);
    }
    return r > 0; // less than 0: tell() says it
}

// A new driver has to wait for what the last one left: a write of that would otherwise come behind its own.
static bool may_begin(struct blk_client const *c)
{
    return c->running && !c->queue.broken && !c->dead;
}

static struct block_request *flush_of_write(struct blk_client *c)
{
    for (unsigned i = 0; i < CLIENT_SLOTS; i++) {
        struct client_slot *s = &c->slot[i];
        if (!s->to_flush)
            continue;
        s->to_flush = false;
        s->q.r.op = BLOCK_FLUSH;
        s->q.r.sector = s->q.r.count = s->q.r.segs = 0;
        return &s->q.r;
    }
    return NULL;
}

// Takes the client's next request; *r is it, unless it needs no disk. False: there is none now.
static bool take(struct blk_client *c, struct block_request **r)
{
    struct client_slot *s;
    enum block_status status;
    *r = may_begin(c) ? flush_of_write(c) : NULL;
    if (*r)
        return true;
    s = may_begin(c) ? free_slot(c) : NULL;
    if (!s || !pop(c, s))
        return false;
    switch (blk_request_parse(&s->q, c->on->disk, &c->area, c->features, &status)) {
    case BLK_SUBMIT:
        s->used = true;
        s->client = c;
        s->q.r.done = ended;
        c->under_way++;
        *r = &s->q.r;
        break;
    case BLK_ANSWER:
        answer(c, &s->q, status);
        break;
    case BLK_BROKEN:
        c->queue.broken = VQ_EBUFFER;
    }
    return true;
}

static void spend(uint64_t *budget, struct block_request const *r)
{
    uint64_t const cost = 1 + (r ? r->count / COST_SECTORS : 0);
    *budget -= cost < *budget ? cost : *budget;
}

// The next request of any client, each in its turn; requests without disk are turns as well.
static struct block_request *next_in_turn(struct disk_clients *on, uint64_t *budget)
{
    struct blk_client *c = on->turn ? on->turn : on->first, *end = c;
    while (c && *budget) {
        struct block_request *r;
        bool taken = take(c, &r);
        on->turn = c = c->next ? c->next : on->first;
        if (!taken && c == end)
            break;
        if (!taken)
            continue;
        spend(budget, r);
        if (r)
            return r;
        end = c; // once more around
    }
    return NULL;
}

// What has come of it, to the clients.
static void tell(struct disk_clients *on)
{
    for (struct blk_client *c = on->first; c; c = c->next) {
        if (!c->running)
            continue;
        if (c->dirty && vq_flush(&c->queue))
            l4virtio_device_kick(&c->dev);
        c->dirty = false;
        if (c->queue.broken)
            l4virtio_device_error(&c->dev, vq_strerror(c->queue.broken));
    }
}

static void go_on(struct srv_timer *t)
{
    struct disk_clients *on = (struct disk_clients *)((char *)t - offsetof(struct disk_clients, later));
    block_disk_ready(on->disk);
}

// Goes on soon, with other messages having had their turn. Not by a client's Irq: whoever has this can bind it elsewhere.
static void later(struct disk_clients *on, struct srv *srv)
{
    on->later.expired = go_on;
    srv_timer_arm(srv, &on->later, l4_kip_clock(l4_kip()));
}

static bool submit(struct disk_clients *on, struct block_request *r)
{
    on->refused = NULL;
    if (on->disk->ops->submit(on->disk, r))
        return true;
    on->refused = r;
    return false;
}

void block_disk_ready(struct disk *d)
{
    struct disk_clients *on = d->clients;
    uint64_t budget = BUDGET;
    if (!on)
        return; // nobody knows it yet
    if (!on->refused || submit(on, on->refused)) {
        struct block_request *r;
        while ((r = next_in_turn(on, &budget)) && submit(on, r))
            ;
    }
    tell(on);
    if (!budget && on->first)
        later(on, on->first->dev.srv);
}

// ---- the device ----

static void notify(struct l4virtio_device *d)
{
    struct blk_client *c = client_of(d);
    vq_notify_disable(&c->queue);
    block_disk_ready(c->on->disk);
}

// Nobody waits for them any more.
static void drop_requests(struct blk_client *c)
{
    for (unsigned i = 0; i < CLIENT_SLOTS; i++)
        if (c->slot[i].used)
            c->slot[i].q.r.dead = true;
    c->dead = c->under_way;
    struct block_request *r = c->on->refused;
    if (r && r->dead) { // the disk does not know it
        c->on->refused = NULL;
        r->done(r, BLOCK_IOERR);
    }
    for (unsigned i = 0; i < CLIENT_SLOTS; i++)
        if (c->slot[i].to_flush) // nor these any more
            ended(&c->slot[i].q.r, BLOCK_IOERR);
}

static void reset(struct l4virtio_device *d)
{
    struct blk_client *c = client_of(d);
    c->running = c->dirty = false;
    drop_requests(c);
    vq_dev_reset(&c->queue);
}

static int driver_ok(struct l4virtio_device *d)
{
    struct blk_client *c = client_of(d);
    if (l4virtio_device_setup_queue(d, 0, &c->queue) < 0)
        return -1;
    c->features = d->config.accepted[0];
    c->running = true;
    later(c->on, d->srv); // for what waits in the queue already
    return 0;
}

static void gone(struct l4virtio_device *d)
{
    struct blk_client *c = client_of(d);
    printf("%s: gone\n", d->name);
    c->gone = true;
    if (!c->under_way)
        client_free(c);
}

static struct l4virtio_device_ops const ops = {
    .reset = reset,
    .driver_ok = driver_ok,
    .notify = notify,
    .gone = gone,
};

static void offer_features(struct l4virtio_config *f, struct disk const *d, bool read_only)
{
    l4virtio_config_offer(f, L4VIRTIO_FEATURE_INDIRECT_DESC, true);
    l4virtio_config_offer(f, L4VIRTIO_FEATURE_EVENT_IDX, true);
    l4virtio_config_offer(f, VIRTIO_BLK_F_SEG_MAX, true);
    l4virtio_config_offer(f, VIRTIO_BLK_F_SIZE_MAX, d->size_max != 0);
    l4virtio_config_offer(f, VIRTIO_BLK_F_BLK_SIZE, true);
    l4virtio_config_offer(f, VIRTIO_BLK_F_RO, read_only);
    l4virtio_config_offer(f, VIRTIO_BLK_F_FLUSH, d->cached);
    l4virtio_config_offer(f, VIRTIO_BLK_F_DISCARD, d->discard_max && !read_only);
    l4virtio_config_offer(f, VIRTIO_BLK_F_WRITE_ZEROES, d->zeroes_max && !read_only);
}

static uint32_t seg_max(struct disk const *d)
{
    uint32_t const n = d->seg_max > REQUEST_SEAMS ? d->seg_max - REQUEST_SEAMS : d->seg_max;
    return n < REQUEST_DATA_SEGS ? n : REQUEST_DATA_SEGS;
}

static void set_config(struct blk_client *c)
{
    struct disk const *d = c->on->disk;
    volatile struct virtio_blk_config *f = l4virtio_device_config_space(&c->dev);
    f->capacity = c->area.sectors;
    f->size_max = d->size_max;
    f->seg_max = seg_max(d);
    f->blk_size = d->block;
    f->num_queues = 1;
    f->max_discard_sectors = d->discard_max;
    f->max_discard_seg = d->discard_max != 0;
    f->discard_sector_alignment = d->block / BLOCK_SECTOR;
    f->max_write_zeroes_sectors = d->zeroes_max;
    f->max_write_zeroes_seg = d->zeroes_max != 0;
    f->write_zeroes_may_unmap = d->zeroes_max != 0;
}

int client_create(struct srv *srv, struct volume const *v, struct client_params const *p, struct blk_client **client)
{
    static uint16_t const num_max[] = { CLIENT_QUEUE_SIZE };
    struct l4virtio_device_params const params = {
        .name = p->name,
        .device_id = L4VIRTIO_ID_BLOCK,
        .config_size = sizeof(struct virtio_blk_config),
        .num_queues = 1,
        .num_max = num_max,
        .ds_max = p->ds_max,
        .trusted = p->trusted,
    };
    if (volume_busy(v))
        return -L4_EBUSY;
    if (!share_take(p->share))
        return -L4_ENOMEM;
    struct blk_client *c = calloc(1, sizeof(*c));
    int r = c ? l4virtio_device_init(&c->dev, srv, &ops, &params) : -L4_ENOMEM;
    if (r < 0) {
        free(c);
        share_give(p->share);
        return r;
    }
    c->share = p->share;
    volume_attach(v, c);
    offer_features(&c->dev.config, c->on->disk, c->area.read_only);
    set_config(c);
    *client = c;
    return 0;
}

void client_destroy(struct blk_client *c)
{
    l4virtio_device_destroy(&c->dev);
    client_free(c);
}
