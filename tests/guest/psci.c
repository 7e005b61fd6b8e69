// SPDX-License-Identifier: MIT
// Power states of CPUs (DEN 0022), calls and their errors (DEN 0028).
#include "lib/guest.h"

enum { WIDE = 0x40000000, UNKNOWN = 0x84000019, UNASSIGNED = 0x84001234 };
enum { SCTLR_M = 1 << 0, SCTLR_C = 1 << 2, SCTLR_I = 1 << 12, SCTLR_EE = 1 << 25 };
#define AFFINITY 0xff00ffffffull // of MPIDR_EL1
enum { SUSPEND_RESERVED = 1u << 31 }; // in both formats of CPU_SUSPEND's power_state

static uint32_t const features[] = {PSCI_VERSION, PSCI_CPU_SUSPEND, PSCI_CPU_SUSPEND32, PSCI_CPU_OFF, PSCI_CPU_ON,
                                    PSCI_CPU_ON32, PSCI_AFFINITY_INFO, PSCI_AFFINITY_INFO32, PSCI_MIGRATE_INFO_TYPE,
                                    PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET, PSCI_FEATURES};
// They have no 64-bit form.
static uint32_t const only32[] = {PSCI_VERSION, PSCI_MIGRATE_INFO_TYPE, PSCI_FEATURES, PSCI_CPU_OFF, PSCI_SYSTEM_OFF,
                                  PSCI_SYSTEM_RESET};

static void check_result(char const *name, int64_t got, int64_t wanted)
{
    check(name, (uint64_t)got, (uint64_t)wanted);
}

static int64_t affinity_info(uint64_t mpidr)
{
    return psci(PSCI_AFFINITY_INFO, mpidr, 0, 0);
}

static void versions(void)
{
    group("versions", "DEN 0022 5.1 (identifiers), 5.2.2 (return codes), 5.3 PSCI_VERSION, 5.16 PSCI_FEATURES");
    int64_t version = psci(PSCI_VERSION, 0, 0, 0);
    check_true("PSCI 1.0 or later", version >= 0x10000 && version < 0x20000);
    for (unsigned i = 0; i < sizeof(features) / sizeof(features[0]); i++)
        check_true("a function is a feature", psci(PSCI_FEATURES, features[i], 0, 0) >= 0);
    for (unsigned i = 0; i < sizeof(only32) / sizeof(only32[0]); i++)
        check_result("a 64-bit form is no feature", psci(PSCI_FEATURES, only32[i] | WIDE, 0, 0), PSCI_NOT_SUPPORTED);
    check_result("a 64-bit PSCI_VERSION", psci(PSCI_VERSION | WIDE, 0, 0, 0), PSCI_NOT_SUPPORTED);
    check_result("a 64-bit PSCI_FEATURES", psci(PSCI_FEATURES | WIDE, PSCI_VERSION, 0, 0), PSCI_NOT_SUPPORTED);
    check_result("an unknown function is no feature", psci(PSCI_FEATURES, UNKNOWN, 0, 0), PSCI_NOT_SUPPORTED);
    check_result("an unknown function", psci(UNKNOWN, 0, 0, 0), PSCI_NOT_SUPPORTED);
    check_result("an unassigned function", psci(UNASSIGNED, 0, 0, 0), PSCI_NOT_SUPPORTED);
    check_result("no trusted system that would migrate", psci(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2);
}

// What PSCI_FEATURES does not have is not there, and may be tried: of MIGRATE to SYSTEM_OFF2 those that are not tested below.
static void optional_functions(void)
{
    static uint8_t const numbers[] = {0x05, 0x07, 0x0b, 0x0c, 0x0d, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15};
    group("optional functions", "DEN 0022 5.3.2, 5.16.2: what is not implemented is NOT_SUPPORTED, as PSCI_FEATURES has it");
    for (unsigned i = 0; i < 2 * sizeof(numbers); i++) {
        uint32_t function = (uint32_t)PSCI_VERSION | numbers[i / 2] | (i % 2 ? WIDE : 0);
        if (psci(PSCI_FEATURES, function, 0, 0) < 0)
            check_result("no feature, and no function", psci(function, 0, 0, 0), PSCI_NOT_SUPPORTED);
    }
}

#define EACH_KEPT(text)                                                                            \
    ".irp n, 4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n\t" text "\n\t.endr\n\t"

// x0 of a call with other registers and another immediate value than those of psci(); true: x4 to x30 are what they were.
static bool raw_call(bool smc, bool immediate, uint64_t *x0)
{
    uint64_t changed;
    register uint64_t r0 __asm__("x0") = *x0;
    register uint64_t kind __asm__("x2") = (uint64_t)smc << 1 | immediate;
    register uint64_t *to __asm__("x3") = &changed;
    __asm__ volatile("stp x29, x30, [sp, #-32]!\n\tstr x3, [sp, #16]\n\t" EACH_KEPT("mov x\\n, #0x1000 + \\n")
                     "cbz x2, 1f\n\tcmp x2, #2\n\tb.lo 2f\n\tb.eq 3f\n\tsmc #9\n\tb 4f\n"
                     "1:\thvc #0\n\tb 4f\n2:\thvc #9\n\tb 4f\n3:\tsmc #0\n4:\tmov x1, #0\n\t"
                     EACH_KEPT("sub x\\n, x\\n, #0x1000\n\tsub x\\n, x\\n, #\\n\n\torr x1, x1, x\\n")
                     "ldr x3, [sp, #16]\n\tldp x29, x30, [sp], #32\n\tstr x1, [x3]"
                     : "+r"(r0), "+r"(kind), "+r"(to)
                     : : "x1", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
                       "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30", "cc", "memory");
    *x0 = r0;
    return !changed;
}

static void registers_of_calls(void)
{
    uint64_t hvc = PSCI_VERSION, smc = PSCI_VERSION, x0;
    group("calls", "DEN 0028: SMC and HVC immediate value, Function Identifiers (of W0), register use in AArch64");
    if (!platform.uvmm) {
        skip("calls", "QEMU has one of the conduits");
        return;
    }
    check_true("HVC keeps x4 to x30", raw_call(false, false, &hvc));
    check_true("SMC keeps x4 to x30", raw_call(true, false, &smc));
    check("SMC answers as HVC does", smc, hvc);
    for (unsigned i = 0; i < 2; i++) {
        x0 = PSCI_SYSTEM_OFF;
        raw_call(i, true, &x0);
        check_result("another immediate value is no call", (int64_t)x0, PSCI_NOT_SUPPORTED);
    }
    x0 = 0xdeadbeefull << 32 | PSCI_VERSION;
    raw_call(false, false, &x0);
    check("the identifier is in W0", x0, hvc);
    x0 = 0x04000000; // a yielding call
    raw_call(false, false, &x0);
    check_result("PSCI has no yielding calls", (int32_t)x0, PSCI_NOT_SUPPORTED);
}

static void conventions(void)
{
    group("conventions", "DEN 0028 SMCCC_VERSION, SMCCC_ARCH_FEATURES");
    if (psci(PSCI_FEATURES, SMCCC_VERSION, 0, 0) != 0) {
        skip("SMCCC_VERSION", "not offered (QEMU has SMCCC 1.0)");
        return;
    }
    check_true("SMCCC 1.1 or later", psci(SMCCC_VERSION, 0, 0, 0) >= 0x10001);
    check_result("ARCH_FEATURES has itself", psci(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0), 0);
    check_result("ARCH_FEATURES has no PSCI", psci(SMCCC_ARCH_FEATURES, PSCI_VERSION, 0, 0), PSCI_NOT_SUPPORTED);
}

// ---- stolen time ----

enum { ST_ALIGN = 64 };

static void stolen_time(void)
{
    group("stolen time", "DEN 0057: PV_TIME_FEATURES, PV_TIME_ST, stolen time structure");
    if (psci(PSCI_FEATURES, SMCCC_VERSION, 0, 0) != 0 ||
        psci(SMCCC_ARCH_FEATURES, PV_TIME_FEATURES, 0, 0) == PSCI_NOT_SUPPORTED) {
        check_true("uvmm has it", !platform.uvmm);
        skip("stolen time", "not offered");
        return;
    }
    check_result("has PV_TIME_ST", psci(PV_TIME_FEATURES, PV_TIME_ST, 0, 0), PSCI_SUCCESS);
    check_result("has itself", psci(PV_TIME_FEATURES, PV_TIME_FEATURES, 0, 0), PSCI_SUCCESS);
    check_result("has nothing else", psci(PV_TIME_FEATURES, PV_TIME_ST + 1, 0, 0), PSCI_NOT_SUPPORTED);
    check_result("no 32-bit form", psci(PV_TIME_ST - WIDE, 0, 0, 0), PSCI_NOT_SUPPORTED);
    int64_t at = psci(PV_TIME_ST, 0, 0, 0);
    check_true("an aligned structure", at > 0 && at % ST_ALIGN == 0);
    check_result("the same again", psci(PV_TIME_ST, 0, 0, 0), at);
    check_true("outside of RAM", (uint64_t)at - platform.ram_start >= platform.ram_size);
    check("revision", load32((uintptr_t)at), 0);
    check("attributes", load32((uintptr_t)at + 4), 0);
    uint64_t before = load64((uintptr_t)at + 8);
    pause_ms(NOTHING_MS);
    check_true("never less", load64((uintptr_t)at + 8) >= before);
    store64((uintptr_t)at + 8, ~0ull);
    check_true("not to be written", load64((uintptr_t)at + 8) != ~0ull);
}

// ---- CPU_ON ----

struct entry_state {
    uint64_t el, daif, sp_select, sctlr, x0;
};
static volatile struct entry_state entry_state;
void recording_entry(void);

#define RECORD_ENTRY                      \
    "mrs x1, CurrentEL\n"                 \
    "mrs x2, daif\n"                      \
    "mrs x3, SPSel\n"                     \
    "mrs x4, sctlr_el1\n"                 \
    "adrp x5, entry_state\n"              \
    "add x5, x5, :lo12:entry_state\n"     \
    "stp x1, x2, [x5]\n"                  \
    "stp x3, x4, [x5, #16]\n"             \
    "str x0, [x5, #32]\n"

// Notes how a CPU begins, then begins as all others do.
__asm__(".text\n"
        "recording_entry:\n"
        RECORD_ENTRY
        "b secondary_entry\n");

static void errors(void)
{
    uint64_t nowhere = platform.mpidr[0] | 0x770000, entry = (uintptr_t)secondary_entry;
    group("errors", "DEN 0022 5.1.4, 5.6.2 CPU_ON; 5.7.2 AFFINITY_INFO; 5.4.2 power_state");
    check_result("CPU_ON of no CPU", psci(PSCI_CPU_ON, nowhere, entry, 0), PSCI_INVALID_PARAMETERS);
    check_result("CPU_ON of this CPU", psci(PSCI_CPU_ON, platform.mpidr[0], entry, 0), PSCI_ALREADY_ON);
    check_result("32-bit CPU_ON of no CPU", psci(PSCI_CPU_ON32, nowhere, entry, 0), PSCI_INVALID_PARAMETERS);
    check_result("32-bit CPU_ON of this CPU", psci(PSCI_CPU_ON32, platform.mpidr[0], entry, 0), PSCI_ALREADY_ON);
    static uint64_t const reserved[] = {1ull << 24, 1ull << 30, 1ull << 31, 1ull << 40, 1ull << 63};
    for (unsigned i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        check_result("CPU_ON with a reserved bit", psci(PSCI_CPU_ON, platform.mpidr[0] | reserved[i], entry, 0),
                     PSCI_INVALID_PARAMETERS);
        check_result("AFFINITY_INFO with a reserved bit", affinity_info(platform.mpidr[0] | reserved[i]),
                     PSCI_INVALID_PARAMETERS);
    }
    check_result("AFFINITY_INFO of no CPU", affinity_info(nowhere), PSCI_INVALID_PARAMETERS);
    check_result("AFFINITY_INFO of this CPU", affinity_info(platform.mpidr[0]), AFFINITY_ON);
    check_result("32-bit AFFINITY_INFO of this CPU", psci(PSCI_AFFINITY_INFO32, platform.mpidr[0], 0, 0), AFFINITY_ON);
    check_result("CPU_SUSPEND with a reserved bit", psci(PSCI_CPU_SUSPEND, SUSPEND_RESERVED, entry, 0),
                 PSCI_INVALID_PARAMETERS);
    if (platform.uvmm)
        check_result("AFFINITY_INFO of no level", psci(PSCI_AFFINITY_INFO, platform.mpidr[0], 4, 0),
                     PSCI_INVALID_PARAMETERS);
    else
        skip("AFFINITY_INFO of no level", "QEMU answers 0 to all levels above 0");
}

static void read_mpidr(void *to)
{
    *(uint64_t *)to = read_sysreg("mpidr_el1") & AFFINITY;
}

static void on(void)
{
    uint64_t other = ~0ull, own;
    group("CPU_ON", "DEN 0022 5.6 CPU_ON; 5.7.1 AFFINITY_INFO; 5.20.2 SYSTEM_SUSPEND; 6.4.3 (initial state)");
    check_result("off at first", affinity_info(platform.mpidr[1]), AFFINITY_OFF);
    check_result("switched on", cpu_start_at(1, recording_entry), PSCI_SUCCESS);
    check_result("on", affinity_info(platform.mpidr[1]), AFFINITY_ON);
    if (platform.uvmm)
        check_result("SYSTEM_SUSPEND when another CPU is on",
                     psci(PSCI_SYSTEM_SUSPEND, (uintptr_t)secondary_entry, (uintptr_t)&cpus[0], 0), PSCI_DENIED);
    else
        skip("SYSTEM_SUSPEND", "QEMU has none");
    check_result("switched on twice", psci(PSCI_CPU_ON, platform.mpidr[1], (uintptr_t)secondary_entry, 0), PSCI_ALREADY_ON);
    check("begins at EL1", entry_state.el >> 2 & 3, 1);
    check("begins with all exceptions masked", entry_state.daif, SPSR_DAIF);
    check("begins with SP_EL1", entry_state.sp_select, 1);
    check_bits("begins with MMU and caches off, little endian", entry_state.sctlr, SCTLR_EE | SCTLR_I | SCTLR_C | SCTLR_M, 0);
    check("begins with its argument", entry_state.x0, (uintptr_t)&cpus[1]);
    read_mpidr(&own);
    cpu_run(1, read_mpidr, &other);
    check("MPIDR_EL1 here", own, platform.mpidr[0]);
    check("MPIDR_EL1 there", other, platform.mpidr[1]);
}

static volatile unsigned runs;

static void count_run(void *argument)
{
    (void)argument;
    runs = runs + 1;
}

static void off_and_on(void)
{
    enum { TIMES = 10 };
    unsigned off = 0, on_again = 0;
    group("CPU_OFF", "DEN 0022 5.5 CPU_OFF; 5.7.1 AFFINITY_INFO");
    for (unsigned i = 0; i < TIMES; i++) {
        off += cpu_stop(1);
        on_again += cpu_start(1) == PSCI_SUCCESS;
        cpu_run(1, count_run, NULL);
    }
    check("switched off each time", off, TIMES);
    check("switched on again each time", on_again, TIMES);
    check("ran each time", runs, TIMES);
    check_true("off", cpu_stop(1));
    cpus[1].leave = false;
    check_result("32-bit CPU_ON",
                 psci(PSCI_CPU_ON32, platform.mpidr[1], (uintptr_t)secondary_entry, (uintptr_t)&cpus[1]), PSCI_SUCCESS);
    check_true("runs", wait_for(cpus[1].up, LONG_MS));
}

static void wake_up(uint32_t iar)
{
    (void)iar;
    vtimer_off();
}

static unsigned own_group(void)
{
    return platform.gic_version == 3;
}

// Ready is an interrupt of the virtual timer in `ms`. Returns the counter at its deadline.
static uint64_t timer_ready(uint64_t ms)
{
    gic_reset();
    gic_enable(platform.vtimer_irq);
    uint64_t deadline = counter() + ticks_of_ms(ms);
    vtimer_set(deadline, TIMER_ENABLE);
    return deadline;
}

static void suspend(void)
{
    group("CPU_SUSPEND", "DEN 0022 5.4.9 CPU_SUSPEND: standby");
    uint64_t deadline = timer_ready(20);
    interrupts()->hook = wake_up;
    check_result("returns", psci(PSCI_CPU_SUSPEND, 0, 0, 0), PSCI_SUCCESS);
    check_true("not before the interrupt", counter() >= deadline);
    irqs_on();
    wait_for(interrupts()->total, SOON_MS);
    irqs_off();
    check("the interrupt is still there", interrupts()->count[platform.vtimer_irq], 1);
    gic_reset();
    gic_enable(GIC_SPI);
    gic_pend(GIC_SPI);
    check_result("returns at once when one is pending", psci(PSCI_CPU_SUSPEND, 0, 0, 0), PSCI_SUCCESS);
    check_result("the 32-bit form as well", psci(PSCI_CPU_SUSPEND32, 0, 0, 0), PSCI_SUCCESS);
    uint32_t iar = gic_await(SOON_MS);
    check("and it is still there", gic_id(iar), GIC_SPI);
    gic_eoi(iar);
}

enum { POWER_DOWN = 1 << 30 }; // extended StateID format, which uvmm's PSCI_FEATURES tells

// The CPU interface loses its power as well: what it masks wakes nevertheless.
static void suspend_down(void)
{
    group("CPU_SUSPEND, power-down", "DEN 0022 chapter 5: CPU_SUSPEND; IHI 0069 11.1, 12.11 (GICR_WAKER)");
    if (!(psci(PSCI_FEATURES, PSCI_CPU_SUSPEND, 0, 0) & 2)) {
        skip("power-down", "QEMU takes it for a WFI");
        return;
    }
    check_result("entry where nothing is", psci(PSCI_CPU_SUSPEND, POWER_DOWN, HOLE, 0), PSCI_INVALID_ADDRESS);
    for (unsigned masked = 0; masked < 2; masked++) {
        uint64_t deadline = timer_ready(20);
        if (masked)
            gic_mask_priority(0);
        else
            gic_enable_group(own_group(), false);
        // It may come to a standby state, as it does with uvmm.
        check_result("returns", psci(PSCI_CPU_SUSPEND, POWER_DOWN, (uintptr_t)secondary_entry, 0), PSCI_SUCCESS);
        check_true("not before the interrupt", counter() >= deadline);
        vtimer_off();
    }
    if (platform.gic_version != 3)
        return;
    uint64_t deadline = timer_ready(20);
    gic_enable_group(own_group(), false);
    store32(gic_waker(), GIC_SLEEP); // Linux does that before a standby as well
    check_result("standby with the redistributor asleep", psci(PSCI_CPU_SUSPEND, 0, 0, 0), PSCI_SUCCESS);
    check_true("not before the interrupt", counter() >= deadline);
    vtimer_off();
    gic_init_interface();
}

// ---- SYSTEM_SUSPEND ----

int64_t suspend_system(uint32_t function, uint64_t context);
enum { WOKEN = 1 };

// Returns PSCI's error; or WOKEN, when the call has ended in resume_entry.
__asm__(".local suspended_sp\n"
        ".comm suspended_sp, 8, 8\n"
        ".text\n"
        "suspend_system:\n"
        "stp x29, x30, [sp, #-96]!\n"
        "stp x19, x20, [sp, #16]\n"
        "stp x21, x22, [sp, #32]\n"
        "stp x23, x24, [sp, #48]\n"
        "stp x25, x26, [sp, #64]\n"
        "stp x27, x28, [sp, #80]\n"
        "mov x4, sp\n"
        "adrp x5, suspended_sp\n"
        "str x4, [x5, :lo12:suspended_sp]\n"
        "mov x2, x1\n"
        "adrp x1, resume_entry\n"
        "add x1, x1, :lo12:resume_entry\n"
        "mov x3, #0\n"
        "bl psci\n"
        "b 1f\n"
        "resume_entry:\n"
        RECORD_ENTRY
        "adrp x0, cpus\n"
        "add x0, x0, :lo12:cpus\n"
        "bl enter\n"
        "adrp x5, suspended_sp\n"
        "ldr x4, [x5, :lo12:suspended_sp]\n"
        "mov sp, x4\n"
        "mov x0, #1\n"
        "1:\n"
        "ldp x27, x28, [sp, #80]\n"
        "ldp x25, x26, [sp, #64]\n"
        "ldp x23, x24, [sp, #48]\n"
        "ldp x21, x22, [sp, #32]\n"
        "ldp x19, x20, [sp, #16]\n"
        "ldp x29, x30, [sp], #96\n"
        "ret\n");

// Interrupts that are pending before, of all kinds; only the shared one is enabled, so that it wakes. PSTATE masks it.
static void pending_over_suspend(void)
{
    enum { SPI = GIC_SPI + 40, PPI = GIC_PPI + 2, SGI = 7 };
    gic_reset();
    gic_priority(SPI, 0x60);
    gic_priority(PPI, 0x70);
    gic_priority(SGI, 0x80);
    gic_edge(PPI, true);
    gic_enable(SGI + 1);
    gic_enable(SPI);
    gic_disable(SGI);
    gic_pend(SPI);
    gic_pend(PPI);
    gic_pend(SGI);
    check_result("woken by one that is pending before", suspend_system(PSCI_SYSTEM_SUSPEND, 0x1234567890abcdef), WOKEN);
    check("goes on at EL1", entry_state.el >> 2 & 3, 1);
    check("with all exceptions masked", entry_state.daif, SPSR_DAIF);
    check("with SP_EL1", entry_state.sp_select, 1);
    check_bits("with MMU and data cache off", entry_state.sctlr, 1u << 25 | 1u << 2 | 1, 0);
    check("with its context", entry_state.x0, 0x1234567890abcdef);
    check("the CPU interface is off", gic_interface(), 0);
    check_bits("the distributor is on", load32(platform.gicd + GICD_CTLR), 3, 3);
    check("enabled: the shared one", gic_bit(GIC_ISENABLER, SPI), true);
    check("an SGI", gic_bit(GIC_ISENABLER, SGI + 1), true);
    check("not the private one", gic_bit(GIC_ISENABLER, PPI), false);
    check("priority of the shared one", gic_priority_of(SPI), 0x60);
    check("of the private one", gic_priority_of(PPI), 0x70);
    check("pending: the shared one", gic_is_pending(SPI), true);
    check("the private one", gic_is_pending(PPI), true);
    check("the SGI", gic_is_pending(SGI), true);
    gic_init_interface();
    gic_enable(PPI);
    gic_enable(SGI);
    static unsigned const order[] = {SPI, PPI, SGI, GIC_SPURIOUS};
    for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        uint32_t iar = gic_await(order[i] == GIC_SPURIOUS ? NOTHING_MS : SOON_MS);
        check("taken in order of priority", gic_id(iar), order[i]);
        if (gic_id(iar) < GIC_FIRST_SPECIAL)
            gic_eoi(iar);
    }
}

// As kernels do it: they switch the CPU interface off before.
static void woken_past_the_interface(void)
{
    uint64_t deadline = timer_ready(50);
    gic_enable_group(own_group(), false);
    gic_mask_priority(0);
    if (platform.gic_version == 3)
        store32(gic_waker(), GIC_SLEEP);
    check_result("woken with the CPU interface off", suspend_system(PSCI_SYSTEM_SUSPEND32, 0x12345678), WOKEN);
    check_true("not before the interrupt", counter() >= deadline);
    check("with its 32-bit context", entry_state.x0, 0x12345678);
    check_bits("the timer is off", vtimer_control(), TIMER_ENABLE, 0);
    check("its interrupt is enabled still", gic_bit(GIC_ISENABLER, platform.vtimer_irq), true);
    if (platform.gic_version == 3)
        check_bits("its redistributor is as it was", load32(gic_waker()), GIC_SLEEP, GIC_SLEEP);
    gic_init_interface();
    vtimer_set(counter(), TIMER_ENABLE);
    uint32_t iar = gic_await(SOON_MS);
    check("the timer interrupts as before", gic_id(iar), platform.vtimer_irq);
    vtimer_off();
    gic_eoi(iar);
}

// Nobody ends the interrupts that it has taken; but they are active until somebody says otherwise.
static void active_over_suspend(void)
{
    static unsigned const taken[] = {GIC_SPI + 42, GIC_PPI + 3, 9};
    enum { NUM = sizeof(taken) / sizeof(taken[0]) };
    gic_reset();
    for (unsigned i = 0; i < NUM; i++) {
        gic_priority(taken[i], 0x80 - 0x20 * i); // each preempts those before
        gic_enable(taken[i]);
        gic_pend(taken[i]);
        check("taken", gic_id(gic_await(SOON_MS)), taken[i]);
    }
    gic_enable(platform.vtimer_irq);
    gic_priority(platform.vtimer_irq, 0);
    vtimer_set(counter() + ticks_of_ms(5), TIMER_ENABLE);
    check_result("woken in a handler", suspend_system(PSCI_SYSTEM_SUSPEND, 0), WOKEN);
    gic_init_interface();
    check("no priority is active", gic_running_priority() & 0xf8, 0xf8);
    for (unsigned i = 0; i < NUM; i++) {
        this_cpu()->taken[taken[i]].running = this_cpu()->taken[taken[i]].active = false;
        check("active still", gic_is_active(taken[i]), true);
        gic_pend(taken[i]);
        check("not taken while it is", gic_id(gic_await(0)), GIC_SPURIOUS);
        gic_deactivate(taken[i]);
        uint32_t iar = gic_await(SOON_MS);
        check("taken after that", gic_id(iar), taken[i]);
        gic_eoi(iar);
        check("inactive", gic_is_active(taken[i]), false);
    }
}

static void suspend_all(void)
{
    unsigned last = platform.num_cpus - 1;
    group("SYSTEM_SUSPEND", "DEN 0022 chapter 5: SYSTEM_SUSPEND; 6.4: initial state; IHI 0069 11.1, 12.11 (GICR_WAKER)");
    if (psci(PSCI_FEATURES, PSCI_SYSTEM_SUSPEND, 0, 0) == PSCI_NOT_SUPPORTED) {
        skip("SYSTEM_SUSPEND", "not offered (QEMU has none)");
        return;
    }
    cpu_start(1);
    check_result("another CPU is on", suspend_system(PSCI_SYSTEM_SUSPEND, 0), PSCI_DENIED);
    check_true("it is off", cpu_stop(1));
    if (last > 1)
        check_true("and the watchdog", cpu_stop(last));
    check_result("entry where nothing is", psci(PSCI_SYSTEM_SUSPEND, HOLE, 0, 0), PSCI_INVALID_ADDRESS);
    pending_over_suspend();
    woken_past_the_interface();
    active_over_suspend();
    watchdog_start();
    check_result("the other CPU is switched on again", cpu_start(1), PSCI_SUCCESS);
}

// ---- what ends or stops a machine that takes it at its word comes last ----

static volatile int64_t off64_result;

static void off64(void *argument)
{
    (void)argument;
    off64_result = psci(PSCI_CPU_OFF | WIDE, 0, 0, 0);
}

static void refused(void)
{
    group("refused", "DEN 0022 5.1, 5.2.1 (64-bit forms); 5.6.2 CPU_ON: INVALID_ADDRESS");
    off64_result = 1;
    check_true("a 64-bit CPU_OFF returns", cpu_run(1, off64, NULL));
    check_result("a 64-bit CPU_OFF", off64_result, PSCI_NOT_SUPPORTED);
    if (affinity_info(platform.mpidr[1]) == AFFINITY_ON)
        check_true("off", cpu_stop(1));
    if (platform.uvmm) {
        check_result("CPU_ON where a device is", psci(PSCI_CPU_ON, platform.mpidr[1], platform.gicd, 0),
                     PSCI_INVALID_ADDRESS);
        check_result("CPU_ON where nothing is", psci(PSCI_CPU_ON, platform.mpidr[1], HOLE, 0), PSCI_INVALID_ADDRESS);
        check_result("CPU_ON behind RAM", psci(PSCI_CPU_ON, platform.mpidr[1], platform.ram_start + platform.ram_size, 0),
                     PSCI_INVALID_ADDRESS);
        check_result("CPU_ON far beyond", psci(PSCI_CPU_ON, platform.mpidr[1], ~3ull, 0), PSCI_INVALID_ADDRESS);
    } else {
        skip("CPU_ON where nothing is", "QEMU does not look at the address");
    }
    check_result("off after that", affinity_info(platform.mpidr[1]), AFFINITY_OFF);
    check_result("a 64-bit SYSTEM_RESET", psci(PSCI_SYSTEM_RESET | WIDE, 0, 0, 0), PSCI_NOT_SUPPORTED);
    check_result("a 64-bit SYSTEM_OFF", psci(PSCI_SYSTEM_OFF | WIDE, 0, 0, 0), PSCI_NOT_SUPPORTED);
}

void guest_main(void)
{
    versions();
    optional_functions();
    conventions();
    stolen_time();
    registers_of_calls();
    errors();
    on();
    off_and_on();
    suspend();
    suspend_down();
    suspend_all();
    refused();
}
