// SPDX-License-Identifier: MIT
// Kernel semaphores (kernel-abi 4.8).
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/irq.h>

#define L4_SEMAPHORE_OP_DOWN L4_SEMAPHORE_DOWN_OP

L4_INLINE l4_msgtag_t l4_semaphore_up_u(l4_cap_idx_t sem, l4_utcb_t *u)
{
    return l4_irq_trigger_u(sem, u);
}

L4_INLINE l4_msgtag_t l4_semaphore_up(l4_cap_idx_t sem)
{
    return l4_irq_trigger(sem);
}

// Waits at most for the receive timeout of `to`.
L4_INLINE l4_msgtag_t l4_semaphore_down_u(l4_cap_idx_t sem, l4_timeout_t to, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_SEMAPHORE_DOWN_OP;
    return l4_ipc_call(sem, u, l4_msgtag(L4_PROTO_SEMAPHORE, 1, 0, 0), to);
}

L4_INLINE l4_msgtag_t l4_semaphore_down(l4_cap_idx_t sem, l4_timeout_t to)
{
    return l4_semaphore_down_u(sem, to, l4_utcb());
}
