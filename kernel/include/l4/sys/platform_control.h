// SPDX-License-Identifier: MIT
// Platform control (kernel-abi 4.12): label 0 on the ICU capability, which needs the right S for it, or on io's proxy.
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>

#define L4_PROTO_PLATFORM_CTL L4_PROTO_NONE

L4_INLINE l4_msgtag_t l4_platform_ctl_request_u(l4_cap_idx_t pfc, l4_umword_t op, l4_umword_t arg, l4_utcb_t *u)
{
    u->msg.mr[0] = op;
    u->msg.mr[1] = arg;
    return l4_ipc_call(pfc, u, l4_msgtag(L4_PROTO_PLATFORM_CTL, 2, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_platform_ctl_request(l4_cap_idx_t pfc, l4_umword_t op, l4_umword_t arg)
{
    return l4_platform_ctl_request_u(pfc, op, arg, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_platform_ctl_system_suspend_u(l4_cap_idx_t pfc, l4_umword_t extras, l4_utcb_t *u)
{
    return l4_platform_ctl_request_u(pfc, L4_PLATFORM_CTL_SYS_SUSPEND_OP, extras, u);
}

L4_INLINE l4_msgtag_t l4_platform_ctl_system_suspend(l4_cap_idx_t pfc, l4_umword_t extras)
{
    return l4_platform_ctl_system_suspend_u(pfc, extras, l4_utcb());
}

// `reboot`: 0 = power off, 1 = reset.
L4_INLINE l4_msgtag_t l4_platform_ctl_system_shutdown_u(l4_cap_idx_t pfc, l4_umword_t reboot, l4_utcb_t *u)
{
    return l4_platform_ctl_request_u(pfc, L4_PLATFORM_CTL_SYS_SHUTDOWN_OP, reboot, u);
}

L4_INLINE l4_msgtag_t l4_platform_ctl_system_shutdown(l4_cap_idx_t pfc, l4_umword_t reboot)
{
    return l4_platform_ctl_system_shutdown_u(pfc, reboot, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_platform_ctl_cpu_allow_shutdown_u(l4_cap_idx_t pfc, l4_umword_t phys_id, l4_umword_t enable,
                                                           l4_utcb_t *u)
{
    u->msg.mr[0] = L4_PLATFORM_CTL_CPU_ALLOW_SHUTDOWN_OP;
    u->msg.mr[1] = phys_id;
    u->msg.mr[2] = enable;
    return l4_ipc_call(pfc, u, l4_msgtag(L4_PROTO_PLATFORM_CTL, 3, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_platform_ctl_cpu_allow_shutdown(l4_cap_idx_t pfc, l4_umword_t phys_id, l4_umword_t enable)
{
    return l4_platform_ctl_cpu_allow_shutdown_u(pfc, phys_id, enable, l4_utcb());
}

// Take a CPU into use, out of it. This kernel keeps all CPUs in use: it refuses.
L4_INLINE l4_msgtag_t l4_platform_ctl_cpu_enable_u(l4_cap_idx_t pfc, l4_umword_t phys_id, l4_utcb_t *u)
{
    return l4_platform_ctl_request_u(pfc, L4_PLATFORM_CTL_CPU_ENABLE_OP, phys_id, u);
}

L4_INLINE l4_msgtag_t l4_platform_ctl_cpu_enable(l4_cap_idx_t pfc, l4_umword_t phys_id)
{
    return l4_platform_ctl_cpu_enable_u(pfc, phys_id, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_platform_ctl_cpu_disable_u(l4_cap_idx_t pfc, l4_umword_t phys_id, l4_utcb_t *u)
{
    return l4_platform_ctl_request_u(pfc, L4_PLATFORM_CTL_CPU_DISABLE_OP, phys_id, u);
}

L4_INLINE l4_msgtag_t l4_platform_ctl_cpu_disable(l4_cap_idx_t pfc, l4_umword_t phys_id)
{
    return l4_platform_ctl_cpu_disable_u(pfc, phys_id, l4_utcb());
}
