// SPDX-License-Identifier: MIT
#include "port.h"

#include <stdio.h>
#include <string.h>

#include <l4/sys/irq.h>
#include <l4/sys/kip.h>

#include "forward.h"

enum {
    QUEUE_SIZE = 256,
    BUDGET = 64,           // packets in one go; others get their turn in between
    STALL_US = 2000000,    // so long packets wait for a driver that gives no buffers
};

static struct port ports[PORTS];

static struct port *of_device(struct l4virtio_device *d)
{
    return port_of(net_device_of(d));
}

static struct port *peer_of(struct port const *p)
{
    return &ports[p->index ^ 1];
}

// Looks at the port's queues again soon, with other requests having had their turn.
static void poke(struct port *p)
{
    if (p->used && p->net.side.running)
        l4_irq_trigger(p->net.dev.notify_object.cap);
}

// Packets of the peer wait for buffers of this port: not for ever, its driver may be dead.
static void wait_for_buffers(struct port *p)
{
    if (p->waiting_since)
        return;
    p->waiting_since = l4_kip_clock(l4_kip());
    srv_timer_arm(p->net.dev.srv, &p->stall, p->waiting_since + STALL_US);
}

static void stop_waiting(struct port *p)
{
    if (!p->waiting_since)
        return;
    p->waiting_since = 0;
    srv_timer_cancel(p->net.dev.srv, &p->stall);
}

static void run(struct port *from, struct port *to)
{
    struct forward_outcome o = net_forward(&from->net.side, &to->net.side, BUDGET);
    if (o.kick_to)
        l4virtio_device_kick(&to->net.dev);
    if (o.kick_from)
        l4virtio_device_kick(&from->net.dev);
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
        l4virtio_device_error(&from->net.dev, vq_strerror(from->net.side.tx.broken));
        break;
    case FORWARD_RX_BROKEN:
        l4virtio_device_error(&to->net.dev, vq_strerror(to->net.side.rx.broken));
        break;
    }
}

static void stalled(struct srv_timer *t)
{
    struct port *p = (struct port *)((char *)t - offsetof(struct port, stall));
    p->waiting_since = 0;
    p->net.side.stalled = true;
    printf("%s: takes no packets any more; what is sent to it is dropped\n", p->net.dev.name);
    poke(peer_of(p));
}

static void notify(struct l4virtio_device *d)
{
    struct port *p = of_device(d), *peer = peer_of(p);
    if (p->net.side.stalled && vq_dev_pending(&p->net.side.rx))
        p->net.side.stalled = false;
    run(p, peer);
    if (peer->net.side.running && p->net.side.running)
        run(peer, p);
}

static void reset(struct l4virtio_device *d)
{
    struct port *p = of_device(d);
    net_device_reset(&p->net);
    stop_waiting(p);
    poke(peer_of(p));  // what waits for this port is to be dropped now
}

static int driver_ok(struct l4virtio_device *d)
{
    struct port *p = of_device(d);
    if (net_device_driver_ok(&p->net) < 0)
        return -1;
    poke(p);
    return 0;
}

static void gone(struct l4virtio_device *d)
{
    struct port *p = of_device(d);
    struct net_side const *side = &p->net.side;
    printf("%s: gone, %llu packets sent, %llu dropped\n", d->name, (unsigned long long)side->tx_packets,
           (unsigned long long)side->dropped);
    p->used = false;
    net_device_gone(&p->net);
}

static struct l4virtio_device_ops const ops = {
    .reset = reset,
    .features_ok = net_device_features_ok,
    .driver_ok = driver_ok,
    .notify = notify,
    .gone = gone,
};

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
    uint8_t mac[NET_MAC_LEN];
    snprintf(name, sizeof(name), "port%u", p->index);
    net_device_make_mac(mac, p->index);
    struct net_device_params const params = {
        .name = o->name[0] ? o->name : name,
        .mac = o->has_mac ? o->mac : mac,
        .queue_size = QUEUE_SIZE,
        .ds_max = o->ds_max,
        .trusted = port->trusted,
        .share = port->share,
    };
    return net_device_init(&p->net, srv, &ops, &params);
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
    if (o->has_mac && peer->used && !memcmp(peer->net.mac, o->mac, sizeof(o->mac))) {
        printf("port '%s' refused: %s has the same MAC address\n", o->name, peer->net.dev.name);
        return -L4_ENOMEM;
    }

    int r = init(p, srv, params);
    if (r < 0)
        return r;
    p->stall.expired = stalled;
    p->used = true;
    *port = p;
    return 0;
}

void port_destroy(struct port *p)
{
    net_device_destroy(&p->net);
    p->used = false;
}
