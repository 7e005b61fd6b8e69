// SPDX-License-Identifier: MIT
// Server side of the L4 virtio transport: an object that a driver (for instance the proxy of uvmm)
// gets a capability to. It serves the device's protocol and its Icu, keeps the driver's memory, and
// calls the device back. All calls come from the server's thread.
#pragma once

#include <l4/l4virtio/config.h>
#include <l4/srv/icu.h>
#include <l4/srv/server.h>

#ifdef __cplusplus
extern "C" {
#endif

struct l4virtio_device;

struct l4virtio_device_ops {
    // The driver reset the device or gave it up, broke the rules, ended, or its capability is gone: stop
    // using queues and memory, which may go away right after this call. May come when stopped.
    void (*reset)(struct l4virtio_device *d);
    // The accepted features are known; false refuses the combination. May be NULL.
    bool (*features_ok)(struct l4virtio_device *d);
    // Set up the queues (l4virtio_device_setup_queue) and start. Negative: the device goes to
    // NEEDS_RESET.
    int (*driver_ok)(struct l4virtio_device *d);
    // The driver rang: look at all queues. Only called between driver_ok and reset.
    void (*notify)(struct l4virtio_device *d);
    // The last capability to the device has disappeared; everything is released already except
    // what the caller of l4virtio_device_init owns. May be NULL.
    void (*gone)(struct l4virtio_device *d);
};

// One region of driver memory.
struct l4virtio_device_ds {
    l4_cap_idx_t cap;
    bool owned;
    uint8_t *attached;
};

enum { L4VIRTIO_DS_MAX = 80 };

// Dataspaces of other servers than moe that drivers may register. A dataspace is asked for its memory
// whenever the driver's buffers are touched, and a server that does not answer would stop the device,
// with all that hangs on it: none but these are talked to.
struct l4virtio_trusted {
    l4_cap_idx_t const *ds;
    unsigned count;
};

struct l4virtio_device {
    struct srv_object object;           // the driver's capability
    struct srv_object notify_object;    // the Irq that the driver triggers
    struct srv *srv;
    struct l4virtio_device_ops const *ops;
    struct l4virtio_config config;
    struct vq_mem mem;                  // what the driver registered
    struct l4virtio_device_ds *ds;
    struct l4virtio_trusted trusted;
    l4_cap_idx_t config_ds;
    struct srv_icu icu;                 // one pin: the Irq that the device triggers
    struct srv_icu_pin pin;
    struct srv_timer watch;             // is the driver still there?
    char name[20];                      // for messages
    unsigned messages;                  // how many there were: a driver can bring them about as often as it likes
};

struct l4virtio_device_params {
    char const *name;
    unsigned device_id;                 // enum l4virtio_device_id
    unsigned config_size;               // bytes of device-specific configuration
    unsigned num_queues;
    uint16_t const *num_max;
    unsigned ds_max;                    // 1 .. L4VIRTIO_DS_MAX
    struct l4virtio_trusted trusted;
};

// Makes the device and its gate (d->object.cap); hand that out after srv_make_mortal. d: zeroed
// memory of the caller, free to go in `gone`. Returns 0,
// -L4_EINVAL, -L4_ENOMEM or an error of the kernel; then nothing stays allocated.
int l4virtio_device_init(struct l4virtio_device *d, struct srv *srv,
                         struct l4virtio_device_ops const *ops,
                         struct l4virtio_device_params const *params);

// Releases everything, the gate too. Not needed after `gone`.
void l4virtio_device_destroy(struct l4virtio_device *d);

// Device-specific configuration in the page.
static inline volatile void *l4virtio_device_config_space(struct l4virtio_device *d)
{
    return (volatile char *)d->config.hdr + L4VIRTIO_CONFIG_DEVICE;
}

// Sets up a queue; a wrong one is reported with a message. Returns 0 or negative.
int l4virtio_device_setup_queue(struct l4virtio_device *d, unsigned queue, struct vq_dev *q);

// Raises a queue interrupt at the driver.
void l4virtio_device_kick(struct l4virtio_device *d);

// The driver did wrong: message, ops->reset, NEEDS_RESET, configuration interrupt.
void l4virtio_device_error(struct l4virtio_device *d, char const *what);

#ifdef __cplusplus
}
#endif
