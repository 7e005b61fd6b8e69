// SPDX-License-Identifier: MIT
// Pure logic on table memory; what touches the CPU is in tlb.c. (Arm ARM D8.3 descriptor formats)
#include <arch/stage2.h>
#include "debug/assert.h"
#include "mem/kmem.h"
#include "preempt/progress.h"

#define PTE_VALID      1ull
#define PTE_TABLE      2ull // level 1, 2: next table; level 3: page
#define PTE_ATTR_SHIFT 2
#define PTE_ATTR_MASK  (0xfull << PTE_ATTR_SHIFT)
#define PTE_R          (1ull << 6)
#define PTE_W          (1ull << 7)
#define PTE_SH_INNER   (3ull << 8)
#define PTE_AF         (1ull << 10)
#define PTE_XN         (1ull << 54)
#define PTE_ADDR       0x0000fffffffff000ull

static uint64_t const attr_of_type[] = {
    [MEM_DEVICE] = 0x0, [MEM_BUFFERED] = 0x5, [MEM_NORMAL] = 0xf};

static uint64_t *root_entry(struct space *s, uint64_t addr)
{
    return &((uint64_t *)s->root)[addr >> S2_TOP];
}

static struct ptab *table_of(uint64_t pte)
{
    return kernel_phys_to_virt(pte & PTE_ADDR);
}

static bool is_table(uint64_t pte)
{
    return (pte & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

static unsigned index_in(uint64_t addr, unsigned order)
{
    return (addr >> order) & 511;
}

// The table walkers of other CPUs may look at any moment: an entry is written at once.
static void entry_set(uint64_t *pte, uint64_t v)
{
    __atomic_store_n(pte, v, __ATOMIC_RELEASE);
}

// The table below an entry, made if it is not there; NULL when out of quota.
static struct ptab *table_get(uint64_t *pte, struct quota *q)
{
    if (is_table(*pte))
        return table_of(*pte);
    struct ptab *t = kmem_alloc(q, sizeof(*t));
    if (t)
        entry_set(pte, kernel_virt_to_phys(t) | PTE_VALID | PTE_TABLE);
    return t;
}

bool stage2_init(struct space *s, struct quota *q)
{
    s->root = kmem_alloc(q, sizeof(*s->root));
    s->vttbr = 0;
    return s->root != NULL;
}

struct s2_leaf stage2_walk(struct space *s, uint64_t addr)
{
    if (addr >> S2_BITS || !s->root)
        return (struct s2_leaf){.order = S2_TOP};
    uint64_t e1 = *root_entry(s, addr);
    if (!is_table(e1))
        return (struct s2_leaf){.order = S2_TOP};
    struct ptab *t = table_of(e1);
    unsigned i = index_in(addr, S2_SUPER);
    if (!is_table(t->pte[i]))
        return (struct s2_leaf){&t->pte[i], S2_SUPER};
    t = table_of(t->pte[i]);
    i = index_in(addr, S2_PAGE);
    return (struct s2_leaf){&t->pte[i], S2_PAGE};
}

uint64_t stage2_next(struct space *s, struct s2_leaf l, uint64_t addr, uint64_t end)
{
    if (!s->root)
        return end;
    uint64_t const *e = l.pte ? l.pte : root_entry(s, addr);
    unsigned size = l.order == S2_TOP ? 1024 : 512;
    unsigned left = size - ((unsigned)(addr >> l.order) & (size - 1));
    addr = addr >> l.order << l.order;
    do {
        e++;
        left--;
        addr += (uint64_t)1 << l.order;
    } while (left && addr < end && !*e);
    return addr;
}

struct s2_leaf stage2_walk_alloc(struct space *s, struct quota *q, uint64_t addr, unsigned order)
{
    struct s2_leaf const none = {.order = order};
    assert(order == S2_PAGE || order == S2_SUPER);
    if (addr >> S2_BITS || !s->root)
        return none;
    struct ptab *t = table_get(root_entry(s, addr), q);
    if (!t)
        return none;
    unsigned i = index_in(addr, S2_SUPER);
    if (order == S2_SUPER)
        return is_table(t->pte[i]) ? none : (struct s2_leaf){&t->pte[i], S2_SUPER};
    if (stage2_present(t->pte[i]) && !is_table(t->pte[i]))
        return none;
    t = table_get(&t->pte[i], q);
    if (!t)
        return none;
    i = index_in(addr, S2_PAGE);
    return (struct s2_leaf){&t->pte[i], S2_PAGE};
}

// The level-2 entry of addr, NULL when there is no level-2 table.
static uint64_t *super_entry(struct space *s, uint64_t addr)
{
    if (addr >> S2_BITS || !s->root)
        return NULL;
    uint64_t e1 = *root_entry(s, addr);
    return is_table(e1) ? &table_of(e1)->pte[index_in(addr, S2_SUPER)] : NULL;
}

enum s2_block stage2_block(struct space *s, uint64_t addr)
{
    uint64_t *e = super_entry(s, addr);
    if (!e || !stage2_present(*e))
        return S2_EMPTY;
    return is_table(*e) ? S2_TABLE : S2_LEAF;
}

// For assertions.
static bool has_no_nodes(struct ptab const *t)
{
    for (unsigned i = 0; i < 512; i++)
        if (t->node[i])
            return false;
    return true;
}

bool stage2_prune(struct space *s, struct quota *q, uint64_t addr)
{
    uint64_t *e = super_entry(s, addr);
    if (!e || !is_table(*e))
        return true;
    struct ptab *t = table_of(*e);
    for (unsigned i = 0; i < 512; i++)
        if (stage2_present(t->pte[i]))
            return false;
    assert(has_no_nodes(t));
    entry_set(e, 0);
    tlb_flush_page(s, addr);
    kmem_free(q, t, sizeof(*t));
    return true;
}

uint64_t stage2_leaf(uint64_t phys, unsigned order, unsigned rights, enum mem_type type)
{
    assert(type != MEM_INHERIT && !(phys & (((uint64_t)1 << order) - 1)) && !(phys & ~PTE_ADDR));
    return (phys & PTE_ADDR) | PTE_VALID | (order == S2_PAGE ? PTE_TABLE : 0) | PTE_AF |
           PTE_SH_INNER | (attr_of_type[type] << PTE_ATTR_SHIFT) | (rights & MEM_R ? PTE_R : 0) |
           (rights & MEM_W ? PTE_W : 0) | (rights & MEM_X ? 0 : PTE_XN);
}

uint64_t stage2_phys(uint64_t pte)
{
    return pte & PTE_ADDR;
}

unsigned stage2_rights(uint64_t pte)
{
    return (pte & PTE_R ? MEM_R : 0) | (pte & PTE_W ? MEM_W : 0) | (pte & PTE_XN ? 0 : MEM_X);
}

enum mem_type stage2_type(uint64_t pte)
{
    uint64_t attr = (pte & PTE_ATTR_MASK) >> PTE_ATTR_SHIFT;
    return attr == attr_of_type[MEM_NORMAL]     ? MEM_NORMAL
           : attr == attr_of_type[MEM_BUFFERED] ? MEM_BUFFERED
                                                : MEM_DEVICE;
}

uint64_t stage2_weaken(uint64_t pte, unsigned rights)
{
    if (rights & MEM_R)
        pte &= ~PTE_R;
    if (rights & MEM_W)
        pte &= ~PTE_W;
    if (rights & MEM_X)
        pte |= PTE_XN;
    return pte;
}

// Frees the level-3 tables below a level-2 table.
static bool free_leaf_tables(struct ptab *l2, struct quota *q)
{
    enum { STEP = 8 };
    unsigned freed = 0;
    for (unsigned i = 0; i < 512; i++) {
        if (!is_table(l2->pte[i]))
            continue;
        assert(has_no_nodes(table_of(l2->pte[i])));
        kmem_free(q, table_of(l2->pte[i]), sizeof(struct ptab));
        l2->pte[i] = 0;
        if (++freed % STEP == 0 && preempt_pending())
            return false;
    }
    return true;
}

bool stage2_destroy(struct space *s, struct quota *q)
{
    if (!s->root)
        return true;
    space_forget(s);
    uint64_t *root = (uint64_t *)s->root;
    for (unsigned i = 0; i < 1024; i++) {
        if (!is_table(root[i]))
            continue;
        struct ptab *l2 = table_of(root[i]);
        if (!free_leaf_tables(l2, q))
            return false;
        assert(has_no_nodes(l2));
        kmem_free(q, l2, sizeof(*l2));
        root[i] = 0;
        if (preempt_pending())
            return false;
    }
    kmem_free(q, s->root, sizeof(*s->root));
    s->root = NULL;
    return true;
}
