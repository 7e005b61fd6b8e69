// SPDX-License-Identifier: MIT
// Message transfer: phases, labels, rights, timeouts, order of senders (kernel-abi 1, 3).
#include "harness.h"

static void echo_server(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        mr()[0] += label;
        tag = l4_ipc_reply_and_wait(u, l4_msgtag(7, l4_msgtag_words(tag), 0, 0), &label,
                                    L4_IPC_SEND_TIMEOUT_0);
        if (l4_msgtag_has_error(tag)) // it was no call
            tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    }
}

static void call_reply(unsigned cpu, char const *name)
{
    l4_cap_idx_t gate = slot_alloc();
    l4_cap_idx_t t = thread_run(echo_server, 0, LOW, cpu);
    check_eq(l4_error(l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, t, 0x1230)), 0,
             "gate created");
    mr()[0] = 1000;
    mr()[1] = 2;
    l4_msgtag_t tag = l4_ipc_call(gate, l4_utcb(), l4_msgtag(1, 2, 0, 0), L4_IPC_NEVER);
    int64_t answer = (int64_t)mr()[0];
    check(!l4_msgtag_has_error(tag) && l4_msgtag_label(tag) == 7 && l4_msgtag_words(tag) == 2,
          name);
    check_eq(answer, 1000 + 0x1233, "label carries W and S of the caller's capability");
    for (unsigned i = 0; i < (cpu ? 200 : 1000); i++) // an emulator that has fewer CPUs takes its time for those of another one
        tag = l4_ipc_call(gate, l4_utcb(), l4_msgtag(1, 2, 0, 0), L4_IPC_NEVER);
    check_eq(l4_msgtag_label(tag), 7, "many calls");

    for (unsigned i = 0; i < 63; i++)
        mr()[i] = i * 0x0123456789abcdull;
    tag = l4_ipc_call(gate, l4_utcb(), l4_msgtag(1, 63, 0, 0), L4_IPC_NEVER);
    bool same = l4_msgtag_words(tag) == 63;
    for (unsigned i = 1; i < 63; i++)
        same &= mr()[i] == i * 0x0123456789abcdull;
    check(same, "63 words");

    static uint8_t const rights[] = {L4_CAP_FPAGE_RO, L4_CAP_FPAGE_RW, L4_CAP_FPAGE_RS,
                                     L4_CAP_FPAGE_RWS};
    l4_cap_idx_t copy = slot_alloc();
    for (unsigned i = 0; i < 4; i++) {
        l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(gate, 0, rights[i]),
                    l4_map_obj_control(copy, 0));
        mr()[0] = 0;
        l4_ipc_call(copy, l4_utcb(), l4_msgtag(1, 1, 0, 0), L4_IPC_NEVER);
        check_eq((int64_t)mr()[0], 0x1230 | i, "rights bits of the label");
    }
    slot_free(copy, false);
    mr()[0] = 0;
    tag = l4_ipc(t, l4_utcb(), L4_SYSF_CALL, 0xabcdef01, l4_msgtag(1, 1, 0, 0), 0, L4_IPC_NEVER);
    check_eq((int64_t)mr()[0], 0xabcdef01, "a thread capability delivers the sender's own label");
    slot_free(gate, true);
    thread_delete(t);
}

// ---- timeouts ----

static void never_receives(void *arg)
{
    (void)arg;
    l4_sleep_forever();
}

static void expect_time(uint64_t begin, uint64_t us, char const *name)
{
    uint64_t took = now_us() - begin;
    check(took >= us && took < us + LIMIT_US, name);
    if (took < us || took >= us + LIMIT_US) {
        print("  took us: ");
        print_num((int64_t)took);
        print("\n");
    }
}

static void timeouts(void)
{
    l4_utcb_t *u = l4_utcb();
    l4_cap_idx_t t = thread_run(never_receives, 0, HIGH, 0);
    l4_msgtag_t const m = l4_msgtag(5, 0, 0, 0);
    uint64_t begin = now_us();
    check_eq(ipc_err(l4_ipc_send(t, u, m, L4_IPC_BOTH_TIMEOUT_0)), L4_IPC_SETIMEOUT,
             "send, timeout zero");
    check_eq(ipc_err(l4_ipc_receive(t, u, L4_IPC_BOTH_TIMEOUT_0)), L4_IPC_RETIMEOUT,
             "closed receive, timeout zero");
    l4_umword_t label;
    check_eq(ipc_err(l4_ipc_wait(u, &label, L4_IPC_BOTH_TIMEOUT_0)), L4_IPC_RETIMEOUT,
             "open wait, timeout zero");
    begin = now_us();
    check_eq(ipc_err(l4_ipc_send(t, u, m, send_us(3000))), L4_IPC_SETIMEOUT,
             "send, relative timeout");
    expect_time(begin, 3000, "send timeout takes its time");
    begin = now_us();
    l4_msgtag_t r = l4_ipc_receive(t, u, recv_us(3000));
    check_eq(ipc_err(r), L4_IPC_RETIMEOUT, "receive, relative timeout");
    expect_time(begin, 3000, "receive timeout takes its time");
    check_eq(l4_msgtag_label(r), 0, "a failed receive shows the own tag");
    begin = now_us();
    u->buf.br[5] = begin + 4000;
    check_eq(ipc_err(l4_ipc_receive(t, u, l4_timeout(L4_IPC_TIMEOUT_NEVER, l4_timeout_abs_br(5)))),
             L4_IPC_RETIMEOUT, "receive, absolute timeout");
    expect_time(begin, 3900, "absolute timeout takes its time");
    u->buf.br[57] = 1;
    check_eq(ipc_err(l4_ipc_send(t, u, m, l4_timeout(l4_timeout_abs_br(57), L4_IPC_TIMEOUT_NEVER))),
             L4_IPC_SETIMEOUT, "absolute timeout in the past, buffer register 57");
    u->buf.br[57] = ~0ul;
    l4_timeout_t far = l4_timeout(l4_timeout_abs_br(63), L4_IPC_TIMEOUT_NEVER);
    u->buf.br[57] = 2;
    check_eq(ipc_err(l4_ipc_send(t, u, m, far)), L4_IPC_SETIMEOUT,
             "index of the buffer register is clamped to 57");
    check_eq(ipc_err(l4_ipc_send(t, u, m, l4_timeout(l4_timeout_rel(0, 3), L4_IPC_TIMEOUT_NEVER))),
             L4_IPC_SETIMEOUT, "mantissa zero is over at once");
    r = l4_ipc_send(t, u, l4_msgtag(77, 3, 0, 0), L4_IPC_BOTH_TIMEOUT_0);
    check_eq((int64_t)r.raw, L4_MSGTAG_ERROR, "a failed send shows nothing but the error");
    // To itself
    check_eq(ipc_err(l4_ipc_send(L4_BASE_THREAD_CAP, u, m, L4_IPC_BOTH_TIMEOUT_0)),
             L4_IPC_SETIMEOUT, "send to itself, timeout zero");
    check_eq(ipc_err(l4_ipc_call(L4_BASE_THREAD_CAP, u, m, both_us(1000))), L4_IPC_SETIMEOUT,
             "call of itself ends with the send timeout");
    thread_delete(t);
}

// ---- the end of a wait by ex_regs ----

struct blocked {
    l4_cap_idx_t dest;
    unsigned flags;
    unsigned volatile stage;
    int64_t error;
};

static void block(void *arg)
{
    struct blocked *b = arg;
    b->stage = 1;
    l4_msgtag_t t = l4_ipc(b->dest, l4_utcb(), b->flags, 0, l4_msgtag(0, 0, 0, 0), 0, L4_IPC_NEVER);
    b->error = ipc_err(t);
    b->stage = 2;
    l4_sleep_forever();
}

static void cancel_one(l4_cap_idx_t dest, unsigned flags, int64_t want, unsigned cpu,
                       char const *name)
{
    struct blocked b = {.dest = dest, .flags = flags};
    l4_cap_idx_t t = thread_run(block, &b, HIGH, cpu);
    wait_value(&b.stage, 1, 500);
    settle();
    l4_thread_ex_regs(t, ~0ul, ~0ul, 0);
    check(b.stage == 1, "ex_regs without cancel leaves the IPC alone");
    l4_thread_ex_regs(t, ~0ul, ~0ul, L4_THREAD_EX_REGS_CANCEL);
    wait_value(&b.stage, 2, 500);
    check_eq(b.error, want, name);
    thread_delete(t);
}

static void jumped(void *arg)
{
    struct blocked *b = arg;
    b->stage = 9;
    l4_sleep_forever();
}

static void cancels(void)
{
    l4_cap_idx_t idle = thread_run(never_receives, 0, HIGH, 0);
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        cancel_one(idle, L4_SYSF_SEND, L4_IPC_SECANCELED, cpu, "cancelled send");
        cancel_one(idle, L4_SYSF_CALL, L4_IPC_SECANCELED, cpu, "cancelled send phase of a call");
        cancel_one(idle, L4_SYSF_RECV, L4_IPC_RECANCELED, cpu, "cancelled closed receive");
        cancel_one(L4_INVALID_CAP, L4_SYSF_WAIT, L4_IPC_RECANCELED, cpu, "cancelled open wait");
    }
    struct blocked b = {.dest = idle, .flags = L4_SYSF_RECV};
    l4_cap_idx_t t = thread_run(block, &b, HIGH, 0);
    l4_addr_t sp = (l4_addr_t)__builtin_frame_address(0), ip = (l4_addr_t)thread_entry;
    static char stack[4096] __attribute__((aligned(16)));
    uintptr_t *top = (uintptr_t *)(stack + sizeof stack) - 2;
    top[0] = (uintptr_t)jumped;
    top[1] = (uintptr_t)&b;
    sp = (l4_addr_t)top;
    l4_umword_t flags = L4_THREAD_EX_REGS_CANCEL;
    check_eq(l4_error(l4_thread_ex_regs_ret(t, &ip, &sp, &flags)), 0,
             "ex_regs with cancel and a new pc");
    check(wait_value(&b.stage, 9, 500), "the thread continues at the new pc");
    check_eq((int64_t)flags, L4_THREAD_EX_REGS_ARM64_SET_EL_EL0,
             "ex_regs tells the exception level");
    thread_delete(t);
    thread_delete(idle);
}

// ---- order of senders, closed waits ----

struct sender {
    unsigned id;
    l4_cap_idx_t to;
};
static unsigned volatile senders_done;

static void send_id(void *arg)
{
    struct sender *s = arg;
    l4_ipc(s->to, l4_utcb(), L4_SYSF_SEND, s->id, l4_msgtag(0, 0, 0, 0), 0, L4_IPC_NEVER);
    __atomic_add_fetch(&senders_done, 1, __ATOMIC_SEQ_CST);
    l4_sleep_forever();
}

static void sender_order(void)
{
    static uint8_t const prio[] = {12, 14, 11, 14};
    static uint8_t const expect[] = {1, 3, 0, 2};
    struct sender s[4];
    l4_cap_idx_t t[4];
    l4_umword_t label;
    for (unsigned i = 0; i < 4; i++) {
        s[i] = (struct sender){i, L4_BASE_THREAD_CAP};
        t[i] = thread_run(send_id, &s[i], prio[i], 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        l4_ipc_wait(l4_utcb(), &label, recv_us(LIMIT_US));
        check_eq((int64_t)label, expect[i], "senders by priority, then by age");
    }
    for (unsigned i = 0; i < 4; i++)
        thread_delete(t[i]);
    // A closed wait takes only the thread it names
    for (unsigned i = 0; i < 3; i++)
        t[i] = thread_run(send_id, &s[i], prio[i], 0);
    label = 99;
    l4_ipc(t[2], l4_utcb(), L4_SYSF_RECV, 0, l4_msgtag(0, 0, 0, 0), &label, recv_us(LIMIT_US));
    check_eq((int64_t)label, 2, "closed receive takes a sender from the middle of the queue");
    l4_ipc(t[0], l4_utcb(), L4_SYSF_RECV, 0, l4_msgtag(0, 0, 0, 0), &label, recv_us(LIMIT_US));
    check_eq((int64_t)label, 0, "closed receive from another sender");
    check_eq(ipc_err(l4_ipc(t[0], l4_utcb(), L4_SYSF_RECV, 0, l4_msgtag(0, 0, 0, 0), &label,
                            recv_us(1000))),
             L4_IPC_RETIMEOUT, "closed receive does not take others");
    // What is queued can get another label
    l4_msgtag_t tag = l4_thread_modify_sender_start();
    l4_thread_modify_sender_add(~0ul, 1, ~0ul, 0x4444, &tag);
    check_eq(l4_error(l4_thread_modify_sender_commit(L4_BASE_THREAD_CAP, tag)), 0,
             "modify_senders");
    l4_ipc_wait(l4_utcb(), &label, recv_us(LIMIT_US));
    check_eq((int64_t)label, 0x4444, "a queued sender's label was changed");
    for (unsigned i = 0; i < 3; i++)
        thread_delete(t[i]);
}

// ---- more phases ----

static void sends_back(void *arg)
{
    // Takes a call, answers it with "call the caller" and reports what came back.
    unsigned volatile *got = arg;
    l4_umword_t label;
    l4_utcb_t *u = l4_utcb();
    l4_ipc_wait(u, &label, L4_IPC_NEVER);
    u->msg.mr[0] = 11;
    l4_msgtag_t t = l4_ipc(L4_INVALID_CAP, u, L4_SYSF_SEND | L4_SYSF_RECV | L4_SYSF_REPLY, 0,
                           l4_msgtag(3, 1, 0, 0), 0, L4_IPC_NEVER);
    *got = l4_msgtag_has_error(t) ? 1000 : (unsigned)u->msg.mr[0];
    l4_sleep_forever();
}

static void phases(unsigned cpu)
{
    l4_utcb_t *u = l4_utcb();
    unsigned volatile got = 0;
    l4_umword_t label;
    l4_cap_idx_t t = thread_run(sends_back, (void *)&got, HIGH, cpu);
    l4_msgtag_t r = l4_ipc_call(t, u, l4_msgtag(0, 0, 0, 0), both_us(LIMIT_US));
    check(l4_msgtag_label(r) == 3 && mr()[0] == 11, "answer that is itself a call");
    mr()[0] = 22;
    check_eq(ipc_err(l4_ipc_send(t, u, l4_msgtag(0, 1, 0, 0), send_us(LIMIT_US))), 0,
             "answer by the thread capability");
    check(wait_value(&got, 22, 500), "the callee received it");
    thread_delete(t);

    check_eq(ipc_err(l4_ipc_reply(u, l4_msgtag(0, 0, 0, 0), L4_IPC_NEVER)), L4_IPC_ENOT_EXISTENT,
             "reply without a caller");
    check_eq(ipc_err(l4_ipc_reply_and_wait(u, l4_msgtag(0, 0, 0, 0), &label, L4_IPC_NEVER)),
             L4_IPC_ENOT_EXISTENT, "reply and wait without a caller does not wait");
    check_eq(ipc_err(l4_ipc(0x3fful << L4_CAP_SHIFT, u, L4_SYSF_WAIT, 0, l4_msgtag(0, 0, 0, 0), 0,
                            L4_IPC_NEVER)),
             L4_IPC_ENOT_EXISTENT, "open wait through an empty slot");
    check_eq(ipc_err(l4_ipc_send(1ul << 40, u, l4_msgtag(0, 0, 0, 0), L4_IPC_NEVER)),
             L4_IPC_ENOT_EXISTENT, "a slot index beyond the table");

    struct sender s = {5, L4_BASE_THREAD_CAP};
    l4_cap_idx_t echo = thread_run(echo_server, 0, HIGH, cpu);
    settle();
    l4_cap_idx_t sender = thread_run(send_id, &s, LOW, cpu);
    mr()[0] = 1;
    r = l4_ipc(echo, u, L4_SYSF_SEND_AND_WAIT, 1, l4_msgtag(0, 1, 0, 0), &label, recv_us(LIMIT_US));
    check(ipc_err(r) == 0 && label == 5, "send, then wait for anybody");
    thread_delete(sender);
    thread_delete(echo);
}

void test_ipc(void)
{
    check_eq(l4_error(l4_ipc_call(0x3ffull << L4_CAP_SHIFT, l4_utcb(), l4_msgtag(0, 0, 0, 0),
                                  L4_IPC_NEVER)),
             -(L4_EIPC_LO + L4_IPC_ENOT_EXISTENT), "call of an empty slot");
    check_eq((int64_t)l4_ipc_error(l4_ipc_sleep(l4_timeout(L4_IPC_TIMEOUT_NEVER, l4_timeout_rel(1000, 1))),
                          l4_utcb()),
             L4_IPC_RETIMEOUT, "sleep ends with a receive timeout");
    call_reply(0, "call and reply on one CPU");
    if (cpus_online() > 1)
        call_reply(1, "call and reply across CPUs");
    timeouts();
    cancels();
    sender_order();
    phases(0);
    if (cpus_online() > 1)
        phases(1);
}
