// SPDX-License-Identifier: MIT
#include "sched/timeout.h"
#include "debug/assert.h"
#include "lock/held.h"
#include "sched/sched.h"
#include <stddef.h>

// An AVL tree: the heights of two siblings differ by one at most.

static unsigned height(struct timeout const *x)
{
    return x ? x->height : 0;
}

static int lean(struct timeout const *x)
{
    return (int)height(x->child[1]) - (int)height(x->child[0]);
}

static bool goes_before(struct timeout const *a, struct timeout const *b)
{
    return a->prio != b->prio ? a->prio > b->prio : a->when < b->when;
}

// For assertions: are the node and those right below it in order, and linked?
static bool in_order(struct timeout const *x)
{
    struct timeout const *a = x->child[0], *b = x->child[1];
    return (!a || (a->parent == x && !goes_before(x, a))) && (!b || (b->parent == x && !goes_before(b, x)));
}

static void update(struct timeout *x)
{
    assert(in_order(x));
    unsigned a = height(x->child[0]), b = height(x->child[1]);
    x->height = (uint8_t)((a > b ? a : b) + 1);
    x->earliest = x->when;
    for (unsigned i = 0; i < 2; i++)
        if (x->child[i] && x->child[i]->earliest < x->earliest)
            x->earliest = x->child[i]->earliest;
}

// Puts `x` (may be NULL) where `old` is below `parent` (NULL: the root).
static void replace(struct timeouts *q, struct timeout *parent, struct timeout const *old, struct timeout *x)
{
    if (!parent)
        q->root = x;
    else
        parent->child[parent->child[1] == old] = x;
    if (x)
        x->parent = parent;
}

// The child on the other side than `side` comes up; returns it.
static struct timeout *rotate(struct timeouts *q, struct timeout *x, unsigned side)
{
    struct timeout *up = x->child[!side], *between = up->child[side];
    replace(q, x->parent, x, up);
    up->child[side] = x;
    x->parent = up;
    x->child[!side] = between;
    if (between)
        between->parent = x;
    update(x);
    update(up);
    return up;
}

// Something changed below: heights, earliest times and balance from `x` up, as far as these change.
static void rebalance(struct timeouts *q, struct timeout *x)
{
    for (; x; x = x->parent) {
        unsigned height = x->height;
        uint64_t earliest = x->earliest;
        update(x);
        int l = lean(x);
        if (l >= -1 && l <= 1) {
            if (x->height == height && x->earliest == earliest)
                return;
            continue;
        }
        unsigned deep = l > 0;
        struct timeout *c = x->child[deep];
        if (lean(c) == (deep ? -1 : 1))
            rotate(q, c, deep);
        x = rotate(q, x, !deep);
        assert(lean(x) >= -1 && lean(x) <= 1);
    }
}

void timeout_insert(struct timeouts *q, struct timeout *x)
{
    struct timeout *parent = NULL, *n = q->root;
    unsigned side = 0;
    while (n) {
        parent = n;
        side = !goes_before(x, n);
        n = n->child[side];
    }
    x->child[0] = x->child[1] = NULL;
    x->height = 0; // not yet
    x->parent = parent;
    if (parent)
        parent->child[side] = x;
    else
        q->root = x;
    rebalance(q, x);
}

void timeout_remove(struct timeouts *q, struct timeout *x)
{
    struct timeout *from = x->parent, *next = NULL;
    assert(from ? from->child[from->child[1] == x] == x : q->root == x);
    assert(in_order(x));
    if (x->child[0] && x->child[1]) { // the one after it takes its place
        next = x->child[1];
        while (next->child[0])
            next = next->child[0];
        from = next;
        if (next->parent != x) {
            from = next->parent;
            replace(q, next->parent, next, next->child[1]);
            next->child[1] = x->child[1];
            next->child[1]->parent = next;
        }
        next->child[0] = x->child[0];
        next->child[0]->parent = next;
        replace(q, x->parent, x, next);
    } else {
        replace(q, x->parent, x, x->child[0] ? x->child[0] : x->child[1]);
    }
    rebalance(q, from);
    if (next) { // whatever it was in its old place
        next->height = 0;
        rebalance(q, next);
    }
}

uint64_t timeout_earliest(struct timeouts const *q, int prio)
{
    uint64_t best = ~0ull;
    for (struct timeout const *n = q->root; n;) {
        if ((int)n->prio <= prio) {
            n = n->child[0];
            continue;
        }
        if (n->child[0] && n->child[0]->earliest < best)
            best = n->child[0]->earliest;
        if (n->when < best)
            best = n->when;
        n = n->child[1];
    }
    return best;
}

// The first in order whose time has come.
static struct timeout *first_expired(struct timeouts const *q, uint64_t now)
{
    struct timeout *n = q->root;
    if (!n || n->earliest > now)
        return NULL;
    for (;;) {
        struct timeout *before = n->child[0];
        if (before && before->earliest <= now)
            n = before;
        else if (n->when <= now)
            return n;
        else
            n = n->child[1];
    }
}

struct thread *timeout_expired(struct timeouts const *q, uint64_t now)
{
    struct timeout *x = first_expired(q, now);
    return x ? (struct thread *)((char *)x - offsetof(struct thread, timeout)) : NULL;
}

void timeout_start(struct thread *t, uint64_t when)
{
    struct cpu *cpu = t->cpu;
    struct timeouts *q = &cpu->timeouts;
    assert(local_lock_held(cpu) && !t->timed);
    t->timeout.when = when;
    t->timeout.prio = t->run.prio;
    timeout_insert(q, &t->timeout);
    t->timed = true;
    if (when < cpu->timer_set && !(q->entry.queued && q->entry.prio >= t->run.prio))
        sched_arm_timer(cpu); // else the timer comes early, or with other work, and is set again then
}

void timeout_stop(struct thread *t)
{
    if (!t->timed)
        return;
    assert(local_lock_held(t->cpu));
    t->timed = false;
    timeout_remove(&t->cpu->timeouts, &t->timeout);
}
