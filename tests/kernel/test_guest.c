// SPDX-License-Identifier: MIT
// Virtual machines: a few instructions of guest code at EL1, its exits, its interrupts, its
// registers (kernel-abi 6.4 to 6.8).
#include "vcpu_run.h"

extern char guest_code[], guest_code_end[], guest_hvc[], guest_store[], guest_wfi[], guest_smc[],
    guest_regs[];
extern char guest_loop[], guest_poll_irq[], guest_ack_v3[], guest_ack_v2[], guest_own_regs[],
    guest_timer[], guest_thief[], guest_disr[], user_load[];

enum {
    CODE_IPA = 0x10000,
    GICV_IPA = 0x20000,
    DEVICE_IPA = 0x9000000,
    NOT_MAPPED = 0x7ffd0000, // in the own task
    IRQ_LABEL = 0x4320,
    VTIMER_VID = 27
};
enum {
    HCR_FB = 1 << 9,
    HCR_BSU = 1 << 10,
    HCR_TWI = 1 << 13,
    HCR_TWE = 1 << 14,
    HCR_TGE = 1 << 27,
    HCR_RW = 1u << 31
};
enum { EL1H_MASKED = 0x3c5 };
static l4_cap_idx_t vm, other_vm, irq;
static char code_page[4096] __attribute__((aligned(4096)));

static l4_addr_t ipa(char *code)
{
    return CODE_IPA + (l4_addr_t)(code - guest_code);
}

static void guest(l4_vcpu_state_t *v, char *code)
{
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    v->r = (l4_vcpu_regs_t){.pc = ipa(code), .pstate = EL1H_MASKED};
    v->saved_state = L4_VCPU_F_USER_MODE | L4_VCPU_F_FPU_ENABLED | L4_VCPU_F_IRQ;
    v->user_task = vm;
    e->hcr = L4_VCPU_HCR_MUST_SET | HCR_FB | HCR_BSU | HCR_TWI | HCR_TWE | HCR_RW;
    e->sctlr = 0x30d00800;
    e->cpacr = 3 << 20;
    e->cntvctl = 0;
    e->vtmr_cfg = 0;
    e->gic_hcr = 0;
}

static l4_vcpu_state_t *start(unsigned area)
{
    l4_vcpu_state_t *v = vcpu_area(area);
    if (l4_error(l4_thread_vcpu_control_ext(L4_INVALID_CAP, (l4_addr_t)v)))
        check(false, "extended vCPU mode");
    return v;
}

// ---- exits ----

static void exits(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(0);
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

// ---- EL1 registers ----

static void registers(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(0);
    guest(v, guest_regs);
    for (unsigned i = 0; i < 9; i++)
        v->r.r[i] = 0x11110000ul * (i + 1);
    v->r.r[9] = 0x9999;
    vcpu_run(v);
    l4_vcpu_el1_regs_t r;
    check_eq(l4_thread_vcpu_el1_read(&r), 0, "EL1 registers are read");
    check(r.tpidr_el1 == 0x11110000 && r.vbar == 0x22220000 && r.ttbr0 == 0x33330000 &&
              r.ttbr1 == 0x44440000 && r.mair == 0x55550000 && r.elr == 0x66660000 &&
              r.sp_el1 == 0x88880000 && r.contextidr == 0x99990000,
          "and are what the guest wrote");
    check_eq((int64_t)v->r.sp, 0x77770000, "SP_EL0 is in the frame");
    r.tpidr_el1 = 0xaaa;
    r.ttbr1 = 0xbbb000;
    r.elr = 0xccc;
    r.vbar = 0xd000;
    // bits: tpidr_el1 16, elr 8; ttbr1 and vbar are not written
    check_eq(l4_thread_vcpu_el1_write(1ul << 16 | 1ul << 8, &r), 0, "some are written");
    v->r.pc += 4;
    vcpu_run(v);
    check(v->r.r[0] == 0xaaa && v->r.r[5] == 0xccc, "the guest sees them");
    check(v->r.r[1] == 0x22220000 && v->r.r[3] == 0x44440000, "the others stay");
    check_eq((int64_t)v->r.r[6], 0x77770000, "SP_EL0 comes back");
    for (unsigned i = 0; i < sizeof r / 8; i++)
        ((l4_uint64_t *)&r)[i] = ~0ul;
    check_eq(l4_thread_vcpu_el1_write(~0ul, &r), 0, "all ones in every EL1 register");
    guest(v, guest_hvc);
    vcpu_run(v);
    l4_vcpu_el1_regs_t zero = {.cntkctl = 3};
    l4_thread_vcpu_el1_write(~0ul, &zero);
    mr()[0] = L4_THREAD_VCPU_EL1_WRITE;
    check_eq(l4_error(l4_ipc_call(L4_INVALID_CAP, l4_utcb(), l4_msgtag(L4_PROTO_THREAD, 5, 0, 0),
                                  L4_IPC_NEVER)),
             -L4_EINVAL, "a write with too few words");
    guest(v, guest_hvc);
    vcpu_run(v);
    check_eq(ec(v), 0x16, "the guest runs on");
}

// DISR_EL1, of CPUs with FEAT_RAS, is not among those that a VMM reads.
static l4_umword_t others_disr;

static void disr_of_another(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(1);
    guest(v, guest_disr);
    v->r.r[0] = 2;
    vcpu_run(v);
    others_disr = v->r.r[1];
}

static void deferred_errors(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(0);
    guest(v, guest_disr);
    v->r.r[0] = 0x80000001;
    vcpu_run(v);
    bool ras = v->r.r[2] & 0xf0000000;
    others_disr = ~0ul;
    run_to_end(disr_of_another, HIGH + 1, 0);
    check_eq((int64_t)others_disr, 0, "a guest does not see the deferred error of another");
    guest(v, guest_disr);
    vcpu_run(v);
    check(!ras || v->r.r[1] == 0x80000001, "which keeps it");
}

// ---- registers that are not switched ----

// As in MRS: op0 and op1, CRn, CRm, op2. What the CPU lacks is undefined; nothing may be readable.
struct sysreg {
    uint8_t op0, op1, crn, crm, op2;
    char const *name;
};
static struct sysreg const not_switched[] = {
    {3, 3, 9, 12, 0, "PMCR_EL0"},       {3, 3, 9, 13, 0, "PMCCNTR_EL0"},   {3, 3, 14, 8, 0, "PMEVCNTR0_EL0"},
    {2, 0, 0, 2, 2, "MDSCR_EL1"},       {2, 0, 0, 0, 4, "DBGBVR0_EL1"},    {2, 0, 1, 1, 4, "OSLSR_EL1"},
    {2, 0, 1, 0, 0, "MDRAR_EL1"},       {3, 0, 1, 2, 1, "TRFCR_EL1"},      {3, 0, 9, 9, 0, "PMSCR_EL1"},
    {3, 0, 9, 11, 0, "TRBLIMITR_EL1"},  {2, 1, 9, 0, 0, "BRBCR_EL1"},      {2, 1, 0, 4, 0, "TRCPRGCTLR"},
    {3, 3, 13, 2, 0, "AMCR_EL0"},       {3, 3, 13, 2, 1, "AMCFGR_EL0"},    {3, 0, 2, 0, 3, "TCR2_EL1"},
    {3, 0, 1, 0, 3, "SCTLR2_EL1"},      {3, 0, 10, 2, 3, "PIR_EL1"},       {3, 3, 10, 2, 4, "POR_EL0"},
    {3, 0, 10, 2, 1, "MAIR2_EL1"},      {3, 0, 10, 3, 1, "AMAIR2_EL1"},    {3, 3, 13, 0, 5, "TPIDR2_EL0"},
    {3, 0, 1, 2, 4, "SMPRI_EL1"},       {3, 0, 1, 2, 6, "SMCR_EL1"},       {3, 3, 4, 2, 2, "SVCR"},
    {3, 0, 1, 2, 0, "ZCR_EL1"},         {3, 0, 1, 0, 6, "GCR_EL1"},        {3, 0, 1, 0, 5, "RGSR_EL1"},
    {3, 0, 5, 6, 0, "TFSR_EL1"},        {3, 0, 5, 6, 1, "TFSRE0_EL1"},     {3, 0, 2, 1, 0, "APIAKeyLo_EL1"},
    {3, 0, 2, 3, 0, "APGAKeyLo_EL1"},   {3, 0, 13, 0, 7, "SCXTNUM_EL1"},   {3, 3, 13, 0, 7, "SCXTNUM_EL0"},
    {3, 0, 13, 0, 5, "ACCDATA_EL1"},    {3, 0, 5, 3, 1, "ERRSELR_EL1"},    {3, 0, 10, 4, 3, "LORC_EL1"},
    {3, 0, 1, 0, 1, "ACTLR_EL1"},       {3, 3, 14, 0, 1, "CNTPCT_EL0"},    {3, 3, 14, 2, 1, "CNTP_CTL_EL0"},
    {3, 0, 2, 5, 0, "GCSCR_EL1"},       {3, 3, 4, 4, 2, "FPMR"},           {3, 0, 15, 0, 0, "S3_0_C15_C0_0"},
};
enum { PROBE_IPA = 0x30000, PROBE_CODE = 0x800, READABLE = 0x55, UNDEFINED = 0x77, EL1_VBAR = 7 };
static uint32_t probe_page[1024] __attribute__((aligned(4096)));

static uint32_t hvc(uint32_t imm)
{
    return 0xd4000002 | imm << 5;
}

static void probe_write(struct sysreg const *r)
{
    for (unsigned i = 0; i < PROBE_CODE / 4; i++)
        probe_page[i] = hvc(UNDEFINED); // the guest's vectors
    probe_page[PROBE_CODE / 4] = 0xd5300000 | (uint32_t)(r->op0 - 2) << 19 | (uint32_t)r->op1 << 16 |
                                 (uint32_t)r->crn << 12 | (uint32_t)r->crm << 8 | (uint32_t)r->op2 << 5;
    probe_page[PROBE_CODE / 4 + 1] = hvc(READABLE);
    for (char *p = (char *)probe_page; p < (char *)(probe_page + 1024); p += 16)
        asm volatile("dc cvac, %0; dsb ish; ic ivau, %0" ::"r"(p) : "memory");
    asm volatile("dsb ish; isb" ::: "memory");
}

static void probes(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(0);
    l4_vcpu_el1_regs_t regs = {.vbar = PROBE_IPA};
    l4_thread_vcpu_el1_write(1ul << EL1_VBAR, &regs);
    for (unsigned i = 0; i < sizeof(not_switched) / sizeof(*not_switched); i++) {
        probe_write(&not_switched[i]);
        guest(v, guest_hvc);
        v->r.pc = PROBE_IPA + PROBE_CODE;
        vcpu_run(v);
        bool undefined = ec(v) == 0x16 && (v->r.err & 0xffff) == UNDEFINED;
        if (!undefined && (ec(v) == 0x16 || v->r.pc != PROBE_IPA + PROBE_CODE))
            check(false, not_switched[i].name);
    }
    check(true, "registers that are not switched are out of a guest's reach");
}

static void unswitched_registers(void)
{
    check_eq(l4_error(l4_task_map(vm, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)probe_page, 12, L4_FPAGE_RX),
                                  l4_map_control(PROBE_IPA, L4_FPAGE_CACHEABLE, 0))),
             0, "a page for probes");
    run_to_end(probes, HIGH, 0);
    run_to_end(probes, HIGH, second_cpu());
}

// ---- resumes with the user task that the kernel knows: guest_fast.c ----

static unsigned resume_cpu;

static void again(l4_vcpu_state_t *v, char *code)
{
    guest(v, code);
    v->user_task |= L4_VCPU_USER_TASK_KEEP;
}

static void writes_registers(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(1);
    guest(v, guest_regs);
    vcpu_run(v);
}

static void unusual_resumes(void *arg)
{
    l4_vcpu_state_t *v = start(0);
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

    l4_irq_detach(irq);
    l4_rcv_ep_bind_thread(irq, *(l4_cap_idx_t *)arg, IRQ_LABEL);
    l4_irq_trigger(irq);
    again(v, guest_hvc);
    vcpu_run(v);
    check(ec(v) == L4_EC_IPC_UPCALL && v->r.r[0] == 0, "a message that waits comes before the guest");
    l4_irq_detach(irq);
}

// ---- interrupts ----

static void vgic_on(l4_vcpu_state_t *v)
{
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    e->gic_hcr = 1;
    e->gic_vmcr = l4_vcpu_ext_info(v)->gic_version == 3 ? 0xffu << 24 | 3 : 0x1fu << 27 | 3;
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)
        e->gic_v3_lr[i] = 0;
}

static void timer(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(0);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    bool v3 = l4_vcpu_ext_info(v)->gic_version == 3;
    guest(v, guest_timer);
    vcpu_run(v);
    check(ec(v) == 0x3d && (v->r.err & 0xffff) == 1, "virtual timer: upcall");
    check_eq(e->cntvctl & 3, 3, "the kernel has masked the timer");
    for (unsigned round = 0; round < 3; round++) {
        guest(v, guest_timer);
        vgic_on(v);
        e->vtmr_cfg = VTIMER_VID | L4_VTMR_CFG_DIRECT | L4_VTMR_CFG_ENABLED |
                      (v3 ? L4_VTMR_CFG_GRP1 : 0) | 0xa0u << L4_VTMR_CFG_PRIO_SHIFT;
        vcpu_run(v);
        check(ec(v) == 0x16 && (v->r.err & 0xffff) == 7,
              "direct timer: the guest sees an interrupt, no upcall");
        check(e->vtmr_cfg & L4_VTMR_CFG_PENDING, "it is pending in the configuration");
        v->r.pc = v3 ? ipa(guest_ack_v3) : ipa(guest_ack_v2);
        v->r.r[4] = GICV_IPA;
        vcpu_run(v);
        check(ec(v) == 0x16 && (v->r.err & 0xffff) == 8, "the guest acknowledges it");
        check_eq((int64_t)(v->r.r[2] & 0xffffff), VTIMER_VID, "under its virtual number");
        check_eq((int64_t)(v->r.r[3] & 0x80), 0, "nothing is pending then");
        check_eq(e->vtmr_cfg & (L4_VTMR_CFG_PENDING | L4_VTMR_CFG_ACTIVE), 0,
                 "nor in the configuration");
    }
    // A virtual interrupt of the VMM's own
    guest(v, guest_poll_irq);
    vgic_on(v);
    if (v3)
        e->gic_v3_lr[1] = 1ull << 62 | 1ull << 60 | 0x80ull << 48 | 45;
    else
        e->gic_v2_lr[1] = 1u << 28 | 0x10u << 23 | 45;
    vcpu_run(v);
    check(ec(v) == 0x16 && (v->r.err & 0xffff) == 7, "an interrupt from a list register");
    check_eq(e->gic_elsr & 0xf, 0xd, "which it still occupies");
    v->r.pc = v3 ? ipa(guest_ack_v3) : ipa(guest_ack_v2);
    v->r.r[4] = GICV_IPA;
    vcpu_run(v);
    check_eq((int64_t)(v->r.r[2] & 0xffffff), 45, "acknowledged");
    check_eq(e->gic_elsr & 0xf, 0xf, "all list registers are empty");
    // Underflow interrupt of an empty interface: maintenance upcall
    guest(v, guest_loop);
    vgic_on(v);
    e->gic_hcr = 3;
    vcpu_run(v);
    check(ec(v) == 0x3d && (v->r.err & 0xffff) == 0, "maintenance interrupt: upcall");
}

// ---- GICv2: its virtual interface is memory ----

enum { OPEN_PMR = 0xf8, THIEF_PMR = 0x50, SPURIOUS = 1023, STOLEN = 45 };

struct thief {
    char const *name;
    l4_cap_idx_t space;
    unsigned hcr, pstate, gic_hcr;
};
static struct thief const *thief;

static void steals(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(1);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    guest(v, guest_thief);
    vgic_on(v);
    v->user_task = thief->space;
    v->r.pstate = thief->pstate;
    v->r.r[4] = GICV_IPA;
    v->r.r[6] = THIEF_PMR;
    v->r.r[8] = DEVICE_IPA;
    e->hcr |= thief->hcr;
    e->gic_hcr = thief->gic_hcr;
    vcpu_run(v);
    check(ec(v) == 0x24 && (v->r.pfa & ~0xffful) == DEVICE_IPA, thief->name);
    check_eq((int64_t)(v->r.r[2] & 0x3ff), SPURIOUS, "finds no interrupt of another guest");
    check(v->r.r[5] == 0 || (thief->gic_hcr && v->r.r[5] == OPEN_PMR), "nor its priority mask");
}

// A guest's interrupt is pending in a list register while somebody else who can reach the interface runs.
static void victim(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(0);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    guest(v, guest_poll_irq);
    vgic_on(v);
    e->gic_v2_lr[0] = 1u << 28 | 1u << 19 | 0x10u << 23 | STOLEN; // asks for maintenance at its end
    vcpu_run(v);
    check(ec(v) == 0x16 && (v->r.err & 0xffff) == 7, "a guest has a pending interrupt");
    run_to_end(steals, HIGH, 0);
    guest(v, guest_thief);
    e->gic_hcr = 1;
    v->r.r[4] = GICV_IPA;
    v->r.r[6] = OPEN_PMR;
    v->r.r[8] = DEVICE_IPA;
    vcpu_run(v);
    if (ec(v) == 0x3d) { // the maintenance that it asked for
        check_eq((int64_t)(v->r.r[2] & 0x3ff), STOLEN, "which it gets");
        e->gic_v2_lr[0] = 0;
        vcpu_run(v);
    }
    check(ec(v) == 0x24 && (v->r.r[2] & 0x3ff) == STOLEN, "its interrupt is its own");
    check_eq((int64_t)v->r.r[5], OPEN_PMR, "and so is its priority mask");
}

static void no_guest_in_plain_task(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(0);
    guest(v, guest_hvc);
    v->r.pc = (l4_addr_t)guest_hvc;
    v->user_task = L4_BASE_TASK_CAP;
    vcpu_run(v);
    check(ec(v) == 0x0e && v->r.pc == (l4_addr_t)guest_hvc, "no guest runs in a plain task: illegal state");
}

static l4_addr_t read_addr;
static bool read_faults;

static void reads(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = start(0);
    v->r = (l4_vcpu_regs_t){.pc = (l4_addr_t)user_load};
    v->r.r[7] = read_addr;
    v->saved_state = L4_VCPU_F_USER_MODE;
    v->user_task = L4_BASE_TASK_CAP;
    l4_vcpu_ext_state(v)->hcr = HCR_TGE;
    vcpu_run(v);
    read_faults = ec(v) == 0x24 && v->r.pfa == read_addr;
}

static bool absent(l4_addr_t addr)
{
    read_addr = addr;
    run_to_end(reads, HIGH, 0);
    return read_faults;
}

static void map_from_vm(unsigned order, unsigned attributes)
{
    l4_task_map(L4_BASE_TASK_CAP, vm, l4_fpage(GICV_IPA & ~0ul << order, order, L4_FPAGE_RW),
                l4_map_control(NOT_MAPPED, 0, attributes));
    check(absent(NOT_MAPPED), "it cannot be mapped on from there");
}

static void no_thread_in_vm(void)
{
    l4_fpage_t area = l4_fpage(0x40000, 12, L4_FPAGE_RW);
    l4_cap_idx_t t = slot_alloc();
    l4_factory_create_thread(L4_BASE_FACTORY_CAP, t);
    check_eq(l4_error(l4_task_add_ku_mem(vm, &area)), 0, "a VM has kernel-user memory");
    l4_thread_control_start();
    l4_thread_control_bind((l4_utcb_t *)0x40000, vm);
    check_eq(l4_error(l4_thread_control_commit(t)), -L4_EINVAL, "but no threads");
    slot_free(t, true);
}

// What sigma0 answers does not say whether there is a page.
static bool refused(l4_addr_t phys)
{
    return !iomem_map(phys) || absent(phys);
}

static void gicv_physical(l4_addr_t gicd, l4_addr_t gich, l4_addr_t gicv)
{
    if (refused(gicd)) // else the machine is another
        check(refused(gich) && refused(gicv) && refused(gicv + 0x1000), "nor from sigma0");
}

static void gicv(void)
{
    bool v2 = l4_vcpu_ext_info(vcpu_area(0))->gic_version == 2;
    no_thread_in_vm();
    check_eq(l4_error(l4_task_vgicc_map(L4_BASE_TASK_CAP, l4_fpage(NOT_MAPPED, 12, L4_FPAGE_RW))),
             v2 ? -L4_EINVAL : -L4_ENOSYS, "only a VM gets the virtual interface");
    if (!v2)
        return;
    gicv_physical(0x8000000, 0x8030000, 0x8040000);    // virt
    gicv_physical(0xff841000, 0xff844000, 0xff846000); // BCM2711
    map_from_vm(12, 0);
    map_from_vm(16, 0);
    map_from_vm(12, L4_MAP_ITEM_GRANT);
    struct thief const thieves[] = {
        {"user code in the VM", vm, HCR_TGE, 0x3c0, 0},
        {"user code in another VM", other_vm, HCR_TGE, 0x3c0, 1},
        {"a guest without an interface of its own", other_vm, 0, EL1H_MASKED, 0},
        {"a guest with an empty one", other_vm, 0, EL1H_MASKED, 1},
    };
    for (unsigned i = 0; i < sizeof(thieves) / sizeof(*thieves); i++) {
        thief = &thieves[i];
        run_to_end(victim, HIGH, 0);
    }
}

struct looper {
    unsigned area;
    l4_umword_t mark;
    unsigned volatile stage;
    unsigned exit;
};

static void loops(void *arg)
{
    struct looper *l = arg;
    l4_vcpu_state_t *v = start(l->area);
    guest(v, guest_own_regs);
    v->r.r[0] = l->mark;
    l->stage = 1;
    vcpu_run(v);
    l->exit = ec(v);
    l->stage = 2;
    l4_sleep_forever();
}

static void kick(unsigned cpu)
{
    struct looper l = {.area = 1, .mark = 0xabcd0};
    l4_cap_idx_t t = thread_run(loops, &l, LOW, cpu);
    l4_irq_detach(irq);
    l4_rcv_ep_bind_thread(irq, t, IRQ_LABEL);
    wait_value(&l.stage, 1, 1000);
    l4_usleep(20000);
    l4_irq_trigger(irq);
    l4_vcpu_state_t *v = vcpu_area(1);
    check(wait_value(&l.stage, 2, 1000) && l.exit == 0x3f && v->i.label == IRQ_LABEL,
          "an IRQ leaves the guest");
    check(v->r.r[10] > 10, "which had run");
    check_eq(l4_vcpu_ext_state(v)->sctlr, 0x30d00800, "SCTLR of the guest");
    thread_delete(t);
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
        l4_irq_detach(irq);
        l4_rcv_ep_bind_thread(irq, t[i], IRQ_LABEL);
        l4_irq_trigger(irq);
        good &= wait_value(&l[i].stage, 2, 1000);
        check(l[i].exit == 0x3f && vcpu_area(i)->r.r[10] > 100,
              "a guest kept its EL1 and FP registers");
    }
    check(good, "all were interrupted by message only");
    for (unsigned i = 0; i < 3; i++)
        thread_delete(t[i]);
}

// ---- a hostile VMM ----

static void garbage(void *arg)
{
    l4_vcpu_state_t *v = start(0);
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
    l4_irq_detach(irq);
    l4_rcv_ep_bind_thread(irq, t, IRQ_LABEL);
    wait_value(&rounds, 1, 500);
    for (unsigned n = 0; n < 120; n++) {
        l4_usleep(400);
        if (n & 4)
            meddle(n);
        l4_irq_trigger(irq);
    }
    print("# rounds with garbage: ");
    print_num(rounds);
    print("\n");
    check(rounds > 20, "a VMM that writes garbage into its vCPU");
    thread_delete(t);
    run_to_end(timer, HIGH, cpu); // the CPU serves others as before
}

void test_guest(void)
{
    vcpu_mem_init();
    for (unsigned i = 0; guest_code + i < guest_code_end; i++)
        code_page[i] = guest_code[i];
    for (char *p = code_page; p < code_page + sizeof code_page; p += 16)
        asm volatile("dc cvau, %0" ::"r"(p) : "memory");
    asm volatile("dsb ish; dsb ish; isb" ::: "memory");
    vm = slot_alloc();
    irq = slot_alloc();
    l4_factory_create_irq(L4_BASE_FACTORY_CAP, irq);
    check_eq(l4_error(l4_factory_create_vm(L4_BASE_FACTORY_CAP, vm)), 0, "VM created");
    check_eq(
        l4_error(l4_task_map(vm, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)code_page, 12, L4_FPAGE_RX),
                             l4_map_control(CODE_IPA, L4_FPAGE_CACHEABLE, 0))),
        0, "guest memory mapped");
    l4_task_vgicc_map(vm, l4_fpage(GICV_IPA, 12, L4_FPAGE_RW));
    other_vm = slot_alloc();
    l4_factory_create_vm(L4_BASE_FACTORY_CAP, other_vm);
    l4_task_map(other_vm, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)code_page, 12, L4_FPAGE_RX),
                l4_map_control(CODE_IPA, L4_FPAGE_CACHEABLE, 0));
    l4_task_vgicc_map(other_vm, l4_fpage(GICV_IPA, 12, L4_FPAGE_RW));
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        run_to_end(exits, HIGH, cpu);
        run_to_end(no_guest_in_plain_task, HIGH, cpu);
        run_to_end(registers, HIGH, cpu);
        resume_cpu = cpu;
        run_to_end(unusual_resumes, HIGH, cpu);
        run_to_end(timer, HIGH, cpu);
        kick(cpu);
    }
    run_to_end(deferred_errors, HIGH, 0);
    unswitched_registers();
    shared();
    gicv();
    hostile_vmm(second_cpu());
    slot_free(irq, true);
    slot_free(other_vm, true);
    slot_free(vm, true);
}
