// SPDX-License-Identifier: MIT
// Devices and the DMA spaces that they are kept to (kernel-abi 4.20). A device is named by its source: its stream, and from bit
// 32 on the number of its SMMU, in the order of the device tree.
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>

L4_INLINE l4_msgtag_t l4_iommu_request_u(l4_cap_idx_t iommu, l4_umword_t op, l4_uint64_t source, l4_cap_idx_t space,
                                         l4_utcb_t *u)
{
    u->msg.mr[0] = op;
    u->msg.mr[1] = source;
    return l4_ipc_call(iommu, u, l4_ipc_obj_request_u(L4_PROTO_IOMMU, 2, space, L4_CAP_FPAGE_RWS, u), L4_IPC_NEVER);
}

// The device reaches what is in the space, and nothing else. Errors: -L4_EINVAL no such SMMU, -L4_ERANGE no such stream,
// -L4_ENOMEM. Message registers 0 and 1 of the answer: the least and the greatest address that it can use.
L4_INLINE l4_msgtag_t l4_iommu_bind_u(l4_cap_idx_t iommu, l4_uint64_t source, l4_cap_idx_t space, l4_utcb_t *u)
{
    return l4_iommu_request_u(iommu, L4_IOMMU_BIND_OP, source, space, u);
}

L4_INLINE l4_msgtag_t l4_iommu_bind(l4_cap_idx_t iommu, l4_uint64_t source, l4_cap_idx_t space)
{
    return l4_iommu_bind_u(iommu, source, space, l4_utcb());
}

// It reaches nothing any more, unless it belongs to another space.
L4_INLINE l4_msgtag_t l4_iommu_unbind_u(l4_cap_idx_t iommu, l4_uint64_t source, l4_cap_idx_t space, l4_utcb_t *u)
{
    return l4_iommu_request_u(iommu, L4_IOMMU_UNBIND_OP, source, space, u);
}

L4_INLINE l4_msgtag_t l4_iommu_unbind(l4_cap_idx_t iommu, l4_uint64_t source, l4_cap_idx_t space)
{
    return l4_iommu_unbind_u(iommu, source, space, l4_utcb());
}
