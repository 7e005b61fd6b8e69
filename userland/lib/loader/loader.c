// SPDX-License-Identifier: MIT
#include <l4/elf/elf.h>
#include <l4/loader/loader.h>
#include <l4/re/c/rm.h>
#include <l4/sys/consts.h>
#include <l4/sys/err.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/task.h>
#include <l4/sys/thread.h>
#include <l4/sys/utcb.h>
#include <string.h>

#include "stack.h"

enum {
    RIGHTS_RWS = L4_CAP_FPAGE_RWS,
    ATTRIBUTE_BITS = L4_ITEM_ATTR_MASK,
    UTCB_ORDER_DEFAULT = 12,
    UTCB_ORDER_MAX = L4_KU_MEM_MAX_ORDER,
    PRIO_DEFAULT = 2,
    MAX_NAMED_CAPS = 256,
    SCRATCH_SIZE = 32 << 10,
    STACK_SIZE_MAX = 1 << 30, // that a note may ask for
};

// What is under construction.
struct build {
    struct loader_params const *p;
    struct loader_ops const *ops;
    void *ctx;
    struct loader_result *res;
    struct elf_image elf;
    struct elf_relocs relocs; // of the runtime, if it is not where it was linked to
    l4_addr_t base;           // how far it is from there
    l4_cap_idx_t rm;
    l4_fpage_t utcb_area;
    l4_addr_t kip_addr, sp;
};

// Programs are started one after the other: ned's from its one Lua state, moe's once.
static char scratch[SCRATCH_SIZE] __attribute__((aligned(16)));
static struct stack_cap named_caps[MAX_NAMED_CAPS];

static l4_cap_idx_t selector(unsigned index)
{
    return (l4_cap_idx_t)index << L4_CAP_SHIFT;
}

static l4_addr_t round_page(l4_addr_t a)
{
    return (a + L4_PAGESIZE - 1) & ~(l4_addr_t)(L4_PAGESIZE - 1);
}

static bool has_cap(struct loader_cap const *c)
{
    return !(c->cap & L4_INVALID_CAP_BIT) && c->cap != 0;
}

static int fail(struct build *b, char const *what, char const *extra, long err)
{
    b->res->what = what;
    b->res->extra = extra ? extra : "";
    return (int)err;
}

// A position independent runtime goes where one with a fixed address is linked to. Its words are changed by the loader; if it
// does that itself, it comes to the same.
static int place_runtime(struct build *b)
{
    uint64_t start, end;

    if (b->elf.type != ELF_DYN)
        return 0;
    elf_span(&b->elf, &start, &end);
    b->base = LOADER_RUNTIME_ADDR - (start & ~(uint64_t)(L4_PAGESIZE - 1));
    enum elf_error e = elf_relocs_open(&b->elf, &b->relocs);
    return e ? fail(b, "in-task runtime rom/l4re", elf_strerror(e), -L4_EINVAL) : 0;
}

static int open_runtime(struct build *b)
{
    enum elf_error e = elf_open(&b->elf, b->p->l4re_image, b->p->l4re_size, L4_PAGESIZE);

    if (e)
        return fail(b, "in-task runtime rom/l4re is no program", elf_strerror(e), -L4_EINVAL);
    if (elf_interp(&b->elf))
        return fail(b, "in-task runtime rom/l4re", "must be static", -L4_EINVAL);
    int err = place_runtime(b);
    if (err < 0)
        return err;
    b->kip_addr = elf_l4_aux_value(&b->elf, ELF_L4_KIP_ADDR, LOADER_KIP_ADDR);
    return 0;
}

static int create_objects(struct build *b)
{
    struct loader_result *res = b->res;
    unsigned order = b->p->utcb_order ? b->p->utcb_order : UTCB_ORDER_DEFAULT;
    long err;

    if (order < 12 || order > UTCB_ORDER_MAX)
        return fail(b, "size of the UTCB area", NULL, -L4_EINVAL);
    res->task = b->ops->slot_alloc(b->ctx);
    res->thread = b->ops->slot_alloc(b->ctx);
    if ((res->task | res->thread) & L4_INVALID_CAP_BIT)
        return fail(b, "out of capability slots", NULL, -L4_ENOMEM);

    b->utcb_area = l4_fpage(LOADER_UTCB_ADDR, order, L4_FPAGE_RW);
    err = l4_error(l4_factory_create_task(b->p->factory.cap, res->task, &b->utcb_area));
    if (err < 0)
        return fail(b, "could not create the task", NULL, err);
    err = l4_error(l4_factory_create_thread(b->p->factory.cap, res->thread));
    if (err < 0)
        return fail(b, "could not create the first thread", NULL, err);
    err = b->ops->rm_create(b->ctx, &b->rm);
    if (err < 0)
        return fail(b, "could not create the region map", NULL, err);
    return 0;
}

// Write the words that depend on the runtime's place into `ds`, a window of the segment at a time.
static int relocate_segment(struct build *b, struct elf_segment const *seg, l4_cap_idx_t ds)
{
    l4_addr_t page = seg->vaddr & ~(l4_addr_t)(L4_PAGESIZE - 1);
    l4_addr_t end = seg->vaddr + seg->filesz, next;
    struct elf_reloc r;

    for (l4_addr_t at = seg->vaddr; at < end; at = next) {
        bool changed = false;
        next = page + (at - page) / SCRATCH_SIZE * SCRATCH_SIZE + SCRATCH_SIZE;
        next = next < end ? next : end;
        memcpy(scratch, (char const *)elf_segment_data(&b->elf, seg) + (at - seg->vaddr), next - at);
        for (size_t i = 0; elf_reloc_get(&b->relocs, i, &r); i++) {
            if (r.vaddr < at || r.vaddr >= next)
                continue;
            uint64_t word = r.addend + b->base;
            memcpy(scratch + (r.vaddr - at), &word, sizeof(word));
            changed = true;
        }
        int err = changed ? b->ops->ds_write(b->ctx, ds, at - page, scratch, next - at) : 0;
        if (err < 0)
            return err;
    }
    return 0;
}

// A segment that is written, by the runtime or by the loader, gets memory of its own, the others are mapped straight from the
// file.
static int load_segment(struct build *b, struct elf_segment const *seg)
{
    struct loader_ops const *ops = b->ops;
    bool relocated = elf_relocs_in(&b->relocs, seg);
    l4_addr_t page_offset = seg->vaddr & (L4_PAGESIZE - 1);
    l4_addr_t start = seg->vaddr - page_offset + b->base;
    l4_size_t size = round_page(seg->memsz + page_offset);
    struct loader_region r = { .start = start, .size = size,
                               .flags = seg->flags & (ELF_R | ELF_W | ELF_X) };
    l4_cap_idx_t ds;

    if (!(seg->flags & ELF_W) && seg->memsz == seg->filesz && !relocated) {
        r.ds = b->p->l4re_ds;
        r.offset = seg->offset - page_offset;
        return ops->rm_attach(b->ctx, b->rm, &r);
    }
    int err = ops->ds_create(b->ctx, size, &ds);
    if (err < 0)
        return err;
    if (seg->filesz)
        err = ops->ds_copy_in(b->ctx, ds, page_offset, b->p->l4re_ds, seg->offset, seg->filesz);
    if (err >= 0 && relocated)
        err = relocate_segment(b, seg, ds);
    r.ds = ds;
    if (err >= 0)
        err = ops->rm_attach(b->ctx, b->rm, &r);
    ops->release(b->ctx, ds);
    return err;
}

static int load_runtime(struct build *b)
{
    struct elf_segment seg;

    for (unsigned pos = 0; elf_next(&b->elf, ELF_PT_LOAD, &pos, &seg);) {
        int err = seg.memsz ? load_segment(b, &seg) : 0;
        if (err < 0)
            return fail(b, "could not load rom/l4re", NULL, err);
    }
    struct loader_region utcbs = { LOADER_UTCB_ADDR, (l4_size_t)1 << l4_fpage_size(b->utcb_area),
                                   L4RE_RM_F_RW | L4RE_RM_F_KERNEL, L4_INVALID_CAP, 0 };
    struct loader_region kip = { b->kip_addr, L4_PAGESIZE, L4_FPAGE_RX, b->p->kip_ds.cap, 0 };
    int err = b->ops->rm_attach(b->ctx, b->rm, &utcbs);
    if (err >= 0)
        err = b->ops->rm_attach(b->ctx, b->rm, &kip);
    return err < 0 ? fail(b, "could not set up the region map", NULL, err) : 0;
}

// Index in the new task of named capability number n.
static unsigned named_index(struct loader_params const *p, unsigned n)
{
    if (strcmp(p->caps[n].name, "jdb") == 0)
        return LOADER_CAP_JDB;
    unsigned index = LOADER_CAP_FIRST_NAMED;
    for (unsigned i = 0; i < n; i++)
        if (strcmp(p->caps[i].name, "jdb") != 0 && has_cap(&p->caps[i]))
            index++;
    return index;
}

static void describe_env(struct build *b, struct stack_desc *d, unsigned first_free)
{
    struct loader_params const *p = b->p;
    uint64_t *env = d->env;

    env[ENV_PARENT] = has_cap(&p->parent) ? selector(LOADER_CAP_PARENT) : L4_INVALID_CAP;
    env[ENV_RM] = selector(LOADER_CAP_RM);
    env[ENV_MEM_ALLOC] = has_cap(&p->mem_alloc) ? selector(LOADER_CAP_MEM_ALLOC) : L4_INVALID_CAP;
    env[ENV_LOG] = has_cap(&p->log) ? selector(LOADER_CAP_LOG) : L4_INVALID_CAP;
    env[ENV_MAIN_THREAD] = selector(LOADER_CAP_THREAD);
    env[ENV_FACTORY] = selector(LOADER_CAP_FACTORY);
    env[ENV_SCHEDULER] = selector(LOADER_CAP_SCHEDULER);
    env[ENV_ITAS] = L4_INVALID_CAP;
    env[ENV_DBG_EVENTS] = has_cap(&p->dbg_events) ? selector(LOADER_CAP_DBG_EVENTS)
                                                  : L4_INVALID_CAP;
    env[ENV_FIRST_FREE_CAP] = first_free;
    env[ENV_UTCB_AREA] = b->utcb_area.raw;
    env[ENV_FIRST_FREE_UTCB] = LOADER_UTCB_ADDR + L4_UTCB_OFFSET;
}

static int describe_stack(struct build *b, struct stack_desc *d)
{
    struct loader_params const *p = b->p;
    unsigned n = 0, next = LOADER_CAP_FIRST_NAMED;
    uint64_t phdr = 0; // not mapped

    for (unsigned i = 0; i < p->num_caps; i++) {
        if (!has_cap(&p->caps[i]))
            continue;
        if (strlen(p->caps[i].name) > LOADER_NAME_MAX)
            return fail(b, "capability name too long", p->caps[i].name, -L4_ENAMETOOLONG);
        if (n == MAX_NAMED_CAPS)
            return fail(b, "too many named capabilities", p->caps[i].name, -L4_ENOMEM);
        unsigned index = named_index(p, i);
        if (index >= next)
            next = index + 1;
        named_caps[n++] = (struct stack_cap){ p->caps[i].name, selector(index), 0 };
    }
    if (elf_phdr_vaddr(&b->elf, &phdr))
        phdr += b->base;
    *d = (struct stack_desc){
        .argv = p->argv, .argc = p->argc, .envv = p->envv, .envc = p->envc,
        .binary = p->binary, .caps = named_caps, .num_caps = n,
        .kip_ds = selector(LOADER_CAP_KIP_DS), .dbg = p->l4re_dbg, .ldr_flags = p->ldr_flags,
        .load_base = p->load_base, .kip_addr = b->kip_addr,
        .phdr = phdr, .phnum = b->elf.phnum, .random = {p->random[0], p->random[1]},
    };
    describe_env(b, d, next);
    return 0;
}

// Where the image's note asks for, or anywhere.
static l4_addr_t stack_addr(struct build const *b)
{
    l4_addr_t any = LOADER_STACK_ADDR + (b->p->random[1] % LOADER_STACK_SPREAD & L4_PAGEMASK);
    return elf_l4_aux_value(&b->elf, ELF_L4_STACK_ADDR, any);
}

static int attach_stack(struct build *b, l4_cap_idx_t ds, l4_addr_t addr, l4_size_t size)
{
    struct loader_region stack = { addr, size, L4_FPAGE_RW, ds, 0 };
    struct loader_region guard = { addr - L4_PAGESIZE, L4_PAGESIZE, L4RE_RM_F_RESERVED, L4_INVALID_CAP, 0 };
    int err = b->ops->rm_attach(b->ctx, b->rm, &guard);
    return err < 0 ? err : b->ops->rm_attach(b->ctx, b->rm, &stack);
}

static int make_stack(struct build *b)
{
    struct stack_desc d;
    l4_cap_idx_t ds;
    int err = describe_stack(b, &d);

    if (err < 0)
        return err;
    size_t used = stack_size(&d);
    if (used > sizeof(scratch))
        return fail(b, "arguments and environment variables too long", NULL, -L4_ENOMEM);
    l4_addr_t addr = stack_addr(b);
    l4_size_t size = elf_l4_aux_value(&b->elf, ELF_L4_STACK_SIZE, LOADER_STACK_SIZE);
    if (size > STACK_SIZE_MAX || addr > ~0ul - 2ul * STACK_SIZE_MAX)
        return fail(b, "in-task runtime rom/l4re", "asks for an impossible stack", -L4_EINVAL);
    size = round_page(size + used);
    b->sp = addr + size - used;
    stack_build(&d, scratch, used, b->sp);

    err = b->ops->ds_create(b->ctx, size, &ds);
    if (err < 0)
        return fail(b, "no memory for the stack", NULL, err);
    err = b->ops->ds_write(b->ctx, ds, size - used, scratch, used);
    if (err >= 0)
        err = attach_stack(b, ds, addr, size);
    b->ops->release(b->ctx, ds);
    return err < 0 ? fail(b, "could not set up the stack", NULL, err) : 0;
}

static int map_cap(struct build *b, unsigned index, l4_cap_idx_t cap, unsigned rights,
                   char const *name)
{
    l4_fpage_t fp = l4_obj_fpage(cap, 0, (unsigned char)((rights & 0xf) | L4_CAP_FPAGE_R));
    l4_umword_t base = selector(index) | L4_ITEM_MAP | (rights & ATTRIBUTE_BITS);
    long err = l4_error(l4_task_map(b->res->task, L4_BASE_TASK_CAP, fp, base));

    return err < 0 ? fail(b, "could not hand over capability", name, err) : 0;
}

static int map_caps(struct build *b)
{
    struct loader_params const *p = b->p;
    unsigned own = p->task_rights ? p->task_rights : RIGHTS_RWS;
    struct {
        unsigned index;
        struct loader_cap cap;
        char const *name;
    } const fixed[] = {
        { LOADER_CAP_TASK, { NULL, b->res->task, own }, "task" },
        { LOADER_CAP_THREAD, { NULL, b->res->thread, own }, "thread" },
        { LOADER_CAP_RM, { NULL, b->rm, RIGHTS_RWS }, "rm" },
        { LOADER_CAP_FACTORY, p->factory, "factory" },
        { LOADER_CAP_LOG, p->log, "log" },
        { LOADER_CAP_SCHEDULER, p->scheduler, "scheduler" },
        { LOADER_CAP_MEM_ALLOC, p->mem_alloc, "mem_alloc" },
        { LOADER_CAP_PARENT, p->parent, "parent" },
        { LOADER_CAP_KIP_DS, p->kip_ds, "kip" },
        { LOADER_CAP_DBG_EVENTS, p->dbg_events, "dbg_events" },
    };

    for (unsigned i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (!has_cap(&fixed[i].cap))
            continue;
        int err = map_cap(b, fixed[i].index, fixed[i].cap.cap, fixed[i].cap.rights, fixed[i].name);
        if (err < 0)
            return err;
    }
    for (unsigned i = 0; i < p->num_caps; i++) {
        if (!has_cap(&p->caps[i]))
            continue;
        int err = map_cap(b, named_index(p, i), p->caps[i].cap, p->caps[i].rights, p->caps[i].name);
        if (err < 0)
            return err;
    }
    return 0;
}

static int start_thread(struct build *b)
{
    struct loader_params const *p = b->p;
    l4_cap_idx_t thread = b->res->thread;

    l4_thread_control_start();
    l4_thread_control_pager(selector(LOADER_CAP_RM));
    l4_thread_control_exc_handler(selector(LOADER_CAP_RM));
    l4_thread_control_bind((l4_utcb_t *)LOADER_UTCB_ADDR, b->res->task);
    long err = l4_error(l4_thread_control_commit(thread));
    if (err < 0)
        return fail(b, "could not bind the first thread", NULL, err);
    err = l4_error(l4_thread_ex_regs(thread, b->elf.entry + b->base, b->sp, 0));
    if (err < 0)
        return fail(b, "could not set the entry point", NULL, err);
    l4_sched_param_t sp = l4_sched_param(p->prio ? p->prio : PRIO_DEFAULT, 0);
    err = l4_error(l4_scheduler_run_thread(p->scheduler.cap, thread, &sp));
    return err < 0 ? fail(b, "scheduler refused the first thread", NULL, err) : 0;
}

static int build_task(struct build *b)
{
    int (*const steps[])(struct build *) = {
        open_runtime, create_objects, load_runtime, make_stack, map_caps, start_thread,
    };

    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int err = steps[i](b);
        if (err < 0)
            return err;
    }
    return 0;
}

static void free_slot(struct build *b, l4_cap_idx_t *cap)
{
    if (!(*cap & L4_INVALID_CAP_BIT))
        b->ops->slot_free(b->ctx, *cap);
    *cap = L4_INVALID_CAP;
}

int loader_start(struct loader_params const *p, struct loader_ops const *ops, void *ctx,
                 struct loader_result *res)
{
    struct build b = { .p = p, .ops = ops, .ctx = ctx, .res = res, .rm = L4_INVALID_CAP };

    *res = (struct loader_result){
        .task = L4_INVALID_CAP, .thread = L4_INVALID_CAP, .what = "", .extra = "",
    };
    int err = build_task(&b);
    if (!(b.rm & L4_INVALID_CAP_BIT))
        ops->release(ctx, b.rm); // the new task's capability keeps it alive
    if (err < 0) {
        free_slot(&b, &res->thread);
        free_slot(&b, &res->task);
    }
    return err;
}
