// SPDX-License-Identifier: MIT
// Nothing that a client was told is safe is lost: the block server's library and its driver for virtio disks, on a disk with a
// volatile cache, until the power is cut. Clients write, flush, reset, vanish and come again; the server is killed and starts
// anew; the disk fails requests, or answers no more.
//
// RUNS= says how many runs with a cut at the end of each; SEED= is the first one's.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block_lost_client.h"
#include "unit_run.h"
#include "volume.h"

enum { RUNS = 10000, PATIENCE_S = 40 };

// Memory that was freed is used again soon: pages that are always new take most of the time.
char const *__asan_default_options(void);
char const *__asan_default_options(void) { return "quarantine_size_mb=4"; }

static struct virtio_disk *server_disk;

static void start_server(void)
{
    static struct dma_space const dma;
    memset(&lost_server, 0, sizeof(lost_server));
    server_disk = calloc(1, sizeof(*server_disk));
    lost_disk_clients = calloc(1, sizeof(*lost_disk_clients));
    LOST_CHECK(virtio_disk_init(server_disk, &lost_server, &dma, "LOST") == 0);
    lost_disk_clients->disk = &server_disk->disk;
    server_disk->disk.clients = lost_disk_clients;
}

static void kill_server(void)
{
    for (unsigned i = 0; i < LOST_CLIENTS; i++)
        lost_client_forget(&lost_clients[i]);
    for (struct blk_client *c = lost_disk_clients->first, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(lost_disk_clients);
    free(server_disk);
}

static void run_timers(unsigned us)
{
    lost_now += us;
    srv_run_timers(&lost_server);
}

static void interrupt(void)
{
    l4_msgtag_t const tag = { 0 };
    if (lost_disk_interrupt())
        server_disk->irq.ops->dispatch(&server_disk->irq, 0, tag, NULL);
}

static void client_step(struct lost_client *k)
{
    unsigned const what = (unsigned)random() % 64;
    if (!k->running)
        lost_client_start(k);
    else if (what == 0)
        lost_client_start(k);
    else if (what == 1)
        lost_client_vanish(k);
    else if (what < 40)
        lost_client_ask(k);
    else
        lost_client_collect(k);
}

static void step(void)
{
    unsigned const what = (unsigned)random() % 1024;
    if (what < 450) {
        client_step(&lost_clients[(unsigned)random() % LOST_CLIENTS]);
    } else if (what < 850) {
        lost_disk_step();
    } else if (what < 1000) {
        interrupt();
    } else if (what < 1020) {
        run_timers(1);
    } else if (what < 1023) {
        kill_server();
        start_server();
    } else {
        lost_disk_hang();
        run_timers(PATIENCE_S * 1000000u);
    }
}

static void run(unsigned seed)
{
    static uint32_t stamps[LOST_SECTORS];
    srandom(seed);
    lost_disk_plug(&(struct lost_disk_options){ .cached = random() % 4, .errors = random() % 4 ? 0 : 20,
                                                .slow_id = random() % 16 ? 0 : 1990 + (unsigned)random() % 50 });
    for (unsigned i = 0; i < LOST_CLIENTS; i++)
        lost_client_begin(&lost_clients[i]);
    start_server();
    for (unsigned n = 100 + (unsigned)random() % 300; n; n--)
        step();
    lost_disk_cut(stamps);
    for (unsigned i = 0; i < LOST_CLIENTS; i++)
        lost_client_check(&lost_clients[i], stamps);
    kill_server();
}

static unsigned number(char const *name, unsigned otherwise)
{
    char const *text = getenv(name);
    return text && *text ? (unsigned)strtoul(text, NULL, 0) : otherwise;
}

START_TEST(nothing_lost)
{
    unsigned const runs = number("RUNS", RUNS), first = number("SEED", 1);
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout)); // each client that goes says so
    for (unsigned i = 0; i < runs; i++)
        run(first + i);
    ck_assert_uint_gt(lost_safe, runs * 10);
    for (unsigned i = 0; i < LOST_CLIENTS; i++)
        free(lost_clients[i].ram);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("block_lost");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 300);
    tcase_add_test(c, nothing_lost);
    suite_add_tcase(s, c);
    return unit_run(s);
}
