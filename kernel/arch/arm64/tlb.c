// SPDX-License-Identifier: MIT
// TLB maintenance of stage 2 from EL2, and VMIDs. A VMID has 8 bits on the oldest cores and every
// task needs one: they are given out by generations. When they are used up the whole TLB is flushed
// and all spaces start anew, except those that a CPU has loaded at that moment. A space without a
// VMID has no VTTBR_EL2 value: what runs in it is told by one load. (Arm ARM D8.13, D8.14)
#include <arch/smmu.h>
#include <arch/stage2.h>
#include <arch/sysreg.h>
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

// CTR_EL0.L1Ip: only physical indices and tags make a line the same at all addresses.
#define CTR_L1IP      (3ull << 14)
#define CTR_L1IP_PIPT (3ull << 14)

uint32_t vmid_generation = 1;
static bool icache_by_address; // on one CPU at least

static _Alignas(8192) struct ptab empty_root;
static struct space nobody;                         // for VMIDs that no space may have
static struct space *vmid_owner[VMIDS] = {&nobody}; // VMID 0 is the empty table's
static unsigned vmid_next = 1;

static void flush_all(void)
{
    asm volatile("dsb ishst; tlbi alle1is; dsb ish; isb" ::: "memory");
}

static void new_generation(void)
{
    static struct space *loaded[VMIDS];
    for (unsigned v = 0; v < VMIDS; v++)
        loaded[v] = v ? NULL : &nobody;
    vmid_generation++;
    vmid_next = 1;
    flush_all();
    loaded[vmid_of(sysreg_read(vttbr_el2))] = &nobody; // this CPU may be about to leave it, and walk its tables still
    for (unsigned c = 0; c < MAX_CPUS; c++)
        if (cpus[c].space)
            loaded[vmid_of(cpus[c].space->vttbr)] = cpus[c].space;
    for (unsigned v = 1; v < VMIDS; v++) {
        if (vmid_owner[v] && vmid_owner[v] != loaded[v])
            vmid_owner[v]->vttbr = 0;
        vmid_owner[v] = loaded[v];
    }
}

static unsigned vmid_find(void)
{
    while (vmid_next < VMIDS && vmid_owner[vmid_next])
        vmid_next++;
    return vmid_next;
}

void vmid_assign(struct space *s)
{
    assert(global_lock_held() && !s->vttbr);
    unsigned v = vmid_find();
    if (v == VMIDS) {
        new_generation(); // few VMIDs stay in use: there is a free one now
        v = vmid_find();
        assert(v < VMIDS);
    }
    vmid_owner[v] = s;
    s->vttbr = kernel_virt_to_phys(s->root) | ((uint64_t)v << VMID_SHIFT);
}

void space_forget(struct space *s)
{
    assert(global_lock_held());
    for (unsigned c = 0; c < MAX_CPUS; c++)
        if (cpus[c].space == s)
            cpus[c].space = NULL;
    if (!s->vttbr)
        return;
    tlb_flush_space(s);
    // No walk may start from the freed tables: this CPU leaves them now, an idle CPU did so when it
    // became idle.
    if (sysreg_read(vttbr_el2) == s->vttbr) {
        dsb_ish();
        sysreg_write_mem(vttbr_el2, stage2_empty_vttbr());
        isb();
    }
    vmid_owner[vmid_of(s->vttbr)] = &nobody; // until the next generation
    s->vttbr = 0;
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
    if (!s->vttbr) { // no CPU can have cached anything of it
        if (s->device_vmid)
            smmu_flush_page(s, addr);
        return;
    }
    uint64_t old = enter(s);
    // The second instruction is for entries that combine both stages: they are not found by IPA.
    asm volatile("tlbi ipas2e1is, %0; dsb ish; tlbi vmalle1is; dsb ish" ::"r"(addr >> 12)
                 : "memory");
    leave(s, old);
}

void tlb_flush_space(struct space *s)
{
    assert(global_lock_held());
    if (!s->vttbr) {
        if (s->device_vmid)
            smmu_flush_space(s);
        return;
    }
    uint64_t old = enter(s);
    asm volatile("tlbi vmalls12e1is; dsb ish" ::: "memory");
    leave(s, old);
}

void tlb_publish(void)
{
    asm volatile("dsb ishst; isb" ::: "memory");
}

void icache_prepare(void)
{
    if (icache_by_address)
        asm volatile("dsb ish; ic ialluis; dsb ish; isb" ::: "memory");
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
    if ((sysreg_read(ctr_el0) & CTR_L1IP) != CTR_L1IP_PIPT)
        icache_by_address = true;
    sysreg_write_mem(vttbr_el2, stage2_empty_vttbr());
    isb();
    asm volatile("tlbi alle1; dsb nsh; isb" ::: "memory");
}
