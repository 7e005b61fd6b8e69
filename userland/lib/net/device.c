// SPDX-License-Identifier: MIT
#include <l4/net/device.h>

#include <stdio.h>
#include <string.h>

#include <l4/sys/kip.h>

static bool accepted(struct l4virtio_device *d, unsigned bit)
{
    return l4virtio_config_accepted(&d->config, bit);
}

// virtio 1.2, 5.1.3.1: what needs what.
bool net_device_features_ok(struct l4virtio_device *d)
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

int net_device_driver_ok(struct net_device *n)
{
    struct l4virtio_device *d = &n->dev;
    if (l4virtio_device_setup_queue(d, VIRTIO_NET_RX, &n->side.rx) < 0
        || l4virtio_device_setup_queue(d, VIRTIO_NET_TX, &n->side.tx) < 0)
        return -1;
    n->side.features = d->config.accepted[0];
    n->side.running = true;
    return 0;
}

void net_device_reset(struct net_device *n)
{
    n->side.running = n->side.stalled = false;
    n->side.segment = 0;
    vq_dev_reset(&n->side.rx);
    vq_dev_reset(&n->side.tx);
}

void net_device_gone(struct net_device *n)
{
    share_give(n->share);
}

void net_device_destroy(struct net_device *n)
{
    l4virtio_device_destroy(&n->dev);
    share_give(n->share);
}

static void offer_features(struct net_device const *n, struct l4virtio_config *c)
{
    // Whatever one side takes and the other does not is done by software in between, so that the
    // order in which the drivers start does not matter.
    static uint8_t const bits[] = {
        VIRTIO_NET_F_CSUM, VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_GUEST_TSO4,
        VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_HOST_TSO4,
        VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_HOST_ECN, VIRTIO_NET_F_MRG_RXBUF,
        L4VIRTIO_FEATURE_INDIRECT_DESC, L4VIRTIO_FEATURE_EVENT_IDX,
    };
    for (unsigned i = 0; i < sizeof(bits); i++)
        l4virtio_config_offer(c, bits[i], true);
    if (n->has_mac)
        l4virtio_config_offer(c, VIRTIO_NET_F_MAC, true);
}

void net_device_make_mac(uint8_t mac[NET_MAC_LEN], unsigned index)
{
    uint64_t t = l4_kip_clock_ns(l4_kip()) * 0x9e3779b97f4a7c15ull;
    uint8_t const made[NET_MAC_LEN] = { 0x02, (uint8_t)(t >> 56), (uint8_t)(t >> 48), (uint8_t)(t >> 40),
                                        (uint8_t)(t >> 32), (uint8_t)(index + 1) };
    memcpy(mac, made, sizeof(made));
}

static void set_mac(struct net_device *n, uint8_t const *mac)
{
    volatile struct virtio_net_config *c = l4virtio_device_config_space(&n->dev);
    n->has_mac = mac != NULL;
    for (unsigned i = 0; mac && i < NET_MAC_LEN; i++)
        c->mac[i] = n->mac[i] = mac[i];
    c->max_virtqueue_pairs = 1;
}

int net_device_init(struct net_device *n, struct srv *srv, struct l4virtio_device_ops const *ops,
                    struct net_device_params const *params)
{
    uint16_t const num_max[VIRTIO_NET_QUEUES] = { (uint16_t)params->queue_size, (uint16_t)params->queue_size };
    struct l4virtio_device_params const device = {
        .name = params->name,
        .device_id = L4VIRTIO_ID_NET,
        .config_size = sizeof(struct virtio_net_config),
        .num_queues = VIRTIO_NET_QUEUES,
        .num_max = num_max,
        .ds_max = params->ds_max,
        .trusted = params->trusted,
    };
    if (!share_take(params->share)) {
        printf("port '%s' refused: its factory is for no more\n", params->name);
        return -L4_ENOMEM;
    }
    int r = l4virtio_device_init(&n->dev, srv, ops, &device);
    if (r < 0) {
        printf("port '%s': %s\n", params->name, l4sys_errtostr(r));
        share_give(params->share);
        return r;
    }
    n->share = params->share;
    set_mac(n, params->mac);
    offer_features(n, &n->dev.config);
    return 0;
}
