// SPDX-License-Identifier: MIT
#include "sources.h"

#include <stdio.h>
#include <string.h>

#include <l4/re/env.h>
#include <l4/re/random.h>
#include <l4/sys/irq.h>
#include <l4/sys/kip.h>

#include "device.h"
#include "rndr.h"

#define REFRESH_US 60000000ull // at the latest
#define PATIENCE_US 10000000ull
#define REFRESH_BYTES (1u << 20)

enum { VIRTIO_ID_ENTROPY = 4, WORDS = ENTROPY_BLOCK / 8, TRIES = 64 };

static struct entropy *entropy;
static struct srv *server;
static struct virtio_bus bus;
static struct rng_device device;
static struct srv_object device_irq;
static struct srv_timer refresh, patience;
static uint8_t gathered[ENTROPY_BLOCK]; // what the device gave of a block
static unsigned num_gathered;
static unsigned told; // sources, a bit each

// Once there is enough, and when another source has begun to give.
static void tell(void)
{
    char text[200];
    unsigned giving = 0;
    for (unsigned i = 0; i < SOURCES; i++)
        giving |= entropy->source[i].bits ? 1u << i : 0;
    if (!drbg_ready(&entropy->drbg) || !(giving & ~told))
        return;
    told = giving;
    entropy_describe(entropy, text, sizeof(text));
    printf("random numbers come from %s\n", text);
}

static void ask_seed(void)
{
    uint64_t word[WORDS];
    for (unsigned i = 0; i < WORDS; i++) {
        word[i] = l4re_random();
        if (!word[i])
            return;
    }
    entropy_add(entropy, SOURCE_SEED, (uint8_t const *)word, sizeof(word), 64 * L4RE_RANDOM_WORDS);
    memset(word, 0, sizeof(word));
    __asm__ volatile("" : : "r"(word) : "memory");
}

// Each is of a generator that has taken new entropy before it: all bits count.
static void ask_cpu(void)
{
    uint64_t word[WORDS];
    unsigned n = 0;
    for (unsigned tries = 0; n < WORDS && tries < TRIES; tries++) {
        int r = rndr_read(&word[n]);
        if (r < 0)
            return;
        n += (unsigned)r;
    }
    entropy_announce(entropy, SOURCE_CPU);
    if (n == WORDS && !entropy_add(entropy, SOURCE_CPU, (uint8_t const *)word, sizeof(word), 8 * sizeof(word)))
        printf("the CPU's RNDRRS repeats itself: it is not used any more\n");
    memset(word, 0, sizeof(word));
    __asm__ volatile("" : : "r"(word) : "memory");
}

// ---- the device ----

static void give_up(char const *why)
{
    printf("random number device at 0x%llx: %s; it is not used any more\n", (unsigned long long)device.place.at, why);
    virtio_mmio_fail(&device.place.dev);
    entropy_lost(entropy, SOURCE_DEVICE);
    srv_timer_cancel(server, &patience);
}

static bool device_used(void)
{
    return entropy->source[SOURCE_DEVICE].present;
}

static void ask_device(void)
{
    if (!device_used() || device.asked)
        return;
    srv_timer_arm(server, &patience, l4_kip_clock(l4_kip()) + PATIENCE_US);
    rng_device_ask(&device);
}

// False: it repeats itself. Small pieces are put together: one is no block that could be compared.
static bool gather(uint8_t const *p, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        gathered[num_gathered++] = p[i];
        if (num_gathered < sizeof(gathered))
            continue;
        num_gathered = 0;
        if (!entropy_add(entropy, SOURCE_DEVICE, gathered, sizeof(gathered), 8 * sizeof(gathered)))
            return false;
    }
    return true;
}

static l4_msgtag_t device_interrupted(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    uint8_t bytes[DEVICE_BYTES];
    (void)rights, (void)tag, (void)u;
    if (!device_used())
        return SRV_NO_REPLY;
    virtio_mmio_irq(&device.place.dev);
    int n = rng_device_take(&device);
    if (n > 0)
        memcpy(bytes, device.buffer, (unsigned)n); // what is compared is what is used
    if (n < 0)
        give_up("it breaks the rules, or asks for a reset");
    else if (n > 0 && !gather(bytes, (unsigned)n))
        give_up("it repeats itself");
    if (!device.asked)
        srv_timer_cancel(server, &patience);
    if (entropy->source[SOURCE_DEVICE].bits < DRBG_FULL)
        ask_device();
    tell();
    l4_irq_unmask(o->cap);
    return SRV_NO_REPLY;
}

static void waited(struct srv_timer *t)
{
    (void)t;
    give_up("it does not answer");
}

static int found(void *ctx, struct virtio_place const *p)
{
    static struct srv_ops const ops = { .dispatch = device_interrupted, .name = "device", .proto = L4_PROTO_IRQ };
    (void)ctx;
    if (device.place.id) {
        printf("a second random number device at 0x%llx is left out\n", (unsigned long long)p->at);
        return 0;
    }
    device.place = *p;
    device_irq.ops = &ops;
    int r = rng_device_start(&device, &bus, server, &device_irq);
    if (r >= 0)
        entropy_announce(entropy, SOURCE_DEVICE);
    return r;
}

static void open_bus(void)
{
    if (l4_is_invalid_cap(l4re_env_get_cap("vbus")) || !virtio_bus_open(&bus))
        return;
    virtio_bus_scan(&bus, VIRTIO_ID_ENTROPY, found, NULL);
    if (!device.place.id)
        printf("no virtio random number device on the bus\n");
}

// ---- all of them ----

static void refresh_expired(struct srv_timer *t)
{
    if (entropy->source[SOURCE_CPU].present)
        ask_cpu();
    ask_device();
    srv_timer_arm(server, t, l4_kip_clock(l4_kip()) + REFRESH_US);
}

void sources_refresh(void)
{
    if (entropy->drbg.read >= REFRESH_BYTES) {
        entropy->drbg.read = 0;
        refresh_expired(&refresh);
    }
}

void sources_start(struct entropy *e, struct srv *srv)
{
    entropy = e;
    server = srv;
    patience.expired = waited;
    refresh.expired = refresh_expired;
    ask_seed();
    if (rndr_init() >= 0)
        ask_cpu();
    open_bus();
    ask_device();
    srv_timer_arm(srv, &refresh, l4_kip_clock(l4_kip()) + REFRESH_US);
    tell();
    if (!entropy_possible(e))
        printf("there is no source of entropy: no virtio device, no RNDRRS, no seed; nobody gets random numbers\n");
    else if (!told)
        printf("there is not enough entropy yet: clients have to wait\n");
}
