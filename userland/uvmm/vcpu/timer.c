// SPDX-License-Identifier: MIT
#include "vcpu/timer.h"

#include "device/device.h"
#include "boot/dt.h"
#include "log.h"
#include "vcpu/vcpu.h"
#include "vm.h"

#include <l4/sys/kip.h>
#include <libfdt.h>

enum { CTL_ENABLE = 1, CTL_IMASK = 2 };

uint64_t timer_counter(void)
{
    uint64_t t;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(t));
    return t;
}

uint64_t timer_frequency(void)
{
    uint64_t f;
    __asm__("mrs %0, cntfrq_el0" : "=r"(f));
    return f;
}

void timer_reset(struct vcpu *v)
{
    v->timer_masked = false;
    v->ext->vtmr_cfg = 0;
    timer_sync(v);
}

void timer_sync(struct vcpu *v)
{
    if (!vm.has_timer)
        return;
    v->timer_configured = vm.gic.cpu[v->id].configured;
    struct vgic_bank const *b = &vm.gic.cpu[v->id].priv;
    unsigned n = vm.timer_intid;
    uint32_t cfg = v->ext->vtmr_cfg & (L4_VTMR_CFG_PENDING | L4_VTMR_CFG_ACTIVE);
    cfg |= n | L4_VTMR_CFG_DIRECT | (uint32_t)b->prio[n] << L4_VTMR_CFG_PRIO_SHIFT;
    if (b->enabled & (1u << n))
        cfg |= L4_VTMR_CFG_ENABLED;
    if (b->group & (1u << n))
        cfg |= L4_VTMR_CFG_GRP1;
    v->ext->vtmr_cfg = cfg;
}

bool timer_is_pending(struct vcpu const *v)
{
    uint32_t cfg = v->ext->vtmr_cfg;
    return (cfg & L4_VTMR_CFG_PENDING) && (cfg & L4_VTMR_CFG_ENABLED);
}

// CNTV_CVAL_EL0 of the guest. On the way into WFI: reads one word of the reply instead of copying
// all.
static bool read_compare_value(uint64_t *cval)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_THREAD_VCPU_EL1_READ;
    l4_msgtag_t tag = l4_ipc_call(L4_INVALID_CAP, u, l4_msgtag(L4_PROTO_THREAD, 1, 0, 0),
                                  L4_IPC_NEVER);
    *cval = u->msg.mr[offsetof(l4_vcpu_el1_regs_t, cntv_cval) / sizeof(l4_umword_t)];
    return l4_error_u(tag, u) >= 0;
}

uint64_t timer_deadline(struct vcpu *v)
{
    uint32_t intid_bit = 1u << vm.timer_intid;
    if (!vm.has_timer || (v->ext->cntvctl & (CTL_ENABLE | CTL_IMASK)) != CTL_ENABLE ||
        !(vm.gic.cpu[v->id].priv.enabled & intid_bit))
        return TIMER_NEVER;
    uint64_t cval;
    if (!read_compare_value(&cval))
        return TIMER_EXPIRED; // polling is slow but never wrong
    uint64_t due = cval + v->ext->cntvoff;
    uint64_t now = timer_counter();
    if ((int64_t)(due - now) <= 0)
        return TIMER_EXPIRED;
    uint64_t ticks = due - now;
    uint64_t freq = timer_frequency();
    if (ticks / freq > 100ull * 365 * 86400)
        return TIMER_NEVER;
    uint64_t us = ticks / freq * 1000000 + ticks % freq * 1000000 / freq + 1;
    return l4_kip_clock(l4_kip()) + us;
}

void timer_upcall(struct vcpu *v)
{
    uint32_t bit = 1u << vm.timer_intid;
    v->timer_masked = true;
    if (!vm.has_timer)
        return;
    lock_acquire(&vm.gic.lock);
    vm.gic.cpu[v->id].priv.notify |= bit;
    lock_release(&vm.gic.lock);
    vgic_set_line(&vm.gic, v->id, vm.timer_intid, true);
}

void timer_end_of_interrupt(struct vcpu *v)
{
    if (!v->timer_masked)
        return;
    v->timer_masked = false;
    v->ext->cntvctl &= ~(uint32_t)CTL_IMASK;
}

// The interrupt called "virt", else the third (Devicetree binding arm,arch_timer).
static int virtual_timer_index(void const *fdt, int node)
{
    int i = fdt_stringlist_search(fdt, node, "interrupt-names", "virt");
    return i >= 0 ? i : 2;
}

static int timer_create(struct vm *m, int node)
{
    struct dt_irq irq;
    int err = dt_interrupt(m->fdt, node, (unsigned)virtual_timer_index(m->fdt, node), &irq);
    if (err || irq.intid >= 32 || irq.intid < 16)
        return device_error(m->fdt, node, "virtual timer interrupt: %s",
                            err ? dt_strerror(err) : "no private interrupt");
    m->timer_intid = irq.intid;
    m->has_timer = true;
    uint32_t freq = dt_u32(m->fdt, node, "clock-frequency", 0);
    if (freq && freq != timer_frequency()) {
        log_warn("device tree has a timer frequency of %u Hz, corrected to %llu", freq,
                 (unsigned long long)timer_frequency());
        fdt_setprop_inplace_u32(m->fdt, node, "clock-frequency", (uint32_t)timer_frequency());
    }
    return 0;
}

DEVICE_TYPE(timer_v8, .compatible = "arm,armv8-timer", .create = timer_create);
DEVICE_TYPE(timer_v7, .compatible = "arm,armv7-timer", .create = timer_create);
