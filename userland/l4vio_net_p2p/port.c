// SPDX-License-Identifier: MIT
#include "port.h"

#include <stdio.h>
#include <string.h>

#include <l4/sys/irq.h>
#include <l4/sys/kip.h>

#include "virtio_net.h"

enum {
    QUEUE_SIZE = 256,
    BUDGET = 64,           // packets in one go; others get their turn in between
    STALL_US = 2000000,    // so long packets wait for a driver that gives no buffers
};

static struct port ports[PORTS];

static struct port *port_of(struct l4virtio_device *d)
{
    return (struct port *)((char *)d - offsetof(struct port, dev));
}

static struct port *peer_of(struct port const *p)
{
    return &ports[p->index ^ 1];
}

// Looks at the port's queues again soon, with other requests having had their turn.
static void poke(struct port *p)
{
    if (p->used && p->side.running)
        l4_irq_trigger(p->dev.notify_object.cap);
}

// Packets of the peer wait for buffers of this port: not for ever, its driver may be dead.
static void wait_for_buffers(struct port *p)
{
    if (p->waiting_since)
        return;
    p->waiting_since = l4_kip_clock(l4_kip());
    srv_timer_arm(p->dev.srv, &p->stall, p->waiting_since + STALL_US);
}

static void stop_waiting(struct port *p)
{
    if (!p->waiting_since)
        return;
    p->waiting_since = 0;
    srv_timer_cancel(p->dev.srv, &p->stall);
}

static void run(struct port *from, struct port *to)
{
    struct forward_outcome o = net_forward(&from->side, &to->side, BUDGET);
    if (o.kick_to)
        l4virtio_device_kick(&to->dev);
    if (o.kick_from)
        l4virtio_device_kick(&from->dev);
    if (o.result != FORWARD_BLOCKED)
        stop_waiting(to);

    switch (o.result) {
    case FORWARD_IDLE:
        break;
    case FORWARD_BLOCKED:
        wait_for_buffers(to);
        break;
    case FORWARD_MORE:
        poke(from);
        break;
    case FORWARD_TX_BROKEN:
        l4virtio_device_error(&from->dev, vq_strerror(from->side.tx.broken));
        break;
    case FORWARD_RX_BROKEN:
        l4virtio_device_error(&to->dev, vq_strerror(to->side.rx.broken));
        break;
    }
}

static void stalled(struct srv_timer *t)
{
    struct port *p = (struct port *)((char *)t - offsetof(struct port, stall));
    p->waiting_since = 0;
    p->side.stalled = true;
    printf("%s: takes no packets any more; what is sent to it is dropped\n", p->dev.name);
    poke(peer_of(p));
}

static void notify(struct l4virtio_device *d)
{
    struct port *p = port_of(d), *peer = peer_of(p);
    if (p->side.stalled && vq_dev_pending(&p->side.rx))
        p->side.stalled = false;
    run(p, peer);
    if (peer->side.running && p->side.running)
        run(peer, p);
}

static void reset(struct l4virtio_device *d)
{
    struct port *p = port_of(d);
    p->side.running = p->side.stalled = false;
    p->side.segment = 0;
    vq_dev_reset(&p->side.rx);
    vq_dev_reset(&p->side.tx);
    stop_waiting(p);
    poke(peer_of(p));  // what waits for this port is to be dropped now
}

static bool accepted(struct l4virtio_device *d, unsigned bit)
{
    return l4virtio_config_accepted(&d->config, bit);
}

// virtio 1.2, 5.1.3.1: what needs what.
static bool features_ok(struct l4virtio_device *d)
{
    bool guest_tso = accepted(d, VIRTIO_NET_F_GUEST_TSO4) || accepted(d, VIRTIO_NET_F_GUEST_TSO6);
    bool host_tso = accepted(d, VIRTIO_NET_F_HOST_TSO4) || accepted(d, VIRTIO_NET_F_HOST_TSO6);
    bool ok = (!guest_tso || accepted(d, VIRTIO_NET_F_GUEST_CSUM))
              && (!host_tso || accepted(d, VIRTIO_NET_F_CSUM))
              && (guest_tso || !accepted(d, VIRTIO_NET_F_GUEST_ECN))
              && (host_tso || !accepted(d, VIRTIO_NET_F_HOST_ECN));
    if (!ok)
        printf("%s: driver took segmentation offload without checksum offload\n", d->name);
    return ok;
}

static int driver_ok(struct l4virtio_device *d)
{
    struct port *p = port_of(d);
    if (l4virtio_device_setup_queue(d, VIRTIO_NET_RX, &p->side.rx) < 0
        || l4virtio_device_setup_queue(d, VIRTIO_NET_TX, &p->side.tx) < 0)
        return -1;
    p->side.features = d->config.accepted[0];
    p->side.running = true;
    poke(p);
    return 0;
}

static void gone(struct l4virtio_device *d)
{
    struct port *p = port_of(d);
    printf("%s: gone, %llu packets sent, %llu dropped\n", d->name,
           (unsigned long long)p->side.tx_packets, (unsigned long long)p->side.dropped);
    p->used = false;
    share_give(p->share);
}

static struct l4virtio_device_ops const ops = {
    .reset = reset,
    .features_ok = features_ok,
    .driver_ok = driver_ok,
    .notify = notify,
    .gone = gone,
};

static void offer_features(struct l4virtio_config *c)
{
    // Whatever one side takes and the other does not is done by software in between, so that the
    // order in which the drivers start does not matter.
    static uint8_t const bits[] = {
        VIRTIO_NET_F_CSUM, VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_MAC, VIRTIO_NET_F_GUEST_TSO4,
        VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_HOST_TSO4,
        VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_HOST_ECN, VIRTIO_NET_F_MRG_RXBUF,
        L4VIRTIO_FEATURE_INDIRECT_DESC, L4VIRTIO_FEATURE_EVENT_IDX,
    };
    for (unsigned i = 0; i < sizeof(bits); i++)
        l4virtio_config_offer(c, bits[i], true);
}

// A locally administered address; the clock keeps apart the switches of one system.
static void make_mac(struct port *p)
{
    uint64_t t = l4_kip_clock_ns(l4_kip()) * 0x9e3779b97f4a7c15ull;
    uint8_t const mac[6] = { 0x02, (uint8_t)(t >> 56), (uint8_t)(t >> 48), (uint8_t)(t >> 40),
                             (uint8_t)(t >> 32), (uint8_t)(p->index + 1) };
    memcpy(p->mac, mac, sizeof(mac));
}

static void set_mac(struct port *p)
{
    volatile struct virtio_net_config *c = l4virtio_device_config_space(&p->dev);
    for (unsigned i = 0; i < 6; i++)
        c->mac[i] = p->mac[i];
    c->max_virtqueue_pairs = 1;
}

static struct port *find_free(void)
{
    for (unsigned i = 0; i < PORTS; i++)
        if (!ports[i].used) {
            memset(&ports[i], 0, sizeof(ports[i]));
            ports[i].index = i;
            return &ports[i];
        }
    return NULL;
}

static int init(struct port *p, struct srv *srv, struct port_params const *port)
{
    struct port_options const *o = port->options;
    char name[PORT_NAME_MAX + 1];
    snprintf(name, sizeof(name), "port%u", p->index);
    uint16_t const num_max[VIRTIO_NET_QUEUES] = { QUEUE_SIZE, QUEUE_SIZE };
    struct l4virtio_device_params const params = {
        .name = o->name[0] ? o->name : name,
        .device_id = L4VIRTIO_ID_NET,
        .config_size = sizeof(struct virtio_net_config),
        .num_queues = VIRTIO_NET_QUEUES,
        .num_max = num_max,
        .ds_max = o->ds_max,
        .trusted = port->trusted,
    };
    if (!share_take(port->share)) {
        printf("port '%s' refused: its factory is for no more\n", params.name);
        return -L4_ENOMEM;
    }
    int r = l4virtio_device_init(&p->dev, srv, &ops, &params);
    if (r < 0) {
        printf("port '%s': %s\n", params.name, l4sys_errtostr(r));
        share_give(port->share);
        return r;
    }
    p->share = port->share;
    return 0;
}

int port_create(struct srv *srv, struct port_params const *params, struct port **port)
{
    struct port_options const *o = params->options;
    struct port *p = find_free();
    if (!p) {
        printf("port '%s' refused: this switch connects two ports, and both exist\n", o->name);
        return -L4_ENOMEM;
    }
    struct port const *peer = peer_of(p);
    if (o->has_mac && peer->used && !memcmp(peer->mac, o->mac, sizeof(o->mac))) {
        printf("port '%s' refused: %s has the same MAC address\n", o->name, peer->dev.name);
        return -L4_ENOMEM;
    }

    int r = init(p, srv, params);
    if (r < 0)
        return r;
    p->stall.expired = stalled;
    p->used = true;
    offer_features(&p->dev.config);
    if (o->has_mac)
        memcpy(p->mac, o->mac, sizeof(p->mac));
    else
        make_mac(p);
    set_mac(p);
    *port = p;
    return 0;
}

void port_destroy(struct port *p)
{
    l4virtio_device_destroy(&p->dev);
    p->used = false;
    share_give(p->share);
}
