// SPDX-License-Identifier: MIT
// Interrupt controller objects (kernel-abi 4.9).
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>

enum L4_icu_opcode {
    L4_ICU_OP_BIND = L4_ICU_BIND_OP,
    L4_ICU_OP_UNBIND = L4_ICU_UNBIND_OP,
    L4_ICU_OP_INFO = L4_ICU_INFO_OP,
    L4_ICU_OP_MSI_INFO = L4_ICU_MSI_INFO_OP,
    L4_ICU_OP_UNMASK = L4_ICU_UNMASK_OP,
    L4_ICU_OP_MASK = L4_ICU_MASK_OP,
    L4_ICU_OP_SET_MODE = L4_ICU_SET_MODE_OP,
};

enum L4_icu_ctl_op { L4_ICU_CTL_UNMASK = L4_ICU_UNMASK_OP, L4_ICU_CTL_MASK = L4_ICU_MASK_OP };

// Words of the reply to info, as u32 (server objects) or as words (kernel ICU, see l4_icu_info()).
typedef struct l4_icu_info_t {
    unsigned features;
    unsigned nr_irqs;
    unsigned nr_msis;
} l4_icu_info_t;

typedef struct l4_icu_msi_info_t {
    l4_uint64_t msi_addr;
    l4_uint32_t msi_data;
} l4_icu_msi_info_t;

L4_INLINE l4_msgtag_t l4_icu_irq_request_u(l4_cap_idx_t icu, unsigned op, unsigned irqnum, l4_cap_idx_t irq,
                                           l4_utcb_t *u)
{
    u->msg.mr[0] = op;
    u->msg.mr[1] = irqnum;
    return l4_ipc_call(icu, u, l4_ipc_obj_request_u(L4_PROTO_IRQ, 2, irq, L4_CAP_FPAGE_RWS, u), L4_IPC_NEVER);
}

// Bind an IRQ object to a pin. Label 0: unmask through the IRQ object, 1: through the ICU.
L4_INLINE l4_msgtag_t l4_icu_bind_u(l4_cap_idx_t icu, unsigned irqnum, l4_cap_idx_t irq, l4_utcb_t *u)
{
    return l4_icu_irq_request_u(icu, L4_ICU_BIND_OP, irqnum, irq, u);
}

L4_INLINE l4_msgtag_t l4_icu_bind(l4_cap_idx_t icu, unsigned irqnum, l4_cap_idx_t irq)
{
    return l4_icu_bind_u(icu, irqnum, irq, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_icu_unbind_u(l4_cap_idx_t icu, unsigned irqnum, l4_cap_idx_t irq, l4_utcb_t *u)
{
    return l4_icu_irq_request_u(icu, L4_ICU_UNBIND_OP, irqnum, irq, u);
}

L4_INLINE l4_msgtag_t l4_icu_unbind(l4_cap_idx_t icu, unsigned irqnum, l4_cap_idx_t irq)
{
    return l4_icu_unbind_u(icu, irqnum, irq, l4_utcb());
}

// `mode`: L4_IRQ_F_*.
L4_INLINE l4_msgtag_t l4_icu_set_mode_u(l4_cap_idx_t icu, unsigned irqnum, l4_umword_t mode, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_ICU_SET_MODE_OP;
    u->msg.mr[1] = irqnum;
    u->msg.mr[2] = mode;
    return l4_ipc_call(icu, u, l4_msgtag(L4_PROTO_IRQ, 3, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_icu_set_mode(l4_cap_idx_t icu, unsigned irqnum, l4_umword_t mode)
{
    return l4_icu_set_mode_u(icu, irqnum, mode, l4_utcb());
}

// The reply carries three u32 at bytes 0, 4, 8 from servers and three words from the kernel's ICU:
// a reply of three or more words is the kernel's.
L4_INLINE l4_msgtag_t l4_icu_info_u(l4_cap_idx_t icu, l4_icu_info_t *info, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_ICU_INFO_OP;
    l4_msgtag_t t = l4_ipc_call(icu, u, l4_msgtag(L4_PROTO_IRQ, 1, 0, 0), L4_IPC_NEVER);
    if (l4_error_u(t, u) < 0)
        return t;
    if (l4_msgtag_words(t) >= 3) {
        info->features = (unsigned)u->msg.mr[0];
        info->nr_irqs = (unsigned)u->msg.mr[1];
        info->nr_msis = (unsigned)u->msg.mr[2];
    } else {
        __builtin_memcpy(info, u->msg.mr, sizeof(*info));
    }
    return t;
}

L4_INLINE l4_msgtag_t l4_icu_info(l4_cap_idx_t icu, l4_icu_info_t *info)
{
    return l4_icu_info_u(icu, info, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_icu_msi_info_u(l4_cap_idx_t icu, unsigned irqnum, l4_uint64_t source, l4_icu_msi_info_t *info,
                                        l4_utcb_t *u)
{
    u->msg.mr[0] = L4_ICU_MSI_INFO_OP;
    u->msg.mr[1] = irqnum;
    u->msg.mr[2] = source;
    l4_msgtag_t t = l4_ipc_call(icu, u, l4_msgtag(L4_PROTO_IRQ, 3, 0, 0), L4_IPC_NEVER);
    if (l4_error_u(t, u) >= 0) {
        info->msi_addr = u->msg.mr[0];
        info->msi_data = (l4_uint32_t)u->msg.mr[1];
    }
    return t;
}

L4_INLINE l4_msgtag_t l4_icu_msi_info(l4_cap_idx_t icu, unsigned irqnum, l4_uint64_t source, l4_icu_msi_info_t *info)
{
    return l4_icu_msi_info_u(icu, irqnum, source, info, l4_utcb());
}

// `op`: L4_ICU_CTL_*. Send-only when `label` is NULL; otherwise also waits for the next message.
// NOLINTNEXTLINE(readability-function-size): L4's parameters
L4_INLINE l4_msgtag_t l4_icu_control_u(l4_cap_idx_t icu, unsigned irqnum, unsigned op, l4_umword_t *label,
                                       l4_timeout_t to, l4_utcb_t *u)
{
    l4_msgtag_t t = l4_msgtag(L4_PROTO_IRQ, 2, 0, 0);
    u->msg.mr[0] = op;
    u->msg.mr[1] = irqnum;
    return label ? l4_ipc_send_and_wait(icu, u, t, label, to) : l4_ipc_send(icu, u, t, to);
}

L4_INLINE l4_msgtag_t l4_icu_unmask_u(l4_cap_idx_t icu, unsigned irqnum, l4_umword_t *label, l4_timeout_t to,
                                      l4_utcb_t *u)
{
    return l4_icu_control_u(icu, irqnum, L4_ICU_CTL_UNMASK, label, to, u);
}

L4_INLINE l4_msgtag_t l4_icu_unmask(l4_cap_idx_t icu, unsigned irqnum, l4_umword_t *label, l4_timeout_t to)
{
    return l4_icu_unmask_u(icu, irqnum, label, to, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_icu_mask_u(l4_cap_idx_t icu, unsigned irqnum, l4_umword_t *label, l4_timeout_t to,
                                    l4_utcb_t *u)
{
    return l4_icu_control_u(icu, irqnum, L4_ICU_CTL_MASK, label, to, u);
}

L4_INLINE l4_msgtag_t l4_icu_mask(l4_cap_idx_t icu, unsigned irqnum, l4_umword_t *label, l4_timeout_t to)
{
    return l4_icu_mask_u(icu, irqnum, label, to, l4_utcb());
}
