// SPDX-License-Identifier: MIT
#include "harness.h"

static void echo_server(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        l4_utcb_mr()->mr[0] += label;
        tag = l4_ipc_reply_and_wait(u, l4_msgtag(7, l4_msgtag_words(tag), 0, 0), &label, L4_IPC_SEND_TIMEOUT_0);
    }
}

static void call_reply(unsigned cpu, char const *name)
{
    l4_cap_idx_t gate = slot_alloc();
    l4_cap_idx_t t = thread_run(echo_server, 0, 5, cpu);
    check_eq(l4_error(l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, t, 0x1230)), 0, "gate created");
    l4_utcb_mr()->mr[0] = 1000;
    l4_utcb_mr()->mr[1] = 2;
    l4_msgtag_t tag = l4_ipc_call(gate, l4_utcb(), l4_msgtag(1, 2, 0, 0), L4_IPC_NEVER);
    int64_t answer = (int64_t)l4_utcb_mr()->mr[0];
    check(!l4_msgtag_has_error(tag) && l4_msgtag_label(tag) == 7 && l4_msgtag_words(tag) == 2, name);
    check_eq(answer, 1000 + 0x1233, "label carries W and S of the caller's capability");
    for (unsigned i = 0; i < 1000; i++)
        tag = l4_ipc_call(gate, l4_utcb(), l4_msgtag(1, 2, 0, 0), L4_IPC_NEVER);
    check_eq(l4_msgtag_label(tag), 7, "a thousand calls");
}

void test_ipc(void)
{
    check_eq(l4_error(l4_ipc_call(0x3ffull << L4_CAP_SHIFT, l4_utcb(), l4_msgtag(0, 0, 0, 0), L4_IPC_NEVER)),
             -(L4_EIPC_LO + L4_IPC_ENOT_EXISTENT), "call of an empty slot");
    check_eq(l4_ipc_error(l4_ipc_sleep(l4_timeout(L4_IPC_TIMEOUT_NEVER, l4_timeout_rel(1000, 1))), l4_utcb()),
             L4_IPC_RETIMEOUT, "sleep ends with a receive timeout");
    call_reply(0, "call and reply on one CPU");
    if (cpus_online() > 1)
        call_reply(1, "call and reply across CPUs");
}
