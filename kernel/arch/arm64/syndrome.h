// SPDX-License-Identifier: MIT
// What an exception's syndrome says (Arm ARM, ESR_EL2).
#pragma once
#include <arch/sysreg.h>
#include <l4/sys/abi/proto.h>
#include <stdbool.h>
#include <stdint.h>

static inline unsigned syndrome_class(uint64_t esr)
{
    return (unsigned)(esr >> L4_ESR_EC_SHIFT);
}

static inline bool is_abort(uint64_t esr)
{
    unsigned ec = syndrome_class(esr);
    return ec == EC_IABT_LOW || ec == EC_DABT_LOW;
}

// An abort that a pager can do something about: address size, translation, access flag, permission. What the memory system
// has answered with an error stays one when the page is mapped again. (Arm ARM, ESR_EL2, DFSC)
static inline bool is_page_fault(uint64_t esr)
{
    enum { STATUS = 0x3f, LAST_PERMISSION = 0x0f };
    return is_abort(esr) && (esr & STATUS) <= LAST_PERMISSION;
}

// Address word of a page fault message. The syndrome of cache maintenance says "write" always; all it needs is to read.
static inline uint64_t fault_word(uint64_t esr, uint64_t address)
{
    enum { KIND = 0x3c, TRANSLATION = 4, WNR = 1 << 6, CM = 1 << 8 };
    bool fetch = syndrome_class(esr) == EC_IABT_LOW;
    uint64_t w = address & ~L4_PF_FLAGS_MASK;
    if ((esr & KIND) == TRANSLATION)
        w |= L4_PF_ABSENT;
    if (!fetch && (esr & (WNR | CM)) == WNR)
        w |= L4_PF_WRITE;
    if (fetch)
        w |= L4_PF_INSN;
    return w;
}

// The direction comes first: for hypercalls, WFI and writes nothing else is looked at.
static inline bool is_sysreg_read(uint64_t esr)
{
    return (esr & 1) && __builtin_expect(syndrome_class(esr) == EC_SYSREG, 0);
}

// SVC and HVC: the address that the hardware saved is that behind the instruction.
static inline bool is_call(uint64_t esr)
{
    unsigned ec = syndrome_class(esr);
    return ec == EC_SVC64 || ec == EC_HVC64 || ec == EC_SVC32 || ec == EC_HVC32;
}

static inline unsigned instruction_bytes(uint64_t esr)
{
    return esr & ESR_IL ? 4 : 2;
}
