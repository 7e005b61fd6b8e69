// SPDX-License-Identifier: MIT
// Clients of a disk that ends requests late, in any order, and refuses some, while drivers write what they like, reset their
// device, vanish and come again. The L4 virtio transport is a stand-in: a driver here is a queue in a piece of memory.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/re/env.h>
#include <l4/sys/err.h>
#include <l4/sys/kip.h>

#include "client.h"
#include "unit_run.h"
#include "volume.h"

enum { SECTORS = 1024, AREA = 128, CELL = 4, CELLS = AREA / CELL, CLIENTS = 4, ROOM = 12, NUM = 256, UNANSWERED = 0xee };
enum { JOBS = 64, JOB_BYTES = 0x900, JOBS_AT = 0x4000, RAM = JOBS_AT + JOBS * JOB_BYTES, STATUS_AT = 16, DATA_AT = 32 };
#define BASE 0x40000000ull

// ---- what a server has ----

static struct srv server;
static uint64_t now;
static unsigned share_used, share_limit = 1000;

l4_kernel_info_t const *l4re_kip(void) { return NULL; }
l4_kernel_clock_t l4_kip_clock(l4_kernel_info_t const *kip) { (void)kip; return now; }

bool share_take(struct share *s)
{
    (void)s;
    if (share_used == share_limit)
        return false;
    share_used++;
    return true;
}

void share_give(struct share *s)
{
    (void)s;
    ck_assert_uint_gt(share_used, 0);
    share_used--;
}

// ---- a driver ----

enum job_state { FREE, QUEUED, NONSENSE };

struct job {
    enum job_state state;
    bool write;
    unsigned cell;
    uint8_t value;
};

struct driver {
    struct blk_client *c;
    uint8_t *ram;
    uint8_t *ram_before, *ram_then; // of the last driver, and what was in it then
    struct vq_region region;
    struct vq_drv q;
    void *cookies[NUM];
    uint16_t chain_len[NUM], next[NUM];
    uint64_t features;
    bool running, failed;
    unsigned kicks, answers;
    struct job job[JOBS];
    uint8_t model[CELLS];
    bool known[CELLS], in_use[CELLS];
};

static struct driver drivers[CLIENTS];

static struct driver *driver_of(struct l4virtio_device const *dev)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        if (drivers[i].c && &drivers[i].c->dev == dev)
            return &drivers[i];
    ck_abort_msg("a device without driver");
}

// ---- its transport ----

int l4virtio_device_init(struct l4virtio_device *d, struct srv *srv, struct l4virtio_device_ops const *ops,
                         struct l4virtio_device_params const *p)
{
    *d = (struct l4virtio_device){ .srv = srv, .ops = ops };
    snprintf(d->name, sizeof(d->name), "%s", p->name);
    void *page = calloc(1, L4VIRTIO_CONFIG_SIZE);
    return l4virtio_config_init(&d->config, page, p->device_id, p->config_size, p->num_queues, p->num_max);
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
    ck_assert_uint_eq(queue, 0);
    vq_drv_layout(NUM, &av, &us);
    struct vq_rings const r = { NUM, CLIENT_QUEUE_SIZE, BASE, BASE + av, BASE + us };
    return vq_dev_setup(q, &d->mem, &r, driver_of(d)->features & (1u << L4VIRTIO_FEATURE_EVENT_IDX) ? VQ_EVENT_IDX : 0);
}

void l4virtio_device_kick(struct l4virtio_device *d)
{
    driver_of(d)->kicks++;
}

void l4virtio_device_error(struct l4virtio_device *d, char const *what)
{
    ck_assert(*what);
    d->ops->reset(d);
    driver_of(d)->failed = true;
}

// ---- the disk ----

static struct {
    struct disk disk;
    struct block_request *r[ROOM];
    unsigned count, room, submitted, ended, refused;
    bool at_once, refuse_some;
    uint8_t contents[SECTORS * BLOCK_SECTOR];
    void (*seen)(struct blk_client *c);
} disk;

static struct blk_client *client_of(struct block_request *r)
{
    return ((struct client_slot *)((char *)r - offsetof(struct client_slot, q.r)))->client;
}

static void end(struct block_request *r, enum block_status status)
{
    uint8_t *at = disk.contents + r->sector * BLOCK_SECTOR;
    uint64_t const size = r->count * BLOCK_SECTOR;
    if (r->dead) { // nothing of it is there any more
        static uint8_t junk[16];
        ck_assert(!block_request_put(r, 0, junk, sizeof(junk)) && !block_request_get(r, 0, junk, sizeof(junk)));
    } else if (status == BLOCK_OK && r->op != BLOCK_FLUSH) {
        ck_assert(r->op == BLOCK_WRITE ? block_request_get(r, 0, at, size) : block_request_put(r, 0, at, size));
    }
    disk.ended++;
    r->done(r, status);
}

static bool submit(struct disk *d, struct block_request *r)
{
    ck_assert_ptr_eq(d, &disk.disk);
    ck_assert(!r->dead && r->sector < SECTORS && r->count <= SECTORS - r->sector);
    struct blk_client *c = client_of(r);
    ck_assert(r->op == BLOCK_FLUSH || (r->sector >= c->area.first && r->sector + r->count <= c->area.first + c->area.sectors));
    ck_assert(r->op != BLOCK_WRITE || !c->area.read_only);
    for (unsigned i = 0; i < disk.count; i++) // an old driver's requests are over
        ck_assert(client_of(disk.r[i]) != c || !disk.r[i]->dead);
    if (disk.count == disk.room || (disk.refuse_some && random() % 4 == 0)) {
        disk.refused++;
        return false;
    }
    disk.submitted++;
    if (disk.seen)
        disk.seen(c);
    if (disk.at_once)
        end(r, BLOCK_OK);
    else
        disk.r[disk.count++] = r;
    return true;
}

static void ready(void)
{
    block_disk_ready(&disk.disk);
}

static void end_one(unsigned i)
{
    struct block_request *r = disk.r[i];
    disk.r[i] = disk.r[--disk.count];
    end(r, BLOCK_OK);
}

// ---- what drivers do ----

static unsigned index_of(struct driver const *d)
{
    return (unsigned)(d - drivers);
}

static void make_ram(struct driver *d)
{
    free(d->ram_before);
    free(d->ram_then);
    d->ram_before = d->ram;
    d->ram_then = NULL;
    if (d->ram) {
        d->ram_then = malloc(RAM);
        memcpy(d->ram_then, d->ram, RAM);
    }
    d->ram = aligned_alloc(4096, RAM);
    memset(d->ram, 0, RAM);
}

static void check_old_ram(struct driver const *d)
{
    if (d->ram_before)
        ck_assert_mem_eq(d->ram_before, d->ram_then, RAM);
}

// What its requests would have done, nobody knows now.
static void forget_jobs(struct driver *d)
{
    for (unsigned i = 0; i < JOBS; i++) {
        if (d->job[i].state == QUEUED && d->job[i].write)
            d->known[d->job[i].cell] = false;
        d->job[i].state = FREE;
    }
    memset(d->in_use, 0, sizeof(d->in_use));
    d->running = d->failed = false;
}

static int create(struct driver *d, char const *name, bool read_only)
{
    struct volume v;
    struct client_params const p = { .name = name, .ds_max = 2 };
    ck_assert_int_eq(volume_find(name, &v), 0);
    v.area.read_only |= read_only;
    int r = client_create(&server, &v, &p, &d->c);
    if (r < 0) {
        d->c = NULL;
        return r;
    }
    memset(d->known, 0, sizeof(d->known));
    return 0;
}

static void reset(struct driver *d)
{
    d->c->dev.ops->reset(&d->c->dev);
    d->c->dev.mem = (struct vq_mem){ 0 };
    forget_jobs(d);
}

static void start(struct driver *d)
{
    size_t av, us;
    reset(d);
    make_ram(d);
    vq_drv_layout(NUM, &av, &us);
    struct vq_drv_memory const m = { d->ram, d->cookies, d->chain_len, d->next };
    ck_assert_int_eq(vq_drv_init(&d->q, NUM, &m, d->features & (1u << L4VIRTIO_FEATURE_EVENT_IDX)), 0);
    d->c->dev.mem = (struct vq_mem){ .regions = &d->region, .limit = 1 };
    ck_assert_int_eq(vq_mem_add(&d->c->dev.mem, BASE, RAM, d->ram, true), 0);
    d->c->dev.config.accepted[0] = (uint32_t)d->features;
    d->running = true;
    ck_assert_int_eq(d->c->dev.ops->driver_ok(&d->c->dev), 0);
}

static void vanish(struct driver *d)
{
    struct blk_client *c = d->c;
    make_ram(d);
    forget_jobs(d);
    c->dev.ops->reset(&c->dev);
    release(&c->dev);
    d->c = NULL;
    c->dev.ops->gone(&c->dev); // it may be freed here
}

static void notify(struct driver *d)
{
    if (d->running && !d->failed)
        d->c->dev.ops->notify(&d->c->dev);
}

static struct job *free_job(struct driver *d)
{
    for (unsigned i = 0; i < JOBS; i++)
        if (d->job[i].state == FREE)
            return &d->job[i];
    return NULL;
}

// Queues header, data in `segs` pieces, status. Returns what vq_drv_kick() does.
static bool queue(struct driver *d, struct job *j, uint32_t type, uint64_t sector, unsigned bytes)
{
    enum { HALVES = 2 };
    uint64_t const at = JOBS_AT + (uint64_t)(j - d->job) * JOB_BYTES;
    bool const read = type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID;
    struct virtio_blk_header const h = { .type = type, .sector = sector };
    struct vq_buf const b[2 + HALVES] = {
        { BASE + at, sizeof(h) },
        { BASE + at + DATA_AT, bytes / 2 },
        { BASE + at + DATA_AT + bytes / 2, bytes - bytes / 2 },
        { BASE + at + STATUS_AT, 1 },
    };
    struct vq_buf const bare[] = { b[0], b[3] };
    memcpy(d->ram + at, &h, sizeof(h));
    d->ram[at + STATUS_AT] = UNANSWERED;
    j->state = QUEUED;
    int r = bytes ? vq_drv_add(&d->q, b, read ? 1 : 3, read ? 3 : 1, j) : vq_drv_add(&d->q, bare, 1, 1, j);
    ck_assert_int_ge(r, 0);
    return vq_drv_kick(&d->q);
}

// A read or a write of a cell that no other request is at.
static bool queue_cell(struct driver *d)
{
    struct job *j = free_job(d);
    unsigned const cell = (unsigned)random() % CELLS;
    if (!j || d->in_use[cell])
        return false;
    *j = (struct job){ .write = random() & 1 && !d->c->area.read_only, .cell = cell, .value = (uint8_t)random() };
    d->in_use[cell] = true;
    memset(d->ram + JOBS_AT + (j - d->job) * JOB_BYTES + DATA_AT, j->write ? j->value : 0xdd, CELL * BLOCK_SECTOR);
    return queue(d, j, j->write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN, cell * CELL, CELL * BLOCK_SECTOR);
}

// One that is answered with an error, or without the disk.
static bool queue_other(struct driver *d)
{
    static struct {
        uint32_t type;
        uint64_t sector;
        unsigned bytes;
    } const others[] = {
        { VIRTIO_BLK_T_GET_ID, 0, 20 }, { VIRTIO_BLK_T_IN, AREA, 512 },        { VIRTIO_BLK_T_OUT, AREA - 1, 1024 },
        { 77, 0, 0 },                   { VIRTIO_BLK_T_IN, UINT64_MAX, 1024 }, { VIRTIO_BLK_T_FLUSH, 0, 0 },
        { VIRTIO_BLK_T_DISCARD, 0, 16 },
    };
    struct job *j = free_job(d);
    unsigned const i = (unsigned)random() % (sizeof(others) / sizeof(others[0]));
    if (!j)
        return false;
    *j = (struct job){ .cell = CELLS };
    return queue(d, j, others[i].type, others[i].sector, others[i].bytes);
}

// Nonsense: the device is to be reset then.
static bool spoil(struct driver *d)
{
    struct vq_buf const wrong[] = { { BASE + RAM, 16 }, { BASE + JOBS_AT, 15 }, { BASE + JOBS_AT, UINT32_MAX } };
    static struct job nobody = { .state = NONSENSE };
    if (vq_drv_add(&d->q, &wrong[random() % 2], (unsigned)random() % 2, 1, &nobody) < 0 && random() % 2)
        d->q.avail[1] = (uint16_t)(d->q.avail[1] + NUM + 1);
    return vq_drv_kick(&d->q);
}

static void answered(struct driver *d, struct job *j, uint32_t len)
{
    uint8_t const *ram = d->ram + JOBS_AT + (j - d->job) * JOB_BYTES, status = ram[STATUS_AT];
    ck_assert_int_eq(j->state, QUEUED);
    ck_assert_uint_ge(len, 1);
    ck_assert_uint_le(status, BLOCK_UNSUPP);
    j->state = FREE;
    d->answers++;
    if (j->cell == CELLS)
        return;
    d->in_use[j->cell] = false;
    ck_assert_uint_eq(status, BLOCK_OK);
    ck_assert_uint_eq(len, j->write ? 1 : CELL * BLOCK_SECTOR + 1);
    if (!j->write) {
        uint8_t const *data = ram + DATA_AT;
        if (d->known[j->cell])
            ck_assert_uint_eq(data[0], d->model[j->cell]);
        ck_assert_mem_eq(data, data + 1, CELL * BLOCK_SECTOR - 1); // all the same
        j->value = data[0];
    }
    d->model[j->cell] = j->value;
    d->known[j->cell] = true;
}

static void collect(struct driver *d)
{
    void *job;
    uint32_t len;
    int r = 0;
    while (d->running && (r = vq_drv_get(&d->q, &job, &len)) > 0)
        answered(d, job, len);
    ck_assert_int_eq(r, 0); // each is returned once
}

static void run_timers(void)
{
    now++;
    srv_run_timers(&server);
}

// ---- set-up ----

static void set_up(void)
{
    static struct disk_ops const ops = { .submit = submit };
    static struct partition const parts[] = {
        { 1, AREA, AREA, "00000000-01", "one" }, { 2, 2 * AREA, AREA, "00000000-02", "two" },
        { 3, 3 * AREA, AREA, "00000000-03", "shared" },
    };
    struct partition_table t = { .part = malloc(sizeof(parts)), .count = 3 };
    memcpy(t.part, parts, sizeof(parts));
    memset(&disk, 0, sizeof(disk));
    memset(drivers, 0, sizeof(drivers));
    for (unsigned i = 0; i < SECTORS; i++)
        memset(disk.contents + i * BLOCK_SECTOR, (int)(i / CELL), BLOCK_SECTOR);
    disk.disk = (struct disk){ .ops = &ops, .name = "slow", .sectors = SECTORS, .block = BLOCK_SECTOR, .seg_max = 68 };
    disk.room = ROOM;
    ck_assert_int_eq(volume_add_disk(&disk.disk, &t), 0);
}

static void tear_down(void)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        if (drivers[i].c)
            vanish(&drivers[i]);
    }
    while (disk.count)
        end_one(0);
    ck_assert_uint_eq(share_used, 0);
    ck_assert_ptr_null(disk.disk.clients->first);
    for (unsigned i = 0; i < CLIENTS; i++) {
        check_old_ram(&drivers[i]);
        free(drivers[i].ram);
        free(drivers[i].ram_before);
        free(drivers[i].ram_then);
    }
    free(disk.disk.clients->table.part);
    free(disk.disk.clients);
}

static char const *const names[CLIENTS] = { "slow:1", "slow:2", "slow:3", "partlabel:shared" };

static struct driver *begin(unsigned i)
{
    ck_assert_int_eq(create(&drivers[i], names[i], i >= 2), 0);
    start(&drivers[i]);
    return &drivers[i];
}

// ---- tests ----

static void come_again(struct driver *d)
{
    unsigned const i = index_of(d), used = share_used;
    int r = create(d, names[i], i >= 2);
    if (r < 0) { // what was there before is still under way
        ck_assert_int_eq(r, -L4_EBUSY);
        ck_assert_uint_eq(share_used, used);
        return;
    }
    d->features = random() & 1 ? 1u << L4VIRTIO_FEATURE_EVENT_IDX : 0;
    start(d);
}

static void step(struct driver *d)
{
    unsigned const what = (unsigned)random() % 100;
    if (!d->c) {
        if (what < 30)
            come_again(d);
    } else if (d->failed || !d->running) {
        if (what < 30)
            start(d);
    } else if (what < 60) {
        if (what < 50 ? queue_cell(d) : queue_other(d))
            notify(d);
    } else if (what < 90) {
        collect(d);
    } else if (what < 92) {
        start(d);
    } else if (what == 92) {
        vanish(d);
    } else if (what == 93) {
        reset(d);
    } else if (what == 94) {
        if (spoil(d))
            notify(d);
    } else {
        notify(d);
    }
}

static void disk_step(void)
{
    unsigned const what = (unsigned)random() % 8;
    for (unsigned n = what < 3 ? what : 0; n && disk.count; n--)
        end_one((unsigned)random() % disk.count);
    if (what)
        ready();
    if (what == 7)
        disk.refuse_some = random() % 3 == 0;
    if (what == 6)
        disk.room = 1 + (unsigned)random() % ROOM;
    if (disk.room < disk.count)
        disk.room = disk.count;
}

static void check_counts(void)
{
    unsigned under_way = 0, clients = 0;
    for (struct blk_client *c = disk.disk.clients->first; c; c = c->next, clients++) {
        unsigned used = 0, dead = 0;
        for (unsigned i = 0; i < CLIENT_SLOTS; i++) {
            used += c->slot[i].used;
            dead += c->slot[i].used && c->slot[i].q.r.dead;
        }
        ck_assert_uint_eq(used, c->under_way);
        ck_assert_uint_eq(dead, c->dead);
        under_way += used;
    }
    ck_assert_uint_eq(under_way, disk.count + (disk.disk.clients->refused != NULL));
    ck_assert_uint_eq(clients, share_used);
}

// What is queued is answered, without the driver's doing anything.
static void settle(void)
{
    disk.refuse_some = false;
    disk.room = ROOM;
    for (unsigned i = 0; i < 2 * JOBS; i++) {
        while (disk.count)
            end_one((unsigned)random() % disk.count);
        ready();
        run_timers();
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct driver *d = &drivers[i];
        collect(d);
        for (unsigned j = 0; d->running && !d->failed && j < JOBS; j++)
            ck_assert_int_eq(d->job[j].state, FREE);
    }
    ck_assert_uint_eq(disk.submitted, disk.ended);
}

START_TEST(any_order)
{
    srandom((unsigned)_i);
    for (unsigned n = 0; n < 5000; n++) {
        step(&drivers[random() % CLIENTS]);
        if (random() % 3 == 0)
            disk_step();
        if (random() % 10 == 0)
            run_timers();
        if (n % 16 == 0)
            check_counts();
        if (n % 64 == 0)
            for (unsigned i = 0; i < CLIENTS; i++)
                check_old_ram(&drivers[i]);
        if (n % 1000 == 999)
            settle();
    }
    unsigned answers = 0;
    for (unsigned i = 0; i < CLIENTS; i++)
        answers += drivers[i].answers;
    ck_assert_uint_gt(answers, 500);
    ck_assert_uint_gt(disk.refused, 50);
}
END_TEST

static unsigned served[CLIENTS];

static void count_clients(struct blk_client *c)
{
    served[index_of(driver_of(&c->dev))]++;
    ck_assert_int_le(abs((int)served[0] - (int)served[1]), 1);
}

static void queue_reads(struct driver *d, unsigned n, unsigned bytes)
{
    for (unsigned i = 0; i < n; i++) {
        d->job[i] = (struct job){ .cell = CELLS };
        queue(d, &d->job[i], VIRTIO_BLK_T_IN, 0, bytes);
    }
}

// Two that have always more to do get the same, whoever rings more often.
START_TEST(in_turn)
{
    struct driver *one = begin(0), *two = begin(1);
    memset(served, 0, sizeof(served));
    disk.seen = count_clients;
    disk.at_once = _i == 0;
    disk.room = _i == 1 ? 1 : ROOM;
    queue_reads(one, 60, 512);
    queue_reads(two, 60, 512);
    for (unsigned n = 0; n < 200; n++) {
        notify(one);
        notify(one);
        if (disk.count)
            end_one(_i == 2 ? (unsigned)random() % disk.count : 0);
        ready();
        run_timers();
    }
    collect(one);
    collect(two);
    ck_assert_uint_eq(served[0], 60);
    ck_assert_uint_eq(served[1], 60);
}
END_TEST

static void compare_answers(struct blk_client *c)
{
    ck_assert_uint_eq(index_of(driver_of(&c->dev)), 1);
    served[1]++;
    ck_assert_uint_le(drivers[0].c->queue.used_idx, served[1] + 1);
}

// Requests that need no disk are turns like others.
START_TEST(answers_in_turn)
{
    struct driver *one = begin(0), *two = begin(1);
    memset(served, 0, sizeof(served));
    disk.at_once = true;
    disk.seen = compare_answers;
    for (unsigned i = 0; i < JOBS; i++) {
        one->job[i] = (struct job){ .cell = CELLS };
        queue(one, &one->job[i], i % 2 ? VIRTIO_BLK_T_GET_ID : 77, 0, 20);
    }
    queue_reads(two, 40, 512);
    notify(one);
    for (unsigned i = 0; i < 4; i++)
        run_timers();
    collect(one);
    collect(two);
    ck_assert_uint_eq(one->answers, JOBS);
    ck_assert_uint_eq(two->answers, 40);
}
END_TEST

// A go has an end, sooner where requests are long, and the rest comes without the driver's doing anything.
START_TEST(budget)
{
    struct driver *one = begin(0);
    struct virtio_blk_header const h = { .type = VIRTIO_BLK_T_IN };
    struct vq_buf const b[] = {
        { BASE + JOBS_AT, sizeof(h) },
        { BASE + JOBS_AT + DATA_AT, _i ? AREA * BLOCK_SECTOR : BLOCK_SECTOR },
        { BASE + JOBS_AT + STATUS_AT, 1 },
    };
    unsigned const go = _i ? 32 : 64;
    disk.at_once = true;
    memcpy(one->ram + JOBS_AT, &h, sizeof(h));
    for (unsigned i = 0; i < 80; i++)
        ck_assert_int_ge(vq_drv_add(&one->q, b, 1, 2, &one->job[0]), 0);
    vq_drv_kick(&one->q);
    for (unsigned n = 1; n < 4; n++) {
        run_timers(); // the first time as the driver begins
        ck_assert_uint_eq(disk.submitted, n * go < 80 ? n * go : 80);
    }
}
END_TEST

// Writes of a driver that is gone do not come behind those of the next one.
START_TEST(old_requests_end_first)
{
    struct driver *one = begin(0);
    queue_reads(one, 3, 512);
    notify(one);
    ck_assert_uint_eq(disk.submitted, 3);
    if (_i)
        vanish(one);
    else
        start(one);
    if (_i)
        ck_assert_int_eq(create(one, names[0], false), -L4_EBUSY);
    else
        queue_reads(one, 2, 512);
    for (unsigned n = 0; n < 3; n++) {
        notify(one);
        run_timers();
        ck_assert_uint_eq(disk.submitted, 3);
        end_one(0);
        if (n < 2)
            ready();
    }
    if (_i)
        begin(0);
    ready();
    run_timers();
    ck_assert_uint_eq(disk.submitted, _i ? 3 : 5);
}
END_TEST

// The request that the disk had no room for is its client's, and goes with it; the others go on.
START_TEST(refused_client_resets)
{
    struct driver *one = begin(0), *two = begin(1);
    disk.room = 1;
    queue_reads(two, 1, 512);
    notify(two);
    queue_reads(one, 5, 512);
    notify(one);
    ck_assert_uint_eq(one->c->under_way, 1);
    ck_assert_ptr_nonnull(disk.disk.clients->refused);
    if (_i == 1)
        vanish(one);
    else if (_i == 2)
        vanish(two);
    else
        start(one);
    ck_assert(!disk.disk.clients->refused == (_i != 2));
    end_one(0);
    ready();
    ck_assert_uint_eq(disk.submitted, _i == 2 ? 2 : 1);
    ck_assert_uint_eq(share_used, _i ? 1 : 2);
}
END_TEST

// The same disk for several that only read; for one that writes alone.
START_TEST(exclusion)
{
    begin(2);
    begin(3);
    ck_assert_int_eq(create(&drivers[0], "slow:3", false), -L4_EBUSY);
    ck_assert_int_eq(create(&drivers[0], "slow", false), -L4_EBUSY);
    ck_assert_uint_eq(share_used, 2);
    ck_assert_int_eq(create(&drivers[0], "slow", true), 0);
    vanish(&drivers[2]);
    vanish(&drivers[3]);
    ck_assert_int_eq(create(&drivers[2], "slow:2", false), -L4_EBUSY);
    ck_assert(drivers[0].c->dev.config.offered[0] >> VIRTIO_BLK_F_RO & 1);
    client_destroy(drivers[0].c); // one that was not handed out
    drivers[0].c = NULL;
    ck_assert_uint_eq(share_used, 0);
    share_limit = 0;
    ck_assert_int_eq(create(&drivers[0], "slow", false), -L4_ENOMEM);
    share_limit = 1000;
}
END_TEST

int main(void)
{
    Suite *s = suite_create("block_clients");
    TCase *c = tcase_create("all");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, any_order, 1, 4);
    tcase_add_loop_test(c, in_turn, 0, 3);
    tcase_add_test(c, answers_in_turn);
    tcase_add_loop_test(c, budget, 0, 2);
    tcase_add_loop_test(c, old_requests_end_first, 0, 2);
    tcase_add_loop_test(c, refused_client_resets, 0, 3);
    tcase_add_test(c, exclusion);
    suite_add_tcase(s, c);
    return unit_run(s);
}
