// SPDX-License-Identifier: MIT
// TLB maintenance of stage 2 from EL2, and VMIDs. A VMID has 8 bits on the oldest cores and every
// task needs one: they are given out by generations. When they are used up the whole TLB is flushed
// and all spaces start anew, except those that a CPU has loaded at that moment. (Arm ARM D8.13,
// D8.14)
#include "arch/arm64/stage2.h"
#include "arch/arm64/sysreg.h"
#include "debug/assert.h"
#include "lock/held.h"
#include "sched/cpu.h"

enum { VMID_SHIFT = 48 };

// 4 KiB granule, start level 1 (SL0 = 1), 40 bits of input (T0SZ = 24), walks inner shareable and
// write-back.
#define VTCR_RES1     BIT(31)
#define VTCR_T0SZ     (64 - S2_BITS)
#define VTCR_SL0      (1ull << 6)
#define VTCR_IRGN_WB  (1ull << 8)
#define VTCR_ORGN_WB  (1ull << 10)
#define VTCR_SH_INNER (3ull << 12)
#define VTCR_PS_SHIFT 16

uint32_t vmid_generation = 1;

static uint64_t vmid_used[VMIDS / 64] = {1}; // VMID 0 is the empty table's
static unsigned vmid_next = 1;
static _Alignas(8192) struct ptab empty_root;

static void flush_all(void)
{
    asm volatile("dsb ishst; tlbi alle1is; dsb ish; isb" ::: "memory");
}

static void new_generation(void)
{
    vmid_generation++;
    for (unsigned i = 0; i < VMIDS / 64; i++)
        vmid_used[i] = 0;
    vmid_used[0] = 1;
    vmid_next = 1;
    flush_all();
    for (unsigned c = 0; c < MAX_CPUS; c++) {
        struct space *s = cpus[c].space;
        if (!s)
            continue;
        unsigned v = vmid_of(s->vttbr);
        vmid_used[v / 64] |= BIT(v % 64);
        s->vmid_generation = vmid_generation;
    }
}

static unsigned vmid_find(void)
{
    while (vmid_next < VMIDS && (vmid_used[vmid_next / 64] & BIT(vmid_next % 64)))
        vmid_next++;
    return vmid_next;
}

void vmid_assign(struct space *s)
{
    if (s->vmid_generation == vmid_generation)
        return;
    assert(global_lock_held());
    unsigned v = vmid_find();
    if (v == VMIDS) {
        new_generation(); // at most one VMID per CPU stays in use: there is a free one now
        if (s->vmid_generation == vmid_generation)
            return;
        v = vmid_find();
        assert(v < VMIDS);
    }
    vmid_used[v / 64] |= BIT(v % 64);
    s->vttbr = kernel_virt_to_phys(s->root) | ((uint64_t)v << VMID_SHIFT);
    s->vmid_generation = vmid_generation;
}

void space_forget(struct space *s)
{
    assert(global_lock_held());
    for (unsigned c = 0; c < MAX_CPUS; c++)
        if (cpus[c].space == s)
            cpus[c].space = NULL;
    if (s->vmid_generation == vmid_generation)
        tlb_flush_space(s);
    // No walk may start from the freed tables: this CPU leaves them now, an idle CPU did so when it
    // became idle.
    if (sysreg_read(vttbr_el2) == s->vttbr) {
        dsb_ish();
        sysreg_write_mem(vttbr_el2, stage2_empty_vttbr());
        isb();
    }
}

// TLB instructions for a VMID act on that in VTTBR_EL2. Returns the old value, for leave(). The tables beside it are empty: a
// guest's registers may be in place, and a speculative walk of theirs (errata.c) finds nothing to cache under that VMID.
static uint64_t enter(struct space *s)
{
    uint64_t old = sysreg_read(vttbr_el2);
    dsb_ish(); // the changed entries come before the invalidation, and the walks of who ran are over
    if (old != s->vttbr)
        sysreg_write_mem(vttbr_el2, stage2_empty_vttbr() | (uint64_t)vmid_of(s->vttbr) << VMID_SHIFT);
    isb(); // also when a context switch of this kernel entry has written the register
    return old;
}

static void leave(struct space *s, uint64_t old)
{
    isb();
    if (old != s->vttbr) {
        sysreg_write_mem(vttbr_el2, old);
        isb();
    }
}

void tlb_flush_page(struct space *s, uint64_t addr)
{
    assert(global_lock_held());
    if (s->vmid_generation != vmid_generation)
        return; // nothing of it can be cached
    uint64_t old = enter(s);
    // The second instruction is for entries that combine both stages: they are not found by IPA.
    asm volatile("tlbi ipas2e1is, %0; dsb ish; tlbi vmalle1is; dsb ish" ::"r"(addr >> 12)
                 : "memory");
    leave(s, old);
}

void tlb_flush_space(struct space *s)
{
    assert(global_lock_held());
    if (s->vmid_generation != vmid_generation)
        return;
    uint64_t old = enter(s);
    asm volatile("tlbi vmalls12e1is; dsb ish" ::: "memory");
    leave(s, old);
}

void tlb_publish(void)
{
    asm volatile("dsb ishst; isb" ::: "memory");
}

uint64_t stage2_empty_vttbr(void)
{
    return kernel_virt_to_phys(&empty_root);
}

void stage2_cpu_init(void)
{
    uint64_t ps = sysreg_read(id_aa64mmfr0_el1) & 0xf;
    if (ps > 5)
        ps = 5; // 48 bits: the most that 4 KiB descriptors hold without extensions
    sysreg_write_mem(vtcr_el2, VTCR_RES1 | VTCR_T0SZ | VTCR_SL0 | VTCR_IRGN_WB | VTCR_ORGN_WB |
                                   VTCR_SH_INNER | (ps << VTCR_PS_SHIFT));
    sysreg_write_mem(vttbr_el2, stage2_empty_vttbr());
    isb();
    asm volatile("tlbi alle1; dsb nsh; isb" ::: "memory");
}
