// SPDX-License-Identifier: MIT
// Typed items in messages: capabilities and memory, buffers, return items (kernel-abi 2.4 to 2.6).
#include "harness.h"

enum { WINDOW = 0x3000 }; // slot numbers for received capabilities
static l4_cap_idx_t const window = (l4_cap_idx_t)WINDOW << L4_CAP_SHIFT;

static bool valid(l4_cap_idx_t c)
{
    return l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, c)) == 1;
}

static bool equal(l4_cap_idx_t a, l4_cap_idx_t b)
{
    return l4_error(l4_task_cap_equal(L4_BASE_TASK_CAP, a, b)) == 1;
}

static l4_cap_idx_t slot(unsigned n)
{
    return (l4_cap_idx_t)n << L4_CAP_SHIFT;
}

// The peer lives in another task: its slot 1 is its task, 3 itself, 5 the main thread (without S in
// one of the tests).
struct script {
    l4_umword_t w[16]; // message: items
    unsigned items;
    l4_msgtag_t result;
    l4_umword_t error;
    unsigned volatile stage;
};
static struct script script __attribute__((aligned(4096)));

// Sends what the script says, again and again.
static void peer_send(void *arg)
{
    struct script *s = arg;
    for (;;) {
        while (__atomic_load_n(&s->stage, __ATOMIC_ACQUIRE) != 1)
            l4_usleep(100);
        l4_utcb_t *u = l4_utcb();
        for (unsigned i = 0; i < 16; i++)
            u->msg.mr[i] = s->w[i];
        s->result = l4_ipc_send(slot(5), u, l4_msgtag(1, 0, s->items, 0), L4_IPC_NEVER);
        s->error = l4_ipc_error(s->result, u);
        __atomic_store_n(&s->stage, 2, __ATOMIC_RELEASE);
    }
}

static void item(unsigned n, l4_umword_t control, l4_fpage_t page)
{
    script.w[2 * n] = control;
    script.w[2 * n + 1] = page.raw;
    script.items = n + 1;
}

static l4_msgtag_t receive(void)
{
    l4_umword_t label;
    script.stage = 1;
    l4_msgtag_t t = l4_ipc_wait(l4_utcb(), &label, recv_us(LIMIT_US));
    l4_umword_t m[4];
    for (unsigned i = 0; i < 4; i++)
        m[i] = mr()[i];
    l4_umword_t error = l4_utcb()->tcr.error;
    wait_value(&script.stage, 2, 500);
    for (unsigned i = 0; i < 4; i++)
        mr()[i] = m[i];
    l4_utcb()->tcr.error = error;
    return t;
}

static void buffers(l4_umword_t a, l4_umword_t b, l4_umword_t c)
{
    l4_utcb_t *u = l4_utcb();
    u->buf.bdr = 0;
    u->buf.br[0] = a;
    u->buf.br[1] = b;
    u->buf.br[2] = c;
    u->buf.br[3] = 0;
}

static void drop(void)
{
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage(window, 6, L4_CAP_FPAGE_RWS), L4_FP_ALL_SPACES);
}

static void one_cap(void)
{
    l4_fpage_t own_thread = l4_obj_fpage(slot(3), 0, L4_CAP_FPAGE_RWS);
    item(0, L4_ITEM_MAP, own_thread);
    buffers(window | L4_RCV_ITEM_SINGLE_CAP, 0, 0);
    l4_msgtag_t t = receive();
    check(l4_msgtag_items(t) == 1 && !l4_msgtag_has_error(t), "a capability arrives");
    check_eq((int64_t)(mr()[0] & L4_RCV_ITEM_RESULT_MASK), 0x38, "return item: mapped");
    check(valid(window), "the slot holds it");
    drop();
    // nothing there
    item(0, L4_ITEM_MAP, l4_obj_fpage(slot(0x77), 0, L4_CAP_FPAGE_RWS));
    t = receive();
    check(!l4_msgtag_has_error(t) && (mr()[0] & L4_RCV_ITEM_RESULT_MASK) == 0x3a,
          "an empty slot maps nothing");
    // void
    script.w[0] = 0;
    t = receive();
    check(!l4_msgtag_has_error(t) && mr()[0] == 0 && l4_msgtag_items(t) == 1, "a void item");
    // compound into a window of two slots
    item(0, slot(0) | L4_ITEM_MAP | L4_ITEM_CONT, own_thread);
    item(1, slot(1) | L4_ITEM_MAP, l4_obj_fpage(slot(1), 0, L4_CAP_FPAGE_RWS));
    buffers(L4_ITEM_MAP, l4_obj_fpage(window, 1, L4_CAP_FPAGE_RWS).raw, 0);
    t = receive();
    check(valid(window) && valid(window + L4_CAP_OFFSET), "compound items share a buffer");
    drop();
    // two buffers
    buffers((window + 4 * L4_CAP_OFFSET) | L4_RCV_ITEM_SINGLE_CAP,
            (window + 2 * L4_CAP_OFFSET) | L4_RCV_ITEM_SINGLE_CAP, 0);
    item(0, L4_ITEM_MAP, own_thread);
    script.items = 2;
    t = receive();
    check(valid(window + 4 * L4_CAP_OFFSET) && valid(window + 2 * L4_CAP_OFFSET),
          "two items, two buffers");
    drop();
    // one buffer, two items
    buffers(window | L4_RCV_ITEM_SINGLE_CAP, 0, 0);
    t = receive();
    check(l4_msgtag_has_error(t) && (l4_utcb()->tcr.error & 0x1f) == L4_IPC_REMSGCUT,
          "no second buffer: cut");
    check_eq((int64_t)script.error, L4_IPC_SEMSGCUT, "the sender hears of it");
    check_eq(l4_msgtag_label(t), 1, "the tag of a cut message is the sender's");
    check(valid(window), "the item before it was mapped");
    drop();
    script.items = 1;
    buffers(0, 0, 0);
    t = receive();
    check(l4_msgtag_has_error(t) && script.error == L4_IPC_SEMSGCUT, "no buffer at all: cut");
    script.items = 40; // more than the message registers hold
    for (unsigned i = 0; i < 16; i++)
        script.w[i] = 0;
    t = receive();
    check(l4_msgtag_has_error(t) && script.error == L4_IPC_SEMSGCUT,
          "items beyond the last register: cut");
    script.items = 1;
}

static void rights(void)
{
    l4_cap_idx_t ref = slot_alloc();
    item(0, L4_ITEM_MAP, l4_obj_fpage(slot(3), 0, L4_CAP_FPAGE_RWS));
    buffers(window | L4_RCV_ITEM_SINGLE_CAP, 0, 0);
    receive();
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(window, 0, L4_CAP_FPAGE_RWS),
                l4_map_obj_control(ref, 0));
    check(equal(ref, window), "map within a task copies the rights");
    slot_free(ref, false);
    drop();
}

static void local_ids(struct other *o)
{
    // A gate of ours comes back as its label
    l4_cap_idx_t gate = slot_alloc();
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, L4_BASE_THREAD_CAP, 0x5550);
    l4_task_map(o->task, L4_BASE_TASK_CAP, l4_obj_fpage(gate, 0, L4_CAP_FPAGE_RWS),
                l4_map_obj_control(slot(8), 0));
    item(0, L4_ITEM_MAP, l4_obj_fpage(slot(8), 0, L4_CAP_FPAGE_RWS));
    buffers(window | L4_RCV_ITEM_SINGLE_CAP | L4_RCV_ITEM_LOCAL_ID, 0, 0);
    receive();
    check_eq((int64_t)(mr()[0] & L4_RCV_ITEM_RESULT_MASK), L4_RCV_OBJ_LOCAL_ID,
             "an own gate comes back as label");
    check_eq((int64_t)mr()[1], 0x5553, "the label with the rights");
    check(!valid(window), "and is not mapped");
    item(0, L4_ITEM_MAP, l4_obj_fpage(slot(3), 0, L4_CAP_FPAGE_RWS));
    receive();
    check(valid(window), "another object is mapped all the same");
    drop();
    slot_free(gate, true);
}

static unsigned volatile local_done;
static void local_sender(void *arg)
{
    (void)arg;
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_ITEM_MAP;
    u->msg.mr[1] = l4_obj_fpage(L4_BASE_LOG_CAP, 0, L4_CAP_FPAGE_RWS).raw;
    l4_ipc_send(L4_BASE_THREAD_CAP, u, l4_msgtag(0, 0, 1, 0), L4_IPC_NEVER);
    local_done = 1;
    l4_sleep_forever();
}

static void same_task(void)
{
    l4_umword_t label;
    l4_cap_idx_t t = thread_run(local_sender, 0, HIGH, 0);
    buffers(window | L4_RCV_ITEM_SINGLE_CAP | L4_RCV_ITEM_LOCAL_ID, 0, 0);
    l4_ipc_wait(l4_utcb(), &label, recv_us(LIMIT_US));
    check_eq((int64_t)(mr()[0] & L4_RCV_ITEM_RESULT_MASK), L4_RCV_OBJ_FPAGE,
             "within a task an item comes as flexpage");
    check_eq((int64_t)mr()[1], (int64_t)l4_obj_fpage(L4_BASE_LOG_CAP, 0, L4_CAP_FPAGE_RWS).raw,
             "the sender's flexpage");
    thread_delete(t);
}

static void forwarded(void)
{
    l4_cap_idx_t task = slot_alloc(), weak = slot_alloc();
    l4_fpage_t area = l4_fpage(0, 0, 0);
    area.raw = 0;
    l4_factory_create_task(L4_BASE_FACTORY_CAP, task, &area);
    item(0, L4_ITEM_MAP, l4_obj_fpage(slot(3), 0, L4_CAP_FPAGE_RWS));
    buffers(window | L4_RCV_ITEM_SINGLE_CAP | L4_RCV_ITEM_FORWARD_MAPPINGS, task, 0);
    receive();
    check(!valid(window) && l4_error(l4_task_cap_valid(task, window)) == 1,
          "forward buffer: mapped into another task");
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(task, 0, L4_CAP_FPAGE_RO),
                l4_map_obj_control(weak, 0));
    buffers(window | L4_RCV_ITEM_SINGLE_CAP | L4_RCV_ITEM_FORWARD_MAPPINGS, weak, 0);
    receive();
    check_eq((int64_t)script.error, L4_IPC_SEMSGCUT,
             "forward buffer: the task's capability needs W");
    buffers(window | L4_RCV_ITEM_SINGLE_CAP | L4_RCV_ITEM_FORWARD_MAPPINGS, L4_BASE_LOG_CAP, 0);
    receive();
    check_eq((int64_t)script.error, L4_IPC_SEMSGCUT, "forward buffer: no task");
    slot_free(weak, false);
    slot_free(task, true);
}

static void memory(void)
{
    uintptr_t at = 0x5a5a5000;
    item(0, at | L4_ITEM_MAP, l4_fpage((l4_addr_t)&script, 12, L4_FPAGE_RO));
    buffers(L4_ITEM_MAP, l4_fpage(0, L4_WHOLE_ADDRESS_SPACE, L4_FPAGE_RWX).raw, 0);
    l4_msgtag_t t = receive();
    check(!l4_msgtag_has_error(t) && (mr()[0] & L4_RCV_ITEM_RESULT_MASK) == L4_RCV_MEM_MAPPED,
          "a page arrives");
    check_eq(((struct script volatile *)at)->items, 1, "at its hot spot");
    buffers(L4_ITEM_MAP, l4_fpage(0x5b000000, 12, L4_FPAGE_RWX).raw, 0);
    receive();
    check_eq(((struct script volatile *)0x5b000000)->items, 1,
             "a small window takes it whatever the hot spot");
    buffers(window | L4_RCV_ITEM_SINGLE_CAP, 0, 0);
    receive();
    check_eq((int64_t)script.error, L4_IPC_SEMSGCUT, "no memory buffer for a page: cut");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage(at, 12, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage(0x5b000000, 12, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
}

static void strength(struct other *o)
{
    // The peer's way to us without S: capabilities lose S
    l4_cap_idx_t gate = slot_alloc();
    l4_task_map(o->task, L4_BASE_TASK_CAP, l4_obj_fpage(L4_BASE_THREAD_CAP, 0, L4_CAP_FPAGE_RW),
                l4_map_obj_control(slot(5), 0));
    item(0, L4_ITEM_MAP, l4_obj_fpage(slot(3), 0, L4_CAP_FPAGE_RWS));
    buffers(window | L4_RCV_ITEM_SINGLE_CAP, 0, 0);
    receive();
    // A thread capability without S cannot be bound to a gate
    check_eq(l4_error(l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, window, 0x10)), -L4_EPERM,
             "what comes through a capability without S has no S");
    drop();
    l4_task_map(o->task, L4_BASE_TASK_CAP, l4_obj_fpage(L4_BASE_THREAD_CAP, 0, L4_CAP_FPAGE_RWS),
                l4_map_obj_control(slot(5), 0));
    buffers(window | L4_RCV_ITEM_SINGLE_CAP, 0, 0);
    receive();
    check_eq(l4_error(l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, window, 0x10)), 0,
             "with S it has");
    slot_free(gate, true);
    drop();
}

void test_items(void)
{
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        struct other o =
            other_create(peer_send, &script, L4_INVALID_CAP, L4_BASE_THREAD_CAP, HIGH, cpu);
        one_cap();
        rights();
        local_ids(&o);
        forwarded();
        memory();
        strength(&o);
        other_delete(&o);
    }
    same_task();
}
