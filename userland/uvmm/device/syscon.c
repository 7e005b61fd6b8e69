// SPDX-License-Identifier: MIT
// syscon-l4vmm: a register of four bytes; the value written there ends uvmm with that exit code.
#include "device/device.h"
#include "boot/dt.h"

static uint64_t syscon_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    (void)ctx;
    (void)v;
    (void)off;
    (void)size;
    return 0;
}

static void syscon_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    (void)ctx;
    (void)v;
    (void)size;
    if (off == 0)
        vm_exit((int)(value & 0xff), value == 0      ? "guest powered off"
                                     : value == 0x66 ? "guest asks for a reset"
                                                     : "guest asks for the end");
}

static struct mmio_ops const syscon_ops = {syscon_read, syscon_write};

static int syscon_create(struct vm *m, int node)
{
    struct dt_range r;
    if (device_reg(m, node, 4, &r))
        return -1;
    vm_claim(r.start, r.size, "syscon", &syscon_ops, NULL);
    return 0;
}

DEVICE_TYPE(syscon, .compatible = "syscon-l4vmm", .create = syscon_create);
