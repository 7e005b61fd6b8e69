// SPDX-License-Identifier: MIT
#include "port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/net/server.h>
#include <l4/re/random.h>
#include <l4/sys/irq.h>

static struct net_switch net_switch;
static struct command_line const *settings;
static struct srv *server;
static struct port *ports;
static unsigned ports_count;      // without the monitor
static struct srv_object work_object; // an Irq: rings when turns are due

static struct port *port_of(struct net_device *n)
{
    return (struct port *)((char *)n - offsetof(struct port, net));
}

static struct port *of_device(struct l4virtio_device *d)
{
    return port_of(net_device_of(d));
}

static struct port *of_switch(struct switch_port *p)
{
    return (struct port *)((char *)p - offsetof(struct port, at));
}

static void kick(struct switch_port *p)
{
    l4virtio_device_kick(&of_switch(p)->net.dev);
}

static void broken(struct switch_port *p, char const *why)
{
    l4virtio_device_error(&of_switch(p)->net.dev, why);
}

// One turn; between it and the next the requests of all others are answered.
static void work(void)
{
    if (switch_step(&net_switch))
        l4_irq_trigger(work_object.cap);
}

static l4_msgtag_t work_due(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)o, (void)rights, (void)tag, (void)u;
    work();
    return SRV_NO_REPLY;
}

void ports_init(struct command_line const *c, struct srv *srv)
{
    static struct switch_ops const switch_ops = { .kick = kick, .broken = broken };
    settings = c;
    server = srv;
    switch_init(&net_switch, &switch_ops, l4re_random());
}

static void notify(struct l4virtio_device *d)
{
    switch_ready(&net_switch, &of_device(d)->at);
    work();
}

static void reset(struct l4virtio_device *d)
{
    net_device_reset(&of_device(d)->net);
}

static int driver_ok(struct l4virtio_device *d)
{
    struct port *p = of_device(d);
    if (net_device_driver_ok(&p->net) < 0)
        return -1;
    vq_notify_disable(&p->net.side.rx); // nobody waits for buffers
    switch_ready(&net_switch, &p->at);
    l4_irq_trigger(work_object.cap);
    return 0;
}

static void take_out(struct port *p)
{
    struct port **at = &ports;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    if (p->at.vlan.kind != VLAN_MONITOR)
        ports_count--;
    switch_remove(&net_switch, &p->at);
}

static void gone(struct l4virtio_device *d)
{
    struct port *p = of_device(d);
    struct net_side const *side = &p->net.side;
    unsigned long long const sent = side->tx_packets, nobody = side->dropped;
    if (!settings->quiet)
        printf("%s: gone, %llu packets sent, %llu of them to nobody; %llu received, %llu missed\n", d->name, sent + nobody,
               nobody, (unsigned long long)p->at.received, (unsigned long long)p->at.missed);
    take_out(p);
    net_device_gone(&p->net);
    free(p);
}

static struct l4virtio_device_ops const ops = {
    .reset = reset,
    .features_ok = net_device_features_ok,
    .driver_ok = driver_ok,
    .notify = notify,
    .gone = gone,
};

static struct port const *with_index(unsigned index)
{
    struct port const *p = ports;
    while (p && p->index != index)
        p = p->next;
    return p;
}

static struct port const *with_mac(uint8_t const *mac)
{
    struct port const *p = ports;
    while (p && (!p->net.has_mac || memcmp(p->net.mac, mac, NET_MAC_LEN) != 0))
        p = p->next;
    return p;
}

// Why there can be no such port, or NULL.
static char const *no_place(struct switch_port_options const *o)
{
    if (o->monitor)
        return net_switch.monitor ? "there is a monitor already" : NULL;
    return ports_count == settings->ports ? "all ports that -p allows exist" : NULL;
}

static void choose_mac(struct switch_port_options const *o, unsigned index, uint8_t mac[NET_MAC_LEN])
{
    if (o->port.has_mac) {
        memcpy(mac, o->port.mac, NET_MAC_LEN);
        return;
    }
    do
        net_device_make_mac(mac, index);
    while (with_mac(mac));
}

static int init(struct port *p, struct switch_port_options const *o, struct share *share)
{
    char name[PORT_NAME_MAX + 1];
    uint8_t mac[NET_MAC_LEN];
    snprintf(name, sizeof(name), o->monitor ? "monitor[%u]" : "[%u]", p->index);
    choose_mac(o, p->index, mac);
    struct net_device_params const params = {
        .name = o->port.name[0] ? o->port.name : name,
        .mac = o->port.has_mac || settings->own_macs ? mac : NULL,
        .queue_size = settings->queue_size,
        .ds_max = o->port.ds_max,
        .trusted = net_server_trusted(),
        .share = share,
    };
    if (!work_object.ops) {
        static struct srv_ops const work_ops = { .dispatch = work_due };
        work_object.ops = &work_ops;
        int r = srv_register_irq(server, &work_object);
        if (r < 0) {
            work_object.ops = NULL;
            return r;
        }
    }
    return net_device_init(&p->net, server, &ops, &params);
}

static struct port *make(struct switch_port_options const *o)
{
    struct port *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->index = o->monitor ? settings->ports : 0;
    while (with_index(p->index))
        p->index++;
    p->at.side = &p->net.side;
    p->at.vlan = o->vlan;
    if (o->monitor)
        p->at.vlan.kind = VLAN_MONITOR;
    return p;
}

static void put_in(struct port *p)
{
    p->next = ports;
    ports = p;
    if (p->at.vlan.kind != VLAN_MONITOR)
        ports_count++;
    switch_add(&net_switch, &p->at);
}

int port_create(struct switch_port_options const *o, struct share *share, struct port **port)
{
    char const *why = no_place(o);
    struct port const *other = o->port.has_mac ? with_mac(o->port.mac) : NULL;
    if (why || other) {
        printf("port '%s' refused: %s%s\n", o->port.name, why ? why : other->net.dev.name,
               why ? "" : " has the same MAC address");
        return -L4_ENOMEM;
    }
    if (o->monitor && o->vlan.kind != VLAN_NATIVE)
        printf("port '%s': a monitor gets the frames of all VLANs, vlan= has no effect\n", o->port.name);
    struct port *p = make(o);
    if (!p)
        return -L4_ENOMEM;
    int r = init(p, o, share);
    if (r < 0) {
        free(p);
        return r;
    }
    put_in(p);
    *port = p;
    return 0;
}

void port_destroy(struct net_device *n)
{
    struct port *p = port_of(n);
    net_device_destroy(n);
    take_out(p);
    free(p);
}

struct port const *ports_first(void)
{
    return ports;
}

unsigned ports_limit(void)
{
    return settings->ports + 1;
}
