// SPDX-License-Identifier: MIT
// A hostile VMM: garbage in its vCPU, from its own thread and from another one while the guest runs.
#include "guest_run.h"

static void garbage(void *arg)
{
    l4_vcpu_state_t *v = guest_vcpu(0);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    *(unsigned volatile *)arg = 1;
    for (unsigned n = 0;; n++) {
        guest(v, n & 1 ? guest_hvc : guest_loop);
        v->user_task |= n & 32 ? L4_VCPU_USER_TASK_KEEP : 0;
        v->r.pstate = n & 2 ? random_next() : (n >> 3 & 31) | 0x3c0;
        e->hcr = n & 4 ? random_next() : ~0ull << (random_next() & 63);
        if (n & 8)
            e->hcr &= ~(1ull << 27);
        e->sctlr = (l4_uint32_t)random_next();
        e->cpacr = (l4_uint32_t)random_next();
        e->cntvctl = (l4_uint32_t)random_next();
        e->cntvoff = random_next();
        e->vmpidr = random_next();
        e->vpidr = (l4_uint32_t)random_next();
        e->vtmr_cfg = (l4_uint32_t)random_next();
        e->gic_hcr = (l4_uint32_t)random_next();
        e->gic_vmcr = (l4_uint32_t)random_next();
        for (unsigned i = 0; i < 4; i++)
            e->gic_v3_lr[i] = random_next();
        for (unsigned i = 0; i < 8; i++)
            e->gic_apr[i] = (l4_uint32_t)random_next();
        v->r.tpidruro = random_next();
        v->saved_state = (l4_uint16_t)(random_next() | L4_VCPU_F_USER_MODE | L4_VCPU_F_IRQ);
        l4_vcpu_el1_regs_t r;
        for (unsigned i = 0; i < sizeof r / 8; i++)
            ((l4_uint64_t *)&r)[i] = random_next();
        l4_thread_vcpu_el1_write(random_next(), &r);
        vcpu_run(v);
        (*(unsigned volatile *)arg)++;
    }
}

// Another thread of the VMM writes the area while the guest runs.
static void meddle(unsigned n)
{
    l4_vcpu_ext_state_t volatile *e = l4_vcpu_ext_state(vcpu_area(0));
    e->gic_hcr = n & 1 ? 0 : 3;
    e->vtmr_cfg = (l4_uint32_t)random_next();
    e->hcr = random_next();
    vcpu_area(0)->r.pstate = random_next();
    vcpu_area(0)->r.pc = ipa(guest_loop);
}

static void hostile_vmm(unsigned cpu)
{
    unsigned volatile rounds = 0;
    l4_cap_idx_t t = thread_run(garbage, (void *)&rounds, LOW, cpu);
    l4_irq_detach(guest_irq);
    l4_rcv_ep_bind_thread(guest_irq, t, GUEST_IRQ_LABEL);
    wait_value(&rounds, 1, 500);
    for (unsigned n = 0; n < 120 || (rounds <= 20 && n < 20000); n++) { // on a busy host its CPU may stand still for a while
        l4_usleep(400);
        if (n & 4)
            meddle(n);
        l4_irq_trigger(guest_irq);
    }
    print("# rounds with garbage: ");
    print_num(rounds);
    print("\n");
    check(rounds > 20, "a VMM that writes garbage into its vCPU");
    thread_delete(t);
    run_to_end(guest_hears_interrupts, HIGH, cpu); // the CPU serves others as before
}

void test_guest_hostile(void)
{
    guests_begin();
    hostile_vmm(second_cpu());
    guests_end();
}
