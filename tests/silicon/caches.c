// SPDX-License-Identifier: MIT
// Follows what would be in the caches only, in the worst case that is allowed: no line is ever evicted. A line is dirty from a
// store that is cached, or DC ZVA, until it is cleaned. (Arm ARM B2.7, D7.5)
//
// uncached-load   a guest whose MMU or caches are off reads a dirty line: it sees what memory held before
// uncached-store  it writes one: what is written back later overwrites it
// uncached-fetch  it executes one
// stale-code      a program executes what was written and is not cleaned to the point of unification, or not invalidated in the
//                 instruction caches since; a guest with its MMU off the same
#include "silicon.h"
#include <stdlib.h>

enum { LINE = 6, CHUNK = 21, CHUNKS = 1 << 19, LINES = 1 << (CHUNK - LINE), SEEN_PAGES = 1 << 18 };
enum { POC_DIRTY = 1, POU_DIRTY = 2, STALE = 4, REPORTED = 8 };

#define MMU_AND_CACHE 5ull // SCTLR_ELx.M and C

static uint8_t *chunks[CHUNKS];
// Pages where code with a stage 1 of its own, a guest or the kernel, has stored.
static struct {
    uint64_t va, space, phys;
} seen[SEEN_PAGES];
static enum { IN_BOOT, IN_HOST, IN_GUEST } running; // outside the kernel
static bool boot_cached; // SCTLR_EL2, as boot sets it
static bool guest_cached;
static unsigned long uncached, cleans, unknown, code_lines, guests_cached;

static uint8_t *line_of(uint64_t phys)
{
    uint64_t c = phys >> CHUNK;
    if (c >= CHUNKS)
        return NULL;
    if (!chunks[c])
        chunks[c] = calloc(LINES, 1);
    return &chunks[c][phys >> LINE & (LINES - 1)];
}

static uint64_t space_of(bool kernel)
{
    return kernel ? 1 : VTTBR_ROOT(context_vttbr());
}

static unsigned seen_index(bool kernel, uint64_t va)
{
    return (unsigned)((va >> 12) ^ space_of(kernel) >> 12) & (SEEN_PAGES - 1);
}

static void remember(bool kernel, uint64_t va, uint64_t phys)
{
    unsigned i = seen_index(kernel, va);
    seen[i].va = va >> 12;
    seen[i].space = space_of(kernel);
    seen[i].phys = phys & ~0xfffull;
}

static uint64_t recall(bool kernel, uint64_t va)
{
    unsigned i = seen_index(kernel, va);
    return seen[i].va == va >> 12 && seen[i].space == space_of(kernel) ? seen[i].phys | (va & 0xfff) : ~0ull;
}

static bool is_uncached(bool kernel)
{
    if (kernel)
        return false;
    return running == IN_BOOT ? !boot_cached : running == IN_GUEST && !guest_cached;
}

bool caches_guest_uncached(void)
{
    return running == IN_GUEST && !guest_cached;
}

bool caches_in_boot(void)
{
    return running == IN_BOOT;
}

static void observed(uint8_t *line, char const *rule, char const *what, uint64_t va, uint64_t phys)
{
    if ((*line & POC_DIRTY) && running != IN_BOOT)
        violation(rule, "%s %lx, at %lx in memory, past a dirty line", what, (long)va, (long)phys);
}

void caches_access(bool kernel, bool store, uint64_t va, uint64_t phys)
{
    uint8_t *line = line_of(phys);
    if (!line)
        return;
    if (is_uncached(kernel)) {
        uncached += running == IN_GUEST;
        observed(line, store ? "uncached-store" : "uncached-load", store ? "writes" : "reads", va, phys);
    } else if (store) {
        *line |= POC_DIRTY | POU_DIRTY;
        remember(kernel, va, phys);
    }
    if (store && (kernel || running != IN_GUEST)) // a guest looks after its own code
        *line |= STALE;
}

// Where an address of who executes cache maintenance lies; ~0: not known.
static uint64_t find(bool kernel, uint64_t va)
{
    uint64_t phys;
    if (!kernel && running == IN_BOOT)
        return va;
    if (kernel && silicon_window_phys(va, &phys))
        return phys;
    if (!kernel && (running == IN_HOST || !guest_cached))
        return tables_walk(va);
    return recall(kernel, va);
}

static void zero(bool kernel, uint64_t phys)
{
    uint8_t *line = line_of(phys);
    if (line && !is_uncached(kernel))
        *line |= POC_DIRTY | POU_DIRTY | STALE;
}

void caches_by_address(bool kernel, enum cache_op op, uint64_t va)
{
    uint64_t phys = find(kernel, va);
    uint8_t *line = phys == ~0ull ? NULL : line_of(phys);
    cleans++;
    unknown += !line;
    if (!line)
        return;
    switch (op) {
    case CACHE_ZERO:
        zero(kernel, phys);
        break;
    case CACHE_CLEAN_POC:
        *line &= (uint8_t) ~(POC_DIRTY | POU_DIRTY | REPORTED);
        break;
    case CACHE_CLEAN_POU:
        *line &= (uint8_t)~POU_DIRTY;
        break;
    case CACHE_DROP_CODE:
        if (!(*line & POU_DIRTY)) // else the old instructions may come back
            *line &= (uint8_t)~STALE;
    }
}

void caches_drop_all_code(void)
{
    for (unsigned c = 0; c < CHUNKS; c++)
        for (unsigned i = 0; chunks[c] && i < LINES; i++)
            if (!(chunks[c][i] & POU_DIRTY))
                chunks[c][i] &= (uint8_t)~STALE;
}

// QEMU translates code anew when its memory has changed: when it does, it fetches.
void caches_fetch(uint64_t pc)
{
    if (running == IN_BOOT || (running == IN_GUEST && guest_cached))
        return; // a guest with its caches on looks after itself
    uint64_t phys = tables_walk(pc);
    uint8_t *line = phys == ~0ull ? NULL : line_of(phys);
    if (!line)
        return;
    code_lines++;
    if (running == IN_GUEST)
        observed(line, "uncached-fetch", "executes", pc, phys);
    if ((*line & (POU_DIRTY | STALE)) && !(*line & REPORTED)) {
        violation("stale-code", "%s executes %lx, at %lx in memory, which is %s", running == IN_GUEST ? "a guest" : "a program",
                  (long)pc, (long)phys, *line & POU_DIRTY ? "dirty" : "not invalidated in the instruction caches");
        *line |= REPORTED;
    }
}

void caches_boot(uint64_t sctlr)
{
    boot_cached = (sctlr & MMU_AND_CACHE) == MMU_AND_CACHE;
}

void caches_guest(uint64_t sctlr)
{
    bool cached = (sctlr & MMU_AND_CACHE) == MMU_AND_CACHE;
    if (running == IN_GUEST && cached && !guest_cached) {
        note("event caches-on %lu", ++guests_cached);
        silicon_flush();
    }
    guest_cached = cached;
}

void caches_eret(bool guest, uint64_t sctlr)
{
    running = guest ? IN_GUEST : IN_HOST;
    if (guest)
        guest_cached = (sctlr & MMU_AND_CACHE) == MMU_AND_CACHE;
}

void caches_report(void)
{
    note("count uncached-accesses %lu", uncached);
    note("count cache-maintenance %lu", cleans);
    note("count cache-maintenance-elsewhere %lu", unknown);
    note("count code-fetched %lu", code_lines);
    note("count caches-on %lu", guests_cached);
}
