// SPDX-License-Identifier: MIT
// An uplink: connects the machine's network card, a virtio device of the bus `vbus`, to a port of a switch, the capability
// `port`. Frames go from the one to the other in the memory that they came in, which both reach: what has come for the port is
// where the card wrote it, and the card sends from where the port put it.
#include <stdio.h>
#include <stdlib.h>

#include <l4/re/env.h>
#include <l4/sys/irq.h>
#include <l4/sys/kip.h>

#include "lane.h"
#include "nic.h"
#include "port.h"

#define WATCH_US 1000000ull
#define BIT(n) (1u << (n))

enum { VIRTIO_ID_NET = 1, ROUNDS = 64 };

static struct srv srv;
static struct virtio_bus bus;
static struct nic nic;
static struct port port;
static struct lane in, out; // from the card to the port, and back
static struct srv_object nic_irq, port_irq;
static struct srv_timer watch;
static bool have_nic;

// The card uses the memory of this program, which others will have: it is to stop before.
static void give_up(char const *who, char const *why)
{
    printf("%s: %s; %llu frames in, %llu out\n", who, why, (unsigned long long)in.passed, (unsigned long long)out.passed);
    virtio_mmio_fail(&nic.place.dev);
    exit(EXIT_FAILURE);
}

static void tell(unsigned in_needs, unsigned out_needs)
{
    if (in_needs & LANE_FROM_BROKEN || out_needs & LANE_TO_BROKEN)
        give_up("network card", "it returned a buffer that it does not have");
    if (in_needs & LANE_TO_BROKEN || out_needs & LANE_FROM_BROKEN)
        give_up("port", "it returned a buffer that it does not have");
    if (in_needs & LANE_NOTIFY_FROM)
        nic_notify(&nic, VIRTIO_NET_RX);
    if (out_needs & LANE_NOTIFY_TO)
        nic_notify(&nic, VIRTIO_NET_TX);
    if (in_needs & LANE_NOTIFY_TO || out_needs & LANE_NOTIFY_FROM)
        l4virtio_driver_notify(&port.dev);
}

static bool more_to_do(unsigned needs)
{
    if (needs & LANE_MORE)
        return true;
    bool in_waits = lane_wait(&in), out_waits = lane_wait(&out);
    return in_waits || out_waits;
}

// Until there is nothing more, or for so long that the timer may have waited.
static void work(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned in_needs = lane_step(&in), out_needs = lane_step(&out);
        tell(in_needs, out_needs);
        if (!more_to_do(in_needs | out_needs))
            return;
    }
    l4_irq_trigger(port_irq.cap);
}

static l4_msgtag_t nic_interrupted(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)rights, (void)tag, (void)u;
    virtio_mmio_irq(&nic.place.dev);
    work();
    l4_irq_unmask(o->cap);
    return SRV_NO_REPLY;
}

static l4_msgtag_t port_interrupted(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)o, (void)rights, (void)tag, (void)u;
    work();
    return SRV_NO_REPLY;
}

static void look(struct srv_timer *t)
{
    if (!virtio_mmio_works(&nic.place.dev))
        give_up("network card", "it asks for a reset");
    if (!port_works(&port))
        give_up("port", "it is gone, or has failed");
    srv_timer_arm(&srv, t, l4_kip_clock(l4_kip()) + WATCH_US);
}

static int found(void *ctx, struct virtio_place const *p)
{
    (void)ctx;
    if (have_nic)
        printf("a second network card at 0x%llx: a driver is for one, left out\n", (unsigned long long)p->at);
    else
        nic.place = *p;
    have_nic = true;
    return 0;
}

// What a receiver on the one side takes is what the sender on the other may do.
static struct {
    unsigned nic, port;
} const pairs[] = { { VIRTIO_NET_F_CSUM, VIRTIO_NET_F_GUEST_CSUM }, { VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_CSUM } };

static uint64_t nic_features(uint32_t of_port)
{
    uint64_t f = 0;
    for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (of_port & BIT(pairs[i].port))
            f |= BIT(pairs[i].nic);
    return f;
}

static uint32_t port_features(void)
{
    uint32_t f = 0;
    for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (virtio_mmio_has(&nic.place.dev, pairs[i].nic))
            f |= BIT(pairs[i].port);
    return f;
}

static unsigned power_of_two(unsigned most)
{
    unsigned n = 1;
    while (2 * n <= most)
        n *= 2;
    return n;
}

static int connect(unsigned most)
{
    struct dma_memory buffers;
    unsigned const num = power_of_two(most);
    int r = dma_alloc(&bus.dma, 2 * LANE_MEMORY, &buffers);
    if (r >= 0)
        r = nic_queues(&nic, &bus.dma, num);
    if (r >= 0)
        r = srv_register_irq(&srv, &port_irq);
    if (r >= 0)
        r = port_start(&port, port_features(), num, port_irq.cap, &bus.dma, &buffers);
    if (r >= 0)
        r = virtio_bus_bind(&bus, &nic.place, &srv, &nic_irq);
    if (r < 0)
        return r;
    virtio_mmio_start(&nic.place.dev);
    unsigned in_needs = lane_start(&in, &nic.rx, &port.tx, buffers.at, buffers.address);
    uint8_t *const second = (uint8_t *)buffers.at + LANE_MEMORY;
    unsigned out_needs = lane_start(&out, &port.rx, &nic.tx, second, buffers.address + LANE_MEMORY);
    tell(in_needs, out_needs);
    return 0;
}

static void say_connected(void)
{
    printf("network card at 0x%llx and its port are connected, %u buffers each way%s\n", (unsigned long long)nic.place.at,
           in.from->num, port_features() ? ", checksums left to receivers" : "");
}

static bool start(l4_cap_idx_t port_cap)
{
    uint32_t offered = 0;
    int of_port = port_begin(&port, port_cap, &offered);
    if (of_port < 0) {
        fprintf(stderr, "port: %s\n", of_port == -L4_ENODEV ? "no network device" : l4sys_errtostr(of_port));
        return false;
    }
    int r = nic_begin(&nic, nic_features(offered));
    if (r >= 0)
        r = connect((unsigned)(r < of_port ? r : of_port));
    if (r < 0) {
        fprintf(stderr, "cannot connect the network card at 0x%llx to its port: %s\n", (unsigned long long)nic.place.at,
                l4sys_errtostr(r));
        virtio_mmio_fail(&nic.place.dev);
    }
    return r >= 0;
}

int main(void)
{
    static struct srv_ops const nic_ops = { .dispatch = nic_interrupted }, port_ops = { .dispatch = port_interrupted };
    l4_cap_idx_t port_cap = l4re_env_get_cap("port");
    nic_irq.ops = &nic_ops;
    port_irq.ops = &port_ops;
    watch.expired = look;
    if (l4_is_invalid_cap(port_cap)) {
        fprintf(stderr, "no capability 'port': give a port of a switch\n");
        return EXIT_FAILURE;
    }
    int r = srv_init(&srv, l4re_env()->main_thread);
    if (r < 0) {
        fprintf(stderr, "cannot serve: %s\n", l4sys_errtostr(r));
        return EXIT_FAILURE;
    }
    if (!virtio_bus_open(&bus))
        return EXIT_FAILURE;
    virtio_bus_scan(&bus, VIRTIO_ID_NET, found, NULL);
    if (!have_nic) {
        fprintf(stderr, "no virtio network card on the bus\n");
        return EXIT_FAILURE;
    }
    if (!start(port_cap))
        return EXIT_FAILURE;
    say_connected();
    watch.expired(&watch);
    work();
    srv_loop(&srv);
}
