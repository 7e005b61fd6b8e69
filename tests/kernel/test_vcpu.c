// SPDX-License-Identifier: MIT
// vCPU mode without virtual machine: upcalls and resume (kernel-abi 6.1 to 6.3).
#include "harness.h"
#include "vcpu_run.h"

extern char user_svc[], user_load[], user_loop[], user_fp[], user_jump[];

enum { UNMAPPED = 0x7fff0000, IRQ_LABEL = 0x1234 };
static l4_cap_idx_t irq;

static void user(l4_vcpu_state_t *v, void *pc)
{
    v->r = (l4_vcpu_regs_t){.pc = (l4_addr_t)pc};
    v->saved_state = L4_VCPU_F_USER_MODE | L4_VCPU_F_FPU_ENABLED;
    v->user_task = L4_BASE_TASK_CAP;
}

// ---- errors ----

static void errors(void *arg)
{
    l4_vcpu_state_t *v = vcpu_area(0);
    l4_cap_idx_t other = L4_BASE_THREAD_CAP, weak = slot_alloc();
    (void)arg;
    check_eq(l4_error(l4_thread_vcpu_resume_commit(L4_INVALID_CAP, l4_thread_vcpu_resume_start())),
             -L4_EINVAL, "resume of a thread that is no vCPU");
    check_eq(l4_error(l4_thread_vcpu_control(L4_INVALID_CAP, 0)), -L4_EINVAL,
             "vcpu_control without an area");
    check_eq(l4_error(l4_thread_vcpu_control(L4_INVALID_CAP, (l4_addr_t)v + 4)), -L4_EINVAL,
             "unaligned area");
    check_eq(l4_error(l4_thread_vcpu_control(L4_INVALID_CAP, (l4_addr_t)&other)), -L4_EINVAL,
             "area outside of kernel-user memory");
    check_eq(l4_error(l4_thread_vcpu_control(L4_INVALID_CAP, VCPU_MEM_END - 0x100)), -L4_EINVAL,
             "area that crosses the end");
    check_eq(l4_error(l4_thread_vcpu_control_ext(other, (l4_addr_t)v)), -L4_EINVAL,
             "extended mode for another thread");
    check_eq(l4_error(l4_thread_vcpu_resume_commit(other, l4_thread_vcpu_resume_start())),
             -L4_EINVAL, "resume of another thread");
    check_eq(l4_error(l4_thread_vcpu_control(L4_INVALID_CAP, (l4_addr_t)v)), 0, "vcpu_control");
    check_eq((int64_t)v->version, L4_VCPU_STATE_VERSION, "the area has its version");
    user(v, user_svc);
    v->user_task = L4_INVALID_CAP & ~1ul;
    check_eq(vcpu_run(v), -L4_ENOENT, "resume to user mode without a user task");
    v->user_task = L4_BASE_LOG_CAP;
    check_eq(vcpu_run(v), -L4_ENOENT, "user task that is none");
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP,
                l4_obj_fpage(L4_BASE_TASK_CAP, 0, L4_CAP_FPAGE_RW), l4_map_obj_control(weak, 0));
    v->user_task = weak;
    check_eq(vcpu_run(v), -L4_EPERM, "user task without S");
    slot_free(weak, false);
    l4_vcpu_el1_regs_t regs;
    check_eq(l4_thread_vcpu_el1_read(&regs), -L4_EINVAL, "EL1 registers of a plain vCPU");
}

// ---- exits ----

static void exits(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = vcpu_become(0);
    user(v, user_svc);
    v->r.r[5] = 41;
    v->r.r[30] = 0x30303030;
    v->r.sp = 0x5000;
    check_eq(vcpu_run(v), 0, "user code runs");
    check_eq(ec(v), 0x15, "SVC comes to the handler");
    check(v->r.r[5] == 42 && v->r.r[30] == 0x30303030 && v->r.sp == 0x5000,
          "registers of user mode");
    check_eq((int64_t)(v->r.pc - (l4_addr_t)user_svc), 4, "pc points to the SVC");
    check_eq(v->saved_state & 0xff,
             L4_VCPU_F_USER_MODE | L4_VCPU_F_FPU_ENABLED | L4_VCPU_F_IRQ | L4_VCPU_F_PAGE_FAULTS |
                 L4_VCPU_F_EXCEPTIONS,
             "saved_state is what user mode ran with");
    check_eq(v->state & (L4_VCPU_F_IRQ | L4_VCPU_F_PAGE_FAULTS | L4_VCPU_F_EXCEPTIONS |
                         L4_VCPU_F_USER_MODE),
             0, "the handler runs with everything off");
    check_eq((int64_t)(v->user_task & 1), 1, "the user task is cached");
    for (unsigned i = 0; i < 1000; i++) {
        v->r.pc += 4;
        vcpu_run(v);
    }
    check_eq((int64_t)v->r.r[5], 1042, "a thousand exits");
    user(v, user_load);
    v->r.r[7] = UNMAPPED + 0x18;
    vcpu_run(v);
    check(ec(v) == 0x24 && v->r.pfa == UNMAPPED + 0x18 && v->r.pc == (l4_addr_t)user_load,
          "data abort");
    user(v, user_jump);
    v->r.r[7] = UNMAPPED;
    vcpu_run(v);
    check(ec(v) == 0x20 && v->r.pfa == UNMAPPED && v->r.pc == UNMAPPED, "instruction abort");
    user(v, user_fp);
    v->saved_state = L4_VCPU_F_USER_MODE;
    v->r.r[6] = 1;
    vcpu_run(v);
    check_eq(ec(v), 7, "FP access without the FPU flag");
    for (unsigned mode = 1; mode < 32; mode++) {
        user(v, user_svc);
        v->r.flags = 0x3c0 | mode;
        vcpu_run(v);
        if (ec(v) != 0x0e && ec(v) != 0x15)
            check_eq(ec(v), 0x0e, "PSTATE of another exception level");
    }
    check(true, "PSTATE with any mode");
}

// ---- messages ----

static void waits_in_user(void *arg)
{
    unsigned volatile *stage = arg;
    l4_vcpu_state_t *v = vcpu_become(0);
    user(v, user_loop);
    v->saved_state |= L4_VCPU_F_IRQ;
    *stage = 1;
    vcpu_run(v);
    *stage = 2;
    l4_sleep_forever();
}

static void message_in_user(unsigned cpu)
{
    unsigned volatile stage = 0;
    l4_cap_idx_t t = thread_run(waits_in_user, (void *)&stage, LOW, cpu);
    l4_irq_detach(irq);
    l4_rcv_ep_bind_thread(irq, t, IRQ_LABEL);
    check(wait_value(&stage, 1, 1000), "the vCPU goes to user mode");
    l4_usleep(20000);
    l4_irq_trigger(irq);
    check(wait_value(&stage, 2, 1000), "an IRQ interrupts user mode");
    l4_vcpu_state_t *v = vcpu_area(0);
    check(ec(v) == L4_EC_IPC_UPCALL && v->i.label == IRQ_LABEL && v->i.tag.raw == 0,
          "as message upcall");
    check(v->r.r[5] > 100, "user mode had run");
    thread_delete(t);
    // From outside, by call
    stage = 0;
    t = thread_run(waits_in_user, (void *)&stage, LOW, cpu);
    wait_value(&stage, 1, 1000);
    l4_usleep(5000);
    mr()[0] = 0x77;
    l4_msgtag_t r =
        l4_ipc(t, l4_utcb(), L4_SYSF_CALL, 0x9999, l4_msgtag(3, 1, 0, 0), 0, recv_us(20000));
    check_eq(ipc_err(r), L4_IPC_RETIMEOUT, "a call interrupts user mode");
    check(wait_value(&stage, 2, 1000) && v->i.label == 0x9999 && l4_msgtag_label(v->i.tag) == 3,
          "with its label and tag");
    check_eq((int64_t)thread_utcb(t)->msg.mr[0], 0x77, "and its words");
    thread_delete(t);
}

static void loses_its_cpu(void *arg)
{
    unsigned volatile *stage = arg;
    l4_vcpu_state_t *v = vcpu_become(0);
    user(v, user_loop);
    v->saved_state |= L4_VCPU_F_PREEMPTION;
    *stage = 1;
    do
        vcpu_run(v);
    while (ec(v) == L4_EC_PREEMPTION && v->r.r[5] <= 100);
    *stage = 2;
    l4_sleep_forever();
}

// User mode without a virtual machine is told as well.
static void preemption(void)
{
    unsigned volatile stage = 0;
    l4_vcpu_state_t *v = vcpu_area(0);
    l4_cap_idx_t t = thread_run(loses_its_cpu, (void *)&stage, LOW, 0);
    for (unsigned i = 0; i < 1000 && stage != 2; i++)
        l4_usleep(2000); // and is more urgent then
    check(stage == 2 && ec(v) == L4_EC_PREEMPTION && v->r.r[5] > 100, "user mode that has lost its CPU comes to the handler");
    thread_delete(t);
}

static void pending_at_resume(void *arg)
{
    l4_vcpu_state_t *v = vcpu_become(0);
    l4_rcv_ep_bind_thread(irq, *(l4_cap_idx_t *)arg, IRQ_LABEL);
    check_eq(v->sticky_flags & 1, 0, "nothing is pending");
    l4_irq_trigger(irq);
    check_eq(v->sticky_flags & 1, 1, "the sticky flag tells of a queued message");
    user(v, user_svc);
    v->saved_state |= L4_VCPU_F_IRQ;
    vcpu_run(v);
    check(ec(v) == L4_EC_IPC_UPCALL && v->i.label == IRQ_LABEL, "resume delivers it");
    check(v->r.pc == (l4_addr_t)user_svc && v->r.r[5] == 0, "user mode did not run");
    check_eq(v->sticky_flags & 1, 0, "nothing is pending any more");
    l4_irq_trigger(irq);
    v->saved_state &= (l4_uint16_t)~L4_VCPU_F_IRQ;
    v->r.pc = (l4_addr_t)user_svc;
    vcpu_run(v);
    check_eq(ec(v), 0x15, "with the IRQ flag off user mode runs");
    l4_umword_t label = 0;
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_BOTH_TIMEOUT_0);
    check_eq((int64_t)label, IRQ_LABEL, "polled with a timeout of zero");
}

// ---- upcalls out of the handler's own mode ----

static unsigned volatile upcalls;
static l4_umword_t upcall_arg, upcall_label;

static void on_upcall(l4_vcpu_state_t *v)
{
    upcall_arg = (l4_umword_t)v;
    upcall_label = v->i.label;
    upcalls++;
    l4_ipc_call(L4_INVALID_CAP, l4_utcb(), l4_thread_vcpu_resume_start(),
                L4_IPC_NEVER); // back to where it was
}

static void in_handler(void *arg)
{
    l4_vcpu_state_t *v = vcpu_become(0);
    v->entry_ip = (l4_addr_t)on_upcall;
    v->state = L4_VCPU_F_IRQ;
    *(unsigned volatile *)arg = 1;
    while (*(unsigned volatile *)arg != 3)
        asm volatile("yield");
    v->state = 0;
    *(unsigned volatile *)arg = 4;
    l4_sleep_forever();
}

static void own_trigger(void *arg)
{
    l4_vcpu_state_t *v = vcpu_become(0);
    l4_rcv_ep_bind_thread(irq, *(l4_cap_idx_t *)arg, IRQ_LABEL);
    v->entry_ip = (l4_addr_t)on_upcall;
    v->state = L4_VCPU_F_IRQ;
    l4_irq_trigger(irq);
    v->state = 0;
    l4_umword_t label = 0;
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_BOTH_TIMEOUT_0);
}

static void handler_mode(unsigned cpu)
{
    unsigned volatile stage = 0;
    upcalls = 0;
    l4_cap_idx_t t = thread_run(in_handler, (void *)&stage, LOW, cpu);
    l4_irq_detach(irq);
    l4_rcv_ep_bind_thread(irq, t, IRQ_LABEL);
    wait_value(&stage, 1, 500);
    for (unsigned i = 0; i < 30; i++) {
        l4_irq_trigger(irq);
        wait_value(&upcalls, i + 1, 500);
    }
    check_eq(upcalls, 30, "thirty upcalls out of the handler's own mode");
    check_eq((int64_t)upcall_arg, (int64_t)vcpu_area(0), "with the area as argument");
    // A caller of higher priority lends it to the vCPU while that waits for the CPU
    check_eq(
        ipc_err(l4_ipc(t, l4_utcb(), L4_SYSF_CALL, 0x55, l4_msgtag(3, 1, 0, 0), 0, recv_us(20000))),
        L4_IPC_RETIMEOUT, "call of a vCPU that waits for the CPU");
    check(wait_value(&upcalls, 31, 500), "is an upcall, too");
    stage = 3;
    check(wait_value(&stage, 4, 500), "it goes on where it was");
    thread_delete(t);
    upcalls = 0;
    upcall_arg = 0;
    run_to_end(own_trigger, HIGH, cpu);
    check(!upcalls || upcall_arg == (l4_umword_t)vcpu_area(0), "a trigger of an IRQ of its own");
}

// ---- FPU flag and preemption ----

static void fp_off(void *arg)
{
    unsigned volatile *stage = arg;
    l4_vcpu_state_t *v = vcpu_become(0);
    asm volatile("fmov d1, #1.0" ::: "v1"); // the FP registers are this thread's
    user(v, user_loop);
    v->saved_state = L4_VCPU_F_USER_MODE | L4_VCPU_F_IRQ;
    *stage = 1;
    vcpu_run(v); // interrupted by message
    asm volatile("fmov d1, #1.0" ::: "v1");
    user(v, user_fp);
    v->saved_state = L4_VCPU_F_USER_MODE | L4_VCPU_F_IRQ;
    v->r.r[6] = 0;
    *stage = 2;
    // While it loops the main thread preempts it; then x6 lets it touch FP by a message that sets
    // it
    vcpu_run(v);
    v->r.r[6] = 1;
    v->saved_state = L4_VCPU_F_USER_MODE;
    vcpu_run(v);
    *stage = ec(v) == 7 ? 3 : 4;
    l4_sleep_forever();
}

static void fpu_flag(void)
{
    unsigned volatile stage = 0;
    l4_cap_idx_t t = thread_run(fp_off, (void *)&stage, LOW, 0);
    l4_irq_detach(irq);
    l4_rcv_ep_bind_thread(irq, t, IRQ_LABEL);
    for (unsigned i = 1; i <= 2; i++) {
        wait_value(&stage, i, 1000);
        l4_usleep(5000);
        l4_irq_trigger(irq);
    }
    check(wait_value(&stage, 3, 500), "the FPU flag holds over preemption");
    thread_delete(t);
}

void test_vcpu(void)
{
    vcpu_mem_init();
    irq = slot_alloc();
    l4_factory_create_irq(L4_BASE_FACTORY_CAP, irq);
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        run_to_end(errors, HIGH, cpu);
        run_to_end(exits, HIGH, cpu);
        run_to_end(pending_at_resume, HIGH, cpu);
        message_in_user(cpu);
        handler_mode(cpu);
    }
    preemption();
    fpu_flag();
    slot_free(irq, true);
}
