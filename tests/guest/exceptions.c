// SPDX-License-Identifier: MIT
// What instructions raise, at EL1 and at EL0 in both instruction sets, and the state in which the handler begins.
#include "lib/guest.h"

enum { ISS_MASK = 0x1ffffff, STACK_SIZE = 4096 };

static uint8_t el0_stack[STACK_SIZE] __attribute__((aligned(16)));

static void check_syndrome(char const *name, unsigned class, bool il, uint64_t iss)
{
    struct frame const *f = caught();
    check(name, f->esr & 0xffffffff, (uint64_t)class << 26 | (uint64_t)il << 25 | iss);
}

// Runs one statement of assembly; leaves its address in `where`.
#define RAISE(where, text)                                                                         \
    do {                                                                                           \
        expect();                                                                                  \
        __asm__ volatile("adr %0, 1f\n1:\t" text : "=&r"(where) : : "x9", "memory");               \
    } while (0)

static void check_raised(char const *name, uint64_t where)
{
    check_true(name, happened());
    check("its address", caught()->elr, where);
    check("its vector", caught()->vector, VECTOR_SYNC);
}

static void undefined(void)
{
    uint64_t where;
    group("undefined", "Arm ARM D1, synchronous exceptions; unallocated encodings; D19.2 ESR_EL1 EC 0x00");
    RAISE(where, ".inst 0x00000000");
    check_raised("UDF", where);
    check_syndrome("syndrome of UDF", EC_UNKNOWN, true, 0);
    RAISE(where, "mrs x9, S3_0_C4_C7_7");
    check_raised("unknown register", where);
    check_syndrome("syndrome of an unknown register", EC_UNKNOWN, true, 0);
    RAISE(where, "msr S3_0_C4_C7_7, x9");
    check_raised("unknown register written", where);
    check_syndrome("syndrome of an unknown register written", EC_UNKNOWN, true, 0);
    RAISE(where, "msr S3_0_C0_C4_0, xzr");
    check_raised("ID register written", where);
    check_syndrome("syndrome of an ID register written", EC_UNKNOWN, true, 0);
    RAISE(where, "mrs x9, S3_4_C1_C1_0");
    check_raised("HCR_EL2 at EL1", where);
    check_syndrome("syndrome of HCR_EL2", EC_UNKNOWN, true, 0);
    RAISE(where, "mrs x9, S3_6_C1_C1_0");
    check_raised("SCR_EL3 at EL1", where);
    check_syndrome("syndrome of SCR_EL3", EC_UNKNOWN, true, 0);
    write_sysreg("cpacr_el1", 0);
    RAISE(where, ".inst 0x1e604000"); // fmov d0, d0
    check_raised("floating point, switched off", where);
    check("class of floating point", class_of(caught()), EC_FP);
}

// Debuggers and hypervisors' calls of the same machine.
static void breakpoint(void)
{
    uint64_t where;
    group("breakpoint", "Arm ARM D2, Breakpoint Instruction exceptions; D19.2 ESR_EL1 EC 0x3c, 0x15");
    RAISE(where, "brk #0x1234");
    check_raised("BRK", where);
    check_syndrome("syndrome of BRK", EC_BRK, true, 0x1234);
    RAISE(where, "svc #0x77");
    check_true("SVC", happened());
    check("the instruction behind it", caught()->elr, where + 4);
    check_syndrome("syndrome of SVC", EC_SVC, true, 0x77);
}

// ---- PSTATE ----

enum { FLAGS = 0xa0000000 }; // N and C

// Functions that raise one exception: by the CPU itself, and one that under uvmm the monitor injects.
#define CODE(name, text)                                                                           \
    __asm__(".text\n.balign 8\n" #name ":\n" text "\n\tret\n");                                    \
    extern char const name[]

CODE(raise_brk, "brk #1");
CODE(raise_abort, "ldp x9, x10, [x0]");

// Between two instructions: `before` sets the state in which it comes, `after` takes it back.
#define RAISE_IN(code, before, after)                                                              \
    do {                                                                                           \
        expect();                                                                                  \
        register uint64_t x0_ __asm__("x0") = HOLE;                                                \
        __asm__ volatile(before "\n\tblr %1\n\t" after                                             \
                         : "+r"(x0_) : "r"(code), "r"((uint64_t)FLAGS) : "x9", "x10", "x30", "cc", "memory"); \
    } while (0)

static void pan(char const *code)
{
    uint64_t sctlr = read_sysreg("sctlr_el1");
    for (unsigned span = 0; span < 2; span++) {
        write_sysreg("sctlr_el1", span ? sctlr | 1u << 23 : sctlr & ~(1ull << 23));
        for (unsigned pan = 0; pan < 2; pan++) {
            write_sysreg("S3_0_C4_C2_3", (uint64_t)pan << 22);
            RAISE_IN(code, "nop", "nop");
            check_raised("with and without PAN", (uintptr_t)code);
            check("PAN in the handler", caught_pan(), span ? pan : 1);
            check("saved PAN", caught()->spsr >> 22 & 1, pan);
        }
    }
    write_sysreg("sctlr_el1", sctlr);
    write_sysreg("S3_0_C4_C2_3", 0);
}

static void pstate(char const *name, char const *code)
{
    group(name, "Arm ARM D1, exception entry; SPSR_EL1, PAN; D19.2 SCTLR_EL1.SPAN");
    RAISE_IN(code, "msr nzcv, %2\n\tmsr daifclr, #0xf", "msr daifset, #0xf");
    check_raised("with all unmasked", (uintptr_t)code);
    check_bits("saved flags and masks", caught()->spsr, 0xf00003df, FLAGS | SPSR_EL1H);
    check("all masked in the handler", caught()->daif, SPSR_DAIF);
    RAISE_IN(code, "nop", "nop");
    check_raised("with all masked", (uintptr_t)code);
    check_bits("saved masks", caught()->spsr, 0x3df, SPSR_DAIF | SPSR_EL1H);
    RAISE_IN(code, "msr spsel, #0", "msr spsel, #1");
    check_true("with SP_EL0", happened());
    check("the vector of SP_EL0", caught()->vector, 0);
    check_bits("saved mode", caught()->spsr, 0x1f, SPSR_EL1T);
    check("the address", caught()->elr, (uintptr_t)code);
    if (has_pan())
        pan(code);
    else
        skip("PAN", "this CPU has none");
}

// A return to a level that does not exist sets PSTATE.IL, and the next instruction is illegal.
static void illegal_state(void)
{
    uint64_t where;
    group("illegal state", "Arm ARM D1, illegal exception returns; D19.2 ESR_EL1 EC 0x0e");
    expect();
    __asm__ volatile("adr %0, 1f\n\tmsr elr_el1, %0\n\tmsr spsr_el1, %1\n\tisb\n\teret\n1:\tnop\n\tnop"
                     : "=&r"(where) : "r"((uint64_t)SPSR_DAIF | 0xd) : "memory"); // EL3h
    check_raised("return to EL3", where);
    check_syndrome("syndrome", EC_ILLEGAL_STATE, true, 0);
    check("saved IL", caught()->spsr >> 20 & 1, 1);
    check_bits("saved mode is that of before", caught()->spsr, 0x1f, SPSR_EL1H);
}

// ---- EL0 ----

// Functions below run at EL0: one instruction, or more.
#define EL0_CODE(name, text)                                                                       \
    __asm__(".text\n.balign 8\n" #name ":\n" text "\n.balign 8\n");                                \
    extern char const name[]

EL0_CODE(el0_svc, "svc #0xabc");
EL0_CODE(el0_udf, ".inst 0");
EL0_CODE(el0_brk, "brk #0x42");
EL0_CODE(el0_id, "mrs x0, id_aa64pfr0_el1");
EL0_CODE(el0_sctlr, "mrs x0, sctlr_el1");
EL0_CODE(el0_unknown, "mrs x0, S3_3_C4_C7_7");
EL0_CODE(el0_wfi, "wfi");
EL0_CODE(el0_counter, "mrs x0, cntvct_el0");
EL0_CODE(el0_mask, "msr daifset, #2");
EL0_CODE(el0_fp, ".inst 0x1e604000");
EL0_CODE(el0_hvc, "hvc #0");
EL0_CODE(el0_smc, "smc #0");
EL0_CODE(el0_eret, "eret");
EL0_CODE(el0_add, "add x0, x0, #1\nsvc #1");

static void run64(char const *code, uint64_t argument)
{
    el0_run(code, SPSR_EL0 | FLAGS, (uintptr_t)el0_stack + STACK_SIZE, argument);
}

static void check_el0(char const *name, char const *code, unsigned class, uint64_t iss)
{
    run64(code, 0);
    check_syndrome(name, class, true, iss);
    check("at its address", caught()->elr, (uintptr_t)code + (class == EC_SVC ? 4 : 0));
    check("in its vector", caught()->vector, VECTOR_SYNC_LOWER64);
}

static void el0(void)
{
    group("EL0", "Arm ARM D1, exception entry; D19.2 ESR_EL1, SCTLR_EL1: nTWI, UMA; D19.12 CNTKCTL_EL1");
    write_sysreg("cntkctl_el1", 0);
    check_el0("SVC", el0_svc, EC_SVC, 0xabc);
    check_bits("saved flags and mode", caught()->spsr, 0xf00003df, FLAGS);
    check("all masked in the handler", caught()->daif, SPSR_DAIF);
    check_el0("UDF", el0_udf, EC_UNKNOWN, 0);
    check_el0("BRK", el0_brk, EC_BRK, 0x42);
    check_el0("SCTLR_EL1", el0_sctlr, EC_UNKNOWN, 0);
    check_el0("unknown register", el0_unknown, EC_UNKNOWN, 0);
    check_el0("WFI that is trapped", el0_wfi, EC_WFX, 1u << 24 | 14u << 20);
    // Rt 0, read: op0 3 op1 3 CRn 14 CRm 0 op2 2
    check_el0("counter that is trapped", el0_counter, EC_SYSREG, 3u << 20 | 2u << 17 | 3u << 14 | 14u << 10 | 1);
    run64(el0_mask, 0);
    check("mask of interrupts", class_of(caught()), EC_SYSREG);
    run64(el0_fp, 0);
    check("floating point that is trapped", class_of(caught()), EC_FP);
    check_el0("HVC", el0_hvc, EC_UNKNOWN, 0);
    check_el0("SMC", el0_smc, EC_UNKNOWN, 0);
    check_el0("ERET", el0_eret, EC_UNKNOWN, 0);
    if (!(read_sysreg("S3_0_C0_C7_2") >> 36 & 15)) // without FEAT_IDST
        check_el0("ID register", el0_id, EC_UNKNOWN, 0);
    run64(el0_add, 41);
    check("registers", caught()->x[0], 42);
}

// T32 and A32 code as data: this is an A64 assembler.
static uint16_t const thumb_svc[] __attribute__((aligned(4))) = {0x4400, 0xdf42};       // add r0, r0; svc #0x42
static uint16_t const thumb_udf[] __attribute__((aligned(4))) = {0xde07, 0xdf00};       // udf #7
static uint16_t const thumb_bkpt[] __attribute__((aligned(4))) = {0xbe07, 0xdf00};      // bkpt #7
static uint16_t const thumb_wide_udf[] __attribute__((aligned(4))) = {0xf7f0, 0xa001};  // udf.w #1
static uint32_t const arm_svc[] = {0xe2800002, 0xef000123};                             // add r0, #2; svc #0x123
static uint32_t const arm_udf[] = {0xe7f000f0, 0xef000000};                             // udf #0
static uint32_t const arm_wfi[] = {0xe320f003, 0xef000000};                             // wfi
static uint32_t const arm_counter[] = {0xec510f1e, 0xef000000};                         // mrrc p15, 1, r0, r1, c14

static void run32(void const *code, bool thumb, uint64_t argument)
{
    el0_run(code, SPSR_USER32 | FLAGS | (thumb ? SPSR_THUMB : 0), (uintptr_t)el0_stack + STACK_SIZE, argument);
}

static void check_el0_32(char const *name, void const *code, bool thumb, uint64_t offset)
{
    run32(code, thumb, 40);
    check(name, caught()->elr, (uintptr_t)code + offset);
    check("in its vector", caught()->vector, VECTOR_SYNC_LOWER32);
    check_bits("saved flags and mode", caught()->spsr, 0xf00003ff, SPSR_USER32 | FLAGS | (thumb ? SPSR_THUMB : 0));
    check("all masked in the handler", caught()->daif, SPSR_DAIF);
}

static void el0_32(void)
{
    group("AArch32 EL0", "Arm ARM D1, exception entry; D19.2 ESR_EL1: IL, EC 0x11, 0x01, 0x04, 0x38");
    if ((read_sysreg("id_aa64pfr0_el1") & 15) != 2) {
        skip("AArch32", "this CPU has none");
        return;
    }
    check_el0_32("behind T32 SVC", thumb_svc, true, 4);
    check_syndrome("syndrome of T32 SVC", EC_SVC32, false, 0x42);
    check("registers", caught()->x[0], 80);
    check_el0_32("T32 UDF", thumb_udf, true, 0);
    check_syndrome("syndrome of T32 UDF", EC_UNKNOWN, true, 0);
    check_el0_32("T32 UDF.W", thumb_wide_udf, true, 0);
    check_syndrome("syndrome of T32 UDF.W", EC_UNKNOWN, true, 0);
    check_el0_32("T32 BKPT", thumb_bkpt, true, 0);
    check_bits("syndrome of T32 BKPT", caught()->esr, ~(uint64_t)ESR_IL, (uint64_t)EC_BRK32 << 26 | 7); // QEMU's CPUs set IL
    check_el0_32("behind A32 SVC", arm_svc, false, 8);
    check_syndrome("syndrome of A32 SVC", EC_SVC32, true, 0x123);
    check("registers of A32", caught()->x[0], 42);
    check_el0_32("A32 UDF", arm_udf, false, 0);
    check_syndrome("syndrome of A32 UDF", EC_UNKNOWN, true, 0);
    check_el0_32("A32 WFI", arm_wfi, false, 0);
    check("class of A32 WFI", class_of(caught()), EC_WFX);
    check_el0_32("A32 counter", arm_counter, false, 0);
    check("class of A32 counter", class_of(caught()), 4); // MRRC
}

void guest_main(void)
{
    undefined();
    breakpoint();
    pstate("PSTATE, breakpoint", raise_brk);
    pstate("PSTATE, abort", raise_abort);
    illegal_state();
    el0();
    el0_32();
}
