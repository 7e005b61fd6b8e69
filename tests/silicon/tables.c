// SPDX-License-Identifier: MIT
// Follows the stage-2 tables from VTTBR_EL2 down, and each entry from the store that changes it to the end of the TLB
// invalidation. A CPU may have cached what it could have walked to, so the rules hold for tables of an address space in which
// somebody ran since its VMID was last flushed. (Arm ARM D8.14 break-before-make, D8.17 TLB maintenance)
//
// make-before-break  a valid entry is replaced by another one (more than its permissions changes), or an empty one is filled
//                    before the invalidation of what it was is complete
// no-flush           user code or a guest runs, and an entry that was removed or weakened is not flushed
// not-visible        TLBI without a DSB behind the store, or a new entry that the walker may not see yet
// early-reuse        a table's memory is written anew while it may still be walked
// vmid-reuse         an address space gets a VMID under which entries of another one may be cached
// vcpu-flush         a vCPU runs under a VMID where another one of its VM has run, and stage 1 was not flushed
// mode               a VMID is used for guests and for host programs, whose stage 1 differs, and it was not flushed between
#include "silicon.h"
#include <stdlib.h>
#include <string.h>

enum { ENTRIES = 512, ROOTS = 2, HASH = 1 << 14, FIRST_LEVEL = 1, LEAF_LEVEL = 3 };

#define PTE_VALID 1ull
#define PTE_TABLE 2ull
#define PTE_ADDR 0xfffffffff000ull
// What may change while an entry is valid: S2AP, XN, and the bits that hardware ignores.
#define PTE_PERMISSIONS (3ull << 6 | 3ull << 53 | 0xfull << 55)

struct space {
    struct space *next;
    uint64_t root;
    unsigned vmid;
    bool cached;    // somebody ran in it since the last flush of its VMID
    uint64_t unpublished; // a new entry has had no DSB: where it was written
    uint64_t frame;       // registers of the vCPU that ran last
    bool stage1_flushed;  // since then
    bool guest, host; // who ran under this VMID
    unsigned generation; // of what is known about its tables
};

struct table {
    struct table *next; // in its hash chain
    struct space *space;
    uint64_t phys, ipa;
    unsigned level, generation;
    bool detached; // no entry points to it any more, but walkers may know it
    uint64_t pte[ENTRIES];
};

// An entry that may be cached as it was.
enum stage { STORED, VISIBLE, IPA_FLUSHED, IPA_DONE, FLUSHED };
struct change {
    struct change *next;
    struct space *space;
    struct table *table;
    struct table *child; // that the entry pointed to
    unsigned index;
    uint64_t ipa, pc;
    unsigned order;
    enum stage stage;
    bool kept; // only weakened
};

static struct space *spaces;
static struct table *tables[HASH];
static struct change *changes;
static struct space *loaded;
static uint64_t loaded_vttbr;
static unsigned long stores, removed, weakened, added, flushes[TLBI_EL2 + 1], completed;
static uint64_t window = 0x400000000000ull; // KERNEL_PHYS_WINDOW

static unsigned order_of(unsigned level)
{
    return 39 - 9 * level;
}

static struct table **hash_of(uint64_t phys)
{
    return &tables[phys >> 12 & (HASH - 1)];
}

static struct table *find(uint64_t phys)
{
    struct table *t = *hash_of(phys);
    while (t && t->phys != (phys & ~0xfffull))
        t = t->next;
    return t;
}

static bool is_table(struct table const *t, uint64_t pte)
{
    return t->level < LEAF_LEVEL && (pte & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

static void adopt(struct space *s, uint64_t phys, unsigned level, uint64_t ipa);

static void adopt_children(struct table *t)
{
    for (unsigned i = 0; i < ENTRIES; i++)
        if (is_table(t, t->pte[i]))
            adopt(t->space, t->pte[i] & PTE_ADDR, t->level + 1, t->ipa + ((uint64_t)i << order_of(t->level)));
}

static void adopt(struct space *s, uint64_t phys, unsigned level, uint64_t ipa)
{
    void const *content = read_memory(window + phys, sizeof(((struct table *)0)->pte));
    if (!content) {
        violation("bad-table", "a level %u table at %lx is no memory of the kernel's", level, (long)phys);
        return;
    }
    struct table *t = find(phys);
    if (!t) {
        t = calloc(1, sizeof(*t));
        t->phys = phys;
        t->next = *hash_of(phys);
        *hash_of(phys) = t;
    }
    t->space = s;
    t->level = level;
    t->ipa = ipa;
    t->generation = s->generation;
    t->detached = false;
    memcpy(t->pte, content, sizeof(t->pte));
    adopt_children(t);
}

static void forget(struct table *t)
{
    struct table **p = hash_of(t->phys);
    while (*p && *p != t)
        p = &(*p)->next;
    if (*p)
        *p = t->next;
    free(t);
}

// ---- changes that are under way ----

static void complete(struct change **p)
{
    struct change *c = *p;
    *p = c->next;
    completed++;
    if (c->child && c->child->detached)
        forget(c->child);
    free(c);
}

static struct change *change_of(struct table const *t, unsigned index)
{
    for (struct change *c = changes; c; c = c->next)
        if (c->table == t && c->index == index && !c->kept)
            return c;
    return NULL;
}

static void drop_changes(struct space const *s)
{
    for (struct change **p = &changes; *p;)
        if ((*p)->space == s)
            complete(p);
        else
            p = &(*p)->next;
}

// Reads the tables of a space anew. Nothing of it is cached, so it does not matter how they became what they are.
static void adopt_all(struct space *s)
{
    s->generation++;
    for (unsigned i = 0; i < ROOTS; i++)
        adopt(s, s->root + i * 4096, FIRST_LEVEL, (uint64_t)i * ENTRIES << order_of(FIRST_LEVEL));
    for (unsigned i = 0; i < HASH; i++)
        for (struct table *t = tables[i], *next; t; t = next) {
            next = t->next;
            if (t->space == s && t->generation != s->generation)
                forget(t);
        }
}

static void note_change(struct table *t, unsigned index, uint64_t old, bool kept)
{
    struct change *c = calloc(1, sizeof(*c));
    c->space = t->space;
    c->table = t;
    c->index = index;
    c->ipa = t->ipa + ((uint64_t)index << order_of(t->level));
    c->order = order_of(t->level);
    c->pc = current_pc;
    c->kept = kept;
    if (!kept && is_table(t, old))
        c->child = find(old & PTE_ADDR);
    if (c->child)
        c->child->detached = true;
    c->next = changes;
    changes = c;
}

static void entry_changes(struct table *t, unsigned index, uint64_t old, uint64_t new)
{
    struct space *s = t->space;
    if (old & PTE_VALID) {
        if (new & PTE_VALID) {
            if ((old ^ new) & ~PTE_PERMISSIONS)
                violation("make-before-break", "entry of %lx: %lx becomes %lx",
                          (long)(t->ipa + ((uint64_t)index << order_of(t->level))), (long)old, (long)new);
            weakened++;
        } else {
            removed++;
        }
        note_change(t, index, old, new & PTE_VALID);
    } else if (new & PTE_VALID) {
        added++;
        s->unpublished = current_pc;
        struct change *c = change_of(t, index);
        if (c)
            violation("make-before-break", "entry of %lx is filled before its flush is complete; removed at pc %lx",
                      (long)c->ipa, (long)c->pc);
    }
}

// ---- events ----

static struct space *space_of(uint64_t root)
{
    for (struct space *s = spaces; s; s = s->next)
        if (s->root == root)
            return s;
    return NULL;
}

static void new_vmid(struct space *s, unsigned vmid)
{
    if (s->cached)
        violation("vmid-reuse", "the tables at %lx get another VMID than %u, which is not flushed", (long)s->root, s->vmid);
    for (struct space *o = spaces; o; o = o->next)
        if (o != s && vmid && o->vmid == vmid && o->cached)
            violation("vmid-reuse", "VMID %u of the tables at %lx is given to those at %lx", vmid, (long)o->root,
                      (long)s->root);
    s->vmid = vmid;
    s->guest = s->host = s->cached = false;
}

void tables_vttbr(uint64_t vttbr)
{
    unsigned vmid = VTTBR_VMID(vttbr);
    struct space *s = space_of(VTTBR_ROOT(vttbr));
    loaded_vttbr = vttbr;
    if (!s) {
        s = calloc(1, sizeof(*s));
        s->root = VTTBR_ROOT(vttbr);
        s->next = spaces;
        spaces = s;
        s->vmid = vmid;
    }
    loaded = s;
    if (s->vmid != vmid) {
        if (vmid && tables_empty(vttbr)) // only names a VMID for a TLBI
            return;
        new_vmid(s, vmid);
    }
}

bool tables_empty(uint64_t vttbr)
{
    for (unsigned half = 0; half < ROOTS; half++) {
        uint64_t const *pte = read_memory(window + VTTBR_ROOT(vttbr) + half * 4096, ENTRIES * sizeof(*pte));
        for (unsigned i = 0; pte && i < ENTRIES; i++)
            if (pte[i] & PTE_VALID)
                return false;
    }
    return true;
}

uint64_t tables_walk(uint64_t ipa)
{
    if (!loaded || ipa >> 40)
        return ~0ull;
    struct table *t = find(loaded->root + (ipa >> order_of(0) << 12));
    for (unsigned level = FIRST_LEVEL; t; level++) {
        uint64_t pte = t->pte[ipa >> order_of(level) & (ENTRIES - 1)];
        if (!(pte & PTE_VALID))
            return ~0ull;
        if (!is_table(t, pte))
            return (pte & PTE_ADDR) | (ipa & ((1ull << order_of(level)) - 1));
        t = find(pte & PTE_ADDR);
    }
    return ~0ull;
}

void tables_store(uint64_t phys, uint64_t value)
{
    struct table *t = find(phys);
    if (!t)
        return;
    unsigned index = phys >> 3 & (ENTRIES - 1);
    uint64_t old = t->pte[index];
    if (old == value)
        return;
    if (t->detached && t->space->cached) {
        violation("early-reuse", "memory of the table of %lx is written before its flush is complete", (long)t->ipa);
        return;
    }
    stores++;
    t->pte[index] = value;
    if (!t->space->cached) {
        t->space->unpublished = current_pc;
        return;
    }
    entry_changes(t, index, old, value);
    if (is_table(t, value))
        adopt(t->space, value & PTE_ADDR, t->level + 1, t->ipa + ((uint64_t)index << order_of(t->level)));
}

void tables_zero(uint64_t phys, uint64_t size)
{
    if (!find(phys))
        return;
    for (uint64_t i = 0; i < size; i += 8)
        tables_store(phys + i, 0);
}

static bool is_at(struct change const *c, uint64_t ipa_page)
{
    return (c->ipa >> c->order) == ((ipa_page & 0xfffffffff) << 12 >> c->order);
}

static void flush_change(struct change *c, enum tlbi_kind kind, uint64_t operand)
{
    if (c->stage == STORED && kind != TLBI_STAGE1 && (kind != TLBI_IPA || is_at(c, operand))) {
        violation("not-visible", "TLBI for %lx, and the store at pc %lx has had no DSB", (long)c->ipa, (long)c->pc);
        c->stage = VISIBLE;
    }
    if (c->stage == VISIBLE && (kind == TLBI_ALL || kind == TLBI_SPACE))
        c->stage = FLUSHED;
    else if (c->stage == VISIBLE && kind == TLBI_IPA && is_at(c, operand))
        c->stage = IPA_FLUSHED;
    else if (c->stage == IPA_DONE && (kind == TLBI_STAGE1 || kind == TLBI_ALL || kind == TLBI_SPACE))
        c->stage = FLUSHED;
}

void tables_tlbi(enum tlbi_kind kind, uint64_t operand)
{
    flushes[kind]++;
    if (kind == TLBI_EL2)
        return;
    unsigned vmid = VTTBR_VMID(loaded_vttbr);
    for (struct change *c = changes; c; c = c->next)
        if (kind == TLBI_ALL || c->space->vmid == vmid)
            flush_change(c, kind, operand);
    for (struct space *s = spaces; s; s = s->next) {
        if (kind == TLBI_ALL || (kind == TLBI_SPACE && s->vmid == vmid))
            s->cached = false;
        if (kind == TLBI_ALL || (kind != TLBI_IPA && s->vmid == vmid)) {
            s->stage1_flushed = true;
            s->guest = s->host = false;
        }
    }
}

void tables_barrier(unsigned crm)
{
    bool all = crm == DSB_ISH || crm == DSB_SY;
    for (struct change **p = &changes; *p;) {
        struct change *c = *p;
        if (c->stage == STORED && (all || crm == DSB_ISHST || crm == DSB_SY - 1))
            c->stage = VISIBLE;
        else if (c->stage == IPA_FLUSHED && all)
            c->stage = IPA_DONE;
        if (c->stage == FLUSHED && all)
            complete(p);
        else
            p = &c->next;
    }
    if (crm & 2)
        for (struct space *s = spaces; s; s = s->next)
            s->unpublished = 0;
}

static void check_vcpu(struct space *s, uint64_t frame)
{
    if (s->frame && s->frame != frame && !s->stage1_flushed)
        violation("vcpu-flush", "a vCPU with registers at %lx runs under VMID %u where one at %lx has run", (long)frame,
                  s->vmid,
                  (long)s->frame);
    s->frame = frame;
    s->stage1_flushed = false;
}

void tables_eret(uint64_t vttbr, uint64_t frame)
{
    struct space *s = loaded;
    if (!s || !VTTBR_VMID(vttbr))
        violation("no-space", "user code runs with VTTBR_EL2 %lx", (long)vttbr);
    if (!s)
        return;
    for (struct change *c = changes; c; c = c->next)
        violation("no-flush", "user code runs, and the entry of %lx that pc %lx changed is not flushed (stage %d)",
                  (long)c->ipa,
                  (long)c->pc, (int)c->stage);
    while (changes)
        drop_changes(changes->space);
    if (s->unpublished)
        violation("not-visible", "user code runs, and what pc %lx wrote to its tables has had no DSB", (long)s->unpublished);
    s->unpublished = 0;
    if (!s->cached)
        adopt_all(s);
    s->cached = true;
    if (context_tge())
        s->host = true;
    else
        s->guest = true;
    if (!context_tge())
        check_vcpu(s, frame);
    if (s->guest && s->host)
        violation("mode", "VMID %u is used with and without HCR_EL2.TGE, and stage 1 was not flushed", s->vmid);
}

void tables_report(void)
{
    unsigned long live = 0;
    for (unsigned i = 0; i < HASH; i++)
        for (struct table *t = tables[i]; t; t = t->next)
            live++;
    note("count tables %lu", live);
    note("count entries-changed %lu", stores);
    note("count entries-added %lu", added);
    note("count entries-removed %lu", removed);
    note("count entries-weakened %lu", weakened);
    note("count flushes-complete %lu", completed);
    note("count TLBI-address %lu", flushes[TLBI_IPA]);
    note("count TLBI-space %lu", flushes[TLBI_SPACE]);
    note("count TLBI-all %lu", flushes[TLBI_ALL]);
}
