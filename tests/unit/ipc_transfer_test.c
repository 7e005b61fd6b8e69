// SPDX-License-Identifier: MIT
// Messages between two threads: words, typed items, and the windows that the receiver opens for them.
#include "ipc/transfer.h"
#include "ipc/ipc.h"
#include "kernel_fakes.h"
#include "mem/kmem.h"
#include "object/gate.h"
#include "task_setup.h"
#include "unit_run.h"
#include <arch/context.h>
#include <l4/sys/consts.h>
#include <string.h>

enum { SLOT = 40, SENT = 7, RAM = 0x40200000, SUPER = 21, PAGE = 12, WHOLE = 0x100000 };
enum { BUFFERS = L4_UTCB_GENERIC_BUFFERS_SIZE, LAST_OFFSET = L4_BDR_OFFSET_MASK };
#define NOTHING  (~0ull)
#define ALL_PAGE ((uint64_t)L4_WHOLE_ADDRESS_SPACE << L4_FPAGE_SIZE_SHIFT)

static struct thread receiver;
static l4_utcb_t *to;

uint64_t pstate_user(uint64_t pstate)
{
    return pstate | 1ull << 63; // it was asked
}

static void setup(void)
{
    task_setup();
    me->is_sigma0 = true; // all memory is there
    ck_assert_int_eq(task_add_ku_mem(other, UTCB_AREA, PAGE), 0);
    memset(&receiver, 0, sizeof(receiver));
    receiver.task = other;
    receiver.utcb = to = task_ku_mem_find(other, UTCB_AREA, sizeof(l4_utcb_t));
    cap_set(cap_slot_get(&me->caps, &quota_root, SENT), object_at(me, GATE), CAP_ALL);
}

static uint64_t transfer(unsigned words, unsigned items, uint32_t rights)
{
    caller.send_tag = tag_make(0, words, items, 0);
    caller.send_rights = rights;
    uint64_t r = ipc_transfer(&caller, &receiver);
    while (r == IPC_STOPPED)
        r = ipc_transfer_rest(&caller, &receiver);
    return r;
}

static void send_item(unsigned word, uint64_t control, uint64_t page)
{
    u->msg.mr[word] = control | L4_ITEM_MAP;
    u->msg.mr[word + 1] = page;
}

static void open_memory(uint64_t page)
{
    to->buf.bdr = 0;
    to->buf.br[0] = L4_ITEM_MAP;
    to->buf.br[1] = page;
}

static void open_slot(unsigned buffer, uint64_t index, uint64_t flags)
{
    to->buf.bdr = 0;
    to->buf.br[buffer] = index << L4_CAP_SHIFT | L4_RCV_ITEM_SINGLE_CAP | flags;
}

static uint32_t rights_at(struct task *t, uint64_t index)
{
    return object_at(t, index) ? cap_lookup(&t->caps, index)->rights : 0;
}

START_TEST(words)
{
    for (unsigned i = 0; i < L4_UTCB_GENERIC_DATA_SIZE; i++) {
        u->msg.mr[i] = i;
        to->msg.mr[i] = NOTHING;
    }
    ck_assert_uint_eq(transfer(5, 0, CAP_ALL), 0);
    ck_assert_uint_eq(to->msg.mr[4], 4);
    ck_assert_uint_eq(to->msg.mr[5], NOTHING);
    ck_assert_uint_eq(transfer(L4_UTCB_GENERIC_DATA_SIZE, 0, CAP_ALL), 0);
    ck_assert_uint_eq(to->msg.mr[62], 62);
}
END_TEST

START_TEST(memory_in_its_window)
{
    unsigned rights;
    open_memory(mem_page(0x600000, SUPER, 0)); // a page into two MiB
    send_item(0, 0x123003000, mem_page(RAM + 0x5000, PAGE, MEM_R));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(mem_lookup(other, 0x603000, &rights), RAM + 0x5000);
    ck_assert_uint_eq(rights, MEM_R);
    ck_assert_uint_eq(to->msg.mr[0], (0x123003000 & L4_FPAGE_ADDR_MASK) | PAGE << 6 | L4_RCV_MEM_MAPPED);
    open_memory(mem_page(0x800000, PAGE, 0)); // and two MiB into a page
    send_item(0, 0x7000, mem_page(RAM, SUPER, MEM_RWX));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(mem_lookup(other, 0x800000, &rights), RAM + 0x7000);
    ck_assert_uint_eq(rights, MEM_RWX);
    ck_assert_uint_eq(mem_lookup(other, 0x7ff000, NULL), NOTHING);
    ck_assert_uint_eq(mem_lookup(other, 0x801000, NULL), NOTHING);
    open_memory(mem_page(0x900000, 11, 0)); // less than a page: nothing comes
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(mem_lookup(other, 0x900000, NULL), NOTHING);
    open_memory(ALL_PAGE);
    send_item(0, 0xa00000, mem_page(RAM, PAGE, MEM_R | MEM_W));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(mem_lookup(other, 0xa00000, &rights), RAM);
    ck_assert_uint_eq(rights, MEM_R | MEM_W);
}
END_TEST

START_TEST(windows_of_another_type)
{
    send_item(0, 0, mem_page(RAM, PAGE, MEM_RWX));
    open_slot(0, SLOT, 0);
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), L4_IPC_SEMSGCUT);
    open_memory(obj_page(SLOT, 0, 0));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), L4_IPC_SEMSGCUT);
    send_item(0, 0, obj_page(SENT, 0, 7));
    open_memory(mem_page(0x600000, SUPER, 0));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), L4_IPC_SEMSGCUT);
    to->buf.br[0] = 0; // closed
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), L4_IPC_SEMSGCUT);
    send_item(0, 0, L4_FPAGE_SPECIAL << L4_FPAGE_TYPE_SHIFT | 7);
    open_memory(ALL_PAGE);
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), L4_IPC_SEMSGCUT);
}
END_TEST

START_TEST(rights_of_capabilities)
{
    open_slot(0, SLOT, 0);
    send_item(0, 0, obj_page(SENT, 0, CAP_R | CAP_W | CAP_S));
    ck_assert_uint_eq(transfer(0, 1, CAP_R | CAP_W | CAP_S), 0);
    ck_assert_uint_eq(rights_at(other, SLOT), CAP_R | CAP_W | CAP_S);
    ck_assert_uint_eq(to->msg.mr[0] & L4_RCV_ITEM_RESULT_MASK, L4_RCV_OBJ_MAPPED);
    ck_assert_uint_eq(transfer(0, 1, CAP_R | CAP_W), 0); // S needs a channel with S
    ck_assert_uint_eq(rights_at(other, SLOT), CAP_R | CAP_W);
    send_item(0, 0, obj_page(SENT, 0, CAP_R));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(rights_at(other, SLOT), CAP_R);
    open_slot(0, SLOT + 1, 0);
    send_item(0, 0, obj_page(SENT, 0, CAP_W));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(to->msg.mr[0] & L4_RCV_ITEM_RESULT_MASK, L4_RCV_OBJ_NOTHING);
    ck_assert_ptr_null(object_at(other, SLOT + 1));
    send_item(0, 0, obj_page(SENT + 1, 0, 7)); // there is none
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(to->msg.mr[0] & L4_RCV_ITEM_RESULT_MASK, L4_RCV_OBJ_NOTHING);
    send_item(0, L4_MAP_ITEM_GRANT, obj_page(SENT, 0, 7));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_ptr_null(object_at(me, SENT));
    ck_assert_ptr_nonnull(object_at(other, SLOT + 1));
    other->obj.dying = true; // its capabilities are being taken away
    send_item(0, 0, obj_page(GATE, 0, 7));
    open_slot(0, SLOT + 2, 0);
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_ptr_null(object_at(other, SLOT + 2));
    other->obj.dying = false;
}
END_TEST

static struct gate *real_gate(uint64_t index, struct thread *thread)
{
    struct gate *g = kmem_alloc(&quota_root, sizeof(*g));
    object_init(&g->obj, OBJ_GATE, &quota_root);
    g->obj.immortal = true;
    g->thread = thread;
    g->label = 0xabc0;
    cap_set(cap_slot_get(&me->caps, &quota_root, index), &g->obj, CAP_ALL);
    return g;
}

START_TEST(labels_instead_of_gates)
{
    struct thread stranger = {.task = me};
    struct gate *g = real_gate(20, &receiver);
    open_slot(0, SLOT, L4_RCV_ITEM_LOCAL_ID);
    send_item(0, 0, obj_page(20, 0, CAP_R | CAP_W | CAP_S));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(to->msg.mr[0] & L4_RCV_ITEM_RESULT_MASK, L4_RCV_OBJ_LOCAL_ID);
    ck_assert_uint_eq(to->msg.mr[1], 0xabc0 | CAP_W | CAP_S);
    ck_assert_ptr_null(object_at(other, SLOT));
    ck_assert_uint_eq(transfer(0, 1, CAP_R | CAP_W), 0);
    ck_assert_uint_eq(to->msg.mr[1], 0xabc0 | CAP_W);
    send_item(0, 0, obj_page(20, 0, CAP_R | CAP_S));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(to->msg.mr[1], 0xabc0 | CAP_S);
    cap_lookup(&me->caps, 20)->rights = CAP_R | CAP_W;
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(to->msg.mr[1], 0xabc0);
    struct thread *const others[] = {NULL, &stranger};
    for (unsigned i = 0; i < 2; i++) { // a gate of nobody, or of another task, comes as such
        g->thread = others[i];
        to->msg.mr[1] = NOTHING;
        ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
        ck_assert_uint_eq(to->msg.mr[0] & L4_RCV_ITEM_RESULT_MASK, L4_RCV_OBJ_MAPPED);
        ck_assert_uint_eq(to->msg.mr[1], NOTHING);
        ck_assert_ptr_eq(object_at(other, SLOT), &g->obj);
    }
    g->thread = &receiver;
    g->obj.type = OBJ_SEMAPHORE; // as does what is no gate
    to->msg.mr[1] = NOTHING;
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(to->msg.mr[1], NOTHING);
    g->obj.type = OBJ_GATE;
    send_item(0, 0, obj_page(TASK, 0, 7));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_ptr_eq(object_at(other, SLOT), &me->obj);
    receiver.task = me; // within a task: the sender's own words
    send_item(0, 0, obj_page(20, 0, CAP_R | CAP_W | CAP_S));
    ck_assert_uint_eq(transfer(0, 1, CAP_R | CAP_W), 0);
    ck_assert_uint_eq(to->msg.mr[0] & L4_RCV_ITEM_RESULT_MASK, L4_RCV_OBJ_FPAGE);
    ck_assert_uint_eq(to->msg.mr[1], obj_page(20, 0, CAP_R | CAP_W));
    cap_slot_unlink(cap_lookup(&me->caps, 20));
}
END_TEST

START_TEST(several_items)
{
    for (unsigned stop = 0; stop < 2; stop++) {
        fake_preempt_every = stop;
        to->buf.bdr = 2 << L4_BDR_OBJ_SHIFT;
        to->buf.br[0] = L4_ITEM_MAP;
        to->buf.br[1] = mem_page(0x600000, SUPER, 0);
        for (unsigned i = 0; i < 3; i++)
            to->buf.br[2 + i] = (uint64_t)(SLOT + 8 * stop + i) << L4_CAP_SHIFT | L4_RCV_ITEM_SINGLE_CAP;
        u->msg.mr[0] = 1;
        send_item(1, L4_ITEM_CONT, mem_page(RAM, PAGE, MEM_R));
        send_item(3, 0x1000, mem_page(RAM, PAGE, MEM_R));
        send_item(5, 0, obj_page(SENT, 0, 7));
        u->msg.mr[7] = u->msg.mr[8] = 0; // void, takes no buffer
        to->msg.mr[7] = NOTHING;
        send_item(9, 0, obj_page(TASK, 0, 7));
        ck_assert_uint_eq(transfer(1, 5, CAP_ALL), 0);
        ck_assert_uint_eq(mem_lookup(other, 0x600000, NULL), RAM);
        ck_assert_uint_eq(mem_lookup(other, 0x601000, NULL), RAM);
        ck_assert_ptr_eq(object_at(other, SLOT + 8 * stop), object_at(me, SENT));
        ck_assert_ptr_eq(object_at(other, SLOT + 8 * stop + 1), &me->obj);
        ck_assert_ptr_null(object_at(other, SLOT + 8 * stop + 2));
        ck_assert_uint_eq(to->msg.mr[7], 0);
    }
}
END_TEST

// What lies behind the buffers in the UTCB would do as one.
START_TEST(buffers_behind_the_last_one)
{
    unsigned const there = BUFFERS - LAST_OFFSET, pairs = there / 2;
    to->buf.bdr = LAST_OFFSET << L4_BDR_OBJ_SHIFT;
    for (unsigned i = LAST_OFFSET; i < BUFFERS; i++)
        to->buf.br[i] = (uint64_t)(SLOT + i) << L4_CAP_SHIFT | L4_RCV_ITEM_SINGLE_CAP;
    to->tcr.error = (uint64_t)(SLOT + BUFFERS) << L4_CAP_SHIFT | L4_RCV_ITEM_SINGLE_CAP;
    for (unsigned i = 0; i < there + 1; i++)
        send_item(2 * i, 0, obj_page(SENT, 0, 7));
    ck_assert_uint_eq(transfer(0, there + 1, CAP_ALL), L4_IPC_SEMSGCUT);
    ck_assert_ptr_nonnull(object_at(other, SLOT + BUFFERS - 1));
    ck_assert_ptr_null(object_at(other, SLOT + BUFFERS));
    to->buf.bdr = LAST_OFFSET << L4_BDR_MEM_SHIFT;
    for (unsigned i = 0; i < pairs + 1; i++) {
        to->buf.br[LAST_OFFSET + 2 * i] = L4_ITEM_MAP;
        if (i < pairs)
            to->buf.br[LAST_OFFSET + 2 * i + 1] = mem_page(WHOLE + i * 4096ull, PAGE, 0);
        send_item(2 * i, 0, mem_page(RAM, PAGE, MEM_R));
    }
    to->tcr.error = mem_page(WHOLE + pairs * 4096ull, PAGE, 0);
    ck_assert_uint_eq(transfer(0, pairs + 1, CAP_ALL), L4_IPC_SEMSGCUT);
    ck_assert_uint_eq(mem_lookup(other, WHOLE + (pairs - 1) * 4096ull, NULL), RAM);
    ck_assert_uint_eq(mem_lookup(other, WHOLE + pairs * 4096ull, NULL), NOTHING);
}
END_TEST

START_TEST(items_behind_the_message_registers)
{
    enum { LAST = L4_UTCB_GENERIC_DATA_SIZE - 2 };
    open_slot(0, SLOT, 0);
    send_item(LAST, 0, obj_page(SENT, 0, 7));
    ck_assert_uint_eq(transfer(LAST, 1, CAP_ALL), 0);
    ck_assert_ptr_nonnull(object_at(other, SLOT));
    open_slot(0, SLOT + 1, 0);
    u->msg.mr[LAST + 1] = L4_ITEM_MAP;
    u->reserved = obj_page(SENT, 0, 7);
    ck_assert_uint_eq(transfer(LAST + 1, 1, CAP_ALL), L4_IPC_SEMSGCUT);
    ck_assert_ptr_null(object_at(other, SLOT + 1));
    ck_assert_uint_eq(ipc_map_items(&caller, tag_make(0, LAST + 1, 1, 0), LAST + 1, other), L4_IPC_SEMSGCUT);
    ck_assert_ptr_null(object_at(other, 0));
}
END_TEST

START_TEST(windows_of_another_task)
{
    enum { OF = 9 };
    struct task *third = task_create(&quota_root);
    cap_set(cap_slot_get(&other->caps, &quota_root, OF), &third->obj, CAP_R);
    to->buf.bdr = 0;
    to->buf.br[0] = (uint64_t)SLOT << L4_CAP_SHIFT | L4_RCV_ITEM_SINGLE_CAP | L4_RCV_ITEM_FORWARD_MAPPINGS;
    to->buf.br[1] = OF << L4_CAP_SHIFT;
    send_item(0, 0, obj_page(SENT, 0, 7));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), L4_IPC_SEMSGCUT); // which the receiver may not write to
    ck_assert_ptr_null(object_at(third, SLOT));
    cap_lookup(&other->caps, OF)->rights |= CAP_W;
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_ptr_nonnull(object_at(third, SLOT));
    ck_assert_ptr_null(object_at(other, SLOT));
    cap_set(cap_slot_get(&other->caps, &quota_root, OF + 1), object_at(me, FACTORY), CAP_ALL);
    to->buf.br[1] = (OF + 1) << L4_CAP_SHIFT; // no task
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), L4_IPC_SEMSGCUT);
    to->buf.br[1] = (OF + 2) << L4_CAP_SHIFT; // nothing
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), L4_IPC_SEMSGCUT);
}
END_TEST

START_TEST(faults_and_exceptions)
{
    caller.msg_kind = MSG_PAGE_FAULT;
    caller.fault_addr = 0x5003;
    caller.fault_pc = 0x1234;
    open_slot(0, SLOT, 0);
    ck_assert_uint_eq(transfer(2, 1, CAP_ALL), 0); // it has no items, whatever its tag says
    ck_assert(to->msg.mr[0] == 0x5003 && to->msg.mr[1] == 0x1234);
    caller.msg_kind = MSG_EXCEPTION;
    caller.regs.pc = 0x8888;
    ck_assert_uint_eq(transfer(L4_UTCB_EXCEPTION_REGS_SIZE, 0, CAP_ALL), 0);
    ck_assert_uint_eq(to->msg.mr[offsetof(l4_exc_regs_t, pc) / 8], 0x8888);
    caller.msg_kind = MSG_UTCB;
    receiver.msg_kind = MSG_EXCEPTION;
    receiver.regs.pc = receiver.regs.r[3] = 5;
    memset(u->msg.mr, 0, sizeof(u->msg.mr));
    u->msg.mr[offsetof(l4_exc_regs_t, pc) / 8] = 0x9999;
    u->msg.mr[offsetof(l4_exc_regs_t, pstate) / 8] = 9; // of EL2
    ck_assert_uint_eq(transfer(L4_UTCB_EXCEPTION_REGS_SIZE - 1, 0, CAP_ALL), 0);
    ck_assert(receiver.regs.pc == 5 && receiver.regs.r[3] == 5);
    ck_assert_uint_eq(transfer(L4_UTCB_EXCEPTION_REGS_SIZE, 0, CAP_ALL), 0);
    ck_assert(receiver.regs.pc == 0x9999 && receiver.regs.r[3] == 0);
    ck_assert_uint_eq(receiver.regs.pstate, 9 | 1ull << 63);
    receiver.msg_kind = MSG_PAGE_FAULT; // the whole space is its window, its registers are its own
    send_item(0, 0x600000, mem_page(RAM, PAGE, MEM_RWX));
    ck_assert_uint_eq(transfer(0, 1, CAP_ALL), 0);
    ck_assert_uint_eq(mem_lookup(other, 0x600000, NULL), RAM);
    ck_assert_uint_eq(receiver.regs.pc, 0x9999);
}
END_TEST

START_TEST(items_for_a_task)
{
    fake_preempt_every = 2;
    send_item(1, 0x600000, mem_page(RAM, PAGE, MEM_R));
    u->msg.mr[3] = u->msg.mr[4] = 0;
    send_item(5, (uint64_t)SLOT << L4_CAP_SHIFT, obj_page(SENT, 0, 7));
    uint64_t tag = tag_make(0, 1, 3, 0), r;
    while ((r = ipc_map_items(&caller, tag, 1, other)) == IPC_STOPPED)
        ;
    ck_assert_uint_eq(r, 0);
    unsigned rights;
    ck_assert_uint_eq(mem_lookup(other, 0x600000, &rights), RAM);
    ck_assert_uint_eq(rights, MEM_R);
    ck_assert_uint_eq(rights_at(other, SLOT), CAP_R | CAP_W | CAP_S);
    stopped_clear(&caller);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("transfer");
    TCase *t = tcase_create("items");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, words);
    tcase_add_test(t, memory_in_its_window);
    tcase_add_test(t, windows_of_another_type);
    tcase_add_test(t, rights_of_capabilities);
    tcase_add_test(t, labels_instead_of_gates);
    tcase_add_test(t, several_items);
    tcase_add_test(t, buffers_behind_the_last_one);
    tcase_add_test(t, items_behind_the_message_registers);
    tcase_add_test(t, windows_of_another_task);
    tcase_add_test(t, faults_and_exceptions);
    tcase_add_test(t, items_for_a_task);
    suite_add_tcase(s, t);
    return unit_run(s);
}
