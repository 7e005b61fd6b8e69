// SPDX-License-Identifier: MIT
// What runs in a hostile task: system calls that are nearly right, some that are garbage, without end. Touches no data of
// the program but its own area and its kernel-user memory.
#include "fuzz.h"
#include <l4/sys/vcpu.h>

#define KU_EXTRA (WINDOW + (1ul << 30)) // kernel-user memory that it adds itself
enum { GUEST_HCR = 1 << 9 | 1 << 10 | 1 << 13 | 1 << 14 };

struct chaos {
    struct hostile *h;
    struct rng *r;
    l4_utcb_t *u;
};

static uint64_t any(struct chaos *c, unsigned n)
{
    return rnd(c->r) % n;
}

static l4_cap_idx_t any_slot(struct chaos *c)
{
    uint64_t k = any(c, 8);
    return SLOT(k < 4 ? C_FREE + any(c, C_SLOTS - C_FREE) : k < 7 ? 1 + any(c, C_FREE) : any(c, 0x80));
}

static l4_cap_idx_t any_task(struct chaos *c)
{
    uint64_t k = any(c, 16);
    return SLOT(k < 6 ? C_TASK : k < 12 ? C_OTHER : k < 14 ? C_VM : any(c, C_SLOTS));
}

static l4_cap_idx_t any_thread(struct chaos *c)
{
    return any(c, 8) ? SLOT(C_THREAD + any(c, CHAOS_TASKS * CHAOS_THREADS)) : any(c, 2) ? L4_INVALID_CAP : any_slot(c);
}

static l4_cap_idx_t any_irq(struct chaos *c)
{
    return any(c, 4) ? SLOT(C_IRQ + any(c, 4)) : any_slot(c);
}

static l4_umword_t memory_page(struct chaos *c)
{
    uint64_t k = any(c, 8);
    l4_addr_t a = WINDOW + any(c, 64) * PAGE;
    return l4_fpage(a, (unsigned)(12 + (k < 5 ? 0 : k < 7 ? any(c, 4) : any(c, 20))), (unsigned)any(c, 8)).raw;
}

static l4_umword_t object_page(struct chaos *c)
{
    uint64_t k = any(c, 16);
    return l4_obj_fpage(any_slot(c), (unsigned)(k < 12 ? 0 : k < 15 ? any(c, 4) : any(c, 64)),
                        (unsigned)(any(c, 2) ? L4_CAP_FPAGE_RWSD : any(c, 16))).raw;
}

static l4_umword_t any_page(struct chaos *c)
{
    uint64_t k = any(c, 32);
    return k < 15 ? memory_page(c) : k < 31 ? object_page(c) : any(c, 2) ? 0xfc0 | any(c, 16) : rnd(c->r);
}

static l4_umword_t control_word(struct chaos *c, l4_umword_t page)
{
    static uint8_t const low[] = {8, 8, 8, 8, 0x38, 0x18, 0x58, 10, 9, 0, 0x28, 0xe8};
    l4_umword_t hot = (page >> 4 & 3) == L4_FPAGE_OBJ ? SLOT(C_FREE + any(c, C_SLOTS - C_FREE)) : WINDOW + any(c, 64) * PAGE;
    return hot | low[any(c, LENGTH(low))];
}

static uint64_t word(struct chaos *c)
{
    uint64_t v = rnd(c->r);
    switch (any(c, 12)) {
    case 0:
        return v;
    case 1:
        return 0 - (v & 0x3f);
    case 2:
        return memory_page(c);
    case 3:
        return object_page(c);
    case 4:
        return control_word(c, v);
    case 5:
        return TASK_UTCB + (v & 0x1ff8);
    case 6:
        return 1ull << (v & 63);
    case 7:
        return any_slot(c);
    default:
        return v & 0x1f;
    }
}

static l4_timeout_t any_timeout(struct chaos *c)
{
    static uint32_t const t[] = {0x04000400, 0x00640064, 0x04000064, 0x80008001, 0x00010001, 0x000a000a, 0x04000001,
                                 0x80058005};
    return (l4_timeout_t){t[any(c, LENGTH(t))]};
}

// The buffers of the next receive phase.
static void any_buffers(struct chaos *c)
{
    l4_buf_regs_t *b = &c->u->buf;
    unsigned i = 0;
    b->bdr = any(c, 8) ? 0 : rnd(c->r);
    for (unsigned n = (unsigned)any(c, 4); n; n--) {
        uint64_t k = any(c, 8);
        if (k < 3) {
            b->br[i++] = any_slot(c) | L4_RCV_ITEM_SINGLE_CAP | (k ? 0 : L4_RCV_ITEM_LOCAL_ID);
        } else if (k < 6) {
            b->br[i++] = L4_ITEM_MAP;
            b->br[i++] = any_page(c);
        } else {
            b->br[i++] = L4_ITEM_MAP | L4_RCV_ITEM_FORWARD_MAPPINGS;
            b->br[i++] = any_page(c);
            b->br[i++] = any_task(c);
        }
    }
    b->br[i] = 0;
    for (i = 0; i < 8; i++)
        b->br[50 + i] = any(c, 4) ? 0 : rnd(c->r) >> 30;
    b->br[5] = any(c, 2) ? rnd(c->r) >> 40 : b->br[5];
}

static unsigned add_items(struct chaos *c, unsigned words, unsigned n)
{
    for (unsigned i = 0; i < n && words + 2 * i + 1 < 63; i++) {
        l4_umword_t page = any_page(c);
        c->u->msg.mr[words + 2 * i] = control_word(c, page);
        c->u->msg.mr[words + 2 * i + 1] = page;
    }
    return n;
}

static l4_umword_t by(l4_cap_idx_t dest, unsigned flags)
{
    return (dest & ~0xful) | flags;
}

static void invoke(struct chaos *c, l4_umword_t dest_and_flags, long label, unsigned words, unsigned items, l4_timeout_t to)
{
    l4_umword_t from = rnd(c->r);
    if (any(c, 64) == 0)
        words = (unsigned)any(c, 64); // too few or too many
    l4_msgtag_t tag = l4_msgtag(label, words, items, any(c, 16) ? 0 : (unsigned)rnd(c->r) & 0x7000);
    l4_invoke(tag, &from, dest_and_flags, to);
}

static void object_item(struct chaos *c, unsigned word, l4_cap_idx_t o)
{
    c->u->msg.mr[word] = L4_ITEM_MAP;
    c->u->msg.mr[word + 1] = l4_obj_fpage(o, 0, L4_CAP_FPAGE_RWS).raw;
}

static void call(struct chaos *c, l4_cap_idx_t dest, long label, unsigned words, unsigned items)
{
    invoke(c, by(dest, L4_SYSF_CALL), label, words, items, both_us(20 + any(c, 200)));
}

// ---- tasks and capabilities ----

static void task_map(struct chaos *c)
{
    c->u->msg.mr[0] = L4_TASK_MAP_OP;
    c->u->msg.mr[2] = any_page(c);
    c->u->msg.mr[1] = control_word(c, c->u->msg.mr[2]);
    object_item(c, 3, any_task(c));
    call(c, any_task(c), L4_PROTO_TASK, 3, 1);
}

static void task_unmap(struct chaos *c)
{
    static uint32_t const mask[] = {0, L4_FP_ALL_SPACES, L4_FP_ALL_SPACES, L4_FP_DELETE_OBJ, 0x40000000};
    unsigned n = any(c, 4) ? 1 : 1 + (unsigned)any(c, 8);
    c->u->msg.mr[0] = L4_TASK_UNMAP_OP;
    c->u->msg.mr[1] = mask[any(c, LENGTH(mask))];
    for (unsigned i = 0; i < n; i++) {
        c->u->msg.mr[2 + i] = any_page(c);
        if ((c->u->msg.mr[2 + i] >> 4 & 3) == L4_FPAGE_OBJ && any(c, 8)) // mostly leaves it what it was given
            c->u->msg.mr[2 + i] = l4_obj_fpage(SLOT(C_FREE + any(c, 32)), 0, (unsigned)any(c, 16)).raw;
    }
    call(c, any_task(c), L4_PROTO_TASK, 2 + n, 0);
}

static void task_other(struct chaos *c)
{
    switch (any(c, 8)) {
    case 0:
        c->u->msg.mr[0] = L4_TASK_ADD_KU_MEM_OP;
        c->u->msg.mr[1] = l4_fpage(KU_EXTRA + any(c, 16) * PAGE, 12 + (unsigned)any(c, 2), 7).raw;
        call(c, any_task(c), L4_PROTO_TASK, 2, 0);
        break;
    case 1:
        c->u->msg.mr[0] = L4_TASK_MAP_VGICC_OP;
        c->u->msg.mr[1] = l4_fpage(KU_EXTRA + PAGE * 64, 12, 7).raw;
        call(c, SLOT(C_VM), L4_PROTO_TASK, 2, 0);
        break;
    default:
        c->u->msg.mr[0] = L4_TASK_CAP_INFO_OP;
        c->u->msg.mr[1] = any_slot(c);
        c->u->msg.mr[2] = any_slot(c);
        call(c, any_task(c), L4_PROTO_TASK, 2 + (unsigned)any(c, 2), 0);
    }
}

static void create(struct chaos *c)
{
    static int8_t const type[] = {0, -10, -11, -12, -15, -16, -18, -20, -18, 0, -17, 3};
    int8_t t = type[any(c, LENGTH(type))];
    unsigned words = 1, items = 0;
    c->u->buf.bdr = 0;
    c->u->buf.br[0] = SLOT(C_FREE + any(c, 32)) | L4_RCV_ITEM_SINGLE_CAP;
    c->u->msg.mr[0] = (l4_umword_t)(long)t;
    c->u->msg.mr[1] = 0;
    if (t == 0 || t == -10) {
        words = 3;
        c->u->msg.mr[2] = any(c, 256) << 2;
        object_item(c, 3, any_thread(c));
        items = (unsigned)any(c, 2);
    } else if (t == -11) {
        words = 3;
        c->u->msg.mr[2] = any(c, 2) ? 0 : l4_fpage(TASK_UTCB, 12 + (unsigned)any(c, 3), 7).raw;
    } else if (t == -15) {
        words = 3;
        c->u->msg.mr[2] = any(c, 20) << 12;
    }
    l4_cap_idx_t f = any(c, 4) ? SLOT(C_FACTORY) : any_slot(c);
    if (t == -11 || t == -16)
        f = SLOT(C_JAIL);
    call(c, f, L4_PROTO_FACTORY, words, items);
}

// ---- threads ----

static void thread_control(struct chaos *c)
{
    l4_umword_t flags = 0;
    for (unsigned i = 0; i < 8; i++)
        c->u->msg.mr[i] = 0;
    if (any(c, 8) == 0)
        flags |= L4_THREAD_CONTROL_SET_PAGER;
    if (any(c, 8) == 0)
        flags |= L4_THREAD_CONTROL_SET_EXC_HANDLER;
    if (any(c, 2))
        flags |= L4_THREAD_CONTROL_BIND_TASK;
    if (any(c, 16) == 0)
        flags |= L4_THREAD_CONTROL_ALIEN;
    c->u->msg.mr[0] = flags;
    c->u->msg.mr[1] = SLOT(any(c, 8) ? C_PAGER + any(c, CHAOS_THREADS) : any(c, 0x80));
    c->u->msg.mr[2] = SLOT(any(c, 8) ? C_PAGER + any(c, CHAOS_THREADS) : any(c, 0x80));
    c->u->msg.mr[4] = any(c, 4) ? 0 : flags;
    c->u->msg.mr[5] = TASK_UTCB + any(c, 10) * L4_UTCB_OFFSET;
    object_item(c, 6, any_task(c));
    call(c, any(c, 3) ? any_slot(c) : any_thread(c), L4_PROTO_THREAD, 6, flags & L4_THREAD_CONTROL_BIND_TASK ? 1 : 0);
}

static void thread_other(struct chaos *c)
{
    static uint8_t const ops[] = {L4_THREAD_SWITCH_OP, L4_THREAD_STATS_OP, L4_THREAD_REGISTER_DELETE_IRQ_OP,
                                  L4_THREAD_MODIFY_SENDER_OP, L4_THREAD_REGISTER_DOORBELL_IRQ_OP, L4_THREAD_PF_TRAMP_CONTROL_OP,
                                  L4_THREAD_VCPU_EL1_READ, L4_THREAD_VCPU_EL1_WRITE, L4_THREAD_VCPU_DEBUG_WRITE};
    uint8_t op = ops[any(c, LENGTH(ops))];
    l4_utcb_t *u = c->u;
    u->msg.mr[0] = op;
    unsigned words = 1, items = 0;
    if (op == L4_THREAD_REGISTER_DELETE_IRQ_OP || op == L4_THREAD_REGISTER_DOORBELL_IRQ_OP) {
        object_item(c, 1, any_irq(c));
        items = 1;
    } else if (op == L4_THREAD_MODIFY_SENDER_OP) {
        words = 5;
        for (unsigned i = 1; i < 5; i++)
            u->msg.mr[i] = word(c);
    } else if (op == L4_THREAD_VCPU_EL1_WRITE) {
        words = 24;
        u->msg.mr[1] = rnd(c->r);
        for (unsigned i = 2; i < 24; i++)
            u->msg.mr[i] = any(c, 3) ? 0 : rnd(c->r);
    } else if (op == L4_THREAD_VCPU_DEBUG_WRITE) {
        words = 1 + L4_VCPU_DEBUG_REGS;
        for (unsigned i = 1; i < words; i++)
            u->msg.mr[i] = any(c, 3) ? 0 : rnd(c->r);
    }
    call(c, any_thread(c), L4_PROTO_THREAD, words, items);
}

static void ex_regs(struct chaos *c)
{
    static uint32_t const flags[] = {0, L4_THREAD_EX_REGS_CANCEL, L4_THREAD_EX_REGS_CANCEL, L4_THREAD_EX_REGS_TRIGGER_EXCEPTION,
                                     L4_THREAD_EX_REGS_CANCEL | L4_THREAD_EX_REGS_TRIGGER_EXCEPTION, 1 << 24, 2 << 24};
    c->u->msg.mr[0] = L4_THREAD_EX_REGS_OP | flags[any(c, LENGTH(flags))];
    c->u->msg.mr[1] = any(c, 32) ? ~0ul : word(c);
    c->u->msg.mr[2] = any(c, 32) ? ~0ul : word(c);
    call(c, any_thread(c), L4_PROTO_THREAD, 3, 0);
}

// ---- vCPUs ----

static void vcpu_control(struct chaos *c)
{
    c->u->msg.mr[0] = L4_THREAD_VCPU_CONTROL_OP | (any(c, 3) ? L4_THREAD_VCPU_CONTROL_EXT : 0);
    c->u->msg.mr[1] = any(c, 8) ? c->h->vcpu : word(c);
    call(c, any(c, 4) ? L4_INVALID_CAP : any_thread(c), L4_PROTO_THREAD, 2, 0);
}

static void vcpu_resume(struct chaos *c)
{
    l4_vcpu_state_t *v = (l4_vcpu_state_t *)c->h->vcpu;
    if (!v)
        return;
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    bool guest = any(c, 4);
    v->user_data[0] = (l4_umword_t)c->h + AREA_PAGES * PAGE - 16;
    v->user_data[1] = (l4_umword_t)c->h;
    v->entry_ip = (l4_umword_t)chaos_entry;
    v->entry_sp = v->user_data[0];
    v->host_tpidruro = (l4_umword_t)c->u;
    for (unsigned i = 0; i < 8; i++)
        v->r.r[i] = word(c);
    v->r.pc = guest ? 0x10000 + any(c, 9) * 4 : (l4_umword_t)guest_code;
    v->r.pstate = guest ? 0x3c5 : any(c, 8) ? 0 : rnd(c->r);
    v->saved_state = (l4_uint16_t)(L4_VCPU_F_USER_MODE | L4_VCPU_F_FPU_ENABLED | (any(c, 2) ? L4_VCPU_F_IRQ : 0));
    if (any(c, 16) == 0)
        v->saved_state = (l4_uint16_t)rnd(c->r);
    v->user_task = guest ? SLOT(C_VM) : any_task(c);
    e->hcr = L4_VCPU_HCR_MUST_SET | GUEST_HCR | 1ul << 31 | (any(c, 8) ? 0 : rnd(c->r));
    e->sctlr = any(c, 8) ? 0x30d00800 : (uint32_t)rnd(c->r);
    e->cpacr = 3 << 20;
    e->cntvctl = (uint32_t)any(c, 4);
    e->gic_hcr = (uint32_t)any(c, 2);
    for (unsigned i = 0; i < 4; i++)
        e->gic_v3_lr[i] = any(c, 4) ? 0 : rnd(c->r);
    c->u->msg.mr[0] = L4_THREAD_VCPU_RESUME_OP;
    unsigned items = any(c, 4) ? 0 : add_items(c, 1, 1 + (unsigned)any(c, 2));
    invoke(c, by(L4_INVALID_CAP, L4_SYSF_CALL), L4_PROTO_THREAD, 1, items, L4_IPC_NEVER);
}

// ---- messages ----

static void message(struct chaos *c)
{
    static uint8_t const flags[] = {L4_SYSF_SEND, L4_SYSF_CALL, L4_SYSF_CALL, L4_SYSF_SEND_AND_WAIT, L4_SYSF_RECV};
    unsigned words = any(c, 8) ? (unsigned)any(c, 8) : (unsigned)any(c, 64);
    for (unsigned i = 0; i < words && i < 63; i++)
        c->u->msg.mr[i] = rnd(c->r);
    unsigned items = add_items(c, words, any(c, 8) ? (unsigned)any(c, 3) : (unsigned)any(c, 12));
    any_buffers(c);
    l4_cap_idx_t dest = any(c, 2) ? any_thread(c) : SLOT(C_GATE + any(c, CHAOS_TASKS));
    invoke(c, by(dest, flags[any(c, LENGTH(flags))]), (long)any(c, 10), words, items, any_timeout(c));
}

static void wait(struct chaos *c)
{
    any_buffers(c);
    if (any(c, 2)) {
        unsigned words = (unsigned)any(c, 8);
        unsigned items = add_items(c, words, (unsigned)any(c, 3));
        unsigned flags = any(c, 3) ? L4_SYSF_REPLY_AND_WAIT : 9;
        invoke(c, by(L4_INVALID_CAP, flags), (long)any(c, 4) - 1, words, items, any_timeout(c));
    } else {
        invoke(c, by(L4_INVALID_CAP, any(c, 2) ? L4_SYSF_WAIT : L4_SYSF_RECV), 0, 0, 0, any_timeout(c));
    }
}

static void gate(struct chaos *c)
{
    l4_cap_idx_t g = any(c, 3) ? SLOT(C_GATE + any(c, CHAOS_TASKS)) : any_slot(c);
    uint64_t k = any(c, 8);
    c->u->msg.mr[0] = k < 5 ? L4_RCV_EP_BIND_OP : k < 7 ? L4_IPC_GATE_GET_INFO_OP : L4_KOBJECT_DEC_REFCNT_OP;
    c->u->msg.mr[1] = k < 7 ? any(c, 256) << any(c, 3) : any(c, 2);
    object_item(c, 2, any_thread(c));
    call(c, g, L4_PROTO_KOBJECT, 2, k < 5);
}

static void irq(struct chaos *c)
{
    static struct {
        int8_t label, op;
    } const ops[] = {{-1, 2}, {-1, 2}, {-1, 2}, {-1, 4}, {-18, 1}, {-18, 2}, {-10, 0x10}, {-10, 0x10}, {-20, 0}, {-20, 0},
                 {-1, 0}};
    unsigned k = (unsigned)any(c, LENGTH(ops));
    c->u->msg.mr[0] = (l4_umword_t)ops[k].op;
    c->u->msg.mr[1] = any(c, 4) ? any(c, 1024) : rnd(c->r);
    object_item(c, 2, any_thread(c));
    invoke(c, by(any_irq(c), any(c, 3) ? L4_SYSF_CALL : L4_SYSF_SEND), ops[k].label, ops[k].label == -20 ? 1 : 2,
           ops[k].op == 0x10 || ops[k].label == -18, any_timeout(c));
}

static void garbage(struct chaos *c)
{
    static int8_t const proto[] = {-1, -2, -5, -10, -11, -11, -11, -12, -12, -12, -14, -14, -15, -15, -18, -20, 0, 1};
    l4_utcb_t *u = c->u;
    for (unsigned i = 0; i < 12; i++)
        u->msg.mr[i] = word(c);
    if (!any(c, 8))
        for (unsigned i = 0; i < 63; i++)
            u->msg.mr[i] = word(c);
    u->buf.bdr = any(c, 2) ? 0 : word(c);
    for (unsigned i = 0; i < 4; i++)
        u->buf.br[i] = word(c);
    long label = any(c, 16) ? proto[any(c, LENGTH(proto))] : (long)word(c);
    unsigned op = u->msg.mr[0] & 0xffff;
    if (label == L4_PROTO_THREAD && (op == L4_THREAD_VCPU_CONTROL_OP || op == L4_THREAD_VCPU_RESUME_OP))
        u->msg.mr[0] = 1; // those are tried elsewhere
    l4_umword_t dest = any(c, 8) ? any_slot(c) : any(c, 4) ? L4_INVALID_CAP : rnd(c->r);
    unsigned words = any(c, 2) ? (unsigned)any(c, 8) : (unsigned)any(c, 64);
    unsigned flags = any(c, 2) ? L4_SYSF_CALL : (unsigned)any(c, 16);
    invoke(c, by(dest, flags), label, words, (unsigned)any(c, 4), any_timeout(c));
}

// Words that are nearly right, or not at all, into the UTCBs and vCPU areas of everybody in the task.
static void scribble(struct chaos *c)
{
    for (unsigned i = 0; i < 200; i++) {
        unsigned at = (unsigned)any(c, 2 * PAGE / 8);
        if (at / (L4_UTCB_OFFSET / 8) != UTCB_PROBER)
            ((uint64_t volatile *)TASK_UTCB)[at] = word(c);
    }
}

static void one_call(struct chaos *c)
{
    switch (any(c, 32)) {
    case 0:
    case 1:
    case 2:
    case 3:
        task_map(c);
        break;
    case 4:
    case 5:
    case 6:
        task_unmap(c);
        break;
    case 7:
        task_other(c);
        break;
    case 8:
    case 9:
    case 10:
        create(c);
        break;
    case 11:
        thread_control(c);
        break;
    case 12:
        thread_other(c);
        break;
    case 13:
        ex_regs(c);
        break;
    case 14:
        vcpu_control(c);
        break;
    case 15:
    case 16:
        vcpu_resume(c);
        break;
    case 17:
    case 18:
    case 19:
    case 20:
    case 21:
        message(c);
        break;
    case 22:
    case 23:
    case 24:
        wait(c);
        break;
    case 25:
    case 26:
        gate(c);
        break;
    case 27:
    case 28:
        irq(c);
        break;
    default:
        garbage(c);
    }
}

void chaos_loop(void *area)
{
    struct hostile *h = area;
    struct chaos c = {h, &h->rng, l4_utcb()};
    for (;;) {
        if (h->scribbler && any(&c, 4))
            scribble(&c);
        one_call(&c);
        h->calls++;
    }
}
