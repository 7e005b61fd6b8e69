// SPDX-License-Identifier: MIT
#include "vcpu/psci.h"

#include "device/device.h"
#include "log.h"
#include "vcpu/smccc.h"
#include "vcpu/vcpu.h"
#include "vm.h"

enum { EXIT_OFF = 0, EXIT_RESET = 0x66 };
enum { AFFINITY_ON = 0, AFFINITY_OFF = 1, AFFINITY_ON_PENDING = 2 }; // DEN 0022, 5.1.5

#define AFFINITY_BITS 0xff00ffffffull // of MPIDR_EL1; the others of a target are 0 (DEN 0022, 5.1.4)
#define POWER_STATE_RESERVED (1u << 31 | 3u << 28) // in the extended format (DEN 0022, 5.4.2)
#define POWER_STATE_DOWN (1u << 30)

static bool available;

int psci_decode(uint32_t fn, bool *wide)
{
    *wide = fn & (1u << 30);
    if ((fn & 0xbfffffe0) != 0x84000000)
        return PSCI_NONE;
    return (int)(fn & 0x1f);
}

static struct vcpu *find_cpu(uint64_t affinity)
{
    for (unsigned i = 0; i < vm.num_cpus; i++)
        if (vm.cpus[i].affinity == affinity)
            return &vm.cpus[i];
    return NULL;
}

// Can a CPU begin there? What is mapped into the guest without being RAM is a ROM, a flash, or a device's own memory.
static bool is_entry(uint64_t entry)
{
    struct mmio_region const *m = mmio_map_find(&vm.mmio, entry);
    return !(entry & 3) && (ram_map_find(&vm.ram, entry, 4) || mmio_map_memory(&vm.mmio, entry, 4) || (m && !m->ops));
}

static int64_t cpu_on(uint64_t target, uint64_t entry, uint64_t context)
{
    struct vcpu *t = find_cpu(target);
    int64_t result = PSCI_SUCCESS;
    if (!t)
        return PSCI_INVALID_PARAMETERS;
    if (!is_entry(entry))
        return PSCI_INVALID_ADDRESS;
    lock_acquire(&vm.power_lock);
    if (t->power == VCPU_ON) {
        result = PSCI_ALREADY_ON;
    } else if (t->power == VCPU_ON_PENDING) {
        result = PSCI_ON_PENDING;
    } else {
        t->entry = entry;
        t->context = context;
        t->power = VCPU_ON_PENDING;
    }
    lock_release(&vm.power_lock);
    if (result == PSCI_SUCCESS)
        vcpu_wake(t);
    return result;
}

static void cpu_off(struct vcpu *v)
{
    lock_acquire(&vm.power_lock);
    v->power = VCPU_OFF;
    lock_release(&vm.power_lock);
    vcpu_power_off(v); // comes back when switched on again, with fresh registers
}

// Above level 0 of all CPUs there: on as soon as one is (DEN 0022, 5.7.1).
static int64_t affinity_info(uint64_t target, uint64_t level)
{
    bool any = false, pending = false;
    if (level > 3 || (target & ~AFFINITY_BITS))
        return PSCI_INVALID_PARAMETERS;
    uint64_t mask = level == 0 ? AFFINITY_BITS : level == 1 ? 0xff00ffff00ull
                  : level == 2 ? 0xff00ff0000ull : 0xff00000000ull;
    for (unsigned i = 0; i < vm.num_cpus; i++) {
        if ((vm.cpus[i].affinity ^ target) & mask)
            continue;
        if (vm.cpus[i].power == VCPU_ON)
            return AFFINITY_ON;
        pending |= vm.cpus[i].power == VCPU_ON_PENDING;
        any = true;
    }
    return !any ? PSCI_INVALID_PARAMETERS : pending ? AFFINITY_ON_PENDING : AFFINITY_OFF;
}

// Exists as a 32-bit call alone: it carries no address and no context (DEN 0022, 5.1).
static bool is_narrow(int f)
{
    return f == PSCI_VERSION || f == PSCI_CPU_OFF || f == PSCI_MIGRATE_INFO_TYPE || f == PSCI_SYSTEM_OFF ||
           f == PSCI_SYSTEM_RESET || f == PSCI_FEATURES;
}

static int64_t features(uint32_t fn)
{
    bool wide;
    if (fn == SMCCC_VERSION)
        return 0;
    int f = psci_decode(fn, &wide);
    if (wide && is_narrow(f))
        return PSCI_NOT_SUPPORTED;
    switch (f) {
    case PSCI_CPU_SUSPEND:
        return 2; // extended state ID format
    case PSCI_VERSION:
    case PSCI_CPU_OFF:
    case PSCI_CPU_ON:
    case PSCI_AFFINITY_INFO:
    case PSCI_MIGRATE_INFO_TYPE:
    case PSCI_SYSTEM_OFF:
    case PSCI_SYSTEM_RESET:
    case PSCI_FEATURES:
    case PSCI_SYSTEM_SUSPEND:
        return 0;
    default:
        return PSCI_NOT_SUPPORTED;
    }
}

// The state is kept, as in any standby: to wake up at once is what a request to power down may come to (DEN 0022, 5.4.5). But
// who asks for it may have switched off the CPU's interface to the interrupt controller; Linux does so for any state.
static int64_t cpu_suspend(struct vcpu *v, uint64_t state, uint64_t entry)
{
    if (state & POWER_STATE_RESERVED)
        return PSCI_INVALID_PARAMETERS;
    if ((state & POWER_STATE_DOWN) && !is_entry(entry))
        return PSCI_INVALID_ADDRESS;
    if ((state & POWER_STATE_DOWN) || vgic_is_asleep(&vm.gic, v->id))
        vcpu_sleep_powered_down(v);
    else
        vcpu_wait_for_interrupt(v);
    return PSCI_SUCCESS;
}

// Only the last CPU that is on may do this; it is powered down until an interrupt wants it (DEN 0022, 5.1, SYSTEM_SUSPEND).
static int64_t system_suspend(struct vcpu *v, uint64_t entry, uint64_t context)
{
    for (unsigned i = 0; i < vm.num_cpus; i++)
        if (&vm.cpus[i] != v && vm.cpus[i].power != VCPU_OFF)
            return PSCI_DENIED;
    if (!is_entry(entry))
        return PSCI_INVALID_ADDRESS;
    vcpu_sleep_powered_down(v);
    vcpu_restart(v, entry, context);
    return PSCI_SUCCESS; // with fresh registers
}

bool psci_call(struct vcpu *v, uint32_t fn)
{
    bool wide;
    int f = psci_decode(fn, &wide);
    if (f == PSCI_NONE || !available)
        return false;
    uint64_t mask = wide ? ~0ull : 0xffffffffu;
    uint64_t a1 = vcpu_reg(v, 1) & mask, a2 = vcpu_reg(v, 2) & mask, a3 = vcpu_reg(v, 3) & mask;
    int64_t result;

    if (wide && is_narrow(f))
        f = PSCI_NONE;
    switch (f) {
    case PSCI_VERSION:
        result = 0x10000;
        break;
    case PSCI_CPU_SUSPEND:
        result = cpu_suspend(v, a1, a2);
        break;
    case PSCI_CPU_OFF:
        cpu_off(v);
        return true;
    case PSCI_CPU_ON:
        result = cpu_on(a1, a2, a3);
        break;
    case PSCI_AFFINITY_INFO:
        result = affinity_info(a1, a2);
        break;
    case PSCI_MIGRATE_INFO_TYPE:
        result = 2; // no trusted OS that would have to migrate
        break;
    case PSCI_SYSTEM_OFF:
        vm_exit(EXIT_OFF, "guest powered off");
    case PSCI_SYSTEM_RESET:
        vm_exit(EXIT_RESET, "guest asks for a reset");
    case PSCI_FEATURES:
        result = features((uint32_t)a1);
        break;
    case PSCI_SYSTEM_SUSPEND:
        result = system_suspend(v, a1, a2);
        if (result == PSCI_SUCCESS)
            return true;
        break;
    default:
        log_guest(LOG_INFO, "PSCI function 0x%x is not supported", fn);
        result = PSCI_NOT_SUPPORTED;
        break;
    }
    vcpu_set_reg(v, 0, (uint64_t)result & (wide ? ~0ull : 0xffffffffu));
    return true;
}

static int psci_create(struct vm *m, int node)
{
    (void)m;
    (void)node;
    available = true; // by HVC and SMC alike, whatever `method` says
    return 0;
}

DEVICE_TYPE(psci_1_0, .compatible = "arm,psci-1.0", .create = psci_create);
DEVICE_TYPE(psci_0_2, .compatible = "arm,psci-0.2", .create = psci_create);
DEVICE_TYPE(psci_0_1, .compatible = "arm,psci", .create = psci_create);
