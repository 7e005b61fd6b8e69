// SPDX-License-Identifier: MIT
#include "mapping_model.h"
#include "mem/mapping_tree.h"
#include <stdlib.h>
#include <string.h>

struct node {
    struct task *task; // NULL: unused
    uint64_t addr, phys;
    unsigned order, rights;
    enum mem_type type;
    int parent; // -1: sigma0
    bool kernel;
};

uint64_t const model_window[MODEL_WINDOWS] = {0, 1 << 30};

static struct node nodes[MODEL_NODES];
static int high;
static int free_list[MODEL_NODES], free_count;
static uint64_t reserved_start, reserved_end;

// The node of each page in the windows, + 1, per task; only to be quick.
enum { MODEL_TASKS = 8, WINDOW_PAGES = MODEL_WINDOW_SIZE / 4096 };
static struct task *tasks[MODEL_TASKS];
static int grid[MODEL_TASKS][MODEL_WINDOWS * WINDOW_PAGES];

static uint64_t size_of(unsigned order)
{
    return (uint64_t)1 << order;
}

static uint64_t down(uint64_t a, unsigned order)
{
    return a & ~(size_of(order) - 1);
}

void model_reset(void)
{
    memset(nodes, 0, sizeof(nodes));
    memset(grid, 0, sizeof(grid));
    memset(tasks, 0, sizeof(tasks));
    high = free_count = 0;
}

void model_reserve(uint64_t start, uint64_t end)
{
    reserved_start = start;
    reserved_end = end;
}

// The grid's entry of a page, NULL outside the windows.
static int *grid_at(struct task *t, uint64_t addr)
{
    unsigned k = 0;
    while (tasks[k] && tasks[k] != t)
        k++;
    tasks[k] = t;
    for (unsigned w = 0; w < MODEL_WINDOWS; w++)
        if (addr >= model_window[w] && addr < model_window[w] + MODEL_WINDOW_SIZE)
            return &grid[k][w * WINDOW_PAGES + (addr - model_window[w]) / 4096];
    return NULL;
}

static void grid_set(struct node const *n, int value)
{
    for (uint64_t a = n->addr; a < n->addr + size_of(n->order); a += 4096)
        *grid_at(n->task, a) = value;
}

static int node_new(struct node n)
{
    if (!free_count && high == MODEL_NODES)
        abort();
    int i = free_count ? free_list[--free_count] : high++;
    nodes[i] = n;
    grid_set(&n, i + 1);
    return i;
}

static void node_free(int i)
{
    grid_set(&nodes[i], 0);
    nodes[i].task = NULL;
    free_list[free_count++] = i;
}

static int find(struct task *t, uint64_t addr)
{
    int *g = grid_at(t, addr);
    return g ? *g - 1 : -1;
}

static bool derives(int n, int from)
{
    while (n >= 0 && n != from)
        n = nodes[n].parent;
    return n >= 0;
}

// Removes (rights with R) or weakens what derives from n, and n itself.
static void cut(int n, unsigned rights, bool self)
{
    static bool hit[MODEL_NODES];
    for (int i = 0; i < high; i++)
        hit[i] = nodes[i].task && derives(i, n) && (self || i != n);
    for (int i = 0; i < high; i++) {
        if (!hit[i])
            continue;
        if (rights & MEM_R)
            node_free(i);
        else
            nodes[i].rights &= ~rights;
    }
}

void model_kumem(struct task *t, uint64_t addr)
{
    node_new((struct node){.task = t, .addr = addr, .order = 12, .kernel = true, .parent = -1});
}

static bool reserved(uint64_t a, unsigned order)
{
    return down(a, order) < reserved_end && down(a, order) + size_of(order) > reserved_start;
}

static bool source_at(struct task *t, uint64_t addr, struct node *out, int *index)
{
    if (t->is_sigma0) {
        unsigned order = reserved(addr, 21) ? 12 : 21;
        *index = -1;
        *out = (struct node){.addr = down(addr, order),
                             .phys = down(addr, order),
                             .order = order,
                             .rights = MEM_RWX,
                             .type = MEM_NORMAL};
        return order == 21 || !reserved(addr, 12);
    }
    *index = find(t, addr);
    if (*index < 0 || nodes[*index].kernel)
        return false;
    *out = nodes[*index];
    return true;
}

static bool kernel_in_block(struct task *t, uint64_t addr)
{
    for (int i = 0; i < high; i++)
        if (nodes[i].task == t && nodes[i].kernel && down(nodes[i].addr, 21) == down(addr, 21))
            return true;
    return false;
}

// `m` is one page now, with the rights and the type that it gets; `s` is what is at its source, nodes[si].
static bool map_one(struct mem_mapping const *m, struct node s, int si)
{
    uint64_t phys = s.phys + (m->src_addr - s.addr), da = m->dst_addr;
    int d = find(m->dst, da);
    if (d >= 0 && nodes[d].kernel)
        return false;
    if (d >= 0 && !m->grant && nodes[d].order == m->order && nodes[d].phys == phys &&
        nodes[d].parent == si) {
        nodes[d].rights |= m->rights;
        nodes[d].type = m->type;
        return true;
    }
    for (uint64_t a = down(da, m->order); a < da + size_of(m->order); a += 4096) {
        d = find(m->dst, a);
        if (d >= 0)
            cut(d, MEM_R, true);
    }
    struct node again;
    int ai;
    if (!source_at(m->src, m->src_addr, &again, &ai) || ai != si)
        return false;
    bool move = m->grant && si >= 0 && s.order == m->order;
    node_new((struct node){.task = m->dst,
                           .addr = da,
                           .phys = phys,
                           .order = m->order,
                           .rights = m->rights,
                           .type = m->type,
                           .parent = move ? s.parent : si});
    if (move)
        cut(si, MEM_R, true);
    return true;
}

static bool in_window(struct task *t, uint64_t a)
{
    for (unsigned w = 0; w < MODEL_WINDOWS; w++)
        if (a >= model_window[w] && a < model_window[w] + MODEL_WINDOW_SIZE)
            return true;
    return t->is_sigma0;
}

enum map_result model_map(struct mem_mapping m)
{
    enum map_result result = MAP_NOTHING;
    unsigned order = m.order > 40 ? 40 : m.order;
    uint64_t sa = down(m.src_addr, order), da = down(m.dst_addr, order);
    uint64_t step;
    for (uint64_t off = 0; off < size_of(order); off += step) {
        step = 4096;
        if (!in_window(m.src, sa + off)) {
            step = MODEL_WINDOW_SIZE - ((sa + off) & (MODEL_WINDOW_SIZE - 1));
            continue;
        }
        struct node s;
        int si;
        if (!source_at(m.src, sa + off, &s, &si))
            continue;
        uint64_t mask = size_of(21) - 1;
        unsigned po = s.order == 21 && !((sa + off) & mask) && !((da + off) & mask) &&
                              size_of(order) - off > mask && !kernel_in_block(m.dst, da + off)
                          ? 21
                          : 12;
        struct mem_mapping page = {.src = m.src, .dst = m.dst, .src_addr = sa + off, .dst_addr = da + off, .order = po,
                                   .rights = m.rights & s.rights, .type = m.type == MEM_INHERIT ? s.type : m.type,
                                   .grant = m.grant};
        if (page.rights && map_one(&page, s, si))
            result = MAP_SOME;
        step = size_of(po);
    }
    return result;
}

static bool overlaps(uint64_t a, unsigned order, uint64_t start, uint64_t end)
{
    return a < end && a + size_of(order) > start;
}

void model_unmap(struct task *t, uint64_t addr, unsigned order, unsigned rights, bool self)
{
    if (order > 40)
        order = 40;
    uint64_t start = down(addr, order), end = start + size_of(order);
    for (int i = 0; i < high; i++) {
        struct node *n = &nodes[i];
        if (!n->task || n->kernel)
            continue;
        if (t->is_sigma0) {
            if (n->parent == -1 && overlaps(n->phys, n->order, start, end) &&
                (n->task != t || self))
                cut(i, rights, true);
        } else if (n->task == t && overlaps(n->addr, n->order, start, end)) {
            if (self) {
                cut(i, rights, true);
                continue;
            }
            // Derived pages that overlap the part of this page that is in the range.
            for (int c = 0; c < high; c++) {
                if (!nodes[c].task || nodes[c].parent != i || nodes[c].kernel)
                    continue;
                uint64_t at = n->addr + (nodes[c].phys - n->phys);
                if (overlaps(at, nodes[c].order, start, end))
                    cut(c, rights, true);
            }
        }
    }
}

unsigned model_count(void)
{
    unsigned n = 0;
    for (int i = 0; i < high; i++)
        n += nodes[i].task && !nodes[i].kernel;
    return n;
}

static char const *compare_leaf(struct task *t, int i, struct s2_leaf l)
{
    struct node *n = &nodes[i];
    if (n->kernel)
        return *s2_node(l) ? "kernel page has a node" : NULL;
    struct mapping *m = *s2_node(l);
    if (!m || m->task != t || m->addr != n->addr || m->order != n->order || l.order != n->order)
        return "node does not fit its leaf";
    if (stage2_phys(*l.pte) != n->phys)
        return "other physical address";
    if (stage2_rights(*l.pte) != n->rights)
        return "other rights";
    if (stage2_type(*l.pte) != n->type)
        return "other type";
    if ((n->parent < 0) != !m->parent)
        return "parent on one side only";
    if (m->parent &&
        (m->parent->task != nodes[n->parent].task || m->parent->addr != nodes[n->parent].addr))
        return "other parent";
    return NULL;
}

char const *model_compare(struct task *t)
{
    for (unsigned w = 0; w < MODEL_WINDOWS; w++) {
        uint64_t end = model_window[w] + MODEL_WINDOW_SIZE;
        for (uint64_t a = model_window[w]; a < end;) {
            struct s2_leaf l = stage2_walk(&t->space, a);
            bool present = l.pte && stage2_present(*l.pte);
            int i = find(t, a);
            if (present != (i >= 0))
                return present ? "present only in the tables" : "missing in the tables";
            char const *e = present ? compare_leaf(t, i, l) : NULL;
            if (e)
                return e;
            a += present ? size_of(l.order) : 4096;
        }
    }
    return NULL;
}
