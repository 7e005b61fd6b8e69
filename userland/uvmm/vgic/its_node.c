// SPDX-License-Identifier: MIT
// The node of the guest's ITS, below that of its interrupt controller. A machine with a GICv2 has none, whatever the tree says.
#include "device/device.h"
#include "boot/dt.h"
#include "vcpu/vcpu.h"
#include "vgic/its.h"

enum { ITS_FRAMES = 0x20000, FRAME = 0x10000 };

static uint64_t frames_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    return its_read(ctx, v->id, off, size);
}

static void frames_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    its_write(ctx, v->id, off, size, value);
}

// Volatile: the guest may change it meanwhile; and so that these do not become calls of memcpy, which uses FP registers (fp.h).
static bool memory_read(void *ctx, uint64_t gpa, void *to, unsigned size)
{
    uint8_t volatile const *from = ram_map_host(ctx, gpa, size);
    uint8_t *bytes = to;
    for (unsigned i = 0; from && i < size; i++)
        bytes[i] = from[i];
    return from;
}

static bool memory_write(void *ctx, uint64_t gpa, void const *from, unsigned size)
{
    uint8_t volatile *to = ram_map_host(ctx, gpa, size);
    uint8_t const *bytes = from;
    for (unsigned i = 0; to && i < size; i++)
        to[i] = bytes[i];
    return to;
}

static int its_create(struct vm *m, int node)
{
    static struct mmio_ops const ops = {frames_read, frames_write};
    struct dt_range r;
    if (!m->has_gic || m->gic.version != 3)
        return device_error(m->fdt, node, "it is not below a GICv3, or the machine has none");
    if (m->gic.its)
        return device_error(m->fdt, node, "a second ITS");
    if (device_reg(m, node, ITS_FRAMES, &r))
        return -1;
    if (r.start % FRAME)
        return device_error(m->fdt, node, "reg is not aligned to 0x%x", FRAME);
    struct its *its = device_alloc(sizeof(*its));
    its_init(its, device_alloc(sizeof(struct vgic_lpis)), &m->gic,
             (struct vgic_memory){&m->ram, memory_read, memory_write});
    vm_claim(r.start, ITS_FRAMES, "GIC ITS", &ops, its);
    return 0;
}

DEVICE_TYPE(its, .compatible = "arm,gic-v3-its", .create = its_create);
