// SPDX-License-Identifier: MIT
#include "arch/arm64/errata.h"
#include "arch/arm64/stage2.h"
#include "arch/arm64/sysreg.h"

// MIDR_EL1: implementer, part, and variant and revision as one number, 0x21 for r2p1.
#define MIDR_CORE(midr) ((unsigned)((midr) >> 24 & 0xff) << 12 | (unsigned)((midr) >> 4 & 0xfff))
#define MIDR_REVISION(midr) ((unsigned)((midr) >> 16 & 0xf0) | (unsigned)((midr) & 0xf))
#define ARM(part) (0x41u << 12 | (part))

struct core {
    unsigned core, up_to; // last revision that is concerned
};

// A speculative AT may cache a translation made with the registers of two contexts.
static struct core const speculative_at[] = {
    {ARM(0xd03), 0xff}, // Cortex-A53 1530924
    {ARM(0xd05), 0x20}, // Cortex-A55 1530923
    {ARM(0xd07), 0xff}, // Cortex-A57 1319537
    {ARM(0xd08), 0xff}, // Cortex-A72 1319367
    {ARM(0xd0b), 0x30}, // Cortex-A76 1165522
    {ARM(0xd0c), 0x20}, // Neoverse N1, the same core
    {0, 0},
};

static bool is_among(struct core const *c, uint64_t midr)
{
    while (c->core && (c->core != MIDR_CORE(midr) || MIDR_REVISION(midr) > c->up_to))
        c++;
    return c->core;
}

void errata_cpu_init(struct cpu *cpu)
{
    cpu->parked_vttbr = is_among(speculative_at, sysreg_read(midr_el1)) ? stage2_empty_vttbr() : 0;
}
