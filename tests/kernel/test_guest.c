// SPDX-License-Identifier: MIT
// Virtual machines: a few instructions of guest code at EL1, its exits, and guests that share CPUs
// (kernel-abi 6.4 to 6.8).
#include "guest_run.h"

// ---- exits ----

static void exits(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(0);
    check(l4_vcpu_check_version(v), "version of the area");
    unsigned gic = l4_vcpu_ext_info(v)->gic_version;
    check(gic == 2 || gic == 3, "GIC version");
    check_eq(l4_error(l4_thread_vcpu_control(L4_INVALID_CAP, VCPU_MEM_END - 0x200)), -L4_EINVAL,
             "an extended area cannot move to where only a plain one fits");
    guest(v, guest_hvc);
    check_eq(vcpu_run(v), 0, "guest code runs");
    check(ec(v) == 0x16 && (v->r.err & 0xffff) == 5 && v->r.r[0] == 1, "HVC exit");
    check_eq((int64_t)(v->r.pc - ipa(guest_hvc)), 4, "pc points to the HVC");
    for (unsigned i = 0; i < 1000; i++) {
        v->r.pc += 4;
        vcpu_run(v);
    }
    check_eq((int64_t)v->r.r[0], 1001, "a thousand exits");
    guest(v, guest_store);
    v->r.r[4] = DEVICE_IPA + 0x18;
    vcpu_run(v);
    check(ec(v) == 0x24 && v->r.pfa == DEVICE_IPA + 0x18,
          "data abort with the guest-physical address");
    check(v->r.err >> 24 & 1 && (v->r.err >> 16 & 31) == 3 && v->r.err >> 6 & 1,
          "syndrome names the register");
    guest(v, guest_hvc);
    v->r.pc = DEVICE_IPA;
    vcpu_run(v);
    check(ec(v) == 0x20 && v->r.pfa == DEVICE_IPA, "instruction abort");
    guest(v, guest_wfi);
    vcpu_run(v);
    check(ec(v) == 0x01 && v->r.pc == ipa(guest_wfi), "WFI exit");
    guest(v, guest_smc);
    vcpu_run(v);
    check(ec(v) == 0x17 && v->r.pc == ipa(guest_smc), "SMC exit, pc at the instruction");
    guest(v, guest_wfi);
    v->r.pstate = 0x3c4; // EL1t
    vcpu_run(v);
    check_eq(ec(v), 0x01, "guest at EL1t");
    guest(v, guest_own_regs);
    v->saved_state &= (l4_uint16_t)~L4_VCPU_F_FPU_ENABLED;
    vcpu_run(v);
    check_eq(ec(v), 0x07, "FP access without the FPU flag");
}

static void no_guest_in_plain_task(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(0);
    guest(v, guest_hvc);
    v->r.pc = (l4_addr_t)guest_hvc;
    v->user_task = L4_BASE_TASK_CAP;
    vcpu_run(v);
    check(ec(v) == 0x0e && v->r.pc == (l4_addr_t)guest_hvc, "no guest runs in a plain task: illegal state");
}

static void no_thread_in_vm(void)
{
    l4_fpage_t area = l4_fpage(0x40000, 12, L4_FPAGE_RW);
    l4_cap_idx_t t = slot_alloc();
    l4_factory_create_thread(L4_BASE_FACTORY_CAP, t);
    check_eq(l4_error(l4_task_add_ku_mem(guest_vm, &area)), 0, "a VM has kernel-user memory");
    l4_thread_control_start();
    l4_thread_control_bind((l4_utcb_t *)0x40000, guest_vm);
    check_eq(l4_error(l4_thread_control_commit(t)), -L4_EINVAL, "but no threads");
    slot_free(t, true);
}

// ---- IRQs of the VMM, and guests side by side ----

enum { LAPS = 100 }; // of a guest's loop, to say that it has run

struct looper {
    unsigned area;
    l4_umword_t mark;
    unsigned volatile stage;
    unsigned exit;
};

static void loops(void *arg)
{
    struct looper *l = arg;
    l4_vcpu_state_t *v = guest_vcpu(l->area);
    guest(v, guest_own_regs);
    v->r.r[0] = l->mark;
    l->stage = 1;
    do { // on a slow machine it may be interrupted before it has run
        vcpu_run(v);
        l->exit = ec(v);
    } while (l->exit == 0x3f && v->r.r[10] <= LAPS);
    l->stage = 2;
    l4_sleep_forever();
}

// Sends messages to a looper until it has run far enough. False: it does not come to its end.
static bool interrupt(struct looper *l, l4_cap_idx_t thread)
{
    l4_irq_detach(guest_irq);
    l4_rcv_ep_bind_thread(guest_irq, thread, GUEST_IRQ_LABEL);
    for (unsigned i = 0; i < 100; i++) {
        l4_irq_trigger(guest_irq);
        if (wait_value(&l->stage, 2, 100))
            return true;
    }
    return false;
}

static void kick(unsigned cpu)
{
    struct looper l = {.area = 1, .mark = 0xabcd0};
    l4_cap_idx_t t = thread_run(loops, &l, LOW, cpu);
    wait_value(&l.stage, 1, 1000);
    l4_usleep(20000);
    l4_vcpu_state_t *v = vcpu_area(1);
    check(interrupt(&l, t) && l.exit == 0x3f && v->i.label == GUEST_IRQ_LABEL,
          "an IRQ leaves the guest");
    check(v->r.r[10] > LAPS, "which had run");
    check_eq(l4_vcpu_ext_state(v)->sctlr, GUEST_SCTLR, "SCTLR of the guest");
    thread_delete(t);
}

struct kicked {
    unsigned volatile heard;
    unsigned volatile others; // exits that are no message
};

static void is_kicked(void *arg)
{
    struct kicked *k = arg;
    l4_vcpu_state_t *v = guest_vcpu(1);
    guest(v, guest_own_regs);
    v->r.r[0] = 0xabcd0;
    for (;;) {
        vcpu_run(v);
        if (ec(v) == L4_EC_IPC_UPCALL && v->i.label == GUEST_IRQ_LABEL)
            k->heard++;
        else
            k->others++;
    }
}

// Takes the CPU from the guest at any moment, for any time.
static void restless(void *arg)
{
    (void)arg;
    for (;;) {
        for (uint64_t until = now_us() + random_next() % 200; now_us() < until;)
            ;
        l4_usleep((unsigned)(random_next() % 200));
    }
}

// Messages reach a guest that runs on another CPU, is preempted there, or on its way to another one.
static void kicks(void)
{
    enum { KICKS = 300 };
    struct kicked k = {0};
    l4_cap_idx_t t = thread_run(is_kicked, &k, LOW, second_cpu()), rival = thread_run(restless, NULL, LOW + 1, second_cpu());
    l4_irq_detach(guest_irq);
    l4_rcv_ep_bind_thread(guest_irq, t, GUEST_IRQ_LABEL);
    unsigned n = 0;
    for (bool heard = true; heard && n < KICKS; n++) {
        if (n % 4 == 0)
            thread_place(t, LOW, (unsigned)(random_next() % cpus_online()));
        l4_irq_trigger(guest_irq);
        heard = wait_value(&k.heard, n + 1, 1000);
    }
    check(n == KICKS && k.heard == n && !k.others, "each message interrupts it once");
    thread_delete(rival);
    thread_delete(t);
}

struct preempted {
    unsigned flag; // L4_VCPU_F_PREEMPTION or 0
    unsigned volatile stage;
    unsigned exits, others; // of which class 0x3b, and not
    bool user_mode;         // each exit was one out of user mode
};

static void is_preempted(void *arg)
{
    struct preempted *p = arg;
    l4_vcpu_state_t *v = guest_vcpu(1);
    guest(v, guest_own_regs);
    v->r.r[0] = 0xabcd0;
    v->saved_state |= (l4_uint16_t)p->flag;
    p->user_mode = true;
    p->stage = 1;
    do {
        vcpu_run(v);
        ec(v) == L4_EC_PREEMPTION ? p->exits++ : p->others++;
        p->user_mode &= (v->saved_state & L4_VCPU_F_USER_MODE) && (v->saved_state & L4_VCPU_F_PREEMPTION) && v->r.pfa == 0;
    } while (!p->others && v->r.r[10] <= LAPS);
    p->stage = 2;
    l4_sleep_forever();
}

// This thread is more urgent, and sleeps now and then.
static void preempts(struct preempted *p)
{
    l4_cap_idx_t t = thread_run(is_preempted, p, LOW, 0);
    check(wait_value(&p->stage, 1, 1000), "a guest begins");
    for (unsigned i = 0; i < 20 || (p->flag && i < 1000 && p->stage != 2); i++)
        l4_usleep(2000);
    thread_delete(t);
}

// Two that are equally urgent: at the ends of their time slices.
static void slices(void)
{
    struct looper other = {.area = 2, .mark = 0x1230};
    struct preempted p = {.flag = L4_VCPU_F_PREEMPTION};
    unsigned cpu = second_cpu(); // this thread is on another one, if there is one
    l4_cap_idx_t t = thread_run(loops, &other, LOW, cpu), t2 = thread_run(is_preempted, &p, LOW, cpu);
    check(wait_value(&p.stage, 2, 5000) && p.exits && !p.others && p.user_mode, "nor at the end of its time slice");
    thread_delete(t2);
    thread_delete(t);
}

static void preemption(void)
{
    struct preempted silent = {.flag = 0}, told = {.flag = L4_VCPU_F_PREEMPTION};
    preempts(&silent);
    check(silent.stage == 1 && silent.exits + silent.others == 0, "a guest that has lost its CPU goes on");
    preempts(&told);
    check(told.stage == 2 && told.exits && !told.others && told.user_mode, "but not past a handler that wants to know");
    slices();
}

// Guests that share CPUs and migrate keep their registers.
static void shared(void)
{
    struct looper l[3];
    l4_cap_idx_t t[3];
    for (unsigned i = 0; i < 3; i++) {
        l[i] = (struct looper){.area = i, .mark = 0x1230 + i * 0x10};
        t[i] = thread_run(loops, &l[i], LOW, 0);
    }
    bool good = true;
    for (unsigned i = 0; i < 3; i++)
        good &= wait_value(&l[i].stage, 1, 2000);
    check(good, "three guests start on one CPU");
    l4_usleep(30000);
    for (unsigned n = 0; n < 24; n++) {
        thread_place(t[n % 3], LOW, (unsigned)(random_next() % cpus_online()));
        l4_usleep(1500);
    }
    for (unsigned i = 0; i < 3; i++) {
        good &= l[i].stage == 1;
        good &= interrupt(&l[i], t[i]);
        check(l[i].exit == 0x3f && vcpu_area(i)->r.r[10] > LAPS,
              "a guest kept its EL1 and FP registers");
    }
    check(good, "all were interrupted by message only");
    for (unsigned i = 0; i < 3; i++)
        thread_delete(t[i]);
}

void test_guest(void)
{
    guests_begin();
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        run_to_end(exits, HIGH, cpu);
        run_to_end(no_guest_in_plain_task, HIGH, cpu);
        kick(cpu);
    }
    shared();
    kicks();
    preemption();
    no_thread_in_vm();
    guests_end();
}
