// SPDX-License-Identifier: MIT
#include "vcpu/timer.h"

#include "device/device.h"
#include "boot/dt.h"
#include "log.h"
#include "vcpu/ptimer_line.h"
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

// Could its interrupt wake the guest? One that is masked, or active already, could not.
static bool signals(struct vcpu const *v)
{
    uint32_t cfg = v->ext->vtmr_cfg;
    return (cfg & L4_VTMR_CFG_ENABLED) &&
           vgic_signals(&vm.gic, v->id, cfg >> L4_VTMR_CFG_PRIO_SHIFT, cfg & L4_VTMR_CFG_GRP1);
}

bool timer_wakes(struct vcpu const *v)
{
    return (v->ext->vtmr_cfg & L4_VTMR_CFG_PENDING) && signals(v);
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

uint64_t timer_deadline(struct vcpu *v, uint64_t until)
{
    uint64_t due = TIMER_NEVER;
    bool runs = (v->ext->cntvctl & (CTL_ENABLE | CTL_IMASK)) == CTL_ENABLE && signals(v);
    if (runs && !read_compare_value(&due))
        return TIMER_EXPIRED; // polling is slow but never wrong
    if (until < due)
        due = until;
    if (due == TIMER_NEVER)
        return TIMER_NEVER;
    uint64_t now = timer_counter() - v->ext->cntvoff;
    if (now >= due) // unsigned, as the timer compares (Arm ARM D19.12, CNTV_CVAL_EL0)
        return TIMER_EXPIRED;
    uint64_t ticks = due - now;
    v->timer_due = due + v->ext->cntvoff;
    uint64_t us = timer_us(ticks);
    if (us == TIMER_NEVER)
        return TIMER_NEVER;
    // Earlier by about what the way back into the guest takes: the rest is waited for (timer_wait_rest()).
    return l4_kip_clock(l4_kip()) + (us ? us - 1 : 0);
}

void timer_wait_rest(struct vcpu const *v)
{
    while ((int64_t)(v->timer_due - timer_counter()) > 0)
        ;
}

// The interrupt called "virt", else the third (Devicetree binding arm,arch_timer).
static int virtual_timer_index(void const *fdt, int node)
{
    int i = fdt_stringlist_search(fdt, node, "interrupt-names", "virt");
    return i >= 0 ? i : 2;
}

// The interrupt called "phys", else the second. -1: it has none.
static int physical_timer_index(void const *fdt, int node)
{
    if (!fdt_getprop(fdt, node, "interrupt-names", NULL))
        return 1;
    int i = fdt_stringlist_search(fdt, node, "interrupt-names", "phys");
    return i >= 0 ? i : -1;
}

static bool is_private(int err, struct dt_irq const *irq)
{
    return !err && irq->intid >= 16 && irq->intid < 32;
}

static void connect_physical_timer(struct vm *m, int node, unsigned virtual_intid)
{
    struct dt_irq irq;
    int i = physical_timer_index(m->fdt, node);
    if (i < 0)
        return;
    int err = dt_interrupt(m->fdt, node, (unsigned)i, &irq);
    if (is_private(err, &irq) && irq.intid != virtual_intid)
        ptimer_connect(irq.intid);
    else if (err != DT_NONE)
        device_error(m->fdt, node, "physical timer interrupt: %s", err ? dt_strerror(err) : "no private one of its own");
}

static int timer_create(struct vm *m, int node)
{
    struct dt_irq irq;
    int err = dt_interrupt(m->fdt, node, (unsigned)virtual_timer_index(m->fdt, node), &irq);
    if (!is_private(err, &irq))
        return device_error(m->fdt, node, "virtual timer interrupt: %s",
                            err ? dt_strerror(err) : "no private interrupt");
    vgic_set_timer(&m->gic, irq.intid);
    connect_physical_timer(m, node, irq.intid);
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
