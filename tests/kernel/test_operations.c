// SPDX-License-Identifier: MIT
// Walks the kernel's tables of operations (operations.h is printed from them) and calls each with a word, a right or an
// argument missing: the error is the one that the tables promise, and nothing has been done.
#include "harness.h"
#include <l4/sys/platform_control.h>
#include <l4/sys/vcon.h>

enum { GATE = 1, THREAD, TASK, FACTORY, IRQ, SEMAPHORE, ICU, SCHEDULER, VCON, DMA_SPACE, IOMMU, TYPES };

static struct row {
    unsigned type;
    l4_mword_t label, op;
    unsigned least, most, short_invalid, no_item_short, optional, rights, arg, arg_rights, arg_if;
    char const *name;
} const rows[] = {
#include "operations.h"
};

enum { LABEL = 0x80, IRQ_LABEL = 0x123, PAGER = 0x111000, HANDLER = 0x222000, SERVER = 0x20 };

static l4_cap_idx_t target[TYPES], argument[TYPES], weak, made;

// What the operations would change.
struct state {
    l4_umword_t pager, handler, ip, sp, gate_label, irq_label, iflags;
    bool mapped, created, up;
};

static bool valid_in(l4_cap_idx_t task, l4_cap_idx_t slot)
{
    return l4_error(l4_task_cap_valid(task, slot)) == 1;
}

static struct state state(void)
{
    struct state s = {0};
    l4_umword_t flags = 0;
    l4_vcon_attr_t attr = {0};
    l4_thread_control_start();
    l4_thread_control_commit(target[THREAD]);
    s.pager = mr()[1];
    s.handler = mr()[2];
    s.ip = s.sp = ~0ul;
    l4_thread_ex_regs_ret(target[THREAD], &s.ip, &s.sp, &flags);
    l4_ipc_gate_get_infos(target[GATE], &s.gate_label);
    l4_irq_trigger(target[IRQ]);
    l4_ipc_wait(l4_utcb(), &s.irq_label, L4_IPC_BOTH_TIMEOUT_0);
    l4_vcon_get_attr(target[VCON], &attr);
    s.iflags = attr.i_flags;
    s.mapped = valid_in(target[TASK], made);
    s.created = valid_in(L4_BASE_TASK_CAP, made);
    s.up = !l4_msgtag_has_error(l4_semaphore_down(target[SEMAPHORE], L4_IPC_BOTH_TIMEOUT_0));
    l4_semaphore_up(target[SEMAPHORE]);
    return s;
}

static bool unchanged(void)
{
    struct state s = state();
    return s.pager == PAGER && s.handler == HANDLER && s.ip == 0x1000 && s.sp == 0x2000 && s.gate_label == LABEL &&
           s.irq_label == IRQ_LABEL && s.iflags == L4_VCON_ICRNL && !s.mapped && !s.created && s.up;
}

// Words with which the operation does something.
static void fill(struct row const *r)
{
    for (unsigned i = 0; i < 8; i++)
        mr()[i] = 0x40;
    mr()[0] = (l4_umword_t)r->op | r->arg_if;
    if (r->type == TASK && r->op == L4_TASK_MAP_OP) {
        mr()[1] = l4_map_obj_control(made, 0) | L4_ITEM_MAP;
        mr()[2] = l4_obj_fpage(L4_BASE_TASK_CAP, 0, L4_CAP_FPAGE_RWS).raw;
    } else if (r->type == THREAD && r->op == L4_THREAD_CONTROL_OP) {
        mr()[0] |= L4_THREAD_CONTROL_SET_PAGER | L4_THREAD_CONTROL_SET_EXC_HANDLER;
    } else if (r->type == FACTORY) {
        mr()[2] = 0;
    } else if (r->label == L4_PROTO_NONE) {
        mr()[1] = 0; // off
    }
    l4_utcb_br()->bdr = 0;
    l4_utcb_br()->br[0] = made | L4_RCV_ITEM_SINGLE_CAP;
}

// One bad call, by the fast path and by the general one. The IPC error times 1000, or the label.
struct bad_call {
    l4_cap_idx_t cap;
    unsigned words;
    l4_cap_idx_t arg; // 0: none
    l4_umword_t control; // of the item with the argument
    unsigned fpage_type;
};

static void expect(struct row const *r, struct bad_call c, int64_t want, char const *what)
{
    for (unsigned general = 0; general < 2; general++) {
        fill(r);
        if (c.arg) {
            l4_umword_t page = l4_obj_fpage(c.arg, 0, L4_CAP_FPAGE_RWS).raw;
            mr()[c.words] = c.control;
            mr()[c.words + 1] = (page & ~(L4_FPAGE_TYPE_MASK << L4_FPAGE_TYPE_SHIFT)) | c.fpage_type << L4_FPAGE_TYPE_SHIFT;
        }
        l4_umword_t before[8];
        for (unsigned i = 0; i < 8; i++)
            before[i] = mr()[i];
        l4_msgtag_t t = l4_ipc_call(c.cap, l4_utcb(), l4_msgtag(r->label, c.words, c.arg != 0, 0),
                                    general ? recv_us(LIMIT_US) : L4_IPC_NEVER);
        int64_t got = l4_msgtag_has_error(t) ? (int64_t)ipc_err(t) * 1000 : l4_msgtag_label(t);
        bool same = true;
        for (unsigned i = 0; i < 8; i++)
            same &= mr()[i] == before[i];
        if (got == want && same && unchanged())
            continue;
        print("# ");
        print_num(r->type);
        print(" ");
        print(r->name);
        print(": ");
        check_eq(got, want, what);
        check(false, "nothing has been done");
    }
}

static l4_cap_idx_t good_argument(struct row const *r)
{
    for (unsigned type = 1; type < TYPES; type++)
        if (r->arg >> type & 1)
            return argument[type];
    return 0;
}

static void weaken(l4_cap_idx_t cap, unsigned bit)
{
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(cap, 0, L4_CAP_FPAGE_RWS & ~bit),
                l4_map_obj_control(weak, L4_FPAGE_C_IPCGATE_SVR));
}

static void short_messages(struct row const *r)
{
    int64_t want = r->short_invalid ? -L4_EINVAL : -L4_EMSGTOOSHORT;
    struct bad_call c = {target[r->type], 1, good_argument(r), L4_ITEM_MAP, L4_FPAGE_OBJ};
    for (; c.words < r->least; c.words++)
        expect(r, c, want, "too few words");
    if (r->most < 61)
        expect(r, (struct bad_call){target[r->type], r->most + 1, 0, 0, 0}, -L4_EINVAL, "too many words");
}

static void missing_rights(struct row const *r)
{
    for (unsigned bit = L4_CAP_FPAGE_W; bit <= L4_CAP_FPAGE_S; bit <<= 1) {
        if (!(r->rights & bit))
            continue;
        weaken(target[r->type], bit);
        expect(r, (struct bad_call){weak, r->least, good_argument(r), L4_ITEM_MAP, L4_FPAGE_OBJ}, -L4_EPERM,
               "a right is missing");
        slot_free(weak, false);
        weak = slot_alloc();
    }
}

static void bad_arguments(struct row const *r)
{
    l4_cap_idx_t cap = target[r->type], arg = good_argument(r);
    if (!r->optional)
        expect(r, (struct bad_call){cap, r->least, 0, 0, 0}, r->no_item_short ? -L4_EMSGTOOSHORT : -L4_EINVAL, "no argument");
    expect(r, (struct bad_call){cap, r->least, arg, 0, L4_FPAGE_OBJ}, -L4_EINVAL, "a void item");
    expect(r, (struct bad_call){cap, r->least, arg, L4_ITEM_MAP, L4_FPAGE_MEMORY}, 8000, "an item that is not a capability");
    expect(r, (struct bad_call){cap, r->least, made, L4_ITEM_MAP, L4_FPAGE_OBJ}, -L4_EINVAL, "an empty slot");
    expect(r, (struct bad_call){cap, r->least, target[VCON], L4_ITEM_MAP, L4_FPAGE_OBJ}, -L4_EINVAL, "another object");
    for (unsigned bit = L4_CAP_FPAGE_W; bit <= L4_CAP_FPAGE_S; bit <<= 1) {
        if (!(r->arg_rights & bit))
            continue;
        weaken(arg, bit);
        expect(r, (struct bad_call){cap, r->least, weak, L4_ITEM_MAP, L4_FPAGE_OBJ}, -L4_EPERM,
               "a right of the argument is missing");
        slot_free(weak, false);
        weak = slot_alloc();
    }
}

static void make_targets(void)
{
    l4_cap_idx_t f = L4_BASE_FACTORY_CAP;
    l4_fpage_t none = {0};
    for (unsigned i = GATE; i <= SEMAPHORE; i++)
        target[i] = i == FACTORY ? f : slot_alloc();
    target[ICU] = L4_BASE_ICU_CAP;
    target[SCHEDULER] = L4_BASE_SCHEDULER_CAP;
    target[VCON] = L4_BASE_LOG_CAP;
    if (valid_in(L4_BASE_TASK_CAP, L4_BASE_IOMMU_CAP)) { // else there are none of these
        target[IOMMU] = L4_BASE_IOMMU_CAP;
        target[DMA_SPACE] = argument[DMA_SPACE] = slot_alloc();
        l4_factory_create(f, L4_PROTO_DMA_SPACE, target[DMA_SPACE]);
    }
    argument[THREAD] = slot_alloc();
    argument[TASK] = L4_BASE_TASK_CAP;
    argument[IRQ] = slot_alloc();
    made = slot_alloc();
    weak = slot_alloc();
    l4_factory_create_thread(f, target[THREAD]);
    l4_factory_create_thread(f, argument[THREAD]);
    l4_factory_create_irq(f, target[IRQ]);
    l4_factory_create_irq(f, argument[IRQ]);
    l4_factory_create_semaphore(f, target[SEMAPHORE]);
    l4_factory_create_task(f, target[TASK], &none);
    l4_factory_create_gate(f, target[GATE], L4_BASE_THREAD_CAP, LABEL);
    l4_rcv_ep_bind_thread(target[IRQ], L4_BASE_THREAD_CAP, IRQ_LABEL);
    l4_semaphore_up(target[SEMAPHORE]);
    l4_thread_control_start();
    l4_thread_control_pager(PAGER);
    l4_thread_control_exc_handler(HANDLER);
    l4_thread_control_commit(target[THREAD]);
    l4_thread_ex_regs(target[THREAD], 0x1000, 0x2000, 0);
}

void test_operations(void)
{
    make_targets();
    check(unchanged(), "the objects are as they were made");
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct row const *r = &rows[i];
        if (!target[r->type] || (r->type == FACTORY && r->op == (l4_mword_t)L4_PROTO_DMA_SPACE && !target[DMA_SPACE]))
            continue;
        short_messages(r);
        missing_rights(r);
        if (r->arg)
            bad_arguments(r);
    }
    check(unchanged(), "operations that lack something do nothing");
    for (unsigned i = GATE; i <= SEMAPHORE; i++)
        if (i != FACTORY)
            slot_free(target[i], true);
    if (target[DMA_SPACE])
        slot_free(target[DMA_SPACE], true);
    slot_free(argument[THREAD], true);
    slot_free(argument[IRQ], true);
    slot_free(weak, false);
    slot_free(made, false);
}
