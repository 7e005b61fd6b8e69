// SPDX-License-Identifier: MIT
#include "ipc/transfer.h"
#include "ipc/ipc.h"
#include "mem/mapping.h"
#include "object/gate.h"
#include "object/task.h"
#include <arch/context.h>
#include <arch/index.h>

#define FPAGE_ALL ((uint64_t)L4_WHOLE_ADDRESS_SPACE << L4_FPAGE_SIZE_SHIFT) // of type "special": whatever the item is

struct window { // where one item may go
    struct task *task;
    uint64_t fpage;
    bool local_id;
};

static void buffers_init(struct transfer *x, struct thread const *to)
{
    uint64_t bdr = READ_ONCE(to->utcb->buf.bdr);
    x->buffer[L4_FPAGE_SPECIAL] = L4_UTCB_GENERIC_BUFFERS_SIZE; // nothing receives such items
    x->buffer[L4_FPAGE_MEMORY] = bdr >> L4_BDR_MEM_SHIFT & L4_BDR_OFFSET_MASK;
    x->buffer[L4_FPAGE_IO] = bdr >> L4_BDR_IO_SHIFT & L4_BDR_OFFSET_MASK;
    x->buffer[L4_FPAGE_OBJ] = bdr >> L4_BDR_OBJ_SHIFT & L4_BDR_OFFSET_MASK;
}

// What the receiver's buffer registers from `p` on accept an item of the type into. Returns how many registers these are,
// 0 = no usable buffer.
static unsigned buffer_get(struct thread const *to, unsigned p, unsigned type, struct window *w)
{
    if (to->msg_kind != MSG_UTCB) { // answers to page faults and exceptions: the whole space
        *w = (struct window){to->task, FPAGE_ALL, false};
        return 1;
    }
    if (p >= L4_UTCB_GENERIC_BUFFERS_SIZE)
        return 0;
    uint64_t word = READ_ONCE(to->utcb->buf.br[p]);
    if (!(word & L4_ITEM_MAP))
        return 0;
    bool small = word & L4_RCV_ITEM_SMALL, forward = word & L4_RCV_ITEM_FORWARD_MAPPINGS;
    unsigned need = (small ? 1u : 2u) + (forward ? 1u : 0u);
    if (p + need > L4_UTCB_GENERIC_BUFFERS_SIZE)
        return 0;
    w->task = to->task;
    w->local_id = small && !forward && (word & L4_RCV_ITEM_LOCAL_ID);
    w->fpage = small ? fpage_address(word) | (L4_FPAGE_OBJ << L4_FPAGE_TYPE_SHIFT) : READ_ONCE(to->utcb->buf.br[p + 1]);
    if (forward) {
        struct cap_slot *s = cap_lookup(&to->task->caps, READ_ONCE(to->utcb->buf.br[p + need - 1]) >> L4_CAP_SHIFT);
        if (!s || !s->obj || s->obj->type != OBJ_TASK || !(s->rights & CAP_W))
            return 0;
        w->task = task_of(s->obj);
    }
    bool all = fpage_type(w->fpage) == L4_FPAGE_SPECIAL && fpage_order(w->fpage) == L4_WHOLE_ADDRESS_SPACE;
    return all || fpage_type(w->fpage) == type ? need : 0;
}

struct placement { // after fitting send and receive flexpage (units: bytes or slots)
    uint64_t src, dst;
    unsigned order;
};

// The smaller flexpage is positioned inside the larger one by the hot spot.
static struct placement place(uint64_t sbase, unsigned so, uint64_t rbase, unsigned ro, uint64_t hot)
{
    struct placement p;
    uint64_t smask = so >= L4_WHOLE_ADDRESS_SPACE ? ~0ull : (1ull << so) - 1;
    uint64_t rmask = ro >= L4_WHOLE_ADDRESS_SPACE ? ~0ull : (1ull << ro) - 1;
    sbase &= ~smask;
    rbase &= ~rmask;
    if (ro >= so) {
        p.src = sbase;
        p.dst = rbase + ((hot & rmask) & ~smask);
        p.order = so;
    } else {
        p.src = sbase + ((hot & smask) & ~rmask);
        p.dst = rbase;
        p.order = ro;
    }
    return p;
}

enum item_result { // >= 0: as the receiver sees it
    ITEM_MAPPED = L4_RCV_ITEM_MAPPED,
    ITEM_NOTHING = L4_RCV_ITEM_NOTHING,
    ITEM_NO_MEMORY = -1,
    ITEM_STOPPED = -2,
};

// Maps one item, from where it has stopped on.
static enum item_result map_item(struct task *from, uint64_t w0, uint64_t w1, struct window const *w, bool strong,
                                 struct progress *p)
{
    bool all = fpage_type(w->fpage) == L4_FPAGE_SPECIAL;
    unsigned so = fpage_order(w1), ro = all ? L4_WHOLE_ADDRESS_SPACE : fpage_order(w->fpage);
    uint64_t rbase = all ? 0 : fpage_address(w->fpage);
    if (fpage_type(w1) == L4_FPAGE_MEMORY) {
        if (so < L4_PAGESHIFT || ro < L4_PAGESHIFT)
            return ITEM_MAPPED;
        struct placement at = place(fpage_address(w1), so, rbase, ro, fpage_address(w0));
        struct mem_mapping m = {.src = from, .dst = w->task, .src_addr = at.src, .dst_addr = at.dst, .order = at.order,
                                .rights = w1 & MEM_RWX, .type = mem_type_of_attrs(w0), .grant = w0 & L4_MAP_ITEM_GRANT};
        enum map_result r = mem_map(&m, p);
        return r == MAP_STOPPED     ? ITEM_STOPPED
               : r == MAP_NO_MEMORY ? ITEM_NO_MEMORY
               : r == MAP_SOME      ? ITEM_MAPPED
                                    : ITEM_NOTHING;
    }
    if (fpage_type(w1) != L4_FPAGE_OBJ || !(w1 & CAP_R) || w->task->obj.dying)
        return ITEM_NOTHING;
    struct placement at = place(fpage_index(w1), so, fpage_index(rbase), ro, fpage_index(w0));
    struct cap_mapping m = {.src = &from->caps, .dst = &w->task->caps, .quota = w->task->obj.quota, .src_index = at.src,
                            .dst_index = at.dst, .order = at.order, .rights = w1 & L4_FPAGE_RIGHTS_MASK,
                            .attrs = w0 & L4_ITEM_ATTR_MASK, .strong = strong, .grant = w0 & L4_MAP_ITEM_GRANT};
    int n = cap_map(&m, p);
    if (n < 0)
        return n == CAP_MAP_STOPPED ? ITEM_STOPPED : ITEM_NO_MEMORY;
    return n ? ITEM_MAPPED : ITEM_NOTHING;
}

// Does the receiver want an identification instead of a mapping? Fills the return words then.
static bool local_id(struct thread *from, struct thread *to, uint64_t w1, uint32_t rights, uint64_t *ret0, uint64_t *ret1)
{
    if (fpage_type(w1) == L4_FPAGE_OBJ && !(rights & CAP_S))
        w1 &= ~(uint64_t)CAP_S;
    if (from->task == to->task) {
        *ret0 |= L4_RCV_ITEM_FPAGE;
        *ret1 = w1;
        return true;
    }
    struct cap_slot *s = cap_lookup(&from->task->caps, w1 >> L4_CAP_SHIFT);
    if (fpage_type(w1) != L4_FPAGE_OBJ || !s || !s->obj || s->obj->type != OBJ_GATE)
        return false;
    struct gate *g = gate_of(s->obj);
    if (!g->thread || g->thread->task != to->task)
        return false;
    *ret0 |= L4_RCV_ITEM_GATE_LABEL;
    *ret1 = g->label | (s->rights & w1 & (CAP_W | CAP_S));
    return true;
}

uint64_t ipc_transfer_rest(struct thread *from, struct thread *to)
{
    struct transfer *x = &from->transfer;
    uint64_t tag = from->send_tag;
    bool to_utcb = to->msg_kind == MSG_UTCB;
    for (unsigned items = tag_items(tag); x->item < items; x->item++) {
        uint64_t pos = tag_words(tag) + 2u * x->item; // of two words
        if (!index_below(&pos, L4_UTCB_GENERIC_DATA_SIZE - 1))
            return L4_IPC_SEMSGCUT;
        uint64_t w0 = READ_ONCE(from->utcb->msg.mr[pos]), w1 = READ_ONCE(from->utcb->msg.mr[pos + 1]);
        if (!(w0 & L4_ITEM_MAP)) { // void
            if (to_utcb)
                to->utcb->msg.mr[pos] = 0;
            continue;
        }
        struct window w;
        unsigned type = fpage_type(w1), used = buffer_get(to, x->buffer[type], type, &w);
        if (!used)
            return L4_IPC_SEMSGCUT;
        uint64_t ret0 = fpage_address(w0) | (w1 & ~(L4_FPAGE_ADDR_MASK | L4_FPAGE_RIGHTS_MASK)) | L4_ITEM_MAP |
                        (w0 & L4_ITEM_CONT);
        uint64_t ret1 = to_utcb ? to->utcb->msg.mr[pos + 1] : 0;
        if (!w.local_id || !local_id(from, to, w1, from->send_rights, &ret0, &ret1)) {
            enum item_result r = map_item(from->task, w0, w1, &w, from->send_rights & CAP_S, &x->progress);
            if (r < 0)
                return r == ITEM_STOPPED ? IPC_STOPPED : L4_IPC_SEMAPFAILED;
            x->progress = (struct progress){.marker = &from->marker};
            ret0 |= (unsigned)r;
        }
        if (to_utcb) {
            to->utcb->msg.mr[pos] = ret0;
            to->utcb->msg.mr[pos + 1] = ret1;
        }
        if (!(w0 & L4_ITEM_CONT)) // else the next item goes there, too
            x->buffer[type] = (uint8_t)(x->buffer[type] + used);
        if (x->item + 1u < items && preempt_pending()) {
            x->item++;
            return IPC_STOPPED;
        }
    }
    return 0;
}

static uint64_t const *message_words(struct thread *from, uint64_t fault[2])
{
    switch (from->msg_kind) {
    case MSG_PAGE_FAULT:
        fault[0] = from->fault_addr;
        fault[1] = from->fault_pc;
        return fault;
    case MSG_EXCEPTION:
        return (uint64_t const *)&from->regs;
    default:
        return from->utcb->msg.mr;
    }
}

// The answer to an exception: a full frame replaces the registers, anything less changes nothing.
static void take_exception_reply(struct thread *to, uint64_t const *words, unsigned n)
{
    if (n < L4_UTCB_EXCEPTION_REGS_SIZE)
        return;
    l4_exc_regs_t const *f = (l4_exc_regs_t const *)words;
    for (unsigned i = 0; i < 31; i++)
        to->regs.r[i] = f->r[i];
    to->regs.sp = f->sp;
    to->regs.pc = f->pc;
    to->regs.pstate = pstate_user(READ_ONCE(f->pstate));
    to->regs.tpidruro = f->tpidruro;
    to->regs.tpidrurw = f->tpidrurw;
}

uint64_t ipc_transfer(struct thread *from, struct thread *to)
{
    uint64_t fault[2];
    uint64_t const *src = message_words(from, fault);
    unsigned n = tag_words(from->send_tag);
    if (to->msg_kind == MSG_UTCB) {
        for (unsigned i = 0; i < n; i++)
            to->utcb->msg.mr[i] = src[i];
    } else if (to->msg_kind == MSG_EXCEPTION) {
        take_exception_reply(to, src, n);
    }
    if (!tag_items(from->send_tag) || from->msg_kind != MSG_UTCB)
        return 0;
    struct transfer *x = &from->transfer;
    x->item = 0;
    x->progress = (struct progress){.marker = &from->marker};
    buffers_init(x, to);
    return ipc_transfer_rest(from, to);
}

uint64_t ipc_map_items(struct thread *t, uint64_t tag, unsigned words, struct task *task)
{
    struct window w = {task, FPAGE_ALL, false};
    struct stopped const *s = t->stopped.valid ? stopped_of(t, tag, task->obj.serial) : 0;
    for (unsigned items = tag_items(tag), i = s ? s->place.index : 0; i < items; i++) {
        uint64_t pos = words + 2 * i;
        if (!index_below(&pos, L4_UTCB_GENERIC_DATA_SIZE - 1))
            return L4_IPC_SEMSGCUT;
        uint64_t w0 = READ_ONCE(t->utcb->msg.mr[pos]), w1 = READ_ONCE(t->utcb->msg.mr[pos + 1]);
        struct stopped_place place = {.to = task->obj.serial, .control = w0, .fpage = w1, .index = i};
        struct progress p = {.marker = &t->marker};
        if (t->stopped.valid)
            p = stopped_progress(t, tag, &place);
        enum item_result r = w0 & L4_ITEM_MAP ? map_item(t->task, w0, w1, &w, true, &p) : ITEM_NOTHING;
        if (r == ITEM_NO_MEMORY)
            return L4_IPC_SEMAPFAILED;
        bool stopped = r == ITEM_STOPPED;
        if (!stopped && i + 1 < items && preempt_pending()) {
            stopped = true;
            place = (struct stopped_place){.to = task->obj.serial, .index = i + 1};
        }
        if (stopped) {
            stopped_set(t, tag, &place, &p);
            return IPC_STOPPED;
        }
    }
    return 0;
}
