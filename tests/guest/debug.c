// SPDX-License-Identifier: MIT
// Self-hosted debug: breakpoints, watchpoints and single steps of EL1 and EL0, the OS lock, and that a CPU's are its own.
#include "lib/guest.h"

enum { STACK_SIZE = 4096, MDSCR_SS = 1 << 0, MDSCR_KDE = 1 << 13, MDSCR_MDE = 1 << 15 };
// DBGBCR<n>_EL1 and DBGWCR<n>_EL1
enum {
    ENABLED = 1 << 0,
    EL1 = 1 << 1,
    EL0 = 2 << 1,
    INSTRUCTION = 0xf << 5, // BAS
    LINK_SHIFT = 16,
    TYPE_SHIFT = 20,
    LINKED_ADDRESS = 1,
    CONTEXT = 2,
    LINKED_CONTEXT = 3,
    LOADS = 1 << 3,
    STORES = 2 << 3,
    WORD = 0xf << 5, // BAS
};
enum { FSC_DEBUG = 0x22, ISS_WNR = 1 << 6, ISS_EX = 1 << 6, ISS_STEP_VALID = 1 << 24 };

static uint8_t el0_stack[STACK_SIZE] __attribute__((aligned(16)));
static uint32_t word __attribute__((aligned(8)));

static void watch(uint32_t const *address, uint64_t control)
{
    write_sysreg("dbgwvr0_el1", (uintptr_t)address);
    write_sysreg("dbgwcr0_el1", control);
}

static void break_at(char const *address, uint64_t control)
{
    write_sysreg("dbgbvr0_el1", (uintptr_t)address);
    write_sysreg("dbgbcr0_el1", control);
}

static void off(void)
{
    write_sysreg("mdscr_el1", 0);
    break_at(0, 0);
    watch(0, 0);
}

// Code of EL1, called with debug exceptions unmasked. `stop` is its first instruction.
#define CODE(name, text)                                                                           \
    __asm__(".text\n.balign 8\n" #name ":\n" text "\n\tret\n");                                    \
    extern char const name[]

CODE(three_nops, "nop\n\tnop\n\tnop");
CODE(load, "ldr w1, [x0]");
CODE(store, "str w1, [x0]");
CODE(version, "hvc #0");

static void call(char const *code, uint64_t argument)
{
    expect();
    register uint64_t x0 __asm__("x0") = argument;
    __asm__ volatile("msr daifclr, #8\n\tblr %1\n\tmsr daifset, #8"
                     : "+r"(x0) : "r"(code) : "x1", "x2", "x3", "x30", "memory");
}

static void check_stopped(char const *name, unsigned class, char const *where)
{
    check_true(name, happened());
    check("its class", class_of(caught()), class);
    check("its address", caught()->elr, (uintptr_t)where);
    check("its status", caught()->esr & FSC_MASK, FSC_DEBUG);
}

static void check_passed(char const *name)
{
    check_true(name, !happened());
}

static void registers(void)
{
    group("debug registers", "Arm ARM D19.3: DBGBCR<n>_EL1, DBGCLAIMSET_EL1, DBGCLAIMCLR_EL1, OSLAR_EL1, OSLSR_EL1, OSDLR_EL1");
    write_sysreg("oslar_el1", 1);
    check_bits("OS lock taken", read_sysreg("oslsr_el1"), 0xb, 0xa);
    write_sysreg("oslar_el1", 0);
    check_bits("OS lock given back", read_sysreg("oslsr_el1"), 0xb, 0x8);
    write_sysreg("osdlr_el1", 0);
    uint64_t claimed = read_sysreg("dbgclaimclr_el1");
    write_sysreg("dbgclaimset_el1", 0x5);
    check_bits("claimed", read_sysreg("dbgclaimclr_el1"), 0xff, claimed | 0x5);
    write_sysreg("dbgclaimclr_el1", 0x1);
    check_bits("one given back", read_sysreg("dbgclaimclr_el1"), 0xff, (claimed | 0x5) & ~1ull);
    check_bits("all can be claimed", read_sysreg("dbgclaimset_el1"), 0xff, 0xff);
    write_sysreg("dbgclaimclr_el1", 0x4);
    break_at(three_nops, ENABLED | EL1 | EL0 | INSTRUCTION);
    check("control", read_sysreg("dbgbcr0_el1"), ENABLED | EL1 | EL0 | INSTRUCTION);
    check("value", read_sysreg("dbgbvr0_el1"), (uintptr_t)three_nops);
    off();
}

static void breakpoints(void)
{
    group("breakpoints", "Arm ARM D2, Breakpoint exceptions; D19.3 MDSCR_EL1, DBGBCR<n>_EL1; D19.2 ESR_EL1 EC 0x31");
    break_at(three_nops + 4, ENABLED | EL1 | INSTRUCTION);
    call(three_nops, 0);
    check_passed("MDE is 0");
    write_sysreg("mdscr_el1", MDSCR_MDE);
    call(three_nops, 0);
    check_passed("KDE is 0");
    write_sysreg("mdscr_el1", MDSCR_MDE | MDSCR_KDE);
    expect();
    ((void (*)(void))three_nops)();
    check_passed("PSTATE.D is 1");
    call(three_nops, 0);
    check_stopped("hit", EC_BREAKPOINT, three_nops + 4);
    break_at(three_nops + 4, ENABLED | EL0 | INSTRUCTION);
    call(three_nops, 0);
    check_passed("one of EL0");
    break_at(three_nops + 4, EL1 | INSTRUCTION);
    call(three_nops, 0);
    check_passed("a disabled one");
    break_at(three_nops + 8, ENABLED | EL1 | INSTRUCTION);
    call(three_nops, 0);
    check_stopped("another address", EC_BREAKPOINT, three_nops + 8);
    write_sysreg("oslar_el1", 1);
    call(three_nops, 0);
    if (platform.uvmm)
        check_passed("OS lock taken");
    else
        skip("OS lock taken", "QEMU's CPUs do not care");
    write_sysreg("oslar_el1", 0);
    call(three_nops, 0);
    check_stopped("OS lock given back", EC_BREAKPOINT, three_nops + 8);
    off();
}

// The highest breakpoint can compare the context.
static void contexts(void)
{
    group("contexts", "Arm ARM D2, Breakpoint exceptions: linked, context; D19.3 DBGBCR<n>_EL1: BT, LBN");
    if ((read_sysreg("id_aa64dfr0_el1") >> 12 & 15) != 5) {
        skip("contexts", "this CPU has not six breakpoints");
        return;
    }
    write_sysreg("dbgbvr5_el1", 77);
    write_sysreg("dbgbcr5_el1", ENABLED | EL1 | INSTRUCTION | LINKED_CONTEXT << TYPE_SHIFT);
    break_at(three_nops + 4, ENABLED | EL1 | INSTRUCTION | LINKED_ADDRESS << TYPE_SHIFT | 5 << LINK_SHIFT);
    write_sysreg("mdscr_el1", MDSCR_MDE | MDSCR_KDE);
    write_sysreg("contextidr_el1", 78);
    call(three_nops, 0);
    check_passed("another context");
    write_sysreg("contextidr_el1", 77);
    call(three_nops, 0);
    check_stopped("this context", EC_BREAKPOINT, three_nops + 4);
    write_sysreg("dbgbcr5_el1", 0);
    write_sysreg("contextidr_el1", 0);
    off();
}

static void watchpoints(void)
{
    group("watchpoints", "Arm ARM D2, Watchpoint exceptions; D19.3 DBGWCR<n>_EL1; D19.2 ESR_EL1 EC 0x35, WnR; FAR_EL1");
    write_sysreg("mdscr_el1", MDSCR_MDE | MDSCR_KDE);
    watch(&word, ENABLED | EL1 | LOADS | WORD);
    call(load, (uintptr_t)&word);
    check_stopped("a load", EC_WATCHPOINT, load);
    check("address", caught()->far, (uintptr_t)&word);
    check("is no store", caught()->esr & ISS_WNR, 0);
    call(store, (uintptr_t)&word);
    check_passed("a store where loads are watched");
    watch(&word, ENABLED | EL1 | STORES | WORD);
    call(store, (uintptr_t)&word);
    check_stopped("a store", EC_WATCHPOINT, store);
    check("is a store", caught()->esr & ISS_WNR, ISS_WNR);
    call(store, (uintptr_t)(&word + 1));
    check_passed("the word behind it");
    off();
}

// ---- EL0 ----

CODE(el0_code, "nop\n\tldr w1, [x0]\n\tadd x2, x2, #1\n\tsvc #7");

static void el0(void)
{
    group("EL0", "Arm ARM D2, Breakpoint and Watchpoint exceptions; D19.2 ESR_EL1 EC 0x30, 0x34");
    write_sysreg("mdscr_el1", MDSCR_MDE);
    break_at(el0_code + 8, ENABLED | EL0 | INSTRUCTION);
    el0_run(el0_code, SPSR_EL0, (uintptr_t)el0_stack + STACK_SIZE, (uintptr_t)&word);
    check("class of a breakpoint", class_of(caught()), EC_BREAKPOINT_LOWER);
    check("its address", caught()->elr, (uintptr_t)el0_code + 8);
    watch(&word, ENABLED | EL0 | LOADS | STORES | WORD);
    el0_run(el0_code, SPSR_EL0, (uintptr_t)el0_stack + STACK_SIZE, (uintptr_t)&word);
    check("class of a watchpoint", class_of(caught()), EC_WATCHPOINT_LOWER);
    check("its address", caught()->elr, (uintptr_t)el0_code + 4);
    check("FAR_EL1", caught()->far, (uintptr_t)&word);
    off();
    el0_run(el0_code, SPSR_EL0, (uintptr_t)el0_stack + STACK_SIZE, (uintptr_t)&word);
    check("class when all is off", class_of(caught()), EC_SVC);
}

// Steps one instruction of EL0.
static void step(char const *code, uint64_t argument)
{
    el0_run(code, SPSR_EL0 | SPSR_SS, (uintptr_t)el0_stack + STACK_SIZE, argument);
}

static void check_step(char const *name, char const *next)
{
    check(name, caught()->esr & ~(uint64_t)ISS_EX, (uint64_t)EC_STEP_LOWER << 26 | ESR_IL | ISS_STEP_VALID | FSC_DEBUG);
    check("where it stops", caught()->elr, (uintptr_t)next);
    check("saved SS", caught()->spsr & SPSR_SS, 0);
}

CODE(el0_id, "mrs x0, ctr_el0");

static void steps(void)
{
    group("steps at EL0", "Arm ARM D2, Software Step exceptions; D19.2 ESR_EL1 EC 0x32, ISV");
    write_sysreg("mdscr_el1", MDSCR_SS);
    step(el0_code, (uintptr_t)&word);
    check_step("NOP", el0_code + 4);
    step(el0_code + 4, (uintptr_t)&word);
    check_step("a load", el0_code + 8);
    step(el0_code + 4, platform.gicd);
    check_step("a load from a device", el0_code + 8);
    step(load, HOLE);
    check_true("a load from nothing ends, or is an abort",
               class_of(caught()) == EC_STEP_LOWER || class_of(caught()) == EC_DATA_ABORT_LOWER);
    check("where", caught()->elr, (uintptr_t)load + (class_of(caught()) == EC_STEP_LOWER ? 4 : 0));
    step(el0_code + 12, 0);
    check("SVC", class_of(caught()), EC_SVC);
    check("its saved SS", caught()->spsr & SPSR_SS, 0);
    el0_run(el0_code, SPSR_EL0, (uintptr_t)el0_stack + STACK_SIZE, (uintptr_t)&word);
    check("class without SS in SPSR_EL1", caught()->esr, (uint64_t)EC_STEP_LOWER << 26 | ESR_IL | FSC_DEBUG);
    check("nothing is executed", caught()->elr, (uintptr_t)el0_code);
    off();
}

// One step at EL1 by a return: into code that goes on, without being stepped any more, behind the exception.
static void step_el1(char const *code, uint64_t argument)
{
    write_sysreg("mdscr_el1", MDSCR_SS | MDSCR_KDE);
    expect();
    register uint64_t x0 __asm__("x0") = argument;
    __asm__ volatile("msr elr_el1, %1\n\tmsr spsr_el1, %2\n\tadr x30, 1f\n\teret\n1:\tmsr daifset, #8"
                     : "+r"(x0) : "r"(code), "r"((uint64_t)(SPSR_EL1H | (SPSR_DAIF & ~SPSR_D) | SPSR_SS))
                     : "x1", "x2", "x3", "x30", "memory");
}

CODE(id_register, "mrs x0, id_aa64pfr0_el1");
CODE(debug_register, "mrs x0, oslsr_el1");
CODE(nothing, "udf #0");

static void steps_el1(void)
{
    group("steps at EL1", "Arm ARM D2, Software Step exceptions; D19.2 ESR_EL1 EC 0x33");
    step_el1(three_nops, 0);
    check_stopped("NOP", EC_STEP, three_nops + 4);
    step_el1(load, platform.gicd);
    check_stopped("a load from a device", EC_STEP, load + 4);
    step_el1(store, (uintptr_t)&word);
    check_stopped("a store", EC_STEP, store + 4);
    step_el1(id_register, 0);
    check_stopped("an ID register", EC_STEP, id_register + 4);
    step_el1(debug_register, 0);
    check_stopped("a debug register", EC_STEP, debug_register + 4);
    if (psci(PSCI_VERSION, 0, 0, 0) > 0) {
        step_el1(version, PSCI_VERSION);
        check_stopped("HVC", EC_STEP, version + 4);
    }
    step_el1(nothing, 0);
    check_true("UDF", happened());
    check("class of UDF", class_of(caught()), EC_UNKNOWN);
    check("its saved SS", caught()->spsr & SPSR_SS, SPSR_SS);
    off();
}

// ---- several CPUs ----

static void call_nops(void *argument)
{
    call(three_nops, 0);
    *(bool *)argument = happened();
}

static void others(void)
{
    static bool hit;
    group("CPUs", "Arm ARM D2: debug registers are a CPU's own");
    if (platform.num_cpus < 2 || cpu_start(1) != PSCI_SUCCESS) {
        skip("CPUs", "there is one");
        return;
    }
    break_at(three_nops, ENABLED | EL1 | INSTRUCTION);
    write_sysreg("mdscr_el1", MDSCR_MDE | MDSCR_KDE);
    hit = true;
    check_true("another CPU runs", cpu_run(1, call_nops, &hit));
    check_true("a breakpoint is not for other CPUs", !hit);
    call(three_nops, 0);
    check_stopped("it still is for this one", EC_BREAKPOINT, three_nops);
    off();
}

void guest_main(void)
{
    registers();
    breakpoints();
    contexts();
    watchpoints();
    el0();
    steps();
    steps_el1();
    others();
}
