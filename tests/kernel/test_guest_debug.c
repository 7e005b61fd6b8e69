// SPDX-License-Identifier: MIT
// A guest's debug registers: they act while it runs, and on nobody else.
#include "guest_run.h"

enum { VECTORS_IPA = 0x31000, VECTOR = 0x200, TAKEN = 0x77, PSTATE_D = 1 << 9, PSTATE_SS = 1 << 21 };
enum { SS = 1 << 0, KDE = 1 << 13, MDE = 1 << 15 };
enum { ENABLED = 1, EL1 = 1 << 1, EL0 = 2 << 1, INSTRUCTION = 0xf << 5, HMC = 1 << 13, VMID = 8 << 20 };
enum { EC_HVC = 0x16, EC_BREAKPOINT = 0x31, EC_STEP = 0x33 };
static uint32_t vectors[1024] __attribute__((aligned(4096)));
static l4_vcpu_debug_regs_t const none;

static void vectors_init(void)
{
    for (unsigned i = 0; i < sizeof vectors / 4; i++)
        vectors[i] = 0xd4000002 | TAKEN << 5; // hvc
    for (char *p = (char *)vectors; p < (char *)(vectors + 1024); p += 16)
        asm volatile("dc cvac, %0; dsb ish; ic ivau, %0" ::"r"(p) : "memory");
    asm volatile("dsb ish; isb" ::: "memory");
    check_eq(l4_error(l4_task_map(guest_vm, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)vectors, 12, L4_FPAGE_RX),
                                  l4_map_control(VECTORS_IPA, L4_FPAGE_CACHEABLE, 0))),
             0, "a page of vectors");
}

// Resumes guest_hvc with debug exceptions unmasked: `add`, then `hvc #5`. Returns the class of the guest's exception, 0: none.
static unsigned again(l4_vcpu_state_t *v, l4_umword_t pstate)
{
    l4_vcpu_el1_regs_t regs = {0};
    v->r.pc = ipa(guest_hvc);
    v->r.pstate = (EL1H_MASKED & ~PSTATE_D) | pstate;
    vcpu_run(v);
    if (ec(v) != EC_HVC || (v->r.err & 0xffff) != TAKEN)
        return 0;
    l4_thread_vcpu_el1_read(&regs);
    return (unsigned)(regs.esr >> L4_ESR_EC_SHIFT);
}

// The same from its beginning.
static unsigned run(l4_vcpu_state_t *v, l4_umword_t pstate)
{
    l4_vcpu_el1_regs_t regs = {.vbar = VECTORS_IPA};
    l4_thread_vcpu_el1_write(L4_VCPU_EL1_BIT(vbar), &regs);
    guest(v, guest_hvc);
    vgic_on(v); // who does not debug leaves by the fast path
    return again(v, pstate);
}

static l4_vcpu_debug_regs_t breakpoint(l4_umword_t address, l4_umword_t control)
{
    l4_vcpu_debug_regs_t d = {.mdscr = MDE | KDE};
    d.breakpoint[0] = (l4_vcpu_debug_pair_t){address, control};
    return d;
}

static unsigned set_and_run(l4_vcpu_state_t *v, l4_vcpu_debug_regs_t d, l4_umword_t pstate)
{
    check_eq(l4_thread_vcpu_debug_write(&d), 0, "debug registers are written");
    return run(v, pstate);
}

static unsigned others_class, others_cpu;
static bool other_ran;

static void another_guest(void *arg)
{
    (void)arg;
    others_class = run(guest_vcpu(1), 0);
    other_ran = true;
}

// Code of the VMM at the address that its guest's breakpoint and watchpoint name.
static __attribute__((noinline)) l4_umword_t own_code(l4_umword_t x)
{
    asm volatile("" : "+r"(x));
    return x + 1;
}

static void debugs(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(0);
    l4_umword_t second = ipa(guest_hvc) + 4;
    check_eq(run(v, 0), 0, "a guest without debug registers");
    l4_vcpu_debug_regs_t d = breakpoint(second, ENABLED | EL1 | INSTRUCTION);
    check_eq(set_and_run(v, d, 0), EC_BREAKPOINT, "its breakpoint");
    l4_vcpu_el1_regs_t regs = {0};
    l4_thread_vcpu_el1_read(&regs);
    check_eq((int64_t)regs.elr, (int64_t)second, "at its address");
    check_eq(again(v, 0), EC_BREAKPOINT, "it stays for the next resume");
    other_ran = false;
    run_to_end(another_guest, HIGH + 1, others_cpu);
    check(other_ran && others_class == 0, "another guest of this CPU does not meet it");
    check_eq(run(v, 0), EC_BREAKPOINT, "it is still there");
    check_eq(run(v, PSTATE_D), 0, "a guest that masks it does not");
    check_eq(set_and_run(v, breakpoint((l4_umword_t)own_code, ENABLED | EL1 | EL0 | INSTRUCTION), 0), 0, "elsewhere");
    check_eq((int64_t)own_code(1), 2, "the VMM does not meet it");
    check_eq(set_and_run(v, breakpoint(0, ENABLED | EL1 | HMC | INSTRUCTION | VMID), 0), 0, "breakpoints by VMID are none");
    d = none;
    d.mdscr = SS | KDE;
    check_eq(set_and_run(v, d, PSTATE_SS), EC_STEP, "a step");
    l4_thread_vcpu_el1_read(&regs);
    check_eq((int64_t)regs.elr, (int64_t)second, "of one instruction");
    check_eq(set_and_run(v, none, PSTATE_SS), 0, "all off again");
    for (unsigned i = 0; i < L4_VCPU_DEBUG_REGS; i++)
        ((l4_uint64_t *)&d)[i] = ~0ul;
    check_eq(l4_thread_vcpu_debug_write(&d), 0, "all ones in every debug register");
    run(v, PSTATE_D);
    check_eq((int64_t)own_code(2), 3, "the VMM does not notice");
    check_eq(set_and_run(v, none, 0), 0, "and off again");
}

static void short_message(void *arg)
{
    (void)arg;
    guest_vcpu(0);
    l4_utcb_mr()->mr[0] = L4_THREAD_VCPU_DEBUG_WRITE;
    check_eq(l4_error(l4_ipc_call(L4_INVALID_CAP, l4_utcb(), l4_msgtag(L4_PROTO_THREAD, L4_VCPU_DEBUG_REGS, 0, 0),
                                  L4_IPC_NEVER)),
             -L4_EINVAL, "debug registers with a word too few");
}

void test_guest_debug(void)
{
    check_eq(l4_thread_vcpu_debug_write(&none), -L4_EINVAL, "debug registers of a thread without guest");
    guests_begin();
    vectors_init();
    run_to_end(short_message, HIGH, 0);
    run_to_end(debugs, HIGH, others_cpu = 0);
    run_to_end(debugs, HIGH, others_cpu = second_cpu());
    guests_end();
}
