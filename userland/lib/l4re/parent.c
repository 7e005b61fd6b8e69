// SPDX-License-Identifier: MIT
#include <l4/re/c/parent.h>
#include <l4/re/env.h>
#include <l4/re/protocols.h>
#include <l4/sys/ipc.h>

long l4re_parent_signal_srv(l4_cap_idx_t parent, unsigned long sig, unsigned long val)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_PARENT_OP_SIGNAL;
    u->msg.mr[1] = sig;
    u->msg.mr[2] = val;
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    return l4_error_u(l4_ipc_call(parent, u, l4_msgtag(L4RE_PROTO_PARENT, 3, 0, 0), L4_IPC_NEVER),
                      u);
}

long l4re_parent_signal(unsigned long sig, unsigned long val)
{
    return l4re_parent_signal_srv(l4re_env()->parent, sig, val);
}

void l4re_task_exit(unsigned long code)
{
    if (l4re_env())
        l4re_parent_signal(0, code);
    l4_sleep_forever();
}
