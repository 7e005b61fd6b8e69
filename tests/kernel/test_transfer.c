// SPDX-License-Identifier: MIT
// A message that takes long enough to do something to its ends meanwhile: it arrives whole, or both learn that it did not.
#include "vcpu_run.h"

extern char user_loop[];

enum { ITEMS = 31, ORDER = 13, SOURCE = 0x40000, WINDOW = 0x60000, MARK = 0x5a17, MEANWHILE = 3000 };
enum { NOT_YET = 0x99 };

static int64_t volatile sent, received; // IPC errors
static l4_cap_idx_t to;
static unsigned volatile spinning;

static void send_long(void *arg)
{
    (void)arg;
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = MARK;
    for (unsigned i = 0; i < ITEMS; i++) {
        u->msg.mr[1 + 2 * i] = l4_map_obj_control(0, i + 1 < ITEMS ? L4_ITEM_CONT : 0);
        u->msg.mr[2 + 2 * i] = l4_obj_fpage((l4_cap_idx_t)SOURCE << L4_CAP_SHIFT, ORDER, L4_CAP_FPAGE_RWS).raw;
    }
    sent = ipc_err(l4_ipc_send(to, u, l4_msgtag(7, 1, ITEMS, 0), L4_IPC_NEVER));
    l4_ipc_sleep(L4_IPC_NEVER);
}

static void window(l4_utcb_t *u)
{
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_obj_fpage((l4_cap_idx_t)WINDOW << L4_CAP_SHIFT, ORDER, L4_CAP_FPAGE_RWS).raw;
}

static void receive_long(void *arg)
{
    l4_utcb_t *u = l4_utcb();
    l4_umword_t label;
    window(u);
    l4_msgtag_t tag = l4_ipc_wait(u, &label, recv_us((uintptr_t)arg));
    int64_t error = ipc_err(tag);
    if (!error && (u->msg.mr[0] != MARK || l4_msgtag_items(tag) != ITEMS || l4_msgtag_label(tag) != 7))
        error = MARK;
    received = error;
    l4_ipc_sleep(L4_IPC_NEVER);
}

static l4_cap_idx_t snd;
static unsigned snd_prio = LOW + 1;

static void run_user(void *arg);

static bool there(unsigned i)
{
    return l4_msgtag_label(l4_task_cap_valid(L4_BASE_TASK_CAP, (l4_cap_idx_t)(WINDOW + i) << L4_CAP_SHIFT)) > 0;
}

static void wait_until_begun(void)
{
    for (unsigned i = 0; i < 5000 && !there(0); i++)
        l4_ipc_sleep(recv_us(MEANWHILE));
}

static void end(void)
{
    thread_delete(snd);
    thread_delete(to);
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage((l4_cap_idx_t)WINDOW << L4_CAP_SHIFT, ORDER, L4_CAP_FPAGE_RWS),
                  L4_FP_ALL_SPACES);
}

static void begin_once(void (*receiver)(void *), void *arg, unsigned cpu)
{
    sent = received = NOT_YET;
    spinning = 0;
    to = thread_run(receiver, arg, LOW, cpu);
    receiver == run_user ? (void)wait_value(&spinning, 1, 1000) : settle();
    snd = thread_run(send_long, 0, snd_prio, 0);
    if (receiver == run_user && arg) // it takes the message later
        l4_ipc_sleep(recv_us(MEANWHILE));
    else
        wait_until_begun();
}

// On a machine that stands still now and then the message may be there before anybody looks: then it is sent again.
static void begin(void (*receiver)(void *), void *arg, unsigned cpu)
{
    enum { TRIES = 20 };
    for (unsigned i = 0; i < TRIES; i++) {
        begin_once(receiver, arg, cpu);
        if (sent == NOT_YET && received == NOT_YET)
            return;
        end();
    }
    begin_once(receiver, arg, cpu);
    check(false, "a long message takes long");
}

// For who has to find out why it did not come back: does it run, and has a vCPU left its user mode?
static void says_where(l4_cap_idx_t thread)
{
    l4_kernel_clock_t before = 0, after = 0;
    l4_thread_stats_time(thread, &before);
    l4_usleep(100000);
    l4_thread_stats_time(thread, &after);
    check_eq((int64_t)(after - before), -1, "us that the receiver runs of 100 ms");
    check_eq(vcpu_area(0)->state | vcpu_area(0)->sticky_flags << 16, -1, "state and sticky flags of the vCPU");
    check_eq((int64_t)vcpu_area(0)->r.err, -1, "its last exception");
}

static bool ends_with(int64_t s, int64_t r)
{
    for (unsigned i = 0; i < 2000 && (sent != s || received != r); i++)
        l4_ipc_sleep(recv_us(5000));
    if (sent == s && received == r)
        return true;
    check_eq(sent, s, "what the sender learns");
    check_eq(received, r, "what the receiver learns");
    says_where(to);
    return false;
}

// Something has been done to an end meanwhile, so that it is to end with errors. But the message may have been there just
// before, on a machine that stands still now and then: true, and once more, from begin() on.
static bool too_late(int64_t s, int64_t r)
{
    enum { TRIES = 20 };
    static unsigned tries;
    bool vcpu = s == NOT_YET && r == NOT_YET; // goes on in user mode
    l4_ipc_sleep(recv_us(2000));
    for (unsigned i = 0; i < 2000 && received; i++) {
        if (sent == s && received == r && (!vcpu || (vcpu_area(0)->state & L4_VCPU_F_USER_MODE)))
            break;
        l4_ipc_sleep(recv_us(5000));
    }
    if ((sent && received) || ++tries == TRIES) {
        tries = 0;
        return false;
    }
    end();
    return true;
}

static bool all_there(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 1u << ORDER; i += 97)
        n += there(i);
    return n == ((1u << ORDER) + 96) / 97;
}

// ---- a receiver that waits ----

static void receiver_waits(unsigned cpu)
{
    begin(receive_long, (void *)0x1fffffff, cpu);
    check(ends_with(0, 0) && all_there(), "a long message arrives whole");
    end();

    do {
        begin(receive_long, (void *)0x1fffffff, cpu);
        l4_thread_ex_regs(to, ~0ul, ~0ul, L4_THREAD_EX_REGS_CANCEL);
    } while (too_late(L4_IPC_SEABORTED, L4_IPC_RECANCELED));
    check(ends_with(L4_IPC_SEABORTED, L4_IPC_RECANCELED), "a receiver that is cancelled meanwhile");
    end();

    do {
        begin(receive_long, (void *)0x1fffffff, cpu);
        l4_thread_ex_regs(snd, ~0ul, ~0ul, L4_THREAD_EX_REGS_CANCEL);
    } while (too_late(L4_IPC_SECANCELED, L4_IPC_REABORTED));
    check(ends_with(L4_IPC_SECANCELED, L4_IPC_REABORTED), "a sender that is cancelled meanwhile");
    end();

    do {
        begin(receive_long, (void *)0x1fffffff, cpu);
        l4_task_delete_obj(L4_BASE_TASK_CAP, snd);
    } while (too_late(NOT_YET, L4_IPC_REABORTED));
    check(ends_with(NOT_YET, L4_IPC_REABORTED), "a sender that is deleted meanwhile");
    end();

    do {
        begin(receive_long, (void *)0x1fffffff, cpu);
        l4_task_delete_obj(L4_BASE_TASK_CAP, to);
    } while (too_late(L4_IPC_SEABORTED, NOT_YET));
    check(ends_with(L4_IPC_SEABORTED, NOT_YET), "a receiver that is deleted meanwhile");
    end();

    begin(receive_long, (void *)0x1fffffff, cpu);
    thread_place(snd, HIGH, second_cpu());
    thread_place(to, HIGH, 0);
    check(ends_with(0, 0) && all_there(), "ends that move to other CPUs and priorities meanwhile");
    end();
}

// No time is left to the message until the receiver's is over; it is no more urgent than the timeout then.
static void receiver_is_late(void)
{
    enum { TIMEOUT = 1500000 };
    uint64_t over = now_us() + TIMEOUT;
    snd_prio = LOW;
    begin(receive_long, (void *)TIMEOUT, 0);
    snd_prio = LOW + 1;
    while (now_us() < over + 100000)
        ;
    check(ends_with(0, 0), "a receive timeout does not cut a message that has begun");
    end();
}

// Another sender comes while the message is on its way.
static void send_short(void *arg)
{
    *(int64_t volatile *)arg = ipc_err(l4_ipc_send(to, l4_utcb(), l4_msgtag(0, 0, 0, 0), send_us(200)));
    l4_ipc_sleep(L4_IPC_NEVER);
}

static void others_wait(void)
{
    int64_t volatile other = NOT_YET;
    begin(receive_long, (void *)0x1fffffff, 0);
    l4_cap_idx_t t = thread_run(send_short, (void *)&other, HIGH, 0);
    check(ends_with(0, 0) && all_there(), "a message is not mixed with another");
    for (unsigned i = 0; i < 1000 && other == NOT_YET; i++)
        l4_ipc_sleep(recv_us(1000));
    check_eq(other, L4_IPC_SETIMEOUT, "whose sender waits meanwhile");
    thread_delete(t);
    end();
}

// ---- a receiver that runs: a vCPU in user mode ----

static void run_user(void *arg)
{
    l4_vcpu_state_t *v = vcpu_become(0);
    window(l4_utcb());
    v->r = (l4_vcpu_regs_t){0};
    v->r.pc = (l4_addr_t)user_loop;
    v->saved_state = L4_VCPU_F_USER_MODE | L4_VCPU_F_IRQ;
    v->user_task = L4_BASE_TASK_CAP;
    spinning = 1;
    if (arg) // the sender comes before the resume
        l4_ipc_sleep(recv_us(100000));
    vcpu_run(v);
    received = v->r.err >> 26 == L4_EC_IPC_UPCALL && l4_msgtag_label(v->i.tag) == 7 && l4_msgtag_items(v->i.tag) == ITEMS
                   ? 0
                   : MARK;
    l4_ipc_sleep(L4_IPC_NEVER);
}

static void vcpu_runs(unsigned cpu)
{
    begin(run_user, 0, cpu);
    check(ends_with(0, 0) && all_there(), "a long message interrupts a vCPU when it is there");
    end();

    do {
        begin(run_user, 0, cpu);
        l4_task_delete_obj(L4_BASE_TASK_CAP, snd);
    } while (too_late(NOT_YET, NOT_YET));
    check_eq(received, NOT_YET, "a vCPU whose message was cut goes on");
    l4_cap_idx_t again = thread_make(send_long, 0, LOW + 1, 0);
    thread_start(again);
    check(ends_with(0, 0), "and gets the next one");
    thread_delete(again);
    end();

    begin(run_user, (void *)1, cpu);
    check(ends_with(0, 0) && all_there(), "a long message that waited for a vCPU");
    end();

    do {
        begin(run_user, (void *)1, cpu);
        wait_until_begun();
        l4_task_delete_obj(L4_BASE_TASK_CAP, snd);
    } while (too_late(NOT_YET, NOT_YET));
    check_eq(received, NOT_YET, "and was cut: the resume goes on");
    again = thread_make(send_long, 0, LOW + 1, 0);
    thread_start(again);
    check(ends_with(0, 0), "and the next message comes");
    thread_delete(again);
    end();

    do {
        begin(run_user, 0, cpu);
        l4_task_delete_obj(L4_BASE_TASK_CAP, to);
    } while (too_late(L4_IPC_SEABORTED, NOT_YET));
    check(ends_with(L4_IPC_SEABORTED, NOT_YET), "a vCPU that is deleted meanwhile");
    end();
}

void test_transfer(void)
{
    l4_cap_idx_t gate = slot_alloc();
    l4_factory_create(L4_BASE_FACTORY_CAP, 0, gate);
    for (unsigned i = 0; i < 1u << ORDER; i++)
        l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(gate, 0, L4_CAP_FPAGE_RWS),
                    l4_map_obj_control((l4_cap_idx_t)(SOURCE + i) << L4_CAP_SHIFT, 0));
    vcpu_mem_init();
    receiver_waits(0);
    receiver_is_late();
    others_wait();
    vcpu_runs(0);
    if (second_cpu()) {
        receiver_waits(second_cpu());
        vcpu_runs(second_cpu());
    }
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage((l4_cap_idx_t)SOURCE << L4_CAP_SHIFT, ORDER, L4_CAP_FPAGE_RWSD),
                  L4_FP_ALL_SPACES);
    slot_free(gate, true);
}
