// SPDX-License-Identifier: MIT
// A virtio device of the machine by its memory-mapped registers (virtio 1.2, section 4.2), from the driver's side. What the
// device says is checked where it is used: it may be broken.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/sys/compiler.h>

L4_BEGIN_DECLS

enum { VIRTIO_MMIO_SIZE = 0x200, VIRTIO_F_VERSION_1 = 32 };

struct virtio_mmio {
    uint8_t volatile *regs;
    uint64_t features; // negotiated
};

// Looks which device is behind the registers: its id (virtio 1.2, section 5), 0: none is plugged in. -L4_ENODEV: no virtio
// registers. -L4_ENOSYS: a device of before virtio 1.0 (the emulator's option -global virtio-mmio.force-legacy=false makes it a
// modern one).
int virtio_mmio_probe(struct virtio_mmio *d, void *regs);

// Has the device stop and forget its queues: it uses no memory any more. False: it does not say so.
bool virtio_mmio_reset(struct virtio_mmio *d);

// Resets the device and negotiates those of the wanted features that it offers; VERSION_1 has to be among them. 0, -L4_EIO: it
// does not reset, or refuses them.
int virtio_mmio_begin(struct virtio_mmio *d, uint64_t wanted);

struct virtio_mmio_rings { // by the device's addresses
    unsigned num;
    uint64_t desc, avail, used;
};

// Largest size of a queue, 0: it has no such queue.
unsigned virtio_mmio_queue_max(struct virtio_mmio *d, unsigned queue);
// 0, -L4_EBUSY: it is in use, -L4_ERANGE: too large, or no such queue.
int virtio_mmio_queue(struct virtio_mmio *d, unsigned queue, struct virtio_mmio_rings const *r);

// All is set up: the device begins.
void virtio_mmio_start(struct virtio_mmio *d);
// The driver gives up: the device is reset, and interrupts no more.
void virtio_mmio_fail(struct virtio_mmio *d);
// Does it work, as far as it knows?
bool virtio_mmio_works(struct virtio_mmio const *d);

static inline bool virtio_mmio_has(struct virtio_mmio const *d, unsigned feature)
{
    return d->features >> feature & 1;
}

// There is something in the queue; what the driver wrote to memory before is seen by the device.
void virtio_mmio_notify(struct virtio_mmio *d, unsigned queue);
// Why it interrupted, and no more because of that: bit 0 queues, bit 1 configuration.
unsigned virtio_mmio_irq(struct virtio_mmio *d);

// Copies a field of the device-specific configuration (an array of bytes if `size` is no multiple of 4, and not 2), all of it
// from one moment. False: the device changes it all the time.
bool virtio_mmio_config(struct virtio_mmio const *d, unsigned offset, void *to, unsigned size);

L4_END_DECLS
