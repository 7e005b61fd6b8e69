// SPDX-License-Identifier: MIT
#include "mem/mapping_tree.h"
#include "debug/assert.h"
#include "lock/held.h"
#include "mem/kmem.h"

struct mapping *mapping_roots[MAPPING_ROOT_LISTS];

// ---- TLB flushes ----

void mapping_walk_flush(struct mapping_walk *w)
{
    for (unsigned i = 0; i < w->flushes; i++) {
        if (w->flush[i].all)
            tlb_flush_space(w->flush[i].space);
        else
            tlb_flush_page(w->flush[i].space, w->flush[i].addr);
    }
    w->flushes = 0;
}

static void note_flush(struct mapping_walk *w, struct mapping const *m)
{
    struct space *s = &m->task->space;
    for (unsigned i = 0; i < w->flushes; i++) {
        if (w->flush[i].space == s) {
            w->flush[i].all = true;
            return;
        }
    }
    if (w->flushes == TLB_BATCH)
        mapping_walk_flush(w);
    w->flush[w->flushes].space = s;
    w->flush[w->flushes].addr = m->addr;
    w->flush[w->flushes].all = false;
    w->flushes++;
}

// ---- lists ----

static bool in_piece_list(struct mapping const *m)
{
    return m->parent && m->parent->order == S2_SUPER && m->order == S2_PAGE;
}

// The list for a new member, or NULL when out of quota.
static struct mapping **list_get(struct mapping *m, uint64_t phys)
{
    struct mapping *p = m->parent;
    if (!p)
        return &mapping_roots[mapping_root_list(phys)];
    if (!in_piece_list(m))
        return &p->child;
    if (!p->piece) {
        p->piece = kmem_alloc(p->task->obj.quota, MAPPING_PIECES * sizeof(*p->piece));
        if (!p->piece)
            return NULL;
        p->low = MAPPING_PIECES - 1;
    }
    m->index = (phys >> S2_PAGE) & (MAPPING_PIECES - 1);
    if (m->index < p->low)
        p->low = m->index;
    p->pieces++;
    return &p->piece[m->index];
}

static void list_push(struct mapping **head, struct mapping *m)
{
    m->next = *head;
    assert(!m->next || m->next->pprev == head);
    if (m->next)
        m->next->pprev = &m->next;
    m->pprev = head;
    *head = m;
}

static void list_remove(struct mapping *m)
{
    assert(*m->pprev == m && (!m->next || m->next->pprev == &m->next));
    *m->pprev = m->next;
    if (m->next)
        m->next->pprev = m->pprev;
    struct mapping *p = m->parent;
    assert(!in_piece_list(m) || (p->pieces && m->index >= p->low));
    if (!in_piece_list(m) || --p->pieces)
        return;
    kmem_free(p->task->obj.quota, p->piece, MAPPING_PIECES * sizeof(*p->piece));
    p->piece = NULL;
}

// First member of the lists p->piece[i...], NULL when there is none.
static struct mapping *piece_from(struct mapping *p, unsigned i)
{
    if (!p->piece)
        return NULL;
    while (i < MAPPING_PIECES && !p->piece[i])
        i++;
    return i < MAPPING_PIECES ? p->piece[i] : NULL;
}

static struct mapping *first_child(struct mapping *m)
{
    if (m->child || !m->piece)
        return m->child;
    struct mapping *c = piece_from(m, m->low);
    m->low = c->index; // a table of pieces always has a member
    return c;
}

static struct mapping *next_sibling(struct mapping *m)
{
    if (m->next)
        return m->next;
    return in_piece_list(m) ? piece_from(m->parent, m->index + 1) : piece_from(m->parent, 0);
}

// ---- markers ----

// Where a walk over a tree has stopped: a node without a task, which is in a list like others. When the node above it goes,
// so does the marker, and the walk begins anew.

static bool is_marker(struct mapping const *m)
{
    return !m->task;
}

void mapping_marker_drop(struct mapping *marker)
{
    if (!marker->pprev)
        return;
    list_remove(marker);
    marker->pprev = NULL;
}

// The walk's marker, if it has stopped below `top`.
static struct mapping *marker_below(struct mapping_walk const *w, struct mapping const *top)
{
    struct mapping *k = w->marker;
    return k && k->pprev && k->addr == (uintptr_t)top ? k : NULL;
}

static struct mapping *marker_new(struct mapping_walk *w, struct mapping const *top)
{
    struct mapping *k = w->marker;
    if (!k)
        return NULL;
    mapping_marker_drop(k);
    *k = (struct mapping){.addr = (uintptr_t)top};
    return k;
}

// Before all that is below `m`.
static void mark_below(struct mapping_walk *w, struct mapping *m, struct mapping const *top)
{
    struct mapping *k = marker_new(w, top);
    if (!k)
        return;
    k->parent = m;
    k->order = m->order;
    list_push(&m->child, k);
}

// Behind `m` and all that is below it.
static void mark_behind(struct mapping_walk *w, struct mapping *m, struct mapping const *top)
{
    struct mapping *k = marker_new(w, top);
    if (!k)
        return;
    k->parent = m->parent;
    k->order = m->order;
    k->index = m->index;
    if (in_piece_list(k))
        k->parent->pieces++;
    list_push(&m->next, k);
}

// ---- nodes ----

// For an assertion: is the block of `order` at `phys` within what the node maps?
static bool contains(struct mapping const *m, unsigned order, uint64_t phys)
{
    uint64_t start = mapping_phys(m), size = (uint64_t)1 << m->order;
    return order <= m->order && phys >= start && phys - start < size;
}

struct mapping *mapping_create(struct task *task, uint64_t addr, unsigned order,
                               struct mapping *parent, uint64_t phys)
{
    assert(global_lock_held());
    assert((order == S2_PAGE || order == S2_SUPER) && !((addr | phys) & (((uint64_t)1 << order) - 1)));
    assert(!parent || contains(parent, order, phys));
    struct mapping *m = kmem_alloc(task->obj.quota, sizeof(*m));
    if (!m)
        return NULL;
    m->task = task;
    m->addr = addr;
    m->order = order & 63;
    m->parent = parent;
    struct mapping **list = list_get(m, phys);
    if (!list) {
        kmem_free(task->obj.quota, m, sizeof(*m));
        return NULL;
    }
    list_push(list, m);
    return m;
}

uint64_t mapping_phys(struct mapping const *m)
{
    return stage2_phys(*stage2_walk(&m->task->space, m->addr).pte);
}

// Removes a leaf and its node, which has no children.
static void remove_leaf(struct mapping *m, struct mapping_walk *w)
{
    struct s2_leaf l = stage2_walk(&m->task->space, m->addr);
    assert(global_lock_held());
    assert(l.pte && *s2_node(l) == m && l.order == m->order && stage2_present(*l.pte));
    assert(!m->child && !m->piece);
    __atomic_store_n(l.pte, 0, __ATOMIC_RELEASE);
    *s2_node(l) = NULL;
    w->changed = true;
    note_flush(w, m);
    list_remove(m);
    kmem_free(m->task->obj.quota, m, sizeof(*m));
}

bool mapping_revoke(struct mapping *top, bool self, struct mapping_walk *w)
{
    // Children first, so that a walk that stops leaves a correct tree.
    struct mapping *m = top, *k = marker_below(w, top);
    if (k) {
        m = k->parent;
        mapping_marker_drop(k);
    }
    for (;;) {
        struct mapping *c = first_child(m), *up = m->parent;
        bool last = m == top;
        if (c && is_marker(c)) {
            mapping_marker_drop(c);
            up = m;
        } else if (c) {
            up = c;
        } else if (last && !self) {
            return true;
        } else {
            remove_leaf(m, w);
            if (last)
                return true;
        }
        if (mapping_walk_must_stop(w)) {
            mark_below(w, up, top);
            return false;
        }
        m = up;
    }
}

static void weaken_leaf(struct mapping *m, unsigned rights, struct mapping_walk *w)
{
    struct s2_leaf l = stage2_walk(&m->task->space, m->addr);
    assert(global_lock_held());
    assert(l.pte && *s2_node(l) == m && l.order == m->order);
    if (!(stage2_rights(*l.pte) & rights))
        return;
    __atomic_store_n(l.pte, stage2_weaken(*l.pte, rights), __ATOMIC_RELEASE);
    w->changed = true;
    note_flush(w, m);
}

// Skips pieces of `top` that are out of the range; NULL: there are no more.
static struct mapping *in_range(struct mapping *n, struct mapping *top, unsigned from, unsigned to)
{
    if (!n || n->parent != top || !in_piece_list(n))
        return n;
    if (n->index < from)
        n = piece_from(top, from);
    return n && n->index < to ? n : NULL;
}

bool mapping_restrict(struct mapping *top, unsigned from, unsigned to, unsigned rights, bool self, struct mapping_walk *w)
{
    // Parents first: what is derived from a weakened leaf while the walk has stopped cannot have these rights.
    struct mapping *m = top, *k = marker_below(w, top), *n; // n: the next one below m
    if (k) {
        m = k->parent;
        n = next_sibling(k);
        mapping_marker_drop(k);
    } else {
        if (self)
            weaken_leaf(top, rights, w);
        n = first_child(top);
    }
    for (;;) {
        n = in_range(n, top, from, to);
        if (!n) {
            if (m == top)
                return true;
            struct mapping *done = m;
            n = next_sibling(done);
            m = done->parent;
            if (mapping_walk_must_stop(w)) {
                mark_behind(w, done, top);
                return false;
            }
        } else if (is_marker(n)) {
            if (mapping_walk_must_stop(w)) {
                mark_behind(w, n, top);
                return false;
            }
            n = next_sibling(n);
        } else {
            weaken_leaf(n, rights, w);
            if (mapping_walk_must_stop(w)) {
                mark_below(w, n, top);
                return false;
            }
            m = n;
            n = first_child(m);
        }
    }
}
