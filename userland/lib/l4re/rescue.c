// SPDX-License-Identifier: MIT
#include <l4/re/rescue.h>

#include <l4/mem/guard.h>
#include <l4/re/env.h>
#include <l4/re/protocols.h>
#include <l4/sys/ipc.h>
#include <stdbool.h>

static int rescue_call(l4_umword_t op, unsigned words, l4_utcb_t *u)
{
    u->msg.mr[0] = op;
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    l4_msgtag_t t = l4_msgtag(L4RE_PROTO_RM, words, 0, 0);
    return (int)l4_error_u(l4_ipc_call(l4re_env()->rm, u, t, L4_IPC_NEVER), u);
}

int l4re_rm_add_rescue_jump(l4_addr_t begin, l4_addr_t end, l4_addr_t target)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[1] = begin;
    u->msg.mr[2] = end;
    u->msg.mr[3] = target;
    return rescue_call(L4RE_RM_OP_ADD_RESCUE_JUMP, 4, u);
}

int l4re_rm_remove_rescue_jump(l4_addr_t pc)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[1] = pc;
    return rescue_call(L4RE_RM_OP_REMOVE_RESCUE_JUMP, 2, u);
}

int l4re_guard_init(void)
{
    static bool done;
    if (done)
        return 0;
    int e = l4re_rm_add_rescue_jump((l4_addr_t)guard_begin, (l4_addr_t)guard_end, (l4_addr_t)guard_lost);
    done = e >= 0;
    return e < 0 ? e : 0;
}
