// SPDX-License-Identifier: MIT
// Attacks by single instructions: devices' registers, system registers, calls, exceptions.
#include "enemy.h"

#include "../lib/exception.h"
#include "../lib/psci.h"

enum {
    ILLEGAL = 1 << 20, // SPSR.IL
    BASE = 1,          // register with the address
    MASK_ALL = SPSR_DAIF,
};

// ---- devices ----

static uint32_t plain_access(struct warrior *w, unsigned reg)
{
    uint32_t size = below(w, 4), opc = one_in(w, 4) ? 2 + one_in(w, 2) : one_in(w, 2);
    if (!one_in(w, 4))
        size = 2, opc &= 1;
    return size << 30 | 0x39000000 | opc << 22 | BASE << 5 | reg;
}

// Any encoding of the loads and stores: pairs, write-back, exclusives, atomics, vectors.
static uint32_t any_access(struct warrior *w)
{
    uint32_t insn = (uint32_t)random_bits(w);
    return (insn & 0xf5fffc1f) | 0x08000000 | BASE << 5;
}

static uint64_t masks(struct warrior *w)
{
    return one_in(w, 4) ? 0 : MASK_ALL;
}

void attack_device(struct warrior *w)
{
    random_registers(w);
    w->regs[BASE] = one_in(w, 16) ? any_address(w) : device_address(w);
    uint32_t insn = one_in(w, 4) ? any_access(w) : plain_access(w, 2 + below(w, 24));
    fire(w, one_in(w, 4) ? AT_EL0 : AT_EL1, masks(w), insn);
}

// ---- system registers ----

static unsigned random_sysreg(struct warrior *w)
{
    uint64_t r = random_bits(w);
    unsigned op1 = r & 7, n = r >> 3 & 15, m = r >> 7 & 15, op2 = r >> 11 & 7;
    switch (below(w, 12)) {
    case 0: return SYSREG(3u, 0u, 12u, 8 + m % 8, op2); // ICC_*
    case 1: return SYSREG(3u, 0u, 4u, 6u, 0u);
    case 2: return SYSREG(3u, 0u, 0u, m, op2);
    case 3: return SYSREG(2u, op1 & 3, n & 1, m, op2);  // debug
    case 4: return SYSREG(3u, 3u, 14u, m, op2);         // timers
    case 5: return SYSREG(3u, 3u, 9u, 12 + m % 4, op2); // performance monitors
    case 6: return SYSREG(3u, 0u, n, m & 3, op2);
    case 7: return SYSREG(1u, op1, 7 + n % 2, m, op2);  // SYS
    case 8: return SYSREG(0u, op1, n, m, op2);          // hints, barriers, PSTATE
    case 9: return SYSREG(3u, 3u, n, m, op2);
    default: return SYSREG(2 + (unsigned)(r >> 14 & 1), op1, n, m, op2);
    }
}

#define SCTLR SYSREG(3u, 0u, 1u, 0u, 0u)
#define WFI SYSREG(0u, 3u, 2u, 0u, 3u)
#define WFIT SYSREG(0u, 3u, 1u, 0u, 1u)
#define ICC_BPR1 SYSREG(3u, 0u, 12u, 12u, 3u)
#define SCTLR_M 1ull
#define SCTLR_EE (1ull << 25)

void attack_sysreg(struct warrior *w)
{
    unsigned reg = random_sysreg(w), rt = below(w, 16);
    bool read = one_in(w, 2);
    random_registers(w);
    w->regs[rt] = random_value(w);
    if (reg == SCTLR) // neither without tables nor with the other byte order could it go on
        w->regs[rt] &= ~(SCTLR_M | SCTLR_EE);
    if (reg == ICC_BPR1 && !(w->regs[rt] & 7)) // QEMU (at least up to 10.0) ends by an assertion, because of the bits above
        w->regs[rt] = 0;
    if (!read && (reg == WFI || reg == WFIT))
        return;
    if (reg >> 14 == 0 && one_in(w, 2))
        rt = 31;
    uint32_t insn = encode_system(read, reg, rt);
    if (one_in(w, 64))
        insn |= 1u << 22; // pairs of registers
    if (one_in(w, 4))
        fire(w, AT_EL0, masks(w), insn);
    else
        fire_safely(w, insn);
}

void attack_timer(struct warrior *w)
{
    static unsigned const regs[] = {
        SYSREG(3u, 3u, 14u, 2u, 0u), SYSREG(3u, 3u, 14u, 2u, 1u), SYSREG(3u, 3u, 14u, 2u, 2u), // physical
        SYSREG(3u, 3u, 14u, 3u, 0u), SYSREG(3u, 3u, 14u, 3u, 1u), SYSREG(3u, 3u, 14u, 3u, 2u), // virtual
        SYSREG(3u, 3u, 14u, 3u, 1u), SYSREG(3u, 0u, 14u, 1u, 0u),                             // CNTKCTL
    };
    random_registers(w);
    w->regs[0] = one_in(w, 2) ? counter() + below(w, 1 << 20) - (1 << 18) : random_value(w);
    if (one_in(w, 2))
        w->regs[0] = one_in(w, 2) ? 1 : below(w, 8);
    fire_safely(w, encode_system(one_in(w, 4), regs[below(w, sizeof(regs) / sizeof(regs[0]))], 0));
}

// ---- calls ----

enum { PSCI_SYSTEM_RESET2 = 0x12, PRINT = 1, FIRST_PSCI = 0x84000000 };

static bool may_call(struct warrior const *w, uint32_t fn)
{
    if ((fn & 0xbfffffe0) != (uint32_t)FIRST_PSCI)
        return true;
    switch (fn & 0x1f) {
    case PSCI_SYSTEM_OFF & 0x1f:
    case PSCI_SYSTEM_RESET & 0x1f:
    case PSCI_SYSTEM_RESET2:
    case PSCI_CPU_OFF & 0x1f:  // attack_cpu_off
        return false;
    case PSCI_CPU_SUSPEND & 0x1f:
    case PSCI_SYSTEM_SUSPEND & 0x1f:
        return !is_keeper(w);
    default:
        return true;
    }
}

static uint32_t random_function(struct warrior *w)
{
    switch (below(w, 4)) {
    case 0: return (uint32_t)random_bits(w);
    case 1: return (uint32_t)(random_bits(w) & 0xff00ffff);
    case 2: return 0x80000000u | (uint32_t)(random_bits(w) & 0x7f00001f);
    default: return (uint32_t)FIRST_PSCI | (uint32_t)one_in(w, 2) << 30 | below(w, 32);
    }
}

void attack_call(struct warrior *w)
{
    uint32_t fn = random_function(w), imm = one_in(w, 8) ? below(w, 0x10000) : 0;
    if (!may_call(w, fn) || imm == PRINT)
        return;
    random_registers(w);
    w->regs[0] = fn | (one_in(w, 4) ? random_bits(w) << 32 : 0);
    if (one_in(w, 2))
        w->regs[1] = below(w, 8);
    if (!one_in(w, 4096)) // a CPU that was sent somewhere into RAM is lost
        w->regs[2] = any_address(w) & ~(platform.ram_start | 0xc0000000ull);
    fire_safely(w, (one_in(w, 4) ? 0xd4000003 : 0xd4000002) | imm << 5); // SMC, HVC
}

// ---- exceptions ----

// Instructions of AArch32 without branches: coprocessor registers, calls, undefined ones.
static uint32_t random_a32(struct warrior *w)
{
    uint32_t r = (uint32_t)random_bits(w), cond = one_in(w, 4) ? r & 0xf0000000 : 0xe0000000;
    uint32_t cp = (one_in(w, 4) ? r >> 8 & 15 : 14 + (r & 1)) << 8;
    switch (below(w, 5)) {
    case 0: return cond | 0x0e000010 | (r & 0x00ff00ef) | cp;         // MCR, MRC
    case 1: return cond | 0x0c400000 | (r & 0x001f00ff) | cp;         // MCRR, MRRC
    case 2: return cond | 0x07f000f0 | (r & 0x000fff0f);              // UDF
    case 3: return cond | 0x01200070 | (r & 0x000fff0f);              // BKPT
    default: return cond | 0x0f000000 | (r & 0x00ffffff);             // SVC
    }
}

static void fire_a32(struct warrior *w)
{
    static uint32_t const undefined = 0xe7f000f0;
    random_registers(w);
    w->code[0] = random_a32(w);
    for (unsigned i = 1; i < CODE_WORDS; i++)
        w->code[i] = undefined;
    __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" : : "r"(w->code) : "memory");
    fire_jump(w, SPSR_USER32 | MASK_ALL | (random_bits(w) & 0xf8000000), (uintptr_t)w->code);
}

// Any word but branches, which might lead into this program, and system instructions, which have their own attack.
static uint32_t random_word(struct warrior *w)
{
    uint32_t insn = (uint32_t)random_bits(w);
    while ((insn >> 26 & 7) == 5)
        insn = (uint32_t)random_bits(w);
    return insn;
}

static uint32_t random_trap(struct warrior *w)
{
    static uint32_t const kinds[] = {
        0x00000000, // UDF
        0xd4200000, // BRK
        0xd4400000, // HLT
        0xd4000001, // SVC
        0xd4a00001, // DCPS1
    };
    return kinds[below(w, 5)] | (below(w, 0x10000) << 5 & 0x1fffe0);
}

void attack_exception(struct warrior *w)
{
    random_registers(w);
    enum level level = one_in(w, 2) ? AT_EL0 : AT_EL1;
    switch (below(w, 6)) {
    case 0:
        fire(w, level, masks(w), random_trap(w));
        break;
    case 1:
        fire(w, level, MASK_ALL | ILLEGAL, random_word(w));
        break;
    case 2:
        fire_a32(w);
        break;
    default: // flags, SS, PAN, UAO, BTYPE and what else there is
        fire(w, level, one_in(w, 2) ? MASK_ALL : random_bits(w) & 0xfffffc0, random_word(w));
        break;
    }
}

// Exception returns with any SPSR, to addresses without code.
void attack_jump(struct warrior *w)
{
    uint64_t address = HOLE + below(w, 1 << 16), spsr = MASK_ALL | (one_in(w, 2) ? SPSR_EL0 : 4);
    if (one_in(w, 4))
        address = device_address(w);
    if (one_in(w, 4))
        address = platform.ram_start + platform.ram_size - (one_in(w, 2) ? 0 : 2);
    if (one_in(w, 4))
        address = random_bits(w) | 1ull << (32 + below(w, 32));
    if (one_in(w, 2)) { // illegal: EL2, EL3, modes of AArch32, reserved ones
        static uint8_t const modes[] = {0x8, 0x9, 0xc, 0xd, 0x1, 0x2, 0x6, 0x7, 0x12, 0x13, 0x16, 0x17, 0x1a, 0x1b, 0x1f};
        spsr = MASK_ALL | modes[below(w, sizeof(modes))] | (random_bits(w) & 0xf0200000);
        address = (uintptr_t)w->code;
    }
    random_registers(w);
    fire_jump(w, spsr, address);
}
