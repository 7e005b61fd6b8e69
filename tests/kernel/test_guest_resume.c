// SPDX-License-Identifier: MIT
// Resumes with the user task that the kernel knows, and what the fast way into a guest must refuse
// (kernel/arch/arm64/guest_fast.c).
#include "guest_run.h"

static unsigned resume_cpu;

static void again(l4_vcpu_state_t *v, char *code)
{
    guest(v, code);
    v->user_task |= L4_VCPU_USER_TASK_KEEP;
}

static void writes_registers(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(1);
    guest(v, guest_regs);
    vcpu_run(v);
}

static void unusual_resumes(void *arg)
{
    l4_vcpu_state_t *v = guest_vcpu(0);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    guest(v, guest_hvc);
    vcpu_run(v);
    again(v, guest_hvc);
    vcpu_run(v);
    check(ec(v) == 0x16 && v->r.r[0] == 1, "a guest goes on in the user task that the kernel knows");

    unsigned ran = 0;
    for (unsigned mode = 1; mode < 32; mode++) {
        if (mode == 4 || mode == 5 || mode == 0x10)
            continue;
        again(v, guest_hvc);
        v->r.pstate = 0x3c0 | mode;
        vcpu_run(v);
        ran += ec(v) == 0x16;
    }
    check_eq(ran, 0, "in no mode that a guest does not have");

    again(v, guest_hvc);
    e->hcr |= HCR_TGE;
    vcpu_run(v);
    check_eq(ec(v), 0x0e, "nor at EL1 when the VMM wants the host's regime");

    again(v, guest_regs);
    for (unsigned i = 0; i < 10; i++)
        v->r.r[i] = 0x11110000ul * (i + 1);
    vcpu_run(v);
    run_to_end(writes_registers, HIGH + 1, resume_cpu);
    v->r.pc += 4;
    vcpu_run(v);
    check(v->r.r[0] == 0x11110000 && v->r.r[1] == 0x22220000 && v->r.r[4] == 0x55550000,
          "a guest finds its own EL1 registers when another one has run meanwhile");

    l4_cap_idx_t empty = slot_alloc();
    guest(v, guest_hvc);
    v->user_task = empty;
    check_eq(vcpu_run(v), -L4_ENOENT, "another user task is looked up, and is none");
    slot_free(empty, false);
    guest(v, guest_hvc);
    vcpu_run(v);

    l4_irq_detach(guest_irq);
    l4_rcv_ep_bind_thread(guest_irq, *(l4_cap_idx_t *)arg, GUEST_IRQ_LABEL);
    l4_irq_trigger(guest_irq);
    again(v, guest_hvc);
    vcpu_run(v);
    check(ec(v) == L4_EC_IPC_UPCALL && v->r.r[0] == 0, "a message that waits comes before the guest");
    l4_irq_detach(guest_irq);
}

void test_guest_resume(void)
{
    guests_begin();
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        resume_cpu = cpu;
        run_to_end(unusual_resumes, HIGH, cpu);
    }
    guests_end();
}
