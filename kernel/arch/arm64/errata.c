// SPDX-License-Identifier: MIT
#include "arch/arm64/errata.h"
#include <arch/stage2.h>
#include <arch/sysreg.h>

struct core {
    unsigned core, up_to; // last revision that is concerned
};

// A speculative AT may cache a translation made with the registers of two contexts.
static struct core const speculative_at[] = {
    {CORE_ARM(0xd03), 0xff}, // Cortex-A53 1530924
    {CORE_ARM(0xd05), 0x20}, // Cortex-A55 1530923
    {CORE_ARM(0xd07), 0xff}, // Cortex-A57 1319537
    {CORE_ARM(0xd08), 0xff}, // Cortex-A72 1319367
    {CORE_ARM(0xd0b), 0x30}, // Cortex-A76 1165522
    {CORE_ARM(0xd0c), 0x20}, // Neoverse N1, the same core
    {0, 0},
};

static bool is_among(struct core const *c, uint64_t midr)
{
    while (c->core && (c->core != CORE_OF(midr) || REVISION_OF(midr) > c->up_to))
        c++;
    return c->core;
}

void errata_cpu_init(struct cpu *cpu)
{
    cpu->parked_vttbr = is_among(speculative_at, sysreg_read(midr_el1)) ? stage2_empty_vttbr() : 0;
}
