// SPDX-License-Identifier: MIT
// Connects two virtual machines by a network cable: a factory on capability `svr` makes two ports,
// each an L4 virtio network device; what one sends the other receives. create(L4.Proto.Factory, 1)
// makes a factory for one of them.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <l4/net/server.h>

#include "port.h"

enum { CREATED_MAX = 2 * PORTS }; // each port may have a factory of its own

static char const *read_option(void *options, char const *text)
{
    return port_options_text(options, text);
}

static void destroy(struct net_device *n)
{
    port_destroy(port_of(n));
}

static l4_msgtag_t create(long type, struct share *share, struct factory_args *args)
{
    if (type) {
        printf("create: type %ld: only ports (type 0) and factories are made here\n", type);
        return msg_reply_err(-L4_EINVAL);
    }
    struct port_options o;
    struct port *p;
    port_options_init(&o);
    int r = net_server_read_options(args, read_option, &o);
    struct port_params const params = { .options = &o, .trusted = net_server_trusted(), .share = share };
    if (r >= 0)
        r = port_create(net_server_srv(), &params, &p);
    if (r < 0)
        return msg_reply_err(r);

    uint8_t const *mac = p->net.mac;
    printf("port '%s' with MAC %02x:%02x:%02x:%02x:%02x:%02x\n", p->net.dev.name, mac[0], mac[1], mac[2], mac[3], mac[4],
           mac[5]);
    return net_server_hand_out(&p->net, args->u, destroy);
}

static bool read_command_line(int argc, char **argv)
{
    static struct option const options[] = { { "register-ds", required_argument, NULL, 'd' }, { 0 } };
    optind = 0;  // picolibc begins anew then
    for (int opt; (opt = getopt_long(argc, argv, "+:d:", options, NULL)) != -1;) {
        if (opt != 'd') {
            fprintf(stderr, "option '%s': %s\n", argv[optind - 1],
                    opt == ':' ? "lacks its argument" : "there is only -d CAP, --register-ds CAP");
            return false;
        }
        if (!net_server_trust(optarg))
            return false;
    }
    if (optind < argc)
        fprintf(stderr, "argument '%s': this program takes options only\n", argv[optind]);
    return optind >= argc;
}

int main(int argc, char **argv)
{
    if (!read_command_line(argc, argv))
        return EXIT_FAILURE;
    printf("network cable with two ends\n");
    net_server_run(create, CREATED_MAX);
    return EXIT_FAILURE;
}
