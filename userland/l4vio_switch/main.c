// SPDX-License-Identifier: MIT
// A network switch for virtual machines: a factory on capability `svr` makes ports, each an L4 virtio network device. Frames
// go from the memory of the driver that sends them to that of those that are to have them.
#include <stdio.h>
#include <stdlib.h>

#include <l4/net/server.h>

#include "port.h"
#include "stats.h"

enum { TYPE_PORT = 0, TYPE_STATISTICS = 1 };

static struct command_line command_line;

static char const *read_option(void *options, char const *text)
{
    return switch_port_options_text(options, text);
}

static void say_port(struct port const *p)
{
    static char const *const kinds[] = { "in no VLAN", "access", "trunk", "trunk of all", "monitor" };
    uint8_t const *mac = p->net.mac;
    printf("port '%s', %s, ", p->net.dev.name, kinds[p->at.vlan.kind]);
    if (p->at.vlan.kind == VLAN_ACCESS)
        printf("VLAN %u, ", p->at.vlan.id);
    if (p->net.has_mac)
        printf("MAC %02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    else
        printf("no MAC\n");
}

static l4_msgtag_t create_port(struct share *share, struct factory_args *args)
{
    struct switch_port_options o;
    struct port *p;
    switch_port_options_init(&o);
    int r = net_server_read_options(args, read_option, &o);
    if (r >= 0)
        r = port_create(&o, share, &p);
    if (r < 0)
        return msg_reply_err(r);
    if (!command_line.quiet)
        say_port(p);
    return net_server_hand_out(&p->net, args->u, port_destroy);
}

static l4_msgtag_t create(long type, struct share *share, struct factory_args *args)
{
    if (type == TYPE_PORT)
        return create_port(share, args);
    if (type == TYPE_STATISTICS)
        return stats_create_reader(net_server_srv(), share, args->u);
    printf("create: type %ld: only ports (type 0), readers of statistics (1) and factories are made here\n", type);
    return msg_reply_err(-L4_EINVAL);
}

int main(int argc, char **argv)
{
    struct command_line *c = &command_line;
    if (!command_line_read(c, argc, argv))
        return EXIT_FAILURE;
    for (unsigned i = 0; i < c->ds_count; i++)
        if (!net_server_trust(c->ds[i]))
            return EXIT_FAILURE;
    ports_init(c, net_server_srv());
    if (!c->quiet)
        printf("network switch, %u ports, queues of %u entries\n", c->ports, c->queue_size);
    net_server_run(create, 2 * (c->ports + 1)); // each port may have a factory of its own, or a reader
    return EXIT_FAILURE;
}
