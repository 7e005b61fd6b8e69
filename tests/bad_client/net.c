// SPDX-License-Identifier: MIT
#include "attack.h"
#include "port.h"

#include <l4/re/env.h>
#include <l4/sys/irq.h>
#include <l4/sys/rcv_endpoint.h>

enum { RUNNING = 0xf, BROKEN = 0x4f };

// Both ways, as before.
static void check_traffic(struct port *a, struct port *b)
{
    port_send(a, "there");
    CHECK(port_receive(b, "there"));
    port_send(b, "and back");
    CHECK(port_receive(a, "and back"));
}

// What tells the switch of packets is for that: its messages go to the switch, and the next one does.
static void check_notification(struct port *p)
{
    l4_cap_idx_t irq = p->dev.notify_irq;
    CHECK(l4_error(l4_irq_detach(irq)) == -L4_EPERM);
    CHECK(l4_error(l4_rcv_ep_bind_thread(irq, l4re_env()->main_thread, 0x10)) == -L4_EPERM);
}

void attack_net(void)
{
    l4_cap_idx_t one = l4re_env_get_cap("one"), two = l4re_env_get_cap("two");
    struct port bad, good;
    port_start(&bad, one);
    port_start(&good, two);
    check_notification(&bad);
    for (unsigned round = 0; round < 4; round++) {
        check_traffic(&bad, &good);
        port_lose_memory(&bad);
        if (round & 1) // who is the first to make the switch reach for it
            port_send(&good, "for nobody");
        else
            l4virtio_driver_notify(&bad.dev);
        CHECK(port_has_status(&bad, BROKEN));
        CHECK(port_has_status(&good, RUNNING));
        port_stop(&bad);
        port_start(&bad, one);
    }
    check_traffic(&bad, &good);
    port_stop(&bad);
    port_stop(&good);
}
