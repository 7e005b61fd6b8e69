// SPDX-License-Identifier: MIT
#include "block_lost_client.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "volume.h"

enum { HEADER = 0, STATUS = 16, RANGE = 32, DATA = 64, JOBS_AT = 0x4000 };
#define BASE 0x40000000ull

struct lost_client lost_clients[LOST_CLIENTS];
struct srv lost_server;
struct disk_clients *lost_disk_clients;
unsigned lost_safe;

static unsigned index_of(struct lost_client const *k)
{
    return (unsigned)(k - lost_clients);
}

static struct lost_client *owner(struct l4virtio_device const *dev)
{
    for (unsigned i = 0; i < LOST_CLIENTS; i++)
        if (lost_clients[i].c && &lost_clients[i].c->dev == dev)
            return &lost_clients[i];
    ck_abort_msg("a device without driver");
}

// ---- the transport ----

bool share_take(struct share *s)
{
    return !s;
}

void share_give(struct share *s)
{
    (void)s;
}

int l4virtio_device_init(struct l4virtio_device *d, struct srv *srv, struct l4virtio_device_ops const *ops,
                         struct l4virtio_device_params const *p)
{
    *d = (struct l4virtio_device){ .srv = srv, .ops = ops };
    return l4virtio_config_init(&d->config, calloc(1, L4VIRTIO_CONFIG_SIZE), p->device_id, p->config_size, p->num_queues,
                                p->num_max);
}

static void release(struct l4virtio_device *d)
{
    free((void *)(uintptr_t)d->config.hdr);
    d->config.hdr = NULL;
    d->mem = (struct vq_mem){ 0 };
}

void l4virtio_device_destroy(struct l4virtio_device *d)
{
    d->ops->reset(d);
    release(d);
}

int l4virtio_device_setup_queue(struct l4virtio_device *d, unsigned queue, struct vq_dev *q)
{
    size_t av, us;
    (void)queue;
    vq_drv_layout(LOST_NUM, &av, &us);
    struct vq_rings const r = { LOST_NUM, CLIENT_QUEUE_SIZE, BASE, BASE + av, BASE + us };
    return vq_dev_setup(q, &d->mem, &r, 0);
}

void l4virtio_device_kick(struct l4virtio_device *d)
{
    LOST_CHECK(owner(d)->running);
}

void l4virtio_device_error(struct l4virtio_device *d, char const *what)
{
    (void)d;
    ck_abort_msg("%s", what);
}

// ---- an account ----

void lost_client_begin(struct lost_client *k)
{
    uint8_t *ram = k->ram;
    *k = (struct lost_client){ .flushes = random() & 1, .ram = ram };
    for (unsigned i = 0; i < LOST_CELLS; i++)
        k->cell[i].count = 1;
}

// What it is waiting for may come about or not.
static void forget_jobs(struct lost_client *k)
{
    memset(k->job, 0, sizeof(k->job));
    for (unsigned i = 0; i < LOST_CELLS; i++)
        k->cell[i].in_use = false;
    k->running = false;
}

static bool may_hold(struct lost_cell const *cell, unsigned from, uint32_t stamp)
{
    for (unsigned i = from; i < cell->count; i++)
        if (cell->stamp[i] == stamp)
            return true;
    return false;
}

static void safe(struct lost_cell *cell, unsigned entry)
{
    if (entry > cell->safe) {
        cell->safe = entry;
        lost_safe++;
    }
}

void lost_client_check(struct lost_client const *k, uint32_t const stamps[LOST_SECTORS])
{
    for (unsigned i = 0; i < LOST_CELLS * LOST_CELL; i++) {
        struct lost_cell const *cell = &k->cell[i / LOST_CELL];
        uint32_t const stamp = stamps[index_of(k) * LOST_AREA + i];
        if (!may_hold(cell, cell->safe, stamp))
            ck_abort_msg("client %u: cell %u holds 0x%x after the cut, and was told 0x%x",
                         index_of(k), i / LOST_CELL, stamp, cell->stamp[cell->safe]);
    }
    for (unsigned i = LOST_CELLS * LOST_CELL; i < LOST_AREA; i++)
        LOST_CHECK(stamps[index_of(k) * LOST_AREA + i] == 0);
}

// ---- its driver ----

static int create(struct lost_client *k)
{
    struct client_params const p = { .name = "LOST", .ds_max = 1 };
    struct volume const v = { .on = lost_disk_clients, .area = { .first = index_of(k) * LOST_AREA, .sectors = LOST_AREA } };
    int r = client_create(&lost_server, &v, &p, &k->c);
    if (r < 0)
        k->c = NULL;
    return r;
}

void lost_client_start(struct lost_client *k)
{
    size_t av, us;
    if (!k->c && create(k) < 0)
        return; // what it had is not at its end yet
    k->c->dev.ops->reset(&k->c->dev);
    forget_jobs(k);
    if (!k->ram)
        k->ram = aligned_alloc(4096, LOST_RAM);
    memset(k->ram, 0, JOBS_AT);
    vq_drv_layout(LOST_NUM, &av, &us);
    struct vq_drv_memory const m = { k->ram, k->cookies, k->chain_len, k->next };
    LOST_CHECK(vq_drv_init(&k->q, LOST_NUM, &m, false) == 0);
    k->c->dev.mem = (struct vq_mem){ .regions = &k->region, .limit = 1 };
    LOST_CHECK(vq_mem_add(&k->c->dev.mem, BASE, LOST_RAM, k->ram, true) == 0);
    uint32_t const flush = 1u << VIRTIO_BLK_F_FLUSH;
    k->c->dev.config.accepted[0] = k->c->dev.config.offered[0] & (k->flushes ? ~0u : ~flush);
    k->running = true;
    LOST_CHECK(k->c->dev.ops->driver_ok(&k->c->dev) == 0);
}

void lost_client_vanish(struct lost_client *k)
{
    struct blk_client *c = k->c;
    forget_jobs(k);
    c->dev.ops->reset(&c->dev);
    release(&c->dev);
    k->c = NULL;
    c->dev.ops->gone(&c->dev);
}

void lost_client_forget(struct lost_client *k)
{
    forget_jobs(k);
    if (k->c)
        release(&k->c->dev);
    k->c = NULL;
}

static struct lost_job *free_job(struct lost_client *k)
{
    for (unsigned i = 0; i < LOST_JOBS; i++)
        if (!k->job[i].queued)
            return &k->job[i];
    return NULL;
}

static void queue(struct lost_client *k, struct lost_job *j)
{
    uint64_t const at = JOBS_AT + (uint64_t)(j - k->job) * LOST_JOB_BYTES, address = BASE + at;
    struct virtio_blk_header const h = { .type = j->type, .sector = j->type == VIRTIO_BLK_T_IN || j->type == VIRTIO_BLK_T_OUT
                                                                        ? j->cell * LOST_CELL : 0 };
    struct virtio_blk_range const r = { j->cell * LOST_CELL, LOST_CELL, 0 };
    struct vq_buf b[3] = { { address + HEADER, sizeof(h) },
                           { address + DATA, LOST_CELL * BLOCK_SECTOR },
                           { address + STATUS, 1 } };
    memcpy(k->ram + at + HEADER, &h, sizeof(h));
    memcpy(k->ram + at + RANGE, &r, sizeof(r));
    if (j->type == VIRTIO_BLK_T_FLUSH)
        b[1] = b[2];
    if (j->type == VIRTIO_BLK_T_WRITE_ZEROES)
        b[1] = (struct vq_buf){ address + RANGE, sizeof(r) };
    for (unsigned i = 0; i < LOST_CELL && j->type == VIRTIO_BLK_T_OUT; i++)
        lost_sector_fill(k->ram + at + DATA + (size_t)i * BLOCK_SECTOR, k->cell[j->cell].stamp[j->entry]);
    j->queued = true;
    unsigned const read = j->type == VIRTIO_BLK_T_IN || j->type == VIRTIO_BLK_T_FLUSH ? 1 : 2;
    LOST_CHECK(vq_drv_add(&k->q, b, read, (j->type == VIRTIO_BLK_T_FLUSH ? 2 : 3) - read, j) >= 0);
    if (vq_drv_kick(&k->q))
        k->c->dev.ops->notify(&k->c->dev);
}

static uint32_t any_type(void)
{
    static uint32_t const types[] = { VIRTIO_BLK_T_OUT, VIRTIO_BLK_T_OUT, VIRTIO_BLK_T_OUT, VIRTIO_BLK_T_FLUSH,
                                      VIRTIO_BLK_T_IN, VIRTIO_BLK_T_WRITE_ZEROES };
    return types[(unsigned)random() % (sizeof(types) / sizeof(types[0]))];
}

void lost_client_ask(struct lost_client *k)
{
    struct lost_job *j = free_job(k);
    struct lost_cell *cell = &k->cell[(unsigned)random() % LOST_CELLS];
    uint32_t const type = any_type();
    if (!j || (type != VIRTIO_BLK_T_FLUSH && (cell->in_use || cell->count == LOST_HISTORY)))
        return;
    *j = (struct lost_job){ .type = type, .cell = (unsigned)(cell - k->cell), .entry = cell->count };
    if (type == VIRTIO_BLK_T_FLUSH)
        for (unsigned i = 0; i < LOST_CELLS; i++)
            j->done[i] = k->cell[i].done;
    else
        cell->in_use = true;
    if (type == VIRTIO_BLK_T_OUT || type == VIRTIO_BLK_T_WRITE_ZEROES)
        cell->stamp[cell->count++] = type == VIRTIO_BLK_T_OUT ? (uint32_t)random() | 1 : 0;
    queue(k, j);
}

static void check_read(struct lost_client const *k, struct lost_job const *j, uint8_t const *at)
{
    struct lost_cell const *cell = &k->cell[j->cell];
    for (unsigned i = 0; i < LOST_CELL; i++)
        LOST_CHECK(may_hold(cell, cell->done, lost_sector_stamp(at + (size_t)i * BLOCK_SECTOR)));
}

static void answered(struct lost_client *k, struct lost_job *j)
{
    uint8_t const *at = k->ram + JOBS_AT + (size_t)(j - k->job) * LOST_JOB_BYTES;
    struct lost_cell *cell = &k->cell[j->cell];
    bool const told = k->c->dev.config.accepted[0] >> VIRTIO_BLK_F_FLUSH & 1;
    LOST_CHECK(j->queued);
    j->queued = false;
    if (j->type != VIRTIO_BLK_T_FLUSH)
        cell->in_use = false;
    if (at[STATUS] != BLOCK_OK)
        return; // nobody knows what has come of it
    if (j->type == VIRTIO_BLK_T_IN) {
        check_read(k, j, at + DATA);
    } else if (j->type == VIRTIO_BLK_T_FLUSH) {
        LOST_CHECK(told);
        for (unsigned i = 0; i < LOST_CELLS; i++)
            safe(&k->cell[i], j->done[i]);
    } else {
        cell->done = j->entry;
        if (!told)
            safe(cell, j->entry);
    }
}

void lost_client_collect(struct lost_client *k)
{
    void *job;
    uint32_t len;
    while (k->running && vq_drv_get(&k->q, &job, &len) > 0)
        answered(k, job);
}
