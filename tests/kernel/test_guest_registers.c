// SPDX-License-Identifier: MIT
// A guest's registers: those of EL1, and those that nobody switches and a guest must not reach.
#include "guest_run.h"

// ---- those of EL1 ----

static void registers(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(0);
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

// ---- ID registers ----

static void id_registers(void *arg)
{
    enum { ISAR0 = (6 - 1) * 8, LAST = L4_VCPU_ID_REGS - 1 };
    l4_vcpu_state_t *v = guest_vcpu(0);
    l4_vcpu_ext_id_t *id = l4_vcpu_ext_id(v);
    (void)arg;
    id->value[ISAR0] = 0x123456789abcdef0;
    id->value[LAST] = ~0ul;
    for (unsigned i = 0; i < 2; i++) { // the second time by the fast exit
        id->answered = 0;
        guest(v, guest_id);
        l4_vcpu_ext_state(v)->hcr |= HCR_TID3;
        if (i)
            vgic_on(v);
        vcpu_run(v);
        check(ec(v) == 0x18 && v->r.pc == ipa(guest_id) && v->r.r[1] == 0, "an ID register is the VMM's to answer");
        id->answered = 1ul << LAST | 1ul << L4_VCPU_ID_REGS;
        vcpu_run(v);
        check(ec(v) == 0x18 && v->r.pc == ipa(guest_id), "also when the kernel answers another one");
        id->answered = 1ul << ISAR0;
        vcpu_run(v);
        check(ec(v) == 0x18 && (v->r.pc == ipa(guest_id) + 4 * i), "or itself, by the way that guests leave mostly");
        if (!i)
            continue;
        check(v->r.r[1] == 0x123456789abcdef0 && v->r.r[2] == 0, "with the area's value");
        id->answered |= 1ul << LAST;
        vcpu_run(v);
        check(ec(v) == 0x16 && v->r.pc == ipa(guest_id) + 12, "each by its bit");
        check(v->r.r[1] == 0x123456789abcdef0 && v->r.r[2] == ~0ul, "into the register that the guest names, or into none");
    }
    id->answered = 0;
}

// DISR_EL1, of CPUs with FEAT_RAS, is not among those that a VMM reads.
static l4_umword_t others_disr;

static void disr_of_another(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(1);
    guest(v, guest_disr);
    v->r.r[0] = 2;
    vcpu_run(v);
    others_disr = v->r.r[1];
}

static void deferred_errors(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(0);
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
    l4_vcpu_state_t *v = guest_vcpu(0);
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
    check_eq(l4_error(l4_task_map(guest_vm, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)probe_page, 12, L4_FPAGE_RX),
                                  l4_map_control(PROBE_IPA, L4_FPAGE_CACHEABLE, 0))),
             0, "a page for probes");
    run_to_end(probes, HIGH, 0);
    run_to_end(probes, HIGH, second_cpu());
}

void test_guest_registers(void)
{
    guests_begin();
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        run_to_end(registers, HIGH, cpu);
        run_to_end(id_registers, HIGH, cpu);
    }
    run_to_end(deferred_errors, HIGH, 0);
    unswitched_registers();
    guests_end();
}
