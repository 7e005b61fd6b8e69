// SPDX-License-Identifier: MIT
// Power State Coordination Interface by SMC (ARM DEN 0022), and the spin table of the devicetree
// specification.
#include <arch/psci.h>
#include <arch/kernel_map.h>
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include "mem/kmem.h"
#include <l4/sys/cache.h>

#define PSCI_CPU_ON       0xc4000003u
#define PSCI_SYSTEM_OFF   0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u

#define PSCI_FEATURES     0x8400000au
#define PSCI_1_0          0x10000u
#define SMCCC_VERSION     0x80000000u
#define SMCCC_FEATURES    0x80000001u
#define SMCCC_1_1         0x10001

enum { PSCI_NOT_SUPPORTED = -1 };

static bool usable, has_features;

void psci_init(struct boot_info const *bi)
{
    // An HVC from EL2 would come back to this kernel; version 0.1 has no fixed function numbers.
    usable = bi->psci.conduit == BOOT_PSCI_SMC && bi->psci.version != 0;
    has_features = usable && bi->psci.version >= PSCI_1_0;
}

static int call(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
    register uint64_t x0 asm("x0") = function;
    register uint64_t x1 asm("x1") = a1;
    register uint64_t x2 asm("x2") = a2;
    register uint64_t x3 asm("x3") = a3;
    if (!usable)
        return PSCI_NOT_SUPPORTED;
    asm volatile("smc #0"
                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                 :
                 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                   "x16", "x17", "memory");
    return (int)x0;
}

int smccc_arch_feature(uint32_t function)
{
    // Each answer allows the next question: firmware that does not know a call may do anything.
    if (!has_features || call(PSCI_FEATURES, SMCCC_VERSION, 0, 0) < 0 || call(SMCCC_VERSION, 0, 0, 0) < SMCCC_1_1)
        return PSCI_NOT_SUPPORTED;
    return call(SMCCC_FEATURES, function, 0, 0);
}

// Where a parked CPU jumps to: loads x0 and goes on at the entry. Runs with the MMU off.
struct trampoline {
    uint32_t code[4];
    uint64_t context, entry;
};

static struct trampoline const trampoline = {.code = {
                                                 0x58000080, // ldr x0, context
                                                 0x580000b0, // ldr x16, entry
                                                 0xd61f0200, // br x16
                                                 0xd503201f, // nop
                                             }};

// The parked CPU reads trampoline and release word with its caches off: they must be in memory.
static int spin_table_release(uint64_t word, uint64_t entry, uint64_t context)
{
    struct trampoline *t = kmem_alloc(&quota_root, sizeof(*t)); // never freed
    if (!t)
        return PSCI_NOT_SUPPORTED;
    *t = trampoline;
    t->context = context;
    t->entry = entry;
    l4_cache_flush_data((uintptr_t)t, (uintptr_t)(t + 1));
    volatile uint64_t *w = kernel_map_device(word, sizeof(*w));
    l4_cache_flush_data((uintptr_t)w, (uintptr_t)(w + 1));
    *w = kernel_virt_to_phys(t);
    asm volatile("dsb sy; sev" ::: "memory");
    return 0;
}

int psci_cpu_on(struct boot_cpu const *cpu, uint64_t entry, uint64_t context)
{
    switch (cpu->method) {
    case BOOT_CPU_PSCI:
        return call(PSCI_CPU_ON, cpu->mpidr & 0xff00ffffffull, entry, context);
    case BOOT_CPU_SPIN_TABLE:
        return spin_table_release(cpu->release_addr, entry, context);
    default:
        return PSCI_NOT_SUPPORTED;
    }
}

void psci_system_off(void)
{
    call(PSCI_SYSTEM_OFF, 0, 0, 0);
}

void psci_system_reset(void)
{
    call(PSCI_SYSTEM_RESET, 0, 0, 0);
}
