// SPDX-License-Identifier: MIT
// Client side of the L4 virtio transport: what the user of a device capability calls.
// All functions return 0 or a negative L4 error (-L4_E..., IPC errors included).
#pragma once

#include <l4/l4virtio/l4virtio.h>
#include <l4/sys/types.h>

L4_BEGIN_DECLS

// Single requests, one IPC each.

// `ds`: free slot that receives the dataspace with the configuration page, *offset its place in it.
int l4virtio_device_config(l4_cap_idx_t dev, l4_cap_idx_t ds, uint64_t *offset);
// The status that results stands in the page: read it back, a refused status is no error here.
int l4virtio_set_status(l4_cap_idx_t dev, uint32_t status);
int l4virtio_config_queue(l4_cap_idx_t dev, unsigned queue);
// Makes [offset, offset + size) of a dataspace known under driver address `base`.
int l4virtio_register_ds(l4_cap_idx_t dev, l4_cap_idx_t ds, uint64_t base, uint64_t offset,
                         uint64_t size);
// `irq`: free slot that receives the Irq which tells the device about queue events.
int l4virtio_device_notification_irq(l4_cap_idx_t dev, unsigned index, l4_cap_idx_t irq);
// Gives the device the Irq to trigger for the driver.
int l4virtio_bind_irq(l4_cap_idx_t dev, unsigned index, l4_cap_idx_t irq);

// A device with its page attached. The page is the memory of the device's server and goes with it: what is in it is to be
// reached by l4/mem/guard.h alone.
struct l4virtio_driver {
    l4_cap_idx_t dev;
    l4_cap_idx_t config_ds;
    l4_cap_idx_t notify_irq;                  // triggers the device
    volatile l4virtio_config_hdr_t *config;   // NULL: not open
};

// Gets and attaches the page, checks magic and version, resets the device and gets notification irq
// 0. dev stays the caller's. On error nothing stays allocated. -L4_ENODEV: no L4 virtio device.
int l4virtio_driver_open(struct l4virtio_driver *d, l4_cap_idx_t dev);
void l4virtio_driver_close(struct l4virtio_driver *d);

// Queue entry in the page, or NULL when the page has no such queue, or is gone.
volatile l4virtio_config_queue_t *l4virtio_driver_queue(struct l4virtio_driver const *d,
                                                        unsigned queue);
// Bytes of device-specific configuration at L4VIRTIO_CONFIG_DEVICE (up to the queues); 0 when the page is gone.
unsigned l4virtio_driver_config_size(struct l4virtio_driver const *d);
// set_status followed by reading back. -L4_EIO when the page is gone.
int l4virtio_driver_status(struct l4virtio_driver *d, uint32_t status, uint32_t *result);
// Triggers the device's notification irq.
void l4virtio_driver_notify(struct l4virtio_driver const *d);

L4_END_DECLS
