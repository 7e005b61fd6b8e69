// SPDX-License-Identifier: MIT
// Many threads that wait: for a time, for a receiver, for each other.
#include "crowd.h"
#include "latency.h"

enum { AT_BR0 = 0x8000, ABOVE = MAIN_PRIO + 1, BELOW = MAIN_PRIO - 1 };

static l4_umword_t of_send(unsigned words, unsigned items)
{
    return (l4_umword_t)l4_msgtag(0, words, items, 0).raw;
}

static void crowd_start_all(struct call const *c)
{
    for (unsigned i = 0; i < CROWD; i++)
        crowd_start(i, c);
    settle();
}

static void spin_until(uint64_t us)
{
    while (now_us() < us)
        ;
}

// ---- timeouts ----

static struct call const sleeps_until = {.dest = L4_INVALID_CAP | L4_SYSF_RECV, .timeouts = AT_BR0};

static void crowd_sleep_until(uint64_t us)
{
    for (unsigned i = 0; i < CROWD; i++)
        crowd_utcb(i)->buf.br[0] = us;
    crowd_start_all(&sleeps_until);
}

static uint64_t cost_of_short_sleep(void)
{
    uint64_t worst = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t t = instructions();
        l4_ipc_sleep(recv_us(0)); // warm
        l4_ipc_receive(L4_BASE_THREAD_CAP, l4_utcb(), recv_us(1));
        t = instructions() - t;
        if (t > worst)
            worst = t;
    }
    return worst;
}

static void measure_timeouts(void)
{
    figure("sleep", cost_of_short_sleep());
    crowd_make(CROWD, ABOVE);
    uint64_t when = now_us() + 200000;
    crowd_sleep_until(when);
    figure("sleep-behind-sleepers", cost_of_short_sleep());
    begin();
    spin_until(when + 20000);
    end("timeouts");
    crowd_delete();
    crowd_make(CROWD, BELOW);
    when = now_us() + 200000;
    crowd_sleep_until(when);
    begin();
    spin_until(when + 2000);
    settle();
    end("timeouts-below");
    crowd_delete();
}

// ---- senders and semaphores ----

static void idle_thread(void *arg)
{
    (void)arg;
    l4_ipc_sleep(L4_IPC_NEVER);
}

static void measure_senders(void)
{
    l4_cap_idx_t gate = slot_alloc(), busy = thread_run(idle_thread, 0, MAIN_PRIO, 0);
    l4_factory_create(L4_BASE_FACTORY_CAP, 0, gate);
    settle();
    crowd_make(CROWD, BELOW);
    for (unsigned i = 0; i < CROWD; i++)
        thread_place(crowd_thread(i), 1 + i % BELOW, 0);
    struct call c = {of_send(0, 0), 0, gate | L4_SYSF_CALL, 0};
    crowd_start_all(&c);
    begin();
    l4_rcv_ep_bind_thread(gate, busy, 0x1000);
    end("gate-bind");
    begin();
    l4_msgtag_t tag = l4_thread_modify_sender_start();
    for (unsigned i = 0; i < 15; i++)
        l4_thread_modify_sender_add(~0ul, i, 0, 1, &tag);
    l4_thread_modify_sender_commit(busy, tag);
    end("modify-senders");
    begin();
    thread_delete(busy);
    end("end-of-receiver");
    slot_free(gate, true);
    crowd_delete();
}

static void measure_semaphore(void)
{
    l4_cap_idx_t sem = slot_alloc(), irq = slot_alloc();
    l4_factory_create(L4_BASE_FACTORY_CAP, L4_PROTO_SEMAPHORE, sem);
    l4_factory_create(L4_BASE_FACTORY_CAP, L4_PROTO_IRQ_SENDER, irq);
    crowd_make(CROWD, ABOVE);
    for (unsigned i = 0; i < CROWD; i++) { // no two of them side by side
        thread_place(crowd_thread(i), ABOVE + i % 100, 0);
        crowd_utcb(i)->msg.mr[0] = 0; // down
    }
    struct call c = {(l4_umword_t)l4_msgtag(L4_PROTO_SEMAPHORE, 1, 0, 0).raw, 0, sem | L4_SYSF_CALL, 0};
    crowd_start_all(&c);
    uint64_t t = instructions();
    l4_semaphore_down(sem, recv_us(1));
    figure("semaphore-down", instructions() - t);
    begin();
    slot_free(irq, true);
    end("end-of-irq");
    begin();
    slot_free(sem, true);
    end("end-of-semaphore");
    crowd_delete();
}

// ---- chains ----

// Each thread has sent to the next one, and will wait for anybody then: the last one's message sets all going.
static void measure_chain(void)
{
    crowd_make(CROWD, BELOW);
    for (unsigned i = CROWD; i-- > 0;) {
        l4_cap_idx_t next = i + 1 < CROWD ? crowd_thread(i + 1) : L4_BASE_THREAD_CAP;
        crowd_start(i, &(struct call){of_send(0, 0), 0, next | L4_SYSF_SEND_AND_WAIT, 0});
    }
    settle();
    begin();
    l4_umword_t label;
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    settle();
    end("chain-of-messages");
    crowd_delete();
}

static void fault(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_ipc_receive(L4_BASE_THREAD_CAP, l4_utcb(), L4_IPC_NEVER);
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_RECV_TIMEOUT_0);
    *(char volatile *)0x7ff0000000 = 0; // no memory there
}

// A thread ends for it has no pager, and half of the crowd waits to send to it, the other half to receive from it.
static void measure_fault(void)
{
    l4_cap_idx_t victim = thread_make(fault, 0, MAIN_PRIO - 1, 0);
    thread_start(victim);
    settle();
    l4_thread_control_start();
    l4_thread_control_pager(slot_alloc());
    l4_thread_control_commit(victim);
    crowd_make(CROWD, ABOVE);
    for (unsigned i = 0; i < CROWD; i++)
        crowd_start(i, &(struct call){of_send(0, 0), 0, victim | (i % 2 ? L4_SYSF_SEND : L4_SYSF_RECV), 0});
    settle();
    begin();
    l4_thread_ex_regs(victim, ~0ul, ~0ul, L4_THREAD_EX_REGS_CANCEL);
    settle();
    end("fault-without-pager");
    thread_delete(victim);
    crowd_delete();
}

// ---- messages ----

enum { ITEMS = 31, ITEM_ORDER = 13 };
#define ITEM_AREA 0x40000ul // slots that are sent

static void send_slots(void *arg)
{
    l4_cap_idx_t to = (l4_cap_idx_t)(uintptr_t)arg;
    l4_utcb_t *u = l4_utcb();
    for (unsigned i = 0; i < ITEMS; i++) {
        u->msg.mr[2 * i] = l4_map_obj_control(0, i + 1 < ITEMS ? L4_ITEM_CONT : 0);
        u->msg.mr[2 * i + 1] = l4_obj_fpage((l4_cap_idx_t)ITEM_AREA << L4_CAP_SHIFT, ITEM_ORDER, L4_CAP_FPAGE_RWS).raw;
    }
    l4_ipc_send(to, u, l4_msgtag(0, 0, ITEMS, 0), L4_IPC_NEVER);
    l4_ipc_sleep(L4_IPC_NEVER);
}

static void measure_items(void)
{
    for (unsigned i = 0; i < 1u << ITEM_ORDER; i++)
        l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(L4_BASE_FACTORY_CAP, 0, L4_CAP_FPAGE_RWS),
                    l4_map_obj_control((l4_cap_idx_t)(ITEM_AREA + i) << L4_CAP_SHIFT, 0));
    l4_cap_idx_t sender = thread_make(send_slots, (void *)L4_BASE_THREAD_CAP, MAIN_PRIO - 1, 0);
    l4_utcb_t *u = l4_utcb();
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_obj_fpage((l4_cap_idx_t)(ITEM_AREA + 0x10000) << L4_CAP_SHIFT, ITEM_ORDER, L4_CAP_FPAGE_RWS).raw;
    thread_start(sender);
    begin();
    l4_umword_t label;
    check(!l4_msgtag_has_error(l4_ipc_wait(u, &label, L4_IPC_NEVER)), "a message of many slots");
    end("message-slots");
    thread_delete(sender);
    begin();
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage((l4_cap_idx_t)ITEM_AREA << L4_CAP_SHIFT, 18, L4_CAP_FPAGE_RWSD),
                  L4_FP_ALL_SPACES);
    end("unmap-many-slots");
}

void measure_waits(void)
{
    measure_timeouts();
    measure_senders();
    measure_semaphore();
    measure_chain();
    measure_fault();
    measure_items();
}
