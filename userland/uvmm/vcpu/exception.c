// SPDX-License-Identifier: MIT
#include "vcpu/exception.h"

#include "vcpu/vcpu.h"

#define SCTLR_SPAN (1ull << 23)
#define SCTLR_DSSBS (1ull << 44)
#define SCTLR_SPINTMASK (1ull << 62)
#define ESR_CV (1u << 24)
#define MODE 0xf // of EL1 and EL0 alike: EL0t is 0

static bool is_el0(uint64_t pstate)
{
    return (pstate & PSTATE_AARCH32) || !(pstate & MODE);
}

uint64_t exception_vector(uint64_t pstate)
{
    if (pstate & PSTATE_AARCH32)
        return 0x600;
    if (is_el0(pstate))
        return 0x400;
    return pstate & 1 ? 0x200 : 0; // by the stack pointer in use
}

uint64_t exception_pstate(uint64_t pstate, uint64_t sctlr, struct exception_features const *shown)
{
    // UAO, IL, SS and BTYPE become 0. DIT stays, and is in the same bit when it comes from AArch32, like PAN.
    uint64_t entry = PSTATE_EL1H_MASKED | (pstate & (PSTATE_NZCV | PSTATE_DIT));
    if (shown->pan && (!(sctlr & SCTLR_SPAN) || (pstate & PSTATE_PAN)))
        entry |= PSTATE_PAN;
    if (shown->ssbs && (sctlr & SCTLR_DSSBS))
        entry |= PSTATE_SSBS;
    if (shown->mte)
        entry |= PSTATE_TCO;
    if (shown->nmi && !(sctlr & SCTLR_SPINTMASK))
        entry |= PSTATE_ALLINT;
    return entry;
}

unsigned exception_class(unsigned of_el0, uint64_t pstate)
{
    return is_el0(pstate) ? of_el0 : of_el0 + 1;
}

// The eight bits of ITSTATE, which lie in two places.
static unsigned it_state(uint64_t pstate)
{
    return (unsigned)((pstate >> 10 & 0x3f) << 2 | (pstate >> 25 & 3));
}

static bool condition_holds(unsigned cond, uint64_t pstate)
{
    bool n = pstate >> 31 & 1, z = pstate >> 30 & 1, c = pstate >> 29 & 1, v = pstate >> 28 & 1;
    bool const holds[8] = {z, c, n, v, c && !z, n == v, n == v && !z, true};
    bool h = holds[cond >> 1];
    return (cond & 1) && cond != 15 ? !h : h;
}

bool exception_condition(uint32_t esr, uint64_t pstate)
{
    if (!(pstate & PSTATE_AARCH32))
        return true;
    unsigned it = it_state(pstate);
    unsigned cond = esr & ESR_CV ? esr >> 20 & 0xf : it & 0xf ? it >> 4 : 14;
    return condition_holds(cond, pstate);
}

uint64_t exception_next_pc(uint64_t pc, uint32_t esr)
{
    return pc + (esr & ESR_IL ? 4 : 2);
}

uint64_t exception_next_pstate(uint64_t pstate)
{
    pstate &= ~(uint64_t)PSTATE_SS; // the step is done, its exception is due
    if (!(pstate & PSTATE_AARCH32))
        return pstate & ~(uint64_t)PSTATE_BTYPE;
    unsigned it = it_state(pstate);
    it = it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
    pstate &= ~(0x3full << 10 | 3ull << 25);
    return pstate | (uint64_t)(it >> 2) << 10 | (uint64_t)(it & 3) << 25;
}

void vcpu_skip_special(struct vcpu *v)
{
    l4_vcpu_regs_t *r = &v->area->r;
    r->pc = exception_next_pc(r->pc, (uint32_t)r->err);
    r->pstate = exception_next_pstate(r->pstate);
}
