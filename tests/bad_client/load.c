// SPDX-License-Identifier: MIT
// Clients that use a server until it is gone, and then know it: no call hangs, no access to its memory ends them.
#include "attack.h"
#include "port.h"

#include <l4/re/env.h>
#include <l4/sys/vcon.h>
#include <l4/vbus/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_GONE = 42, STATUS_EARLY = 43 };

static void use(void (*start)(void), bool (*once)(void))
{
    check_quietly(STATUS_EARLY);
    if (start)
        start();
    CHECK(once());
    check_quietly(STATUS_GONE);
    while (once())
        ;
    exit(STATUS_GONE);
}

static bool write_and_ask(void)
{
    static char const text[] = "many words for a console that may end at any of them\n";
    l4_vcon_attr_t attr;
    l4_cap_idx_t console = l4re_env_get_cap("console");
    for (unsigned i = 0; i < 8; i++)
        l4_vcon_write(console, text, sizeof(text) - 1);
    return l4_error(l4_vcon_get_attr(console, &attr)) >= 0;
}

void load_console(void)
{
    use(NULL, write_and_ask);
}

static bool ask_bus(void)
{
    l4vbus_device_handle_t dev = L4VBUS_NULL;
    l4_cap_idx_t bus = l4re_env_get_cap("vbus");
    return l4vbus_get_next_device(bus, L4VBUS_ROOT_BUS, &dev, L4VBUS_MAX_DEPTH, NULL) >= 0;
}

void load_bus(void)
{
    use(NULL, ask_bus);
}

static struct port one, two;

static bool both_ways(void)
{
    uint32_t status;
    if (l4virtio_driver_status(&one.dev, 0xf, &status) < 0)
        return false;
    if (status != 0xf)
        return false;
    port_send(&one, "there");
    port_send(&two, "and back");
    return port_receive(&two, "there") && port_receive(&one, "and back");
}

static void start_ports(void)
{
    port_start(&one, l4re_env_get_cap("one"));
    port_start(&two, l4re_env_get_cap("two"));
}

void load_net(void)
{
    use(start_ports, both_ways);
}
