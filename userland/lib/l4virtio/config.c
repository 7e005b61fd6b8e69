// SPDX-License-Identifier: MIT
// The configuration page as the device sees it.
#include <string.h>

#include <l4/l4virtio/config.h>

static volatile l4virtio_config_queue_t *queue_entry(struct l4virtio_config const *c, unsigned i)
{
    return (volatile l4virtio_config_queue_t *)((volatile char *)c->hdr + c->queues_offset) + i;
}

int l4virtio_config_init(struct l4virtio_config *c, void *page, unsigned device_id,
                         unsigned cfg_size, unsigned num_queues, uint16_t const *num_max)
{
    memset(c, 0, sizeof(*c));
    c->hdr = page;
    c->hdr->magic = L4VIRTIO_MAGIC;
    c->hdr->version = L4VIRTIO_VERSION;
    c->hdr->device = device_id;
    c->hdr->vendor = L4VIRTIO_VENDOR;

    unsigned offset = L4VIRTIO_CONFIG_DEVICE + ((cfg_size + 15u) & ~15u);
    if (cfg_size > L4VIRTIO_CONFIG_SIZE || num_queues > L4VIRTIO_QUEUES_MAX
        || offset + num_queues * sizeof(l4virtio_config_queue_t) > L4VIRTIO_CONFIG_SIZE)
        return -1;

    c->num_queues = num_queues;
    c->queues_offset = offset;
    c->hdr->num_queues = num_queues;
    c->hdr->queues_offset = offset;
    for (unsigned i = 0; i < num_queues; i++) {
        c->num_max[i] = num_max[i];
        queue_entry(c, i)->num_max = num_max[i];
    }
    l4virtio_config_offer(c, L4VIRTIO_FEATURE_VERSION_1, true);
    return 0;
}

void l4virtio_config_offer(struct l4virtio_config *c, unsigned bit, bool on)
{
    if (bit >= 32 * L4VIRTIO_FEATURE_WORDS)
        return;
    uint32_t *word = &c->offered[bit / 32];
    if (on)
        *word |= 1u << bit % 32;
    else
        *word &= ~(1u << bit % 32);
    c->hdr->dev_features_map[bit / 32] = *word;
}

bool l4virtio_config_accepted(struct l4virtio_config const *c, unsigned bit)
{
    return (c->status & L4VIRTIO_STATUS_FEATURES_OK) && bit < 32 * L4VIRTIO_FEATURE_WORDS
           && (c->accepted[bit / 32] >> bit % 32 & 1);
}

static void status_store(struct l4virtio_config *c, uint32_t status)
{
    c->status = status;
    c->hdr->status = status;
}

static void reset(struct l4virtio_config *c)
{
    for (unsigned i = 0; i < c->num_queues; i++) {
        volatile l4virtio_config_queue_t *e = queue_entry(c, i);
        e->num_max = c->num_max[i];
        e->num = 0;
        e->ready = 0;
        e->desc = e->avail = e->used = 0;
    }
    for (unsigned i = 0; i < L4VIRTIO_FEATURE_WORDS; i++) {
        c->accepted[i] = 0;
        c->hdr->driver_features_map[i] = 0;
        c->hdr->dev_features_map[i] = c->offered[i];
    }
    c->hdr->irq_status = 0;
    c->hdr->cmd = 0;
    status_store(c, 0);
    l4virtio_config_bump(c);
}

// Reads what the driver chose. False: it took something that is not on offer, or left VERSION_1.
static bool accept_features(struct l4virtio_config *c)
{
    bool ok = true;
    for (unsigned i = 0; i < L4VIRTIO_FEATURE_WORDS; i++) {
        c->accepted[i] = c->hdr->driver_features_map[i];
        ok &= !(c->accepted[i] & ~c->offered[i]);
    }
    return ok && (c->accepted[L4VIRTIO_FEATURE_VERSION_1 / 32]
                  >> L4VIRTIO_FEATURE_VERSION_1 % 32 & 1);
}

// A status is in order when its bits form a prefix of this sequence (virtio 1.2, 3.1.1).
static bool status_in_order(uint32_t status)
{
    switch (status) {
    case L4VIRTIO_STATUS_ACKNOWLEDGE:
    case L4VIRTIO_STATUS_ACKNOWLEDGE | L4VIRTIO_STATUS_DRIVER:
    case L4VIRTIO_STATUS_ACKNOWLEDGE | L4VIRTIO_STATUS_DRIVER | L4VIRTIO_STATUS_FEATURES_OK:
    case L4VIRTIO_STATUS_ACKNOWLEDGE | L4VIRTIO_STATUS_DRIVER | L4VIRTIO_STATUS_FEATURES_OK
        | L4VIRTIO_STATUS_DRIVER_OK:
        return true;
    default:
        return false;
    }
}

unsigned l4virtio_config_set_status(struct l4virtio_config *c, uint32_t status)
{
    uint32_t const bad = L4VIRTIO_STATUS_FAILED | L4VIRTIO_STATUS_NEEDS_RESET;
    uint32_t old = c->status;

    if (!status) {
        reset(c);
        return L4VIRTIO_EVENT_RESET;
    }
    if ((status & L4VIRTIO_STATUS_FAILED) || (old & bad)) {
        status_store(c, old | (status & L4VIRTIO_STATUS_FAILED));
        return 0;
    }
    if (!status_in_order(status) || (old & ~status)) {
        status_store(c, old | L4VIRTIO_STATUS_NEEDS_RESET);
        return L4VIRTIO_EVENT_ERROR;
    }

    unsigned events = 0;
    uint32_t added = status & ~old;
    if (added & L4VIRTIO_STATUS_FEATURES_OK) {
        if (!accept_features(c)) {
            status_store(c, status & ~(uint32_t)(L4VIRTIO_STATUS_FEATURES_OK
                                                 | L4VIRTIO_STATUS_DRIVER_OK));
            return 0;
        }
        events |= L4VIRTIO_EVENT_FEATURES_OK;
    }
    if (added & L4VIRTIO_STATUS_DRIVER_OK)
        events |= L4VIRTIO_EVENT_DRIVER_OK;
    status_store(c, status);
    return events;
}

void l4virtio_config_refuse_features(struct l4virtio_config *c)
{
    status_store(c, c->status & ~(uint32_t)(L4VIRTIO_STATUS_FEATURES_OK
                                            | L4VIRTIO_STATUS_DRIVER_OK));
}

bool l4virtio_config_error(struct l4virtio_config *c)
{
    bool tell = c->status & L4VIRTIO_STATUS_DRIVER_OK;
    status_store(c, c->status | L4VIRTIO_STATUS_NEEDS_RESET);
    if (tell)
        l4virtio_config_raise(c, L4VIRTIO_IRQ_CONFIG);
    return tell;
}

bool l4virtio_config_running(struct l4virtio_config const *c)
{
    uint32_t const bad = L4VIRTIO_STATUS_FAILED | L4VIRTIO_STATUS_NEEDS_RESET;
    return (c->status & (bad | L4VIRTIO_STATUS_DRIVER_OK)) == L4VIRTIO_STATUS_DRIVER_OK;
}

int l4virtio_config_queue_params(struct l4virtio_config const *c, unsigned queue,
                                 struct l4virtio_queue_params *p)
{
    if (queue >= c->num_queues)
        return -1;
    volatile l4virtio_config_queue_t *e = queue_entry(c, queue);
    *p = (struct l4virtio_queue_params){
        .rings = {.num = e->num, .num_max = c->num_max[queue], .desc = e->desc, .avail = e->avail, .used = e->used},
        .ready = e->ready & 1,
        .driver_notify_index = e->driver_notify_index,
    };
    return 0;
}

int l4virtio_config_setup_queue(struct l4virtio_config const *c, unsigned queue,
                                struct vq_mem const *mem, struct vq_dev *q)
{
    struct l4virtio_queue_params p;
    vq_dev_reset(q);
    if (l4virtio_config_queue_params(c, queue, &p) || !p.ready)
        return VQ_ENUM;
    unsigned flags = 0;
    if (l4virtio_config_accepted(c, L4VIRTIO_FEATURE_EVENT_IDX))
        flags |= VQ_EVENT_IDX;
    if (l4virtio_config_accepted(c, L4VIRTIO_FEATURE_INDIRECT_DESC))
        flags |= VQ_INDIRECT;
    return vq_dev_setup(q, mem, &p.rings, flags);
}

void l4virtio_config_raise(struct l4virtio_config *c, uint32_t bits)
{
    __atomic_fetch_or(&c->hdr->irq_status, bits, __ATOMIC_SEQ_CST);
}

void l4virtio_config_bump(struct l4virtio_config *c)
{
    c->hdr->generation++;
}
