// SPDX-License-Identifier: MIT
#include "gaps.h"

#include "check.h"
#include "cpu.h"
#include "platform.h"

enum { MAX_GAPS = 64 };

static struct gap const *gaps;
static unsigned num_gaps, cpu;
static bool met[MAX_GAPS];

static unsigned this_kind(void)
{
    static struct {
        uint16_t part; // with the implementer above it
        uint16_t bit;
    } const known[] = {
        {0x1d03, CPU_A53}, {0x1d07, CPU_A57}, {0x1d08, CPU_A72}, {0x1d0b, CPU_A76},
        {0x1d47, CPU_A710}, {0x1d40, CPU_V1}, {0x0051, CPU_MAX},
    };
    uint64_t midr = read_sysreg("midr_el1");
    unsigned part = (unsigned)(midr >> 4 & 0xfff) | (midr >> 24 == 0x41 ? 0x1000 : 0);
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].part == part)
            return known[i].bit;
    return CPU_OTHER;
}

static bool same(char const *a, char const *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

void gaps_begin(struct gap const *list, unsigned count)
{
    if (count > MAX_GAPS)
        give_up("too many gaps", count, MAX_GAPS);
    gaps = list;
    num_gaps = platform.uvmm ? count : 0;
    cpu = this_kind();
}

void check_or_gap(char const *name, bool holds)
{
    for (unsigned i = 0; i < num_gaps; i++) {
        struct gap const *g = &gaps[i];
        if (!(g->cpus & cpu) || !same(g->group, check_group()) || !same(g->name, name))
            continue;
        met[i] = true;
        if (!holds)
            skip(name, g->why);
        else if (cpu != CPU_OTHER) // of which nobody knows what it has
            check_true("in the list of gaps, but it holds", false);
        return;
    }
    check_true(name, holds);
}

void gaps_end(void)
{
    for (unsigned i = 0; i < num_gaps; i++)
        if ((gaps[i].cpus & cpu) && cpu != CPU_OTHER)
            check_true(gaps[i].name, met[i]);
}
