// SPDX-License-Identifier: MIT
// A server thread behind a gate, and its client. Requests: add two numbers, lend a page, take a capability.
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc_gate.h>
#include <l4/sys/semaphore.h>
#include <l4/sys/task.h>
#include <l4/util/util.h>
#include <pthread-l4.h>
#include <string.h>

#include "../check.h"

enum { PROTO_EXAMPLE = 0x1234, GATE_LABEL = 0xa0 };
enum { OP_ADD, OP_LEND, OP_TAKE, OP_END };

static char page[L4_PAGESIZE] __attribute__((aligned(L4_PAGESIZE))) = "the server's page";
static l4_cap_idx_t received; // slot for a capability that the client sends

// Handles the request in the message registers and puts the answer there.
static l4_msgtag_t handle(l4_msgtag_t tag, l4_utcb_t *u)
{
    l4_msg_regs_t *mr = l4_utcb_mr_u(u);
    l4_msgtag_t answer = l4_msgtag(0, 0, 0, 0);
    if (l4_msgtag_label(tag) != PROTO_EXAMPLE || l4_msgtag_words(tag) < 1)
        return l4_msgtag(-L4_EBADPROTO, 0, 0, 0);
    switch (mr->mr[0]) {
    case OP_ADD:
        mr->mr[0] = mr->mr[1] + mr->mr[2];
        return l4_msgtag(0, 1, 0, 0);
    case OP_LEND:
        l4_sndfpage_add_u(l4_fpage((l4_addr_t)page, L4_PAGESHIFT, L4_FPAGE_RO), 0, &answer, u);
        return answer;
    case OP_TAKE: // the item stands behind the words
        if (l4_msgtag_items(tag) != 1 || (mr->mr[l4_msgtag_words(tag)] & L4_RCV_ITEM_RESULT_MASK) != L4_RCV_OBJ_MAPPED)
            return l4_msgtag(-L4_EMSGMISSARG, 0, 0, 0);
        l4_semaphore_up(received);
        return answer;
    default:
        return l4_msgtag(-L4_ENOSYS, 0, 0, 0);
    }
}

static void *server(void *arg)
{
    l4_utcb_t *u = l4_utcb();
    l4_umword_t label;
    (void)arg;
    l4_touch_ro(page, sizeof(page)); // only what is mapped here can be lent
    u->buf.bdr = 0;
    u->buf.br[0] = received | L4_RCV_ITEM_SINGLE_CAP;
    u->buf.br[1] = 0;
    l4_msgtag_t tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        CHECK(!l4_ipc_error(tag, u));
        CHECK((label & ~L4_GATE_LABEL_RIGHTS) == GATE_LABEL);
        if (l4_utcb_mr_u(u)->mr[0] == OP_END)
            break;
        tag = l4_ipc_reply_and_wait(u, handle(tag, u), &label, L4_IPC_SEND_TIMEOUT_0);
    }
    l4_ipc_reply(u, l4_msgtag(0, 0, 0, 0), L4_IPC_SEND_TIMEOUT_0);
    return NULL;
}

// ---- client ----
static void add(l4_cap_idx_t gate)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = OP_ADD;
    u->msg.mr[1] = 30;
    u->msg.mr[2] = 12;
    l4_msgtag_t t = l4_ipc_call(gate, u, l4_msgtag(PROTO_EXAMPLE, 3, 0, 0), L4_IPC_NEVER);
    CHECK(l4_error(t) == 0 && l4_msgtag_words(t) == 1 && u->msg.mr[0] == 42);
}

static void borrow_page(l4_cap_idx_t gate)
{
    l4_utcb_t *u = l4_utcb();
    l4_addr_t window = 0;
    CHECK(l4re_rm_reserve_area(&window, L4_PAGESIZE, L4RE_RM_F_SEARCH_ADDR, L4_PAGESHIFT) == 0);
    u->msg.mr[0] = OP_LEND;
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_fpage(window, L4_PAGESHIFT, L4_FPAGE_RWX).raw;
    u->buf.br[2] = 0;
    l4_msgtag_t t = l4_ipc_call(gate, u, l4_msgtag(PROTO_EXAMPLE, 1, 0, 0), L4_IPC_NEVER);
    CHECK(l4_error(t) == 0 && l4_msgtag_items(t) == 1);
    CHECK((u->msg.mr[l4_msgtag_words(t)] & L4_RCV_ITEM_RESULT_MASK) == L4_RCV_MEM_MAPPED);
    CHECK(!strcmp((char const *)window, "the server's page"));
    l4_task_unmap(L4RE_THIS_TASK_CAP, l4_fpage(window, L4_PAGESHIFT, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    CHECK(l4re_rm_free_area(window) == 0);
}

static void give_capability(l4_cap_idx_t gate)
{
    l4_utcb_t *u = l4_utcb();
    l4_cap_idx_t sem = l4re_util_cap_alloc();
    CHECK(l4_error(l4_factory_create_semaphore(l4re_env()->factory, sem)) == 0);
    u->msg.mr[0] = OP_TAKE;
    l4_msgtag_t t = l4_msgtag(PROTO_EXAMPLE, 1, 0, 0);
    CHECK(l4_sndfpage_add(l4_obj_fpage(sem, 0, L4_CAP_FPAGE_RW), 0, &t) == 0);
    CHECK(l4_error(l4_ipc_call(gate, u, t, L4_IPC_NEVER)) == 0);
    // the server has it up
    CHECK(!l4_ipc_error(l4_semaphore_down(sem, L4_IPC_BOTH_TIMEOUT_0), u));
    CHECK(l4_ipc_error(l4_semaphore_down(sem, L4_IPC_BOTH_TIMEOUT_0), u) == L4_IPC_RETIMEOUT);
    l4re_util_cap_free_um(sem);
}

static void errors(l4_cap_idx_t gate)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = 99;
    CHECK(l4_error(l4_ipc_call(gate, u, l4_msgtag(PROTO_EXAMPLE, 1, 0, 0), L4_IPC_NEVER)) == -L4_ENOSYS);
    CHECK(l4_error(l4_ipc_call(gate, u, l4_msgtag(1, 1, 0, 0), L4_IPC_NEVER)) == -L4_EBADPROTO);
    l4_cap_idx_t empty = l4re_util_cap_alloc();
    l4_msgtag_t t = l4_ipc_call(empty, u, l4_msgtag(0, 0, 0, 0), L4_IPC_NEVER);
    CHECK(l4_ipc_error(t, u) == L4_IPC_ENOT_EXISTENT && l4_ipc_error_code(u) == L4_IPC_ENOT_EXISTENT);
    l4re_util_cap_free(empty);
    CHECK(l4_ipc_error(l4_ipc_sleep_ms(1), u) == L4_IPC_RETIMEOUT);
}

int main(void)
{
    pthread_t thread;
    received = l4re_util_cap_alloc();
    l4_cap_idx_t gate = l4re_util_cap_alloc();
    CHECK(pthread_create(&thread, NULL, server, NULL) == 0);
    CHECK(l4_error(l4_factory_create_gate(l4re_env()->factory, gate, pthread_l4_cap(thread), GATE_LABEL)) == 0);
    l4_umword_t label = 0;
    CHECK(l4_error(l4_ipc_gate_get_infos(gate, &label)) == 0 && label == GATE_LABEL);

    // Who creates a gate may serve it: a copy without that right is what a client has.
    l4_cap_idx_t client = l4re_util_cap_alloc();
    CHECK(l4_error(l4_task_map(L4RE_THIS_TASK_CAP, L4RE_THIS_TASK_CAP, l4_obj_fpage(gate, 0, L4_CAP_FPAGE_RWS),
                               l4_map_obj_control(client, 0))) >= 0);
    add(client);
    borrow_page(client);
    give_capability(client);
    errors(client);

    l4_utcb_mr()->mr[0] = OP_END;
    CHECK(l4_error(l4_ipc_call(client, l4_utcb(), l4_msgtag(PROTO_EXAMPLE, 1, 0, 0), L4_IPC_NEVER)) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    puts("calls: ok");
}
