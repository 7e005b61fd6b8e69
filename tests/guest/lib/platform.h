// SPDX-License-Identifier: MIT
// The machine that this guest runs on, as its tree describes it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { MAX_CPUS = 8 };

struct platform {
    bool uvmm; // else QEMU's own virt machine
    unsigned gic_version;
    uintptr_t gicd;
    uintptr_t gicc; // GICv2
    uintptr_t gicr; // GICv3: the first redistributor
    uintptr_t its;  // 0: there is none
    uintptr_t uart; // a PL011; 0: there is none
    uintptr_t pci;  // configuration spaces; 0: there are none
    uint64_t ram_start, ram_size;
    unsigned num_cpus;
    uint64_t mpidr[MAX_CPUS];
    unsigned vtimer_irq, ptimer_irq; // of the virtual and of the non-secure physical timer
};

extern struct platform platform;

// QEMU's own GICv2, in which a few things are not as IHI 0048 has them: the tests say which.
static inline bool on_qemu_gicv2(void)
{
    return !platform.uvmm && platform.gic_version == 2;
}

// An address with neither RAM nor a device.
enum { HOLE = 0x0b000000 };

void platform_init(void const *tree);
