// SPDX-License-Identifier: MIT
// What the ID registers show is there, and what they do not show is not there (Arm ARM D19.2). Not looked at: fields of EL2
// and EL3, sizes of ASIDs, how loads tear, what TLBI hints save, AArch32's own registers.
#include "lib/console.h"
#include "lib/features.h"
#include "lib/gaps.h"
#include "lib/guest.h"
#include "lib/mmu.h"

#define WITH_SSBS (CPU_A76 | CPU_A710 | CPU_V1 | CPU_MAX | CPU_OTHER)
#define WITH_RAS WITH_SSBS
#define WITH_SVE (CPU_A710 | CPU_V1 | CPU_MAX | CPU_OTHER)
#define WITH_PAUTH WITH_SVE
#define WITH_MTE (CPU_A710 | CPU_MAX | CPU_OTHER)
#define WITH_BTI WITH_MTE
#define WITH_ALL (CPU_MAX | CPU_OTHER)

static char const no_trap[] = "EL2 has no trap for it";
static char const own_class[] = "CPACR_EL1 disables it, with an exception class of its own";

static struct gap const gaps[] = {
    {"not shown", "DISR_EL1 of RAS", WITH_RAS, no_trap},
    {"not shown", "SVE", WITH_SVE, own_class},
    {"not shown", "ZCR_EL1 of SVE", WITH_SVE, own_class},
    {"not shown", "SME", WITH_ALL, own_class},
    {"not shown", "SMCR_EL1 of SME", WITH_ALL, own_class},
    {"not shown", "SVCR of SME", WITH_ALL, own_class},
    {"not shown", "TCO of MTE", WITH_MTE, no_trap},
    {"not shown", "IRG of MTE", WITH_MTE, no_trap},
    {"not shown", "ADDG of MTE", WITH_MTE, no_trap},
    {"not shown", "STG of MTE", WITH_MTE, no_trap},
    {"not shown", "ALLINT of NMI", WITH_ALL, no_trap},
    {"not shown", "PACIA", WITH_PAUTH, "a NOP as long as SCTLR_EL1.EnIA is 0"},
    {"not shown", "XPACI", WITH_PAUTH, no_trap},
    {"not shown", "ECV", WITH_ALL, no_trap},
    {"performance monitors", "not there", ALL_CPUS, "they read as zero, for guests that do not ask"},
};

// ---- reading ----

static void print_register(unsigned n)
{
    put_text("# CRm ");
    put_number(n / 8 + 1);
    put_text(" op2 ");
    put_number(n % 8);
    put_text(": ");
    put_hex(ids[n]);
    put_text("\n");
}

static void read_on_other(void *other)
{
    ids_read(other);
}

static void reading(void)
{
    static uint64_t other[ID_WORDS];
    group("registers", "Arm ARM D19.2; ID registers that are not allocated read as zero");
    expect();
    ids_read(ids);
    check_true("all can be read", !happened());
    for (unsigned i = 0; i < ID_REGISTERS; i++)
        if (ids[i])
            print_register(i);
    if (platform.num_cpus < 2 || cpu_start(1) != PSCI_SUCCESS)
        return;
    check_true("another CPU reads them", cpu_run(1, read_on_other, other));
    unsigned different = 0;
    for (unsigned i = 0; i < ID_REGISTERS; i++)
        different += other[i] != ids[i];
    check("the same", different, 0);
}

// ---- instructions and registers of a table ----

enum { CPACR_FP = 3 << 20, CPACR_SVE = 3 << 16, CPACR_SME = 3 << 24, MAX_FEATURES = 128, LINE = 64 };

static struct outcome {
    bool raised;
    uint8_t class;
    uint64_t value;
} outcomes[MAX_FEATURES];

static void use(struct feature const *f, struct outcome *o)
{
    static uint64_t memory[2 * LINE / 8] __attribute__((aligned(LINE)));
    uint64_t a = f->a;
    if (f->flags & USES_MEMORY) {
        memory[0] = a;
        a = (uintptr_t)memory;
    }
    expect();
    o->value = f->code(a, f->b);
    o->raised = happened();
    if (o->raised)
        o->class = (uint8_t)class_of(caught());
}

static void use_all(void)
{
    for (unsigned i = 0; i < num_features; i++)
        use(&features[i], &outcomes[i]);
}

static void report(struct feature const *f, struct outcome const *o, bool shown)
{
    if (feature_shown(f) != shown || (!shown && (f->flags & NO_OPERATION)))
        return;
    if (!shown && (f->flags & MAYBE_BELOW) && id_field(f->reg, f->lsb))
        return;
    if (shown)
        check_or_gap(f->name, !o->raised && ((f->flags & ANY_RESULT) || o->value == f->result));
    else
        check_or_gap(f->name, o->raised && o->class == EC_UNKNOWN);
}

static void report_all(bool shown, unsigned flag)
{
    for (unsigned i = 0; i < num_features; i++)
        if (!flag || (features[i].flags & flag))
            report(&features[i], &outcomes[i], shown);
}

// With MMU and caches on: memory has to be Normal for atomics, and for DC.
static void run_all(uint64_t cpacr)
{
    write_sysreg("cpacr_el1", cpacr);
    mmu_map(mmu_has(GRANULE_4K) ? GRANULE_4K : GRANULE_64K);
    mmu_run(0, use_all);
}

// Those of pointer authentication that older CPUs take for NOPs, with its keys switched on.
static void pointer_hints(void)
{
    expect();
    __asm__ volatile("mov x9, x30\n\t.inst 0xd503233f\n\t.inst 0xd50323bf\n\tmov x30, x9" : : : "x9", "x30", "memory");
    check_true("PACIASP and AUTIASP", !happened());
}

static void table(void)
{
    uint64_t sctlr = read_sysreg("sctlr_el1");
    uint64_t cpacr = CPACR_FP | (id_field(ID_PFR0, 32) ? CPACR_SVE : 0) | (id_field(ID_PFR1, 24) ? CPACR_SME : 0);
    if (num_features > MAX_FEATURES)
        give_up("too many features", num_features, MAX_FEATURES);
    if (ids[ID_PAUTH])
        write_sysreg("sctlr_el1", sctlr | 1u << 31); // EnIA
    run_all(cpacr);
    group("shown", "Arm ARM D19.2: the field's description");
    report_all(true, 0);
    group("not shown", "Arm ARM: undefined instructions and registers");
    report_all(false, 0);
    group("not shown, enabled", "CPACR_EL1.ZEN, SMEN and SCTLR_EL1.EnIA are reserved then");
    write_sysreg("sctlr_el1", sctlr | 1u << 31);
    run_all(cpacr | CPACR_SVE | CPACR_SME);
    report_all(false, HAS_ENABLE);
    pointer_hints();
    write_sysreg("sctlr_el1", sctlr);
    write_sysreg("cpacr_el1", CPACR_FP);
}

// ---- memory ----

static uint8_t pages[3 << GRANULE_64K] __attribute__((aligned(1 << GRANULE_64K)));
static uint64_t volatile *const first = (uint64_t volatile *)pages;
static uint64_t volatile *const second = (uint64_t volatile *)(pages + (1 << GRANULE_64K));
static uint64_t seen;
static bool raised;

static void look(void)
{
    expect();
    seen = *first;
    *first = 3;
    raised = happened();
}

// The first page is where the second one is.
static void granule(char const *name, enum granule g)
{
    if (!mmu_has(g)) {
        skip(name, "not shown");
        return;
    }
    *first = 1;
    *second = 2;
    mmu_map(g);
    *mmu_page(pages) += (uintptr_t)second - (uintptr_t)first;
    mmu_run(0, look);
    check_true(name, !raised && seen == 2 && *first == 1 && *second == 3);
}

static void access_flag(void)
{
    mmu_map(mmu_has(GRANULE_4K) ? GRANULE_4K : GRANULE_64K);
    uint64_t *page = mmu_page(pages), d = *page;
    *page = d & ~PAGE_AF;
    mmu_run(0, look);
    check_true("a fault without access flag", raised && class_of(caught()) == EC_DATA_ABORT);
    unsigned hafdbs = id_field(ID_MMFR1, 0);
    if (hafdbs >= 1) {
        *page = d & ~PAGE_AF;
        mmu_run(TCR_HA, look);
        check_or_gap("the access flag is set", !raised && (*page & PAGE_AF));
    }
    *page = d | PAGE_READ_ONLY;
    mmu_run(0, look);
    check_true("a fault of a page that is read only", raised && class_of(caught()) == EC_DATA_ABORT);
    if (hafdbs >= 2) {
        *page = d | PAGE_READ_ONLY | PAGE_DBM;
        mmu_run(TCR_HA | TCR_HD, look);
        check_or_gap("the page becomes dirty", !raised && !(*page & PAGE_READ_ONLY));
    }
}

static bool with_pan, with_uao, user_raised;

static void user_page(void)
{
    look();
    if (with_pan) {
        write_sysreg("S3_0_C4_C2_3", 1u << 22);
        look();
        expect();
        __asm__ volatile("ldtr %0, [%1]" : "=r"(seen) : "r"(first) : "memory");
        user_raised = happened();
    }
    if (with_uao) {
        write_sysreg("S3_0_C4_C2_4", 1u << 23);
        expect();
        __asm__ volatile("ldtr %0, [%1]" : "=r"(seen) : "r"(first) : "memory");
        with_uao = happened(); // as a plain load: PAN forbids it
        write_sysreg("S3_0_C4_C2_4", 0);
    }
    if (with_pan)
        write_sysreg("S3_0_C4_C2_3", 0);
}

static void privileged(void)
{
    with_pan = id_field(ID_MMFR1, 20);
    with_uao = with_pan && id_field(ID_MMFR2, 4);
    bool uao = with_uao;
    mmu_map(mmu_has(GRANULE_4K) ? GRANULE_4K : GRANULE_64K);
    *mmu_page(pages) |= PAGE_USER;
    mmu_run(0, user_page);
    check_or_gap("PAN forbids a page of EL0", raised == with_pan);
    if (with_pan)
        check_or_gap("but not to LDTR", !user_raised);
    if (uao)
        check_or_gap("UAO makes LDTR a plain load", with_uao);
}

static unsigned zero_size;

static void zero_block(void)
{
    look();
    for (unsigned i = 0; i < 2 * zero_size; i++)
        pages[i] = 0xee;
    expect();
    __asm__ volatile("dc zva, %0\n\tdsb sy" : : "r"(pages) : "memory");
    raised = happened();
    for (seen = 0; seen < 2 * zero_size && !pages[seen]; seen++)
        ;
}

static void dc_zva(void)
{
    uint64_t dczid = read_sysreg("dczid_el0");
    zero_size = 4u << (dczid & 15);
    if (dczid & 16) {
        skip("DC ZVA", "forbidden by DCZID_EL0");
        return;
    }
    mmu_map(mmu_has(GRANULE_4K) ? GRANULE_4K : GRANULE_64K);
    mmu_run(0, zero_block);
    check_true("DC ZVA clears as much as DCZID_EL0 tells", !raised && seen == zero_size);
}

static void memory(void)
{
    group("memory", "Arm ARM D8; D19.2 ID_AA64MMFR0_EL1: PARange, TGran; MMFR1: HAFDBS, PAN; DCZID_EL0");
    if (platform.uvmm)
        check_true("addresses of at most 40 bits", id_field(ID_MMFR0, 0) <= 2);
    granule("4 KiB pages", GRANULE_4K);
    granule("16 KiB pages", GRANULE_16K);
    granule("64 KiB pages", GRANULE_64K);
    access_flag();
    privileged();
    dc_zva();
}

// A word of the other byte order.
static void byte_order(void)
{
    static uint32_t const word = 0x11223344;
    uint32_t got;
    group("byte order", "Arm ARM D19.2 ID_AA64MMFR0_EL1.BigEnd, SCTLR_EL1.EE");
    uint64_t sctlr = read_sysreg("sctlr_el1");
    if (!id_field(ID_MMFR0, 8)) {
        skip("big endian", "not shown");
        return;
    }
    __asm__ volatile("msr sctlr_el1, %1\n\tisb\n\tldr %w0, [%3]\n\tmsr sctlr_el1, %2\n\tisb"
                     : "=&r"(got) : "r"(sctlr | 1u << 25), "r"(sctlr), "r"(&word) : "memory");
    check("big endian", got, 0x44332211);
}

// ---- branch targets, the upper half of SCTLR_EL1 ----

// Guarded code, in a page of its own.
__asm__(".text\n.balign 65536\nguarded:\n\t"
        ".inst 0xd503245f\n\tret\n\t" // bti c
        "nop\n\tret\n\t"
        ".inst 0xd503233f\n\tret\n\t" // paciasp
        ".inst 0xd503245f\n\tbr x9\n" // BTYPE is 3 then
        ".balign 65536\n");
extern char const guarded[];

enum { EC_BRANCH_TARGET = 0x0d, GUARDED_NOP = 8, GUARDED_PACIASP = 16, GUARDED_JUMP = 24 };
static char const *target;
static uint64_t sctlr_set;

static void call_target(void)
{
    write_sysreg("sctlr_el1", read_sysreg("sctlr_el1") | sctlr_set);
    expect();
    __asm__ volatile("blr %0" : : "r"(target) : "x30", "memory");
    raised = happened();
}

// By BR in the guarded page.
static void jump_target(void)
{
    write_sysreg("sctlr_el1", read_sysreg("sctlr_el1") | sctlr_set);
    ids_read(ids); // out of the guest and back
    expect();
    register char const *x9 __asm__("x9") = target;
    __asm__ volatile("blr %0" : : "r"(guarded + GUARDED_JUMP), "r"(x9) : "x30", "memory");
    raised = happened();
}

static bool guarded_call(unsigned offset, void (*how)(void), uint64_t sctlr)
{
    target = guarded + offset;
    sctlr_set = sctlr;
    mmu_map(mmu_has(GRANULE_4K) ? GRANULE_4K : GRANULE_64K);
    *mmu_page(guarded) |= PAGE_GUARDED;
    mmu_run(0, how);
    return !raised;
}

static void branch_targets(void)
{
    group("branch targets", "Arm ARM D8, guarded pages; D19.2 SCTLR_EL1.BT1, ID_AA64PFR1_EL1.BT");
    if (!id_field(ID_PFR1, 0)) {
        skip("BTI", "not shown");
        return;
    }
    check_or_gap("a call to BTI", guarded_call(0, call_target, 0));
    check_or_gap("a call to something else",
                 !guarded_call(GUARDED_NOP, call_target, 0) && class_of(caught()) == EC_BRANCH_TARGET);
    check_or_gap("a jump to PACIASP", guarded_call(GUARDED_PACIASP, jump_target, 0));
    check_or_gap("forbidden by BT1",
                 !guarded_call(GUARDED_PACIASP, jump_target, 1ull << 36) && class_of(caught()) == EC_BRANCH_TARGET);
}

static bool sctlr_keeps(unsigned bit)
{
    uint64_t sctlr = read_sysreg("sctlr_el1"), got;
    write_sysreg("sctlr_el1", sctlr | 1ull << bit);
    ids_read(ids); // out of the guest and back
    got = read_sysreg("sctlr_el1");
    write_sysreg("sctlr_el1", sctlr);
    return got >> bit & 1;
}

static void control_bits(void)
{
    static struct {
        char const *name;
        uint8_t reg, lsb, least, bit;
    } const controls[] = {
        {"SPAN", ID_MMFR1, 20, 1, 23},  {"EPAN", ID_MMFR1, 20, 3, 57},     {"BT0", ID_PFR1, 0, 1, 35},
        {"BT1", ID_PFR1, 0, 1, 36},     {"DSSBS", ID_PFR1, 4, 1, 44},      {"TWEDEn", ID_MMFR1, 32, 1, 45},
        {"IESB", ID_MMFR2, 12, 1, 21},  {"nTLSMD", ID_MMFR2, 8, 1, 28},    {"CMOW", ID_MMFR1, 56, 1, 32},
        {"MSCEn", ID_ISAR2, 16, 1, 33}, {"SPINTMASK", ID_PFR1, 36, 1, 62}, {"TIDCP", ID_MMFR1, 52, 1, 63},
        {"TCF", ID_PFR1, 8, 2, 40},     {"EIS", ID_MMFR0, 44, 1, 22},      {"EnRCTX", ID_ISAR1, 40, 1, 10},
    };
    group("SCTLR_EL1", "Arm ARM D19.2 SCTLR_EL1: bits of features that are shown");
    for (unsigned i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
        if (id_field(controls[i].reg, controls[i].lsb) >= controls[i].least)
            check_or_gap(controls[i].name, sctlr_keeps(controls[i].bit));
}

// ---- caches ----

static void caches(void)
{
    group("caches", "Arm ARM D19.2 CTR_EL0, CLIDR_EL1, CSSELR_EL1, CCSIDR_EL1, MIDR_EL1, REVIDR_EL1");
    expect();
    uint64_t midr = read_sysreg("midr_el1"), clidr = read_sysreg("clidr_el1"), ctr = read_sysreg("ctr_el0");
    read_sysreg("revidr_el1");
    check_true("MIDR_EL1, REVIDR_EL1, CLIDR_EL1, CTR_EL0", !happened());
    check("architecture by ID registers", midr >> 16 & 15, 15);
    for (unsigned level = 0; level < 7 && (clidr >> 3 * level & 7); level++) {
        bool instructions_alone = (clidr >> 3 * level & 7) == 1;
        write_sysreg("csselr_el1", level << 1 | instructions_alone);
        check("CSSELR_EL1", read_sysreg("csselr_el1") & 15, level << 1 | instructions_alone);
        uint64_t line_words = (read_sysreg("ccsidr_el1") & 7) + 2;
        check_true("no line is shorter than CTR_EL0 has it", line_words >= (ctr >> (instructions_alone ? 0 : 16) & 15));
    }
}

// ---- debugging, performance monitors ----

// msr, mrs, ret of the register of each number: 16 bytes.
#define BY_NUMBER(name, op2)                                                                       \
    __asm__(".text\n.balign 16\n" #name ":\n"                                                      \
            ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"                       \
            "msr S2_0_C0_C\\n\\()_" #op2 ", x0\n\tmrs x0, S2_0_C0_C\\n\\()_" #op2 "\n\tret\n\tnop\n" \
            ".endr\n");                                                                            \
    extern char const name[]
BY_NUMBER(breakpoint_values, 4);
BY_NUMBER(watchpoint_values, 6);

static uint64_t write_and_read(char const *code, unsigned n, uint64_t v)
{
    return ((uint64_t (*)(uint64_t))(code + 16 * n))(v);
}

static bool all_there(char const *code, unsigned count)
{
    unsigned good = 0;
    for (unsigned n = 0; n < count; n++) {
        expect();
        good += write_and_read(code, n, 0x12345678) == 0x12345678;
        if (happened())
            return false;
        write_and_read(code, n, 0);
    }
    return good == count;
}

static bool none_behind(char const *code, unsigned count)
{
    expect();
    if (count < 16)
        write_and_read(code, count, 0);
    return happened() || count == 16;
}

static void debugging(void)
{
    unsigned breakpoints = id_field(ID_DFR0, 12) + 1, watchpoints = id_field(ID_DFR0, 20) + 1;
    group("debugging", "Arm ARM D2, D19.3: DBGBVR<n>_EL1, DBGWVR<n>_EL1, MDSCR_EL1, OSLSR_EL1; D19.2 ID_AA64DFR0_EL1");
    check_true("version", id_field(ID_DFR0, 0) >= 6);
    check_or_gap("breakpoints", all_there(breakpoint_values, breakpoints));
    check_or_gap("watchpoints", all_there(watchpoint_values, watchpoints));
    check_or_gap("no breakpoint behind them", none_behind(breakpoint_values, breakpoints));
    check_or_gap("no watchpoint behind them", none_behind(watchpoint_values, watchpoints));
    expect();
    write_sysreg("mdscr_el1", 1u << 13); // KDE
    bool kept = read_sysreg("mdscr_el1") >> 13 & 1;
    write_sysreg("mdscr_el1", 0);
    check_or_gap("MDSCR_EL1", !happened() && kept);
    expect();
    uint64_t lock = read_sysreg("oslsr_el1");
    check_or_gap("there is an OS lock", !happened() && (lock & 9) == 8);
}

static void monitors(void)
{
    group("performance monitors", "Arm ARM D19.2 ID_AA64DFR0_EL1.PMUVer; PMCR_EL0, PMCCNTR_EL0");
    unsigned version = id_field(ID_DFR0, 8);
    expect();
    uint64_t pmcr = read_sysreg("pmcr_el0");
    bool undefined = happened() && class_of(caught()) == EC_UNKNOWN;
    if (platform.uvmm)
        check("PMCR_EL0 reads as zero", pmcr, 0);
    if (!version || version == 15) {
        check_or_gap("not there", undefined);
        return;
    }
    check_true("there", !undefined);
    write_sysreg("pmccfiltr_el0", 0);
    write_sysreg("pmcntenset_el0", 1u << 31);
    write_sysreg("pmcr_el0", pmcr | 1);
    uint64_t before = read_sysreg("pmccntr_el0");
    check_true("cycles are counted", wait_for(read_sysreg("pmccntr_el0") != before, SOON_MS));
    write_sysreg("pmcr_el0", pmcr & ~1ull);
}

static void implementation_defined(void)
{
    group("implementation defined", "Arm ARM D19.2 ACTLR_EL1");
    expect();
    uint64_t before = read_sysreg("actlr_el1");
    check_true("can be read", !happened());
    if (!platform.uvmm) {
        skip("ACTLR_EL1", "it is the CPU's");
        return;
    }
    write_sysreg("actlr_el1", ~0ull);
    check("ACTLR_EL1", before | read_sysreg("actlr_el1"), 0);
}

// ---- interrupt controller, time, EL0 ----

static void interrupt_controller(void)
{
    group("GIC", "IHI 0069 12.2 ICC_SRE_EL1, ICC_PMR_EL1; Arm ARM D19.2 ID_AA64PFR0_EL1.GIC");
    bool shown = id_field(ID_PFR0, 24);
    check("its registers are shown", shown, platform.gic_version == 3);
    expect();
    uint64_t mask = read_sysreg("S3_0_C4_C6_0");
    bool there = !happened();
    check_or_gap("ICC_PMR_EL1", there == shown);
    if (!shown || !there)
        return;
    check("ICC_SRE_EL1.SRE", read_sysreg("S3_0_C12_C12_5") & 1, 1);
    write_sysreg("S3_0_C4_C6_0", 0x80);
    check("ICC_PMR_EL1 is kept", read_sysreg("S3_0_C4_C6_0"), 0x80);
    write_sysreg("S3_0_C4_C6_0", mask);
}

enum { DEADLINE_MS = 20, ALARM_MS = 600 };

// The alarm wakes what the deadline did not. Both may end at any time before.
static void wait_until_deadline(char const *name, bool event)
{
    irqs_off();
    gic_enable(platform.vtimer_irq);
    uint64_t start = counter();
    vtimer_set(start + ticks_of_ms(ALARM_MS), TIMER_ENABLE);
    expect();
    register uint64_t x0 __asm__("x0") = start + ticks_of_ms(DEADLINE_MS);
    if (event)
        __asm__ volatile("sevl\n\twfe\n\t.inst 0xd5031000" : : "r"(x0) : "memory"); // wfet x0
    else
        __asm__ volatile(".inst 0xd5031020" : : "r"(x0) : "memory"); // wfit x0
    bool undefined = happened();
    uint64_t end = counter();
    vtimer_off();
    gic_disable(platform.vtimer_irq);
    if (id_field(ID_ISAR2, 0) >= 2)
        check_or_gap(name, !undefined && end - start < ticks_of_ms(ALARM_MS));
    else
        check_or_gap(name, undefined && class_of(caught()) == EC_UNKNOWN);
}

static void deadlines(void)
{
    group("deadlines", "Arm ARM C6.2 WFIT, WFET; D19.2 ID_AA64ISAR2_EL1.WFxT");
    wait_until_deadline("WFIT", false);
    wait_until_deadline("WFET", true);
}

static uint8_t el0_stack[4096] __attribute__((aligned(16)));
static uint16_t const thumb_code[] __attribute__((aligned(4))) = {0x4400, 0xdf42}; // add r0, r0; svc #0x42
__asm__(".text\n.balign 8\nel0_read_id:\n\tmrs x0, id_aa64pfr0_el1\n\tsvc #1\n");
extern char const el0_read_id[];

static void user_level(void)
{
    group("EL0", "Arm ARM D19.2 ID_AA64PFR0_EL1.EL0, ID_AA64MMFR2_EL1.IDST; D1, illegal exception returns");
    check_true("EL1 is of AArch64 alone", !platform.uvmm || id_field(ID_PFR0, 4) == 1);
    if (id_field(ID_PFR0, 0) == 2) {
        el0_run(thumb_code, SPSR_USER32 | SPSR_THUMB | SPSR_DAIF, (uintptr_t)el0_stack + sizeof(el0_stack), 20);
        check_true("AArch32", class_of(caught()) == EC_SVC32 && caught()->x[0] == 40);
    } else {
        uint64_t address;
        expect();
        __asm__ volatile("adr %0, 1f\n\tmsr elr_el1, %0\n\tmsr spsr_el1, %1\n\tisb\n\teret\n1:\tnop\n\tnop"
                         : "=&r"(address) : "r"((uint64_t)SPSR_USER32 | SPSR_DAIF) : "memory");
        check_true("no AArch32", happened() && class_of(caught()) == EC_ILLEGAL_STATE);
    }
    el0_run(el0_read_id, SPSR_EL0, (uintptr_t)el0_stack + sizeof(el0_stack), 0);
    check_or_gap("ID registers", class_of(caught()) == (id_field(ID_MMFR2, 36) ? EC_SYSREG : EC_UNKNOWN));
}

void guest_main(void)
{
    write_sysreg("cpacr_el1", CPACR_FP);
    gaps_begin(gaps, sizeof(gaps) / sizeof(gaps[0]));
    reading();
    table();
    memory();
    byte_order();
    branch_targets();
    control_bits();
    caches();
    debugging();
    monitors();
    implementation_defined();
    interrupt_controller();
    deadlines();
    user_level();
    group("gaps", "this file");
    gaps_end();
}
