// SPDX-License-Identifier: MIT
// Which pages each victim may reach: an exact account of a world's mappings, from the rules of the interface, and accesses
// that hold it against the machine.
#include "fuzz.h"

enum { R = 4, W = 2, X = 1, SUPER_PAGES = 512 };

// ---- the account ----

static struct node *node_at(struct world *w, int i)
{
    return i < 0 ? NULL : &w->node[i];
}

static unsigned pages_of(struct node const *n)
{
    return n->super ? SUPER_PAGES : 1;
}

static int node_new(struct world *w, struct node n)
{
    int i = w->free_nodes[--w->num_free];
    n.used = 1;
    n.child = n.prev = n.next = -1;
    if (n.parent >= 0) {
        struct node *p = &w->node[n.parent];
        n.next = p->child;
        if (p->child >= 0)
            w->node[p->child].prev = (int16_t)i;
        p->child = (int16_t)i;
    }
    w->node[i] = n;
    for (unsigned k = 0; k < pages_of(&n); k++)
        w->grid[n.task][n.page + k] = (int16_t)i;
    return i;
}

static void node_free(struct world *w, int i)
{
    struct node *n = &w->node[i];
    if (n->prev >= 0)
        w->node[n->prev].next = n->next;
    else if (n->parent >= 0)
        w->node[n->parent].child = n->next;
    if (n->next >= 0)
        w->node[n->next].prev = n->prev;
    for (unsigned k = 0; k < pages_of(n); k++)
        w->grid[n->task][n->page + k] = -1;
    n->used = 0;
    w->free_nodes[w->num_free++] = (int16_t)i;
}

// Takes `rights` (with R all) from what derives from node i, and with `self` from it.
static void cut(struct world *w, int i, unsigned rights, bool self)
{
    if (!(rights & R)) {
        if (self)
            w->node[i].rights &= (uint8_t)~rights;
        for (int n = w->node[i].child; n >= 0 && n != i;) {
            w->node[n].rights &= (uint8_t)~rights;
            int next = w->node[n].child;
            while (next < 0 && n != i) {
                next = w->node[n].next;
                if (next < 0)
                    n = w->node[n].parent;
            }
            n = next < 0 ? i : next;
        }
        return;
    }
    for (int n = w->node[i].child; n >= 0;) { // the last ones first
        if (w->node[n].child >= 0) {
            n = w->node[n].child;
            continue;
        }
        int parent = w->node[n].parent;
        node_free(w, n);
        n = parent == i ? w->node[i].child : parent;
    }
    if (self)
        node_free(w, i);
}

struct mapping {
    unsigned src, dst, sp, dp, order, rights; // pages; order in pages
    bool grant;
};

static bool map_piece(struct world *w, struct mapping const *m, unsigned sp, unsigned dp, bool super, int si)
{
    struct node s = w->node[si];
    unsigned phys = s.phys + (sp - s.page), rights = s.rights & m->rights;
    struct node *d = node_at(w, w->grid[m->dst][dp]);
    if (d && !m->grant && d->super == super && d->phys == phys && d->parent == si) {
        d->rights |= (uint8_t)rights;
        return true;
    }
    for (unsigned k = 0; k < (super ? SUPER_PAGES : 1u); k++)
        if (w->grid[m->dst][dp + k] >= 0)
            cut(w, w->grid[m->dst][dp + k], R, true);
    if (w->grid[m->src][sp] != si) // it had been in the way itself
        return false;
    bool move = m->grant && s.super == super;
    node_new(w, (struct node){.task = (uint8_t)m->dst, .super = super, .rights = (uint8_t)rights, .page = (uint16_t)dp,
                              .phys = (uint16_t)phys, .parent = move ? s.parent : (int16_t)si});
    if (move)
        cut(w, si, R, true);
    return true;
}

static void model_map(struct world *w, struct mapping const *m)
{
    unsigned size = 1u << m->order, step;
    unsigned sp = m->sp & ~(size - 1), dp = m->dp & ~(size - 1);
    for (unsigned off = 0; off < size && sp + off < PAGES && dp + off < PAGES; off += step) {
        step = 1;
        int si = w->grid[m->src][sp + off];
        if (si < 0)
            continue;
        bool super = w->node[si].super && !((sp + off) % SUPER_PAGES) && !((dp + off) % SUPER_PAGES) &&
                     size - off >= SUPER_PAGES;
        if (w->node[si].rights & m->rights)
            map_piece(w, m, sp + off, dp + off, super, si);
        step = super ? SUPER_PAGES : 1;
    }
}

static void model_unmap(struct world *w, unsigned task, unsigned page, unsigned order, unsigned rights, bool self)
{
    unsigned start = page & ~((1u << order) - 1), end = start + (1u << order);
    for (unsigned p = start; p < end && p < PAGES;) {
        int i = w->grid[task][p];
        if (i < 0) {
            p++;
            continue;
        }
        struct node *n = &w->node[i];
        unsigned next = n->page + pages_of(n);
        if (self) {
            cut(w, i, rights, true);
        } else {
            for (int c = n->child, after; c >= 0; c = after) {
                struct node *d = &w->node[c];
                after = d->next;
                unsigned at = (unsigned)(n->page + d->phys - n->phys);
                if (at < end && at + pages_of(d) > start)
                    cut(w, c, rights, true);
            }
        }
        p = next;
    }
}

void memory_init(struct world *w)
{
    w->num_free = 0;
    for (int i = NODES - 1; i >= 0; i--)
        w->free_nodes[w->num_free++] = (int16_t)i;
    for (unsigned t = 0; t < TASKS; t++)
        for (unsigned p = 0; p < PAGES; p++)
            w->grid[t][p] = -1;
    for (unsigned p = 0; p < PAGES; p += SUPER_PAGES)
        node_new(w, (struct node){.super = 1, .rights = R | W | X, .page = (uint16_t)p, .phys = (uint16_t)p, .parent = -1});
}

// ---- accesses ----

static unsigned phys_of(struct world *w, unsigned task, struct probe const *q)
{
    unsigned page = (unsigned)((q->addr - WINDOW) / PAGE);
    struct node *n = node_at(w, w->grid[task][page]);
    return n ? n->phys + page - n->page : PAGES;
}

// Whether a later one of these stores went to the same word.
static bool overwritten(struct world *w, unsigned task, unsigned i)
{
    struct prober const *p = w->prober[task];
    unsigned phys = phys_of(w, task, &p->probe[i]);
    for (unsigned k = i + 1; k < p->count; k++)
        if (p->probe[k].kind == PROBE_STORE && !p->probe[k].result && phys_of(w, task, &p->probe[k]) == phys)
            return true;
    return false;
}

static bool check_probe(struct world *w, unsigned task, unsigned i)
{
    struct probe const *q = &w->prober[task]->probe[i];
    unsigned page = (unsigned)((q->addr - WINDOW) / PAGE);
    static char const *const what[] = {"load", "store", "execution"};
    static uint8_t const needs[] = {R, W, X};
    struct node *n = node_at(w, w->grid[task][page]);
    bool may = n && (n->rights & needs[q->kind]);
    unsigned phys = n ? n->phys + page - n->page : 0;
    uint64_t expected = !may                    ? FAULT
                        : q->kind == PROBE_LOAD ? MAGIC + w->id * PAGES + phys
                        : q->kind == PROBE_EXEC ? EXEC_VALUE + phys
                                                : 0;
    if (q->result == expected && q->kind == PROBE_STORE && may && !overwritten(w, task, i)) {
        uint64_t got = *(uint64_t volatile *)(w->pool + phys * PAGE + 64 + (q->value & 7) * 8);
        if (got != q->value)
            return world_fault(w, "a store went to another page", got, q->value);
    }
    if (q->result == expected)
        return true;
    struct line l = {.len = 0};
    line_add(&l, "# ");
    line_add(&l, what[q->kind]);
    line_add(&l, " in task ");
    line_num(&l, task, 10);
    line_add(&l, " page ");
    line_num(&l, page, 10);
    line_add(&l, n ? " which it has with rights " : " which it has not");
    if (n)
        line_num(&l, n->rights, 10);
    line_end(&l);
    return world_fault(w, what[q->kind], q->result, expected);
}

static void probe_add(struct world *w, unsigned task, unsigned page, unsigned kind)
{
    struct prober *p = w->prober[task];
    struct probe *q = &p->probe[p->count++];
    q->kind = kind;
    q->addr = world_addr(w, task, page) + (kind == PROBE_EXEC ? EXEC_OFFSET : 0);
    q->value = (rnd(&w->rng) << 3 & 0xffffffff8) | task;
    q->result = 1;
}

static bool probes_run(struct world *w, unsigned task)
{
    struct prober *p = w->prober[task];
    w->calls++;
    if (!prober_run(w->thread[task]))
        return world_fault(w, "a prober does not answer, task", task, 0);
    bool good = true;
    for (unsigned i = 0; i < p->count && good; i++)
        good = check_probe(w, task, i);
    w->probes += p->count;
    p->count = 0;
    return good;
}

// Touches pages in and around [page, page + 2^order).
static bool probe_some(struct world *w, unsigned task, unsigned page, unsigned order, unsigned count)
{
    struct prober *p = w->prober[task];
    p->count = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned at = i & 3 ? (page & ~((1u << order) - 1)) + below(&w->rng, 1u << order) : below(&w->rng, PAGES);
        unsigned k = below(&w->rng, 8);
        probe_add(w, task, at % PAGES, k < 4 ? PROBE_LOAD : k < 7 ? PROBE_STORE : PROBE_EXEC);
    }
    return probes_run(w, task);
}

bool memory_sweep(struct world *w)
{
    for (unsigned t = 1; t < TASKS; t++) {
        unsigned kind = below(&w->rng, PROBE_KINDS), step = 1 + below(&w->rng, 7);
        for (unsigned page = below(&w->rng, step); page < PAGES;) {
            w->prober[t]->count = 0;
            for (unsigned i = 0; i < PROBES && page < PAGES; i++, page += step)
                probe_add(w, t, page, kind);
            if (!probes_run(w, t))
                return false;
        }
    }
    return true;
}

// ---- operations ----

static unsigned any_order(struct rng *r)
{
    unsigned k = below(r, 32);
    return k < 20 ? 0 : k < 26 ? 1 + below(r, 3) : k < 29 ? 4 + below(r, 4) : k < 31 ? 9 : 8 + below(r, 3);
}

static unsigned any_rights(struct rng *r)
{
    return below(r, 2) ? R | W | X : below(r, 8);
}

static unsigned any_attrs(struct rng *r)
{
    static uint8_t const type[] = {0, 0, 0, 0, 3, 3, 1, 5};
    return type[below(r, LENGTH(type))];
}

static struct mapping any_mapping(struct world *w)
{
    struct rng *r = &w->rng;
    struct mapping m = {.src = below(r, TASKS), .dst = 1 + below(r, TASKS - 1), .sp = below(r, PAGES), .dp = below(r, PAGES),
                        .order = any_order(r), .rights = any_rights(r)};
    if (below(r, 3) == 0) // where chances are good that something is there
        m.sp &= 15;
    if (below(r, 3) == 0)
        m.dp &= 15;
    m.grant = m.src && below(r, 6) == 0;
    return m;
}

static bool step_map(struct world *w)
{
    struct mapping m = any_mapping(w);
    struct rng *r = &w->rng;
    l4_cap_idx_t dst = w->task[m.dst], src = w->task[m.src];
    bool allowed = below(r, 16) != 0;
    world_note(w, (struct call){"map memory: from, to task, page, page, order, rights, grant, allowed",
                                {m.src, m.dst, m.sp, m.dp, m.order, m.rights, m.grant, allowed}});
    if (!allowed)
        dst = w->odd_task[m.dst]; // without W
    l4_msgtag_t t = l4_task_map(dst, src, l4_fpage(world_addr(w, m.src, m.sp), m.order + 12, m.rights),
                                l4_map_control(world_addr(w, m.dst, m.dp), (unsigned char)any_attrs(r),
                                               m.grant ? L4_MAP_ITEM_GRANT : L4_MAP_ITEM_MAP));
    w->calls++;
    int64_t e = l4_error(t);
    if (e != (allowed ? 0 : -L4_EPERM))
        return world_fault(w, "map of memory", (uint64_t)e, allowed ? 0 : (uint64_t)-L4_EPERM);
    if (allowed)
        model_map(w, &m);
    return probe_some(w, m.dst, m.dp, m.order, 12) &&
           (!m.src || !m.grant || probe_some(w, m.src, m.sp, m.order, 8));
}

static bool step_unmap(struct world *w)
{
    struct rng *r = &w->rng;
    unsigned task = below(r, TASKS), page = below(r, PAGES), order = any_order(r);
    unsigned rights = below(r, 3) ? R | W | X : below(r, 8);
    bool self = task && below(r, 2);
    if (below(r, 2))
        page &= 15;
    world_note(w, (struct call){"unmap memory: task, page, order, rights, self", {task, page, order, rights, self}});
    l4_msgtag_t t = l4_task_unmap(w->task[task], l4_fpage(world_addr(w, task, page), order + 12, rights),
                                  self ? L4_FP_ALL_SPACES : L4_FP_OTHER_SPACES);
    w->calls++;
    if (l4_error(t))
        return world_fault(w, "unmap of memory", (uint64_t)l4_error(t), 0);
    model_unmap(w, task, page, order, rights, self);
    for (unsigned v = 1; v < TASKS; v++)
        if (!probe_some(w, v, page, order, 8))
            return false;
    return true;
}

// One victim sends another a page.
static bool step_send(struct world *w)
{
    struct rng *r = &w->rng;
    struct mapping m = any_mapping(w);
    if (!m.src)
        m.src = 1;
    if (m.src == m.dst)
        m.dst = 1 + m.src % (TASKS - 1);
    unsigned window = 9 + below(r, 2); // the receiver's, order in pages
    unsigned rbase = (below(r, PAGES) >> window) << window;
    struct prober *from = w->prober[m.src], *to = w->prober[m.dst];
    world_note(w, (struct call){"send memory: from, to task, page, hot spot, order, rights, grant, window",
                                {m.src, m.dst, m.sp, m.dp, m.order, m.rights, m.grant, l4_fpage(rbase * PAGE, window, 0).raw}});
    to->bdr = 0;
    to->br[0] = L4_ITEM_MAP;
    to->br[1] = l4_fpage(world_addr(w, m.dst, rbase), window + 12, L4_FPAGE_RWX).raw;
    to->br[2] = 0;
    to->count = 0;
    w->calls += 2;
    if (!prober_run(w->thread[m.dst])) // waits with these buffers now
        return world_fault(w, "a prober does not answer, task", m.dst, 0);
    from->count = 0;
    from->send = 1;
    from->out = (struct message){.dest = SLOT(0x30 + m.dst), .tag = (uint64_t)l4_msgtag(7, 1, 1, 0).raw};
    from->out.mr[0] = rnd(r);
    from->out.mr[1] = l4_map_control(m.dp * PAGE, (unsigned char)any_attrs(r), m.grant ? L4_MAP_ITEM_GRANT : 0);
    from->out.mr[2] = l4_fpage(world_addr(w, m.src, m.sp), m.order + 12, m.rights).raw;
    bool answer = prober_run(w->thread[m.src]);
    from->send = 0;
    if (!answer || (from->result & L4_MSGTAG_ERROR))
        return world_fault(w, "a victim's message failed", answer ? from->error : 99, 0);
    if (to->got_mr[0] != from->out.mr[0])
        return world_fault(w, "a message's word", to->got_mr[0], from->out.mr[0]);
    unsigned size = 1u << window, so = 1u << m.order;
    if (window >= m.order) {
        m.dp = rbase + (m.dp & (size - 1) & ~(so - 1));
    } else {
        m.sp = (m.sp & ~(so - 1)) + (m.dp & (so - 1) & ~(size - 1));
        m.dp = rbase;
        m.order = window;
    }
    model_map(w, &m);
    to->br[0] = 0;
    return probe_some(w, m.dst, m.dp, m.order, 12) && (!m.grant || probe_some(w, m.src, m.sp, m.order, 8));
}

static bool wait_for(uint64_t volatile *flag)
{
    uint64_t end = now_us() + 60000000;
    while (!*flag && now_us() < end)
        l4_usleep(10);
    return *flag;
}

// Takes a page, or rights to it, while the victim touches it on its CPU: what that CPU kept of the tables must be gone.
static bool step_watch(struct world *w)
{
    struct rng *r = &w->rng;
    unsigned t = 1 + below(r, TASKS - 1), page = 0, rights = below(r, 2) ? R | W | X : 1 + below(r, 7);
    for (unsigned n = 0; n < 64 && (!n || w->grid[t][page] < 0); n++)
        page = below(r, PAGES);
    int i = w->grid[t][page];
    if (i < 0)
        return true;
    struct node n = w->node[i];
    struct prober *p = w->prober[t];
    l4_umword_t from = LABEL_WATCH;
    p->count = 0;
    probe_add(w, t, page, below(r, PROBE_KINDS));
    p->ready = p->go = p->done = 0;
    w->calls += 2;
    l4_invoke(l4_msgtag(0, 0, 0, 0), &from, w->thread[t] | L4_SYSF_SEND, send_us(10000000));
    if (!wait_for(&p->ready))
        return world_fault(w, "a prober does not watch, task", t, 0);
    bool own = below(r, 2);
    unsigned task = own ? t : 0, at = own ? page : n.phys + page - n.page;
    world_note(w, (struct call){"unmap touched memory: task, page, of task, page, rights, touch, self",
                                {t, page, task, at, rights, p->probe[0].kind, own}});
    int64_t e = l4_error(l4_task_unmap(w->task[task], l4_fpage(world_addr(w, task, at), 12, rights),
                                       own ? L4_FP_ALL_SPACES : L4_FP_OTHER_SPACES));
    model_unmap(w, task, at, 0, rights, own);
    p->go = 1;
    if (e || !wait_for(&p->done))
        return world_fault(w, "a prober does not come back, task", t, 0);
    w->probes++;
    bool good = check_probe(w, t, 0);
    p->count = 0;
    return good;
}

// Kernel-user memory: is no source, cannot be mapped over, and is not taken away.
static bool step_kernel_memory(struct world *w)
{
    struct rng *r = &w->rng;
    unsigned t = 1 + below(r, TASKS - 1), other = 1 + below(r, TASKS - 1), page = below(r, PAGES), order = below(r, 3) ? 0 : 9;
    l4_addr_t ku = TASK_UTCB + below(r, 2) * PAGE;
    l4_msgtag_t tag;
    world_note(w, (struct call){"kernel-user memory: task, other, page, order, address", {t, other, page, order, ku}});
    w->calls++;
    switch (below(r, 3)) {
    case 0:
        tag = l4_task_map(w->task[other], w->task[t], l4_fpage(ku, 12, any_rights(r)),
                          l4_map_control(world_addr(w, other, page), 0, below(r, 2) ? L4_MAP_ITEM_GRANT : 0));
        order = 0;
        break;
    case 1:
        tag = l4_task_map(w->task[t], w->task[other], l4_fpage(world_addr(w, other, page), 12, any_rights(r)),
                          l4_map_control(ku, 0, 0));
        break;
    default:
        tag = l4_task_unmap(w->task[t], l4_fpage(ku, 12 + order, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    }
    if (l4_error(tag))
        return world_fault(w, "an operation on kernel-user memory", (uint64_t)l4_error(tag), 0);
    return probe_some(w, other, page, 0, 8);
}

bool memory_step(struct world *w)
{
    unsigned k = below(&w->rng, 16);
    if (below(&w->rng, 16) == 0)
        return step_watch(w);
    return k < 7 ? step_map(w) : k < 11 ? step_unmap(w) : k < 12 ? step_kernel_memory(w) : step_send(w);
}
