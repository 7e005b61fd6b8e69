// SPDX-License-Identifier: MIT
#include "platform.h"

#include "check.h"
#include "console.h"
#include "psci.h"
#include "tree.h"

struct platform platform;

static bool compatible(struct tree_node const *n, char const *text)
{
    return tree_has_string(n, "compatible", text);
}

static void see_gic(struct tree_node const *n)
{
    uint64_t size, second = 0, first = 0;
    bool v3 = compatible(n, "arm,gic-v3");
    if (!v3 && !compatible(n, "arm,gic-400") && !compatible(n, "arm,cortex-a15-gic"))
        return;
    if (!tree_reg(n, 0, &first, &size) || !tree_reg(n, 1, &second, &size))
        return;
    platform.gic_version = v3 ? 3 : 2;
    platform.gicd = first;
    platform.gicc = platform.gicr = second;
}

static void see_its(struct tree_node const *n)
{
    uint64_t base, size;
    if (compatible(n, "arm,gic-v3-its") && !tree_has_string(n, "status", "disabled") && tree_reg(n, 0, &base, &size))
        platform.its = base;
}

static void see_pci(struct tree_node const *n)
{
    uint64_t address, size;
    if (tree_has_string(n, "compatible", "pci-host-ecam-generic") && tree_reg(n, 0, &address, &size))
        platform.pci = address;
}

static void see_cpu(struct tree_node const *n)
{
    uint64_t mpidr, none;
    if (tree_has_string(n, "device_type", "cpu") && !tree_has_string(n, "status", "fail") &&
        platform.num_cpus < MAX_CPUS && tree_reg(n, 0, &mpidr, &none))
        platform.mpidr[platform.num_cpus++] = mpidr;
}

// Secure physical, non-secure physical, virtual, hypervisor: three cells each, the second is the number of a PPI.
static void see_timer(struct tree_node const *n)
{
    if (!compatible(n, "arm,armv8-timer"))
        return;
    platform.ptimer_irq = 16 + tree_cell(n, "interrupts", 4, 0);
    platform.vtimer_irq = 16 + tree_cell(n, "interrupts", 7, 0);
}

static void see_memory(struct tree_node const *n)
{
    if (!platform.ram_size && tree_has_string(n, "device_type", "memory"))
        tree_reg(n, 0, &platform.ram_start, &platform.ram_size);
}

static void see_uart(struct tree_node const *n)
{
    uint64_t base, size;
    if (!compatible(n, "arm,pl011") || !tree_reg(n, 0, &base, &size))
        return;
    platform.uart = base;
    if (!platform.uvmm)
        console_use_pl011(base);
}

void platform_init(void const *blob)
{
    struct tree_node n = {};
    if (!tree_open(blob))
        give_up("there is no device tree", (uintptr_t)blob, 0);
    while (tree_next(&n)) {
        if (!n.depth && tree_has_string(&n, "model", "Ashlar virtual machine")) {
            platform.uvmm = true;
            console_use_hypercall();
        }
        if (tree_has_string(&n, "method", "smc"))
            psci_use_smc(true);
        see_uart(&n);
        see_gic(&n);
        see_its(&n);
        see_pci(&n);
        see_cpu(&n);
        see_timer(&n);
        see_memory(&n);
    }
    if (!platform.gic_version || !platform.num_cpus || !platform.ram_size)
        give_up("the device tree lacks a GIC, CPUs or RAM", platform.gic_version, platform.num_cpus);
}
