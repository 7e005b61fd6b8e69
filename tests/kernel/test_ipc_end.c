// SPDX-License-Identifier: MIT
// What happens to an IPC when its partner, its gate or its reply capability goes away
// (kernel-abi 3.6).
#include "harness.h"

struct client {
    l4_cap_idx_t dest;
    l4_umword_t value;
    l4_timeout_t timeout;
    unsigned volatile stage; // 1 calling, 2 done
    int64_t error;
    l4_umword_t answer;
};

static void client_call(void *arg)
{
    struct client *c = arg;
    c->stage = 1;
    mr()[0] = c->value;
    l4_msgtag_t t = l4_ipc_call(c->dest, l4_utcb(), l4_msgtag(4, 1, 0, 0), c->timeout);
    c->answer = mr()[0];
    c->error = ipc_err(t);
    c->stage = 2;
    l4_sleep_forever();
}

static void idle_thread(void *arg)
{
    (void)arg;
    l4_sleep_forever();
}

static void takes_one(void *arg)
{
    l4_umword_t label;
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    *(unsigned volatile *)arg = 1;
    l4_sleep_forever();
}

// ---- reply capabilities ----

static void reply_caps(unsigned cpu)
{
    l4_utcb_t *u = l4_utcb();
    l4_umword_t label;
    struct client a = {.dest = L4_BASE_THREAD_CAP, .value = 1, .timeout = recv_us(20000)}, b = a;
    b.value = 2;
    b.timeout = recv_us(LIMIT_US);
    l4_cap_idx_t ta = thread_run(client_call, &a, HIGH, cpu);
    l4_ipc_wait(u, &label, recv_us(LIMIT_US));
    check_eq((int64_t)mr()[0], 1, "first call arrives");
    l4_cap_idx_t tb = thread_run(client_call, &b, HIGH, cpu);
    l4_ipc_wait(u, &label, recv_us(LIMIT_US));
    check_eq((int64_t)mr()[0], 2, "second call arrives");
    mr()[0] = 77;
    check_eq(ipc_err(l4_ipc_reply(u, l4_msgtag(0, 1, 0, 0), L4_IPC_SEND_TIMEOUT_0)), 0,
             "reply to the second");
    check_eq(ipc_err(l4_ipc_reply(u, l4_msgtag(0, 1, 0, 0), L4_IPC_SEND_TIMEOUT_0)),
             L4_IPC_ENOT_EXISTENT, "a reply capability serves once");
    check(wait_value(&b.stage, 2, 500) && b.error == 0 && b.answer == 77,
          "the answer went to the second");
    check(wait_value(&a.stage, 2, 500) && a.error == L4_IPC_RETIMEOUT,
          "the first waits until its timeout");
    thread_delete(ta);
    thread_delete(tb);

    a = (struct client){.dest = L4_BASE_THREAD_CAP, .timeout = recv_us(1000)};
    ta = thread_run(client_call, &a, HIGH, cpu);
    l4_ipc_wait(u, &label, recv_us(LIMIT_US));
    wait_value(&a.stage, 2, 500);
    check_eq(a.error, L4_IPC_RETIMEOUT, "receive timeout of a call");
    check_eq(ipc_err(l4_ipc_reply(u, l4_msgtag(0, 0, 0, 0), L4_IPC_SEND_TIMEOUT_0)),
             L4_IPC_ENOT_EXISTENT, "a late reply");
    thread_delete(ta);

    a = (struct client){.dest = L4_BASE_THREAD_CAP, .timeout = L4_IPC_NEVER};
    ta = thread_run(client_call, &a, HIGH, cpu);
    l4_ipc_wait(u, &label, recv_us(LIMIT_US));
    thread_delete(ta);
    check_eq(ipc_err(l4_ipc_reply(u, l4_msgtag(0, 0, 0, 0), L4_IPC_SEND_TIMEOUT_0)),
             L4_IPC_ENOT_EXISTENT, "reply to a caller that was deleted");
}

// ---- the server goes ----

static void server_goes(unsigned cpu)
{
    unsigned volatile taken = 0;
    l4_cap_idx_t server = thread_run(takes_one, (void *)&taken, HIGH, cpu);
    struct client c = {.dest = server, .timeout = L4_IPC_NEVER}, q = c;
    l4_cap_idx_t t = thread_run(client_call, &c, HIGH, 0);
    wait_value(&taken, 1, 500);
    l4_cap_idx_t tq = thread_run(client_call, &q, HIGH, 0); // stays in the queue
    wait_value(&q.stage, 1, 500);
    settle();
    thread_delete(server);
    check(wait_value(&c.stage, 2, 500) && c.error == L4_IPC_REABORTED,
          "the server dies with the request: error");
    check(wait_value(&q.stage, 2, 500) && q.error == L4_IPC_SECANCELED,
          "a queued sender is cancelled");
    thread_delete(t);
    thread_delete(tq);
}

// A thread whose page fault finds no pager ends, its object stays.
static void dies(void *arg)
{
    l4_thread_control_start();
    l4_thread_control_pager(0x3eeul << L4_CAP_SHIFT);
    l4_thread_control_commit(L4_INVALID_CAP);
    *(unsigned volatile *)arg = 1;
    *(char volatile *)0x123456789000 = 1;
}

static void dead_partners(void)
{
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t const m = l4_msgtag(1, 0, 0, 0);
    l4_cap_idx_t fresh = slot_alloc();
    l4_factory_create_thread(L4_BASE_FACTORY_CAP, fresh);
    check_eq(ipc_err(l4_ipc_call(fresh, u, m, L4_IPC_NEVER)), L4_IPC_ENOT_EXISTENT,
             "call of a thread that never ran");
    slot_free(fresh, true);

    l4_cap_idx_t gate = slot_alloc(), irq = slot_alloc(), gate2 = slot_alloc();
    unsigned volatile stage = 0;
    l4_cap_idx_t t = thread_make(dies, (void *)&stage, HIGH, 0);
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, t, 0x10);
    l4_factory_create_irq(L4_BASE_FACTORY_CAP, irq);
    thread_start(t);
    check_eq(stage, 1, "the thread ran");
    check_eq(ipc_err(l4_ipc_call(t, u, m, L4_IPC_NEVER)), L4_IPC_ENOT_EXISTENT,
             "call of a dead thread");
    check_eq(ipc_err(l4_ipc_call(gate, u, m, L4_IPC_NEVER)), L4_IPC_ENOT_EXISTENT,
             "call of a dead thread's gate");
    check_eq(ipc_err(l4_ipc_receive(t, u, recv_us(1000))), L4_IPC_RETIMEOUT,
             "receive from a dead thread");
    check_eq((int64_t)thread_utcb(t)->tcr.free_marker, 0, "the dead thread's UTCB is marked free");
    check(l4_error(l4_rcv_ep_bind_thread(irq, t, 0x1234)) < 0,
          "an IRQ object is not bound to a dead thread");
    l4_irq_trigger(irq);
    l4_addr_t ip = ~0ul, sp = ~0ul;
    l4_umword_t flags = L4_THREAD_EX_REGS_CANCEL;
    check(l4_error(l4_thread_ex_regs_ret(t, &ip, &sp, &flags)) < 0, "ex_regs on a dead thread");
    thread_delete(t);
    check_eq(ipc_err(l4_ipc_call(gate, u, m, L4_IPC_NEVER)), L4_IPC_ENOT_EXISTENT,
             "call of a deleted thread's gate");
    l4_irq_trigger(irq); // must not find what is left of the thread
    t = thread_run(idle_thread, 0, HIGH, 0);
    check_eq(l4_error(l4_rcv_ep_bind_thread(gate, t, 0x20)), 0, "the gate gets a new thread");
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate2, t, 0x30);
    check_eq(ipc_err(l4_ipc_send(gate, u, m, L4_IPC_BOTH_TIMEOUT_0)), L4_IPC_SETIMEOUT,
             "and finds it");
    thread_delete(t);
    slot_free(gate, true);
    slot_free(gate2, true);
    slot_free(irq, true);
}

// ---- gates without a thread ----

static void unbound_gates(unsigned cpu)
{
    l4_utcb_t *u = l4_utcb();
    l4_cap_idx_t gate = slot_alloc();
    check_eq(l4_error(l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, L4_INVALID_CAP, 0)), 0,
             "unbound gate");
    check_eq(ipc_err(l4_ipc_send(gate, u, l4_msgtag(1, 0, 0, 0), L4_IPC_BOTH_TIMEOUT_0)),
             L4_IPC_SETIMEOUT, "send to an unbound gate, timeout zero");
    struct client c = {.dest = gate, .value = 5, .timeout = L4_IPC_NEVER};
    l4_cap_idx_t t = thread_run(client_call, &c, HIGH, cpu);
    wait_value(&c.stage, 1, 500);
    settle();
    check_eq(l4_error(l4_rcv_ep_bind_thread(gate, L4_BASE_THREAD_CAP, 0x41)), -L4_EINVAL,
             "label with low bits");
    check_eq(l4_error(l4_rcv_ep_bind_thread(gate, L4_BASE_THREAD_CAP, 0x40)), 0, "bind");
    l4_umword_t label = 0;
    check_eq(ipc_err(l4_ipc_wait(u, &label, recv_us(LIMIT_US))), 0,
             "bind wakes who waits at the gate");
    check(label == 0x43 && mr()[0] == 5, "its message has the gate's label");
    l4_ipc_reply(u, l4_msgtag(0, 1, 0, 0), L4_IPC_SEND_TIMEOUT_0);
    check(wait_value(&c.stage, 2, 500) && c.error == 0, "and it is answered");
    thread_delete(t);
    l4_umword_t info;
    check_eq(l4_error(l4_ipc_gate_get_infos(gate, &info)), 0, "get_info");
    check_eq((int64_t)info, 0x40, "get_info tells the label");
    slot_free(gate, true);

    gate = slot_alloc();
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, L4_INVALID_CAP, 0);
    c = (struct client){.dest = gate, .timeout = L4_IPC_NEVER};
    t = thread_run(client_call, &c, HIGH, cpu);
    wait_value(&c.stage, 1, 500);
    settle();
    l4_task_delete_obj(L4_BASE_TASK_CAP, gate);
    check(wait_value(&c.stage, 2, 500) && c.error == L4_IPC_ENOT_EXISTENT,
          "deleting the gate wakes who waits at it");
    thread_delete(t);
    slot_free(gate, false);
}

static uint64_t volatile keen_sent;
static bool volatile keen_stop, keen_done;

// Sends to the main thread over and over, with a timeout that often ends.
static void keen_sender(void *arg)
{
    (void)arg;
    while (!keen_stop) {
        mr()[0] = keen_sent;
        if (!l4_msgtag_has_error(l4_ipc_send(L4_BASE_THREAD_CAP, l4_utcb(), l4_msgtag(0, 1, 0, 0), send_us(20))))
            keen_sent++;
    }
    keen_done = true;
    l4_ipc_sleep(L4_IPC_NEVER);
}

// A call that sends nothing receives, also without the receive flag: with the same care for senders of other CPUs.
static void bare_open_wait(void)
{
    l4_utcb_t *u = l4_utcb();
    uint64_t got = 0;
    bool in_order = true;
    keen_stop = keen_done = false;
    keen_sent = 0;
    l4_cap_idx_t t = thread_run(keen_sender, 0, LOW, second_cpu());
    for (unsigned i = 0; i < 5000 || !keen_done; i++) { // its CPU may stand still on a busy host
        keen_stop = i >= 4500;
        l4_umword_t label;
        l4_msgtag_t r = l4_ipc(L4_INVALID_CAP, u, L4_SYSF_OPEN_WAIT, 0, l4_msgtag(0, 0, 0, 0), &label, recv_us(30));
        if (!l4_msgtag_has_error(r))
            in_order &= mr()[0] == got++;
    }
    check(in_order && got == keen_sent, "an open wait without the receive flag loses and doubles nothing");
    thread_delete(t);
}

void test_ipc_end(void)
{
    bare_open_wait();
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        reply_caps(cpu);
        server_goes(cpu);
        unbound_gates(cpu);
    }
    dead_partners();
}
