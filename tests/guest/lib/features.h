// SPDX-License-Identifier: MIT
// The ID registers, and the features that their fields promise.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Registers of op0 3, op1 0, CRn 0, by CRm 1 to 7 and op2.
#define ID_REG(crm, op2) (((crm)-1) * 8 + (op2))
enum {
    ID_PFR0 = ID_REG(4, 0),
    ID_PFR1 = ID_REG(4, 1),
    ID_ZFR0 = ID_REG(4, 4),
    ID_SMFR0 = ID_REG(4, 5),
    ID_DFR0 = ID_REG(5, 0),
    ID_ISAR0 = ID_REG(6, 0),
    ID_ISAR1 = ID_REG(6, 1),
    ID_ISAR2 = ID_REG(6, 2),
    ID_MMFR0 = ID_REG(7, 0),
    ID_MMFR1 = ID_REG(7, 1),
    ID_MMFR2 = ID_REG(7, 2),
    ID_MMFR3 = ID_REG(7, 3),
    ID_REGISTERS = ID_REG(8, 0),
    // Not registers: what several fields tell together.
    ID_PAUTH = ID_REGISTERS,
    ID_PACGA,
    ID_SCXTNUM,
    ID_WORDS,
};

// Filled in by ids_read().
extern uint64_t ids[ID_WORDS];
void ids_read(uint64_t *to);

static inline unsigned id_field(unsigned reg, unsigned lsb)
{
    return ids[reg] >> lsb & 15;
}

enum {
    USES_MEMORY = 1, // a becomes the address of a doubleword with that value
    ANY_RESULT = 2,
    NO_OPERATION = 4, // where it is not shown, there is nothing to see
    MAYBE_BELOW = 8,  // implementations differ where the field is less, but not 0
    HAS_ENABLE = 16,  // in CPACR_EL1 or SCTLR_EL1
};

struct feature {
    char const *name;
    uint8_t reg, lsb, least; // it is there where the field is at least this
    uint8_t flags;
    uint64_t (*code)(uint64_t a, uint64_t b);
    uint64_t a, b, result;
};

extern struct feature const features[];
extern unsigned const num_features;

static inline bool feature_shown(struct feature const *f)
{
    return id_field(f->reg, f->lsb) >= f->least;
}
