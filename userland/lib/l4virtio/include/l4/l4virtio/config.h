// SPDX-License-Identifier: MIT
// The device's view of its configuration page: status machine, features, queue descriptions.
//
// Pure logic on a page that the driver can write at any time. What counts for the device is in
// struct l4virtio_config; the page is written for the driver's information and read once where
// the driver has something to say (features, queue entries).
#pragma once

#include <stdbool.h>

#include <l4/l4virtio/l4virtio.h>
#include <l4/virtqueue/virtqueue.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { L4VIRTIO_QUEUES_MAX = 16 };

struct l4virtio_config {
    volatile l4virtio_config_hdr_t *hdr;  // the page
    unsigned num_queues;
    unsigned queues_offset;
    uint32_t status;
    uint32_t offered[L4VIRTIO_FEATURE_WORDS];
    uint32_t accepted[L4VIRTIO_FEATURE_WORDS];  // valid from FEATURES_OK on
    uint16_t num_max[L4VIRTIO_QUEUES_MAX];
};

// What a status change means for the device, or-ed.
enum l4virtio_event {
    L4VIRTIO_EVENT_RESET = 1,        // forget queues and memory
    L4VIRTIO_EVENT_FEATURES_OK = 2,  // accepted[] is valid: the device may still refuse
    L4VIRTIO_EVENT_DRIVER_OK = 4,    // set up the queues and start
    L4VIRTIO_EVENT_ERROR = 8,        // NEEDS_RESET was set because the driver broke the rules
};

// Lays out the page (zeroed, L4VIRTIO_CONFIG_SIZE bytes). cfg_size: bytes of device-specific
// configuration; num_max: largest size of each of the num_queues queues, powers of two. Offers
// VERSION_1. Returns 0, or -1 when the queues do not fit (then the page shows none).
int l4virtio_config_init(struct l4virtio_config *c, void *page, unsigned device_id,
                         unsigned cfg_size, unsigned num_queues, uint16_t const *num_max);

// Offers a feature (bit number) or takes the offer back; has effect on the next negotiation.
void l4virtio_config_offer(struct l4virtio_config *c, unsigned bit, bool on);

// Was the feature accepted? False before FEATURES_OK.
bool l4virtio_config_accepted(struct l4virtio_config const *c, unsigned bit);

// The driver asks for a new status. Returns enum l4virtio_event bits; the page's status is written.
unsigned l4virtio_config_set_status(struct l4virtio_config *c, uint32_t status);

// The device takes back FEATURES_OK (a combination of features it cannot serve).
void l4virtio_config_refuse_features(struct l4virtio_config *c);

// The device found an error of the driver: NEEDS_RESET. Returns true when the driver is to be told
// by a configuration interrupt (it had set DRIVER_OK).
bool l4virtio_config_error(struct l4virtio_config *c);

// DRIVER_OK set and nothing wrong?
bool l4virtio_config_running(struct l4virtio_config const *c);

// A queue entry, read from the page once.
struct l4virtio_queue_params {
    struct vq_rings rings;
    bool ready;
    unsigned driver_notify_index;
};

// Returns 0, or -1 when there is no such queue.
int l4virtio_config_queue_params(struct l4virtio_config const *c, unsigned queue,
                                 struct l4virtio_queue_params *p);

// Sets up device side queue `queue` from the page: the driver must have declared it ready. Honours
// the accepted EVENT_IDX and INDIRECT_DESC. Returns 0 or a negative enum vq_error.
int l4virtio_config_setup_queue(struct l4virtio_config const *c, unsigned queue,
                                struct vq_mem const *mem, struct vq_dev *q);

// Or-s bits of enum l4virtio_irq_status into the page's irq_status (atomic against the driver's
// acknowledge, which has to be atomic as well).
void l4virtio_config_raise(struct l4virtio_config *c, uint32_t bits);

// Tells the driver that the device-specific part changed: bump its generation.
void l4virtio_config_bump(struct l4virtio_config *c);

#ifdef __cplusplus
}
#endif
