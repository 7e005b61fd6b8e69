// SPDX-License-Identifier: MIT
#include "mem/mapping.h"
#include "mem/mapping_tree.h"
#include "debug/assert.h"
#include "lock/held.h"
#include "panic.h"
#include <l4/sys/err.h>

// Image, heap, distributor, GICC, GICH and BOOT_MAX_GICR regions of redistributors are 9 at most.
enum { RESERVED_RANGES = 16 };

static struct {
    uint64_t start, end;
} reserved[RESERVED_RANGES];
static unsigned reserved_count;

static uint64_t align_down(uint64_t a, unsigned order)
{
    return a & ~(((uint64_t)1 << order) - 1);
}

// First address behind the aligned block of `order` around a.
static uint64_t block_end(uint64_t a, unsigned order)
{
    return align_down(a, order) + ((uint64_t)1 << order);
}

void mem_reserve(uint64_t start, uint64_t end)
{
    assert(start <= end);
    if (reserved_count == RESERVED_RANGES)
        kernel_panic("mapping: more reserved memory ranges than there is room for");
    reserved[reserved_count].start = start;
    reserved[reserved_count].end = end;
    reserved_count++;
}

static uint64_t kip_page = ~(uint64_t)0;

void mem_allow_kip(uint64_t phys)
{
    kip_page = phys;
}

static bool is_reserved(uint64_t start, uint64_t size)
{
    for (unsigned i = 0; i < reserved_count; i++)
        if (start < reserved[i].end && start + size > reserved[i].start)
            return true;
    return false;
}

// ---- map ----

struct source {           // what is at one address of the source space
    struct mapping *node; // NULL: sigma0
    uint64_t phys;        // of the address, not of the leaf's start
    unsigned order;       // of the leaf, or of the hole
    unsigned rights;
    enum mem_type type;
};

static bool sigma0_find(uint64_t addr, struct source *s)
{
    *s = (struct source){.phys = addr, .order = S2_SUPER, .rights = MEM_RWX, .type = MEM_NORMAL};
    if (addr >> S2_BITS) {
        s->order = S2_TOP;
        return false;
    }
    if (!is_reserved(align_down(addr, S2_SUPER), (uint64_t)1 << S2_SUPER))
        return true;
    s->order = S2_PAGE;
    if (align_down(addr, S2_PAGE) == kip_page) {
        s->rights = MEM_R | MEM_X;
        return true;
    }
    return !is_reserved(align_down(addr, S2_PAGE), (uint64_t)1 << S2_PAGE);
}

// False when there is nothing that could be mapped on; s->order then is the size of the hole.
static bool source_find(struct task *t, uint64_t addr, struct source *s)
{
    if (t->is_sigma0)
        return sigma0_find(addr, s);
    struct s2_leaf l = stage2_walk(&t->space, addr);
    *s = (struct source){.order = l.order};
    if (!l.pte || !stage2_present(*l.pte) || !*s2_node(l))
        return false;
    s->node = *s2_node(l);
    s->phys = stage2_phys(*l.pte) + (addr - align_down(addr, l.order));
    s->rights = stage2_rights(*l.pte);
    s->type = stage2_type(*l.pte);
    return true;
}

// The address of what comes after the leaf, or behind the hole, where a walk to `a` has ended.
static uint64_t next_leaf(struct task *t, struct s2_leaf l, uint64_t a, uint64_t end)
{
    uint64_t next = block_end(a, l.order);
    return next >= end || (l.pte && *l.pte) ? next : stage2_next(&t->space, l, a, end);
}

// Whether a level-3 table around addr maps memory of the kernel's own, which stays where it is.
static bool has_kernel_memory(struct task *t, uint64_t addr)
{
    if (stage2_block(&t->space, addr) != S2_TABLE)
        return false;
    uint64_t end = block_end(addr, S2_SUPER);
    for (uint64_t a = align_down(addr, S2_SUPER); a < end;) {
        struct s2_leaf l = stage2_walk(&t->space, a);
        if (stage2_present(*l.pte) && !*s2_node(l))
            return true;
        a = next_leaf(t, l, a, end);
    }
    return false;
}

static unsigned piece_order(struct source const *s, uint64_t sa, uint64_t size, struct task *dst,
                            uint64_t da)
{
    uint64_t mask = ((uint64_t)1 << S2_SUPER) - 1;
    if (s->order < S2_SUPER || ((sa | da) & mask) || size <= mask || has_kernel_memory(dst, da))
        return S2_PAGE;
    return S2_SUPER;
}

// Removes all that is in the way of a leaf of `order`.
enum cleared { CLEARED_NOTHING, CLEARED_SOME, CLEARED_STOPPED };
static enum cleared clear_leaves(struct task *dst, uint64_t da, unsigned order, struct progress *p)
{
    struct mapping_walk w;
    mapping_walk_begin(&w, p);
    uint64_t end = da + ((uint64_t)1 << order);
    bool done = true;
    for (uint64_t a = da; done && a < end;) {
        struct s2_leaf l = stage2_walk(&dst->space, a);
        uint64_t next = next_leaf(dst, l, a, end);
        if (l.pte && stage2_present(*l.pte) && *s2_node(l))
            done = mapping_revoke(*s2_node(l), true, &w);
        a = next;
    }
    mapping_walk_flush(&w);
    return !done ? CLEARED_STOPPED : w.changed ? CLEARED_SOME : CLEARED_NOTHING;
}

static enum cleared clear_target(struct task *dst, uint64_t da, unsigned order, struct progress *p)
{
    enum cleared c = clear_leaves(dst, da, order, p);
    if (c != CLEARED_STOPPED && order == S2_SUPER)
        stage2_prune(&dst->space, dst->obj.quota, da);
    return c;
}

static void leaf_upgrade(struct task *t, uint64_t addr, struct s2_leaf l, unsigned rights,
                         enum mem_type type)
{
    uint64_t old = *l.pte;
    uint64_t new = stage2_leaf(stage2_phys(old), l.order, stage2_rights(old) | rights, type);
    if (new == old)
        return;
    if (stage2_type(old) !=
        type) { // break before make: no two types of one page may be cached at a time
        __atomic_store_n(l.pte, 0, __ATOMIC_RELEASE);
        tlb_flush_page(&t->space, addr);
    }
    __atomic_store_n(l.pte, new, __ATOMIC_RELEASE);
    tlb_flush_page(&t->space, addr);
}

struct piece {
    struct task *src, *dst;
    uint64_t sa, da;
    unsigned order;
    unsigned rights;
    enum mem_type type;
    bool grant;
    struct progress *progress; // NULL: must not stop
};

// After a grant the source's page goes, and what was derived from it. Apart: the usual mapping has no array on the stack.
static __attribute__((noinline)) enum map_result take_from_source(struct piece const *p, struct source const *s)
{
    struct mapping_walk w;
    mapping_walk_begin(&w, p->progress);
    bool done = mapping_revoke(s->node, true, &w);
    mapping_walk_flush(&w);
    return done ? MAP_SOME : MAP_STOPPED;
}

// The leaf is new: `d` is the entry for it, or where a walk to it ended when there was no table for it.
static enum map_result leaf_create(struct piece const *p, struct source const *s, struct s2_leaf d)
{
    bool grant =
        p->grant && s->node && s->order == p->order; // a part cannot be granted, it is mapped
    if (!d.pte || d.order != p->order)
        d = stage2_walk_alloc(&p->dst->space, p->dst->obj.quota, p->da, p->order);
    if (!d.pte)
        return MAP_NO_MEMORY;
    assert(!*d.pte && !*s2_node(d) && !(p->rights & ~s->rights));
    struct mapping *parent = grant ? s->node->parent : s->node;
    struct mapping *m = mapping_create(p->dst, p->da, p->order, parent, s->phys);
    if (!m)
        return MAP_NO_MEMORY;
    *s2_node(d) = m;
    __atomic_store_n(d.pte, stage2_leaf(s->phys, p->order, p->rights, p->type), __ATOMIC_RELEASE);
    return grant ? take_from_source(p, s) : MAP_SOME;
}

static enum map_result map_piece(struct piece const *p, struct source *s)
{
    struct s2_leaf d = stage2_walk(&p->dst->space, p->da);
    if (d.order >= p->order && (!d.pte || !*d.pte))
        return leaf_create(p, s, d); // nothing is in the way
    if (d.pte && stage2_present(*d.pte)) {
        struct mapping *m = *s2_node(d);
        if (!m)
            return MAP_NOTHING; // memory of the kernel's own
        if (m->parent == s->node && d.order == p->order && stage2_phys(*d.pte) == s->phys &&
            !p->grant) {
            leaf_upgrade(p->dst, p->da, d, p->rights, p->type);
            return MAP_SOME;
        }
    }
    enum cleared cleared = clear_target(p->dst, p->da, p->order, p->progress);
    if (cleared == CLEARED_STOPPED) { // goes on even if the source, derived from the target, was the first to go
        p->progress->clearing = p->order;
        return MAP_STOPPED;
    }
    if (cleared == CLEARED_SOME) {
        struct source again; // the source may have been derived from what was removed
        if (!source_find(p->src, p->sa, &again) || again.node != s->node)
            return MAP_NOTHING;
    }
    return leaf_create(p, s, stage2_walk(&p->dst->space, p->da));
}

struct map_range {
    struct task *src, *dst;
    uint64_t src_addr, dst_addr, end;
    unsigned rights;
    enum mem_type type;
    bool grant;
    struct progress *progress;
};

// Maps what is at `sa`; *next gets the address of what comes after it.
static inline __attribute__((always_inline)) enum map_result map_at(struct map_range const *m, uint64_t sa, uint64_t *next)
{
    struct source s;
    if (!source_find(m->src, sa, &s)) {
        *next = m->src->is_sigma0 ? block_end(sa, s.order)
                                  : next_leaf(m->src, stage2_walk(&m->src->space, sa), sa, m->end);
        return MAP_NOTHING;
    }
    struct piece p = {.src = m->src, .dst = m->dst, .sa = sa, .da = m->dst_addr + (sa - m->src_addr),
                      .grant = m->grant, .progress = m->progress};
    p.order = piece_order(&s, sa, m->end - sa, m->dst, p.da);
    p.rights = s.rights & m->rights;
    p.type = m->type == MEM_INHERIT ? s.type : m->type;
    *next = sa + ((uint64_t)1 << p.order);
    return p.rights ? map_piece(&p, &s) : MAP_NOTHING;
}

static inline __attribute__((always_inline)) enum map_result map_range(struct map_range const *m, uint64_t sa)
{
    struct progress *p = m->progress;
    enum map_result result = p && p->count ? MAP_SOME : MAP_NOTHING;
    if (p && p->clearing) {
        uint64_t da = align_down(m->dst_addr + (sa - m->src_addr), p->clearing);
        if (clear_leaves(m->dst, da, p->clearing, p) == CLEARED_STOPPED)
            return MAP_STOPPED;
        p->clearing = 0;
    }
    while (sa < m->end) {
        enum map_result r = map_at(m, sa, &sa);
        if (r == MAP_SOME)
            result = r;
        bool stop = r == MAP_STOPPED || (r >= 0 && sa < m->end && progress_stop(p, sa - m->src_addr));
        if (stop)
            p->count = result == MAP_SOME;
        if (stop || r < 0)
            return stop ? MAP_STOPPED : r;
    }
    return result;
}

// No array: ranges, pieces and leaves are passed by address.
L4_NO_STACK_GUARD enum map_result mem_map(struct mem_mapping const *m, struct progress *progress)
{
    assert(global_lock_held());
    if (m->order < S2_PAGE || m->src->obj.dying || m->dst->obj.dying)
        return MAP_NOTHING;
    unsigned order = m->order > S2_BITS ? S2_BITS : m->order;
    uint64_t src_addr = align_down(m->src_addr, order), dst_addr = align_down(m->dst_addr, order);
    if (src_addr >> S2_BITS || dst_addr >> S2_BITS)
        return MAP_NOTHING;

    struct map_range range = {.src = m->src, .dst = m->dst, .src_addr = src_addr, .dst_addr = dst_addr,
                              .end = src_addr + ((uint64_t)1 << order), .rights = m->rights, .type = m->type,
                              .grant = m->grant, .progress = progress};
    if (m->rights & MEM_X)
        icache_prepare();
    enum map_result result = map_range(&range, progress ? src_addr + progress->done : src_addr);
    if (result != MAP_NOTHING)
        tlb_publish();
    return result;
}

// ---- unmap ----

static bool revoke_or_restrict(struct mapping *m, unsigned rights, bool self,
                               struct mapping_walk *w)
{
    return rights & MEM_R ? mapping_revoke(m, self, w) : mapping_restrict(m, 0, MAPPING_PIECES, rights, self, w);
}

static bool revoke_list(struct mapping *first, struct mapping_walk *w)
{
    for (struct mapping *m = first, *next; m; m = next) {
        next = m->next;
        if (m->task && !mapping_revoke(m, true, w))
            return false;
    }
    return true;
}

// What is derived from the pieces [from, to) of a 2 MiB page. Derived 2 MiB pages contain every
// piece.
static bool unmap_pieces(struct mapping *m, unsigned from, unsigned to, unsigned rights,
                         struct mapping_walk *w)
{
    if (!(rights & MEM_R))
        return mapping_restrict(m, from, to, rights, false, w);
    if (!revoke_list(m->child, w))
        return false;
    for (unsigned i = from; i < to && m->piece; i++)
        if (!revoke_list(m->piece[i], w))
            return false;
    return true;
}

struct unmapping {
    struct task *task;
    uint64_t start, end;
    unsigned rights;
    bool self; // from the task's own pages, too
};

static bool unmap_leaf(struct unmapping const *u, struct mapping *m, struct mapping_walk *w)
{
    uint64_t leaf_end = m->addr + ((uint64_t)1 << m->order);
    if (u->self || (u->start <= m->addr && u->end >= leaf_end))
        return revoke_or_restrict(m, u->rights, u->self, w);
    uint64_t from = u->start > m->addr ? u->start - m->addr : 0;
    uint64_t to = (u->end < leaf_end ? u->end : leaf_end) - m->addr;
    return unmap_pieces(m, (unsigned)(from >> S2_PAGE), (unsigned)(to >> S2_PAGE), u->rights, w);
}

// Sigma0 hands out physical memory that is not in its tables: the nodes without parent are derived
// from it.
static bool unmap_sigma0_list(struct unmapping const *u, unsigned list, struct mapping_walk *w)
{
    for (struct mapping *m = mapping_roots[list], *next; m; m = next) {
        next = m->next;
        if (!m->task)
            continue;
        uint64_t phys = mapping_phys(m);
        if (phys >= u->end || phys + ((uint64_t)1 << m->order) <= u->start || (m->task == u->task && !u->self))
            continue;
        if (!revoke_or_restrict(m, u->rights, true, w))
            return false;
    }
    return true;
}

static bool unmap_sigma0(struct unmapping const *u, struct mapping_walk *w, struct progress *p)
{
    uint64_t first = u->start >> S2_SUPER, count = ((u->end - 1) >> S2_SUPER) - first + 1;
    if (count > MAPPING_ROOT_LISTS)
        count = MAPPING_ROOT_LISTS;
    for (uint64_t i = p->done; i < count; i++) {
        unsigned list = (first + i) & (MAPPING_ROOT_LISTS - 1);
        if (!unmap_sigma0_list(u, list, w) || progress_stop(p, i + 1))
            return false;
    }
    return true;
}

// A stop flushes what the pages so far have left in TLBs: not after each. A gap can be a long way through tables.
static bool stops_behind_leaf(struct progress *p, uint64_t done, bool present, struct mapping_walk *w)
{
    if (!present)
        return progress_stop(p, done);
    if (p)
        p->done = done;
    return mapping_walk_must_stop(w);
}

static bool unmap_range(struct unmapping const *u, struct mapping_walk *w, struct progress *p)
{
    struct task *t = u->task;
    for (uint64_t a = u->start + p->done; a < u->end;) {
        struct s2_leaf l = stage2_walk(&t->space, a);
        uint64_t next = next_leaf(t, l, a, u->end);
        bool present = l.pte && stage2_present(*l.pte);
        if (present && *s2_node(l) && !unmap_leaf(u, *s2_node(l), w))
            return false;
        uint64_t block = align_down(a, S2_SUPER);
        if (l.order == S2_PAGE && u->self && (u->rights & MEM_R) && block >= u->start && next >= block_end(a, S2_SUPER))
            stage2_prune(&t->space, t->obj.quota, block); // a table that is empty now can go
        a = next;
        if (a < u->end && stops_behind_leaf(p, a - u->start, present, w))
            return false;
    }
    return true;
}

// The array of what is to be flushed is written by note_flush() alone, which counts.
L4_NO_STACK_GUARD bool mem_unmap(struct task *task, uint64_t addr, unsigned order, unsigned rights, bool self,
                                 struct progress *p)
{
    assert(global_lock_held());
    rights &= MEM_RWX;
    if (order < S2_PAGE || !rights)
        return true;
    if (order > S2_BITS)
        order = S2_BITS;
    uint64_t start = align_down(addr, order);
    if (start >> S2_BITS)
        return true;
    struct unmapping u = {.task = task, .start = start, .end = start + ((uint64_t)1 << order), .rights = rights, .self = self};
    struct mapping_walk w;
    mapping_walk_begin(&w, p);
    bool done = task->is_sigma0 ? unmap_sigma0(&u, &w, p) : unmap_range(&u, &w, p);
    mapping_walk_flush(&w);
    return done;
}

bool mem_space_clear(struct task *task)
{
    return mem_unmap(task, 0, S2_BITS, MEM_RWX, true, &task->cleared);
}

// ---- single pages ----

uint64_t mem_lookup(struct task *task, uint64_t addr, unsigned *rights)
{
    struct s2_leaf l = stage2_walk(&task->space, addr);
    if (!l.pte || !stage2_present(*l.pte))
        return ~(uint64_t)0;
    if (rights)
        *rights = stage2_rights(*l.pte);
    return stage2_phys(*l.pte) + (addr - align_down(addr, l.order));
}

uint64_t mem_kumem_lookup(struct task *task, uint64_t addr)
{
    struct s2_leaf l = stage2_walk(&task->space, addr);
    if (!l.pte || !stage2_present(*l.pte) || *s2_node(l) || stage2_type(*l.pte) != MEM_NORMAL)
        return ~(uint64_t)0;
    return stage2_phys(*l.pte) + (addr - align_down(addr, l.order));
}

// Takes `pages` pages from `addr` on out of the tables again, which mem_map_kernel() put there.
static void unmap_kernel(struct task *task, uint64_t addr, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++)
        __atomic_store_n(stage2_walk(&task->space, addr + (i << S2_PAGE)).pte, 0, __ATOMIC_RELEASE);
    tlb_flush_space(&task->space);
}

static int mem_map_kernel(struct task *task, uint64_t addr, uint64_t phys, uint64_t pages,
                          enum mem_type type)
{
    assert(global_lock_held() && !task->obj.dying);
    uint64_t limit = (uint64_t)1 << S2_BITS;
    if (addr >= limit || (pages << S2_PAGE) > limit - addr || (addr & ~L4_PAGEMASK))
        return -L4_EINVAL;
    for (uint64_t i = 0; i < pages; i++)
        if (mem_lookup(task, addr + (i << S2_PAGE), NULL) != ~(uint64_t)0)
            return -L4_EEXIST;
    for (uint64_t i = 0; i < pages; i++) {
        uint64_t offset = i << S2_PAGE;
        struct s2_leaf l = stage2_walk_alloc(&task->space, task->obj.quota, addr + offset, S2_PAGE);
        if (!l.pte) {
            unmap_kernel(task, addr, i);
            return -L4_ENOMEM;
        }
        __atomic_store_n(l.pte, stage2_leaf(phys + offset, S2_PAGE, MEM_R | MEM_W, type),
                         __ATOMIC_RELEASE);
    }
    tlb_publish();
    return 0;
}

int mem_map_kumem(struct task *task, uint64_t addr, void *kva, unsigned order)
{
    return mem_map_kernel(task, addr, kernel_virt_to_phys(kva), (uint64_t)1 << (order - S2_PAGE),
                          MEM_NORMAL);
}

int mem_map_device(struct task *task, uint64_t addr, uint64_t phys)
{
    return mem_map_kernel(task, addr, phys, 1, MEM_DEVICE);
}
