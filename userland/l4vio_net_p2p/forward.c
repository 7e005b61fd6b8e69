// SPDX-License-Identifier: MIT
#include "forward.h"

#include <l4/sys/compiler.h>

static enum net_result deliver(struct net_side *from, struct net_side *to, struct net_packet *p)
{
    return to->running && !to->stalled ? net_packet_deliver(from, to, p) : NET_DROPPED;
}

// No array: the packet is passed by address.
static L4_NO_STACK_GUARD enum forward_result forward_some(struct net_side *from, struct net_side *to, unsigned budget)
{
    struct net_packet p;
    for (; budget; budget--) {
        enum net_take t = net_packet_take(from, &p);
        if (t == NET_NONE) {
            if (!vq_notify_enable(&from->tx))
                return FORWARD_IDLE;
            vq_notify_disable(&from->tx);
            continue;
        }
        if (t == NET_BROKEN)
            return FORWARD_TX_BROKEN;

        switch (t == NET_TAKEN ? deliver(from, to, &p) : NET_DROPPED) {
        case NET_SENT:
            from->tx_packets++;
            from->tx_bytes += p.chain.read_len - NET_HDR;
            break;
        case NET_DROPPED:
            from->dropped++;
            break;
        case NET_WAIT:
            vq_unpop(&from->tx, 1);
            if (!vq_notify_beyond(&to->rx, to->rx_seen))
                return FORWARD_BLOCKED;
            vq_notify_disable(&to->rx);
            continue;
        case NET_RX_BROKEN:
            vq_unpop(&from->tx, 1);
            return FORWARD_RX_BROKEN;
        case NET_TX_BROKEN:
            return FORWARD_TX_BROKEN;
        }
        from->segment = 0;
        vq_push(&from->tx, p.chain.head, 0);
    }
    return FORWARD_MORE;
}

struct forward_outcome net_forward(struct net_side *from, struct net_side *to, unsigned budget)
{
    struct forward_outcome o = { .result = FORWARD_IDLE };
    if (!from->running)
        return o;
    vq_notify_disable(&from->tx);
    if (!to->stalled)
        vq_notify_disable(&to->rx);
    o.result = forward_some(from, to, budget);
    o.kick_to = to->running && vq_flush(&to->rx);
    o.kick_from = vq_flush(&from->tx);
    // Also what came to light only now.
    if (from->tx.broken)
        o.result = FORWARD_TX_BROKEN;
    else if (to->running && to->rx.broken)
        o.result = FORWARD_RX_BROKEN;
    return o;
}
