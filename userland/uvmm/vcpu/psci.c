// SPDX-License-Identifier: MIT
#include "vcpu/psci.h"

#include "device/device.h"
#include "log.h"
#include "vcpu/smccc.h"
#include "vcpu/vcpu.h"
#include "vm.h"

enum { EXIT_OFF = 0, EXIT_RESET = 0x66 };

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
        if (vm.cpus[i].affinity == (affinity & 0xff00ffffffull))
            return &vm.cpus[i];
    return NULL;
}

static int64_t cpu_on(uint64_t target, uint64_t entry, uint64_t context)
{
    struct vcpu *t = find_cpu(target);
    int64_t result = PSCI_SUCCESS;
    if (!t)
        return PSCI_INVALID_PARAMETERS;
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

static int64_t affinity_info(uint64_t target, uint64_t level)
{
    bool any = false;
    if (level > 3)
        return PSCI_INVALID_PARAMETERS;
    uint64_t mask = level == 0 ? 0xff00ffffffull : level == 1 ? 0xff00ffff00ull
                  : level == 2 ? 0xff00ff0000ull : 0xff00000000ull;
    for (unsigned i = 0; i < vm.num_cpus; i++) {
        if ((vm.cpus[i].affinity ^ target) & mask)
            continue;
        if (vm.cpus[i].power != VCPU_OFF)
            return vm.cpus[i].power == VCPU_ON ? 0 : 2;
        any = true;
    }
    return any ? 1 : PSCI_INVALID_PARAMETERS;
}

static int64_t features(uint32_t fn)
{
    bool wide;
    if (fn == SMCCC_VERSION)
        return 0;
    switch (psci_decode(fn, &wide)) {
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

// Only the last CPU that is on may do this; it waits for an interrupt and starts afresh.
static bool system_suspend(struct vcpu *v, uint64_t entry, uint64_t context)
{
    for (unsigned i = 0; i < vm.num_cpus; i++)
        if (&vm.cpus[i] != v && vm.cpus[i].power != VCPU_OFF)
            return false;
    vcpu_wait_for_interrupt(v);
    lock_acquire(&vm.power_lock);
    v->entry = entry;
    v->context = context;
    v->power = VCPU_ON_PENDING;
    lock_release(&vm.power_lock);
    vcpu_power_off(v);
    return true;
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

    switch (f) {
    case PSCI_VERSION:
        result = 0x10000;
        break;
    case PSCI_CPU_SUSPEND:
        vcpu_wait_for_interrupt(v);
        result = PSCI_SUCCESS;
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
        if (system_suspend(v, a1, a2))
            return true;
        result = PSCI_DENIED;
        break;
    default:
        log_guest(LOG_INFO, "PSCI function %d is not supported", f);
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
