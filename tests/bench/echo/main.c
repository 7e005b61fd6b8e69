// SPDX-License-Identifier: MIT
#include "echo_protocol.h"
#include <l4/re/env.h>
#include <l4/sys/rcv_endpoint.h>
#include <l4/sys/task.h>
#include <l4/sys/ipc.h>
#include <stdio.h>

static char page[L4_PAGESIZE] __attribute__((aligned(L4_PAGESIZE)));

int main(void)
{
    l4_cap_idx_t gate = l4re_env_get_cap("svr");
    if (!l4_is_valid_cap(gate)) {
        puts("bench-echo: the script gave no capability 'svr'");
        return 1;
    }
    page[0] = 1;
    long err = l4_error(l4_rcv_ep_bind_thread(gate, l4re_env()->main_thread, 0));
    if (err) {
        printf("bench-echo: cannot serve 'svr': error %ld\n", err);
        return 1;
    }
    l4_umword_t label;
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        l4_msgtag_t reply = l4_msgtag(0, l4_msgtag_words(tag), 0, 0);
        if (l4_msgtag_label(tag) == ECHO_MAP) {
            l4_utcb_mr()->mr[0] = L4_ITEM_MAP;
            l4_utcb_mr()->mr[1] = l4_fpage((l4_addr_t)page, L4_PAGESHIFT, L4_FPAGE_RW).raw;
            reply = l4_msgtag(0, 0, 1, 0);
        } else if (l4_msgtag_label(tag) == ECHO_UNMAP) {
            l4_task_unmap(L4RE_THIS_TASK_CAP, l4_fpage((l4_addr_t)page, L4_PAGESHIFT, L4_FPAGE_RWX),
                          L4_FP_OTHER_SPACES);
            reply = l4_msgtag(0, 0, 0, 0);
        }
        tag = l4_ipc_reply_and_wait(u, reply, &label, L4_IPC_SEND_TIMEOUT_0);
    }
}
