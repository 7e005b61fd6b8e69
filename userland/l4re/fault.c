// SPDX-License-Identifier: MIT
// Page faults of the application (kernel-abi 4.16). Memory is mapped by the dataspace's server
// straight into this task, so the answer itself carries nothing.
#include "runtime.h"

static char const *fault_kind(l4_umword_t word)
{
    return word & L4_PF_INSN ? "instruction fetch" : word & L4_PF_WRITE ? "write" : "read";
}

static unsigned fault_rights(l4_umword_t word)
{
    return word & L4_PF_INSN ? L4RE_RM_F_X : word & L4_PF_WRITE ? L4RE_RM_F_W : L4RE_RM_F_R;
}

// A fault in what the creator attached: ask its region map.
long fault_forward(l4_umword_t word, l4_utcb_t *u)
{
    u->msg.mr[0] = word;
    u->msg.mr[1] = ~2ul; // no program counter of interest: -3
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_fpage_all().raw;
    u->buf.br[2] = 0;
    return l4_error_u(
        l4_ipc_call(l4re_env()->rm, u, l4_msgtag(L4_PROTO_PAGE_FAULT, 2, 0, 0), L4_IPC_NEVER), u);
}

l4_msgtag_t fault_handle(struct runtime *rt, l4_msgtag_t tag, l4_utcb_t *u)
{
    if (l4_msgtag_words(tag) < 2)
        return msg_reply_err(-L4_EMSGTOOSHORT);
    l4_umword_t word = u->msg.mr[0], pc = u->msg.mr[1];
    l4_addr_t addr = word & ~7ul;
    struct region *r = region_map_find(&rt->map, addr);
    char const *why = NULL;
    long e = 0;

    if (!r)
        why = "nothing is attached there";
    else if (r->flags & L4RE_RM_F_PAGER)
        e = fault_forward(word, u);
    else if (!r->memory)
        why = "the region has no memory";
    else if (!(r->flags & fault_rights(word)))
        why = "the region does not allow it";
    else
        e = memory_map_page(r, addr);
    if (!why && e >= 0)
        return msg_reply_err(0);

    if (rescue_find(&rt->rescue, pc))
        return msg_reply_err(-L4_EFAULT); // the program has asked for it
    if (!why)
        why = l4sys_errtostr(e);
    runtime_message("page fault: %s at %#lx, pc %#lx: %s", fault_kind(word), addr, pc, why);
    return msg_reply_err(-L4_EFAULT); // comes back as an exception, with registers
}
