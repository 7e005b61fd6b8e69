// SPDX-License-Identifier: MIT
#include "object/task.h"
#include <arch/stage2.h>
#include <arch/vgic.h>
#include "debug/assert.h"
#include "ipc/invocation.h"
#include "lock/held.h"
#include "mem/kmem.h"
#include "object/cap_argument.h"
#include "object/thread.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

// ---- life ----

struct task *task_create(struct quota *q)
{
    struct task *t = kmem_alloc(q, sizeof(*t));
    if (!t)
        return NULL;
    if (!stage2_init(&t->space, q)) {
        kmem_free(q, t, sizeof(*t));
        return NULL;
    }
    object_init(&t->obj, OBJ_TASK, q);
    t->cleared.marker = &t->marker;
    return t;
}

static bool ku_mem_free(struct task *t)
{
    struct quota *q = t->obj.quota;
    while (t->ku_mem) {
        struct ku_mem *k = t->ku_mem;
        t->ku_mem = k->next;
        kmem_free(q, k->kva, (size_t)1 << k->order);
        kmem_free(q, k, sizeof(*k));
        if (preempt_pending())
            return false;
    }
    return true;
}

// Twice for a task that had threads when it was destroyed: its kernel-user memory and tables go after them, and with
// these what was put into its capability space since.
static bool task_destroy_step(struct object *o)
{
    struct task *t = task_of(o);
    if (!cap_space_destroy(&t->caps, o->quota) || !mem_space_clear(t))
        return false;
    return t->threads || (stage2_destroy(&t->space, o->quota) && ku_mem_free(t));
}

static void task_destroy(struct object *o)
{
    struct task *t = task_of(o);
    t->dead = true;
    assert(t->threads || (!t->ku_mem && !t->space.root));
    if (!t->threads)
        object_free(o, t, sizeof(*t));
}

void task_thread_gone(struct task *t)
{
    assert(global_lock_held() && t->threads);
    t->threads--;
    if (!t->threads && t->dead)
        object_destroy_again(&t->obj);
}

// ---- kernel-user memory ----

int task_add_ku_mem(struct task *t, uint64_t addr, unsigned order)
{
    struct quota *q = t->obj.quota;
    assert(global_lock_held() && !t->obj.dying);
    if (order < L4_KU_MEM_MIN_ORDER || order > L4_KU_MEM_MAX_ORDER)
        return -L4_EINVAL;
    struct ku_mem *k = kmem_alloc(q, sizeof(*k));
    if (!k)
        return -L4_ENOMEM;
    k->order = order;
    k->kva = kmem_alloc(q, (size_t)1 << order);
    int err = k->kva ? mem_map_kumem(t, addr, k->kva, order) : -L4_ENOMEM;
    if (err) {
        kmem_free(q, k->kva, (size_t)1 << order);
        kmem_free(q, k, sizeof(*k));
        return err;
    }
    k->next = t->ku_mem;
    t->ku_mem = k;
    return 0;
}

void *task_ku_mem_find(struct task *t, uint64_t addr, uint64_t size)
{
    uint64_t phys = mem_kumem_lookup(t, addr);
    if (phys == ~(uint64_t)0 || size > ~addr)
        return NULL;
    for (uint64_t next = (addr & L4_PAGEMASK) + L4_PAGESIZE; next < addr + size; next += L4_PAGESIZE)
        if (mem_kumem_lookup(t, next) != phys + (next - addr))
            return NULL;
    return kernel_phys_to_virt(phys);
}

// ---- operations (kernel-abi 4.3) ----

// A long operation is stopped, and its system call repeated. So the slot by which the call was made has to stay until the
// end: NULL when it is not one of the task's.
static struct cap_slot *own_slot(struct invocation const *in, struct task *t)
{
    uint64_t dest = in->caller->regs.r[2];
    if (t != in->caller->task || (dest & L4_INVALID_CAP_BIT))
        return NULL;
    return cap_lookup(&t->caps, dest >> L4_CAP_SHIFT);
}

static bool in_block(uint64_t index, uint64_t start, unsigned order)
{
    return order >= 64 || index >> order == start >> order;
}

static struct stopped_place map_place(struct task const *dst, struct task const *src, uint64_t control, uint64_t page)
{
    return (struct stopped_place){.to = dst->obj.serial, .from = src->obj.serial, .control = control, .fpage = page};
}

// Maps the page in words 1 and 2. MAP_STOPPED, MAP_NO_MEMORY or anything else.
static int map_page(struct invocation *in, struct task *src, struct task *dst, bool strong)
{
    struct thread *t = in->caller;
    uint64_t control = in->w[1], page = in->w[2];
    unsigned order = fpage_order(page), rights = page & L4_FPAGE_RIGHTS_MASK;
    bool grant = control & L4_MAP_ITEM_GRANT;
    // The window is the whole destination space: the hot spot is the destination.
    uint64_t size_mask = ((uint64_t)1 << order) - 1;
    struct progress p = {.marker = &t->marker};
    if (__builtin_expect(t->stopped.valid, 0)) {
        struct stopped_place place = map_place(dst, src, control, page);
        p = stopped_progress(t, in->tag, &place);
    }
    int n = 0;
    if (fpage_type(page) == L4_FPAGE_MEMORY) {
        struct mem_mapping m = {.src = src, .dst = dst, .src_addr = fpage_address(page), .dst_addr = fpage_address(control),
                                .order = order, .rights = rights & MEM_RWX, .type = mem_type_of_attrs(control),
                                .grant = grant};
        n = mem_map(&m, &p);
    } else if (fpage_type(page) == L4_FPAGE_OBJ) {
        struct cap_mapping m = {.src = &src->caps, .dst = &dst->caps, .quota = dst->obj.quota,
                                .src_index = fpage_index(page) & ~size_mask,
                                .dst_index = (control >> L4_CAP_SHIFT) & ~size_mask, .order = order, .rights = rights,
                                .attrs = control & L4_ITEM_ATTR_MASK, .strong = strong, .grant = grant};
        n = cap_map(&m, &p);
        n = n == CAP_MAP_STOPPED ? MAP_STOPPED : n < 0 ? MAP_NO_MEMORY : n;
    }
    if (__builtin_expect(n == MAP_STOPPED, 0)) {
        struct stopped_place place = map_place(dst, src, control, page);
        stopped_set(t, in->tag, &place, &p);
    }
    return n;
}

// No array: flexpage, progress and place are passed by address. So in task_op_unmap().
L4_NO_STACK_GUARD uint64_t task_op_map(struct invocation *in)
{
    struct task *dst = task_of(in->obj), *src = task_of(in->arg);
    if (dst->obj.dying || src->obj.dying)
        return result_tag(-L4_EINVAL, 0);
    assert(global_lock_held());

    uint64_t page = in->w[2], own = in->caller->regs.r[2] >> L4_CAP_SHIFT;
    if (fpage_type(page) == L4_FPAGE_OBJ && fpage_order(page) && own_slot(in, dst) &&
        in_block(own, in->w[1] >> L4_CAP_SHIFT, fpage_order(page)))
        return result_tag(-L4_EINVAL, 0);
    int n = map_page(in, src, dst, in->rights & in->arg_rights & CAP_S);
    if (n == MAP_STOPPED) {
        return syscall_restart(in);
    }
    return n < 0 ? result_error(in, L4_IPC_SEMAPFAILED) : result_tag(0, 0);
}

static bool deletes(uint64_t mask)
{
    return (mask & L4_FP_DELETE_OBJ) == L4_FP_DELETE_OBJ;
}

// False when it stopped at a preemption point. The progress is that of the capabilities, then that of the memory.
static bool unmap_parts(struct task *t, uint64_t page, uint64_t mask, struct progress *p)
{
    unsigned order = fpage_order(page), rights = page & L4_FPAGE_RIGHTS_MASK;
    bool in_memory = p->count;
    bool all = fpage_type(page) == L4_FPAGE_SPECIAL && order == L4_WHOLE_ADDRESS_SPACE;
    bool self = mask & L4_FP_ALL_SPACES;
    if ((all || fpage_type(page) == L4_FPAGE_OBJ) && self && !in_memory) {
        uint64_t index = all ? 0 : fpage_index(page) & ~(((uint64_t)1 << order) - 1);
        if (!cap_unmap(&t->caps, index, order, rights, deletes(mask), p))
            return false;
    }
    if (!in_memory)
        *p = (struct progress){.count = 1, .marker = p->marker, .keep = p->keep};
    if (all || fpage_type(page) == L4_FPAGE_MEMORY)
        return mem_unmap(t, all ? 0 : fpage_address(page), order, rights & MEM_RWX, self, p);
    return true;
}

static struct stopped_place unmap_place(struct task const *t, uint64_t mask, uint64_t page, unsigned word)
{
    return (struct stopped_place){.to = t->obj.serial, .control = mask, .fpage = page, .index = word};
}

static bool unmap_page(struct invocation *in, struct task *t, uint64_t page, unsigned word)
{
    struct thread *caller = in->caller;
    uint64_t mask = in->w[1];
    struct progress p = {.marker = &caller->marker};
    if (__builtin_expect(caller->stopped.valid, 0)) {
        struct stopped_place place = unmap_place(t, mask, page, word);
        p = stopped_progress(caller, in->tag, &place);
    }
    p.keep = own_slot(in, t);
    if (__builtin_expect(unmap_parts(t, page, mask, &p), 1))
        return true;
    struct stopped_place place = unmap_place(t, mask, page, word);
    stopped_set(caller, in->tag, &place, &p);
    return false;
}

// Does one of the flexpages of an unmap empty the slot that the call was made by?
static bool empties_own(struct invocation const *in, struct task *t)
{
    if (!own_slot(in, t) || !(in->w[1] & L4_FP_ALL_SPACES))
        return false;
    uint64_t own = in->caller->regs.r[2] >> L4_CAP_SHIFT;
    for (unsigned i = 2; i < tag_words(in->tag); i++) {
        uint64_t page = in_word(in, i);
        bool all = fpage_type(page) == L4_FPAGE_SPECIAL && fpage_order(page) == L4_WHOLE_ADDRESS_SPACE;
        if ((page & CAP_R) && (all || (fpage_type(page) == L4_FPAGE_OBJ &&
                                       in_block(own, fpage_index(page), fpage_order(page)))))
            return true;
    }
    return false;
}

L4_NO_STACK_GUARD uint64_t task_op_unmap(struct invocation *in)
{
    struct task *t = task_of(in->obj);
    unsigned words = tag_words(in->tag);
    struct thread *caller = in->caller;
    struct stopped const *s = __builtin_expect(caller->stopped.valid, 0) ? stopped_of(caller, in->tag, t->obj.serial) : NULL;
    unsigned i = 2;
    if (s && in->w[1] == s->place.control &&
        (s->place.index == words || in_word(in, s->place.index) == s->place.fpage))
        i = s->place.index;
    for (; i < words; i++) {
        if (!unmap_page(in, t, in_word(in, i), i)) {
            return syscall_restart(in); // the flexpages are still as they were
        }
    }
    if (__builtin_expect(empties_own(in, t), 0) && !cap_empty(own_slot(in, t), deletes(in->w[1]))) {
        struct stopped_place place = unmap_place(t, in->w[1], 0, words);
        stopped_set(caller, in->tag, &place, &(struct progress){0});
        return syscall_restart(in);
    }
    for (i = 2; i < words; i++)
        out_word(in, i, in_word(in, i) & ~L4_FPAGE_RIGHTS_MASK); // access flags: not kept on this architecture
    return result_tag(0, words);
}

static struct cap_slot *slot_of(struct task *t, uint64_t selector)
{
    struct cap_slot *s = selector & L4_SPECIAL_CAP_BITS
                             ? NULL
                             : cap_lookup(&t->caps, selector >> L4_CAP_SHIFT);
    return s && s->obj ? s : NULL;
}

static bool caps_equal(struct task *t, uint64_t a, uint64_t b)
{
    uint64_t flags = L4_SYSF_MASK; // no part of the name
    if ((a & ~flags) == (b & ~flags))
        return true;
    if ((a | b) & L4_SPECIAL_CAP_BITS)
        return false;
    struct cap_slot *x = slot_of(t, a), *y = slot_of(t, b);
    if (!x || !y)
        return x == y;
    uint32_t compared = CAP_W | CAP_S | (x->obj->type == OBJ_GATE ? CAP_OBJ1 : 0);
    return x->obj == y->obj && !((x->rights ^ y->rights) & compared);
}

static uint64_t op_cap_info(struct invocation *in)
{
    struct task *t = task_of(in->obj);
    if (tag_words(in->tag) == 2)
        return result_tag(slot_of(t, in->w[1]) != NULL, 0);
    return result_tag(caps_equal(t, in->w[1], in->w[2]), 0);
}

static uint64_t op_add_ku_mem(struct invocation *in)
{
    struct task *t = task_of(in->obj);
    unsigned words = tag_words(in->tag);
    if (t->obj.dying)
        return result_tag(-L4_EINVAL, 0);
    for (unsigned i = 1; i < words; i++) {
        uint64_t page = in_word(in, i);
        if (fpage_type(page) != L4_FPAGE_MEMORY)
            return result_tag(-L4_EINVAL, 0);
        int err = task_add_ku_mem(t, fpage_address(page), fpage_order(page));
        if (err)
            return result_tag(err, 0);
        out_word(in, i - 1, page & ~L4_FPAGE_RIGHTS_MASK);
    }
    return result_tag(0, words - 1);
}

static uint64_t op_map_vgicc(struct invocation *in)
{
    struct task *t = task_of(in->obj);
    if (!vgic_gicv_phys)
        return result_tag(-L4_ENOSYS, 0);
    uint64_t page = in->w[1];
    // Threads of other tasks run while a guest's interrupts are in the interface. No thread is bound to a VM.
    if (!t->is_vm)
        return result_tag(-L4_EINVAL, 0);
    if (fpage_type(page) != L4_FPAGE_MEMORY || fpage_order(page) < L4_PAGESHIFT || t->obj.dying)
        return result_tag(-L4_EINVAL, 0);
    return result_tag(mem_map_device(t, fpage_address(page), vgic_gicv_phys), 0);
}

static struct operation const operations[] = {
    [L4_TASK_MAP_OP] = {task_op_map, AT_LEAST(3), CAP_W, .arg = ARG_TASK, .name = "map"},
    [L4_TASK_UNMAP_OP] = {task_op_unmap, AT_LEAST(2), .name = "unmap"},
    // Only reads a table of capabilities.
    [L4_TASK_CAP_INFO_OP] = {op_cap_info, {2, 3}, .errors = OP_SHORT_INVALID, .locks = OP_LOCKS_NONE, .name = "cap_info"},
    [L4_TASK_ADD_KU_MEM_OP] = {op_add_ku_mem, AT_LEAST(2), .name = "add_ku_mem"},
    [L4_TASK_MAP_VGICC_OP] = {op_map_vgicc, AT_LEAST(2), .name = "map_vgicc"},
};

struct object_ops const task_ops = {
    .protocols = {{L4_PROTO_TASK, ~(uint64_t)0, OPERATIONS(operations)}},
    .destroy = task_destroy,
    .destroy_step = task_destroy_step,
};
