// SPDX-License-Identifier: MIT
#include "vcpu/ptimer.h"

// Unsigned (Arm ARM D19.12, CNTP_CVAL_EL0).
static bool has_expired(struct ptimer const *t, uint64_t count)
{
    return count >= t->cval;
}

// ISTATUS is UNKNOWN while ENABLE is 0: here 0 (Arm ARM D19.12, CNTP_CTL_EL0).
static uint32_t control(struct ptimer const *t, uint64_t count)
{
    return t->ctl | ((t->ctl & PTIMER_ENABLE) && has_expired(t, count) ? PTIMER_ISTATUS : 0);
}

uint64_t ptimer_read(struct ptimer const *t, enum ptimer_reg reg, uint64_t count)
{
    switch (reg) {
    case PTIMER_CTL:
        return control(t, count);
    case PTIMER_CVAL:
        return t->cval;
    default:
        return (uint32_t)(t->cval - count); // the upper half is RES0
    }
}

void ptimer_write(struct ptimer *t, enum ptimer_reg reg, uint64_t value, uint64_t count)
{
    switch (reg) {
    case PTIMER_CTL:
        t->ctl = value & (PTIMER_ENABLE | PTIMER_IMASK);
        break;
    case PTIMER_CVAL:
        t->cval = value;
        break;
    default: // signed, of 32 bits (Arm ARM D19.12, CNTP_TVAL_EL0)
        t->cval = count + (uint64_t)(int64_t)(int32_t)value;
        break;
    }
}

bool ptimer_level(struct ptimer const *t, uint64_t count)
{
    return control(t, count) == (PTIMER_ENABLE | PTIMER_ISTATUS);
}

uint64_t ptimer_deadline(struct ptimer const *t, uint64_t count)
{
    return t->ctl == PTIMER_ENABLE && !has_expired(t, count) ? t->cval : PTIMER_NEVER;
}
