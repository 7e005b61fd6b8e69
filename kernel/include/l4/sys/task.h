// SPDX-License-Identifier: MIT
// Task: address space and capability table (kernel-abi 4.3).
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>

// Map a flexpage of `src_task` into `dst_task`. `snd_base`: hot spot (destination address or
// selector) with control and attribute bits, see l4_map_control() and l4_map_obj_control().
L4_INLINE l4_msgtag_t l4_task_map_u(l4_cap_idx_t dst_task, l4_cap_idx_t src_task,
                                    l4_fpage_t snd_fpage, l4_umword_t snd_base, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_TASK_MAP_OP;
    u->msg.mr[1] = snd_base | L4_ITEM_MAP;
    u->msg.mr[2] = snd_fpage.raw;
    return l4_ipc_call(dst_task, u,
                       l4_ipc_obj_request_u(L4_PROTO_TASK, 3, src_task, L4_CAP_FPAGE_RWS, u),
                       L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_task_map(l4_cap_idx_t dst_task, l4_cap_idx_t src_task,
                                  l4_fpage_t snd_fpage, l4_umword_t snd_base)
{
    return l4_task_map_u(dst_task, src_task, snd_fpage, snd_base, l4_utcb());
}

// Revoke the rights in the flexpages. `map_mask`: L4_FP_OTHER_SPACES, L4_FP_ALL_SPACES,
// L4_FP_DELETE_OBJ. At most 61 flexpages in one call.
L4_INLINE l4_msgtag_t l4_task_unmap_batch_u(l4_cap_idx_t task, l4_fpage_t const *fpages, unsigned num_fpages,
                                            l4_umword_t map_mask, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_TASK_UNMAP_OP;
    u->msg.mr[1] = map_mask;
    if (num_fpages > L4_UTCB_GENERIC_DATA_SIZE - 2)
        num_fpages = L4_UTCB_GENERIC_DATA_SIZE - 2;
    for (unsigned i = 0; i < num_fpages; i++)
        u->msg.mr[2 + i] = fpages[i].raw;
    return l4_ipc_call(task, u, l4_msgtag(L4_PROTO_TASK, 2 + num_fpages, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_task_unmap_batch(l4_cap_idx_t task, l4_fpage_t const *fpages, unsigned num_fpages,
                                          l4_umword_t map_mask)
{
    return l4_task_unmap_batch_u(task, fpages, num_fpages, map_mask, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_task_unmap_u(l4_cap_idx_t task, l4_fpage_t fpage, l4_umword_t map_mask, l4_utcb_t *u)
{
    return l4_task_unmap_batch_u(task, &fpage, 1, map_mask, u);
}

L4_INLINE l4_msgtag_t l4_task_unmap(l4_cap_idx_t task, l4_fpage_t fpage, l4_umword_t map_mask)
{
    return l4_task_unmap_u(task, fpage, map_mask, l4_utcb());
}

// Give up the capability in slot `obj`.
L4_INLINE l4_msgtag_t l4_task_release_cap_u(l4_cap_idx_t task, l4_cap_idx_t obj, l4_utcb_t *u)
{
    return l4_task_unmap_u(task, l4_obj_fpage(obj, 0, L4_CAP_FPAGE_RWSD), L4_FP_ALL_SPACES, u);
}

L4_INLINE l4_msgtag_t l4_task_release_cap(l4_cap_idx_t task, l4_cap_idx_t obj)
{
    return l4_task_release_cap_u(task, obj, l4_utcb());
}

// Delete the object behind slot `obj` (needs its D right).
L4_INLINE l4_msgtag_t l4_task_delete_obj_u(l4_cap_idx_t task, l4_cap_idx_t obj, l4_utcb_t *u)
{
    return l4_task_unmap_u(task, l4_obj_fpage(obj, 0, L4_CAP_FPAGE_RWSD), L4_FP_DELETE_OBJ, u);
}

L4_INLINE l4_msgtag_t l4_task_delete_obj(l4_cap_idx_t task, l4_cap_idx_t obj)
{
    return l4_task_delete_obj_u(task, obj, l4_utcb());
}

// Label of the result: 1 if the slot holds an object, else 0.
L4_INLINE l4_msgtag_t l4_task_cap_valid_u(l4_cap_idx_t task, l4_cap_idx_t cap, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_TASK_CAP_INFO_OP;
    u->msg.mr[1] = cap & ~1ul;
    return l4_ipc_call(task, u, l4_msgtag(L4_PROTO_TASK, 2, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_task_cap_valid(l4_cap_idx_t task, l4_cap_idx_t cap)
{
    return l4_task_cap_valid_u(task, cap, l4_utcb());
}

// Label of the result: 1 if both slots hold the same object with the same rights, else 0.
L4_INLINE l4_msgtag_t l4_task_cap_equal_u(l4_cap_idx_t task, l4_cap_idx_t a, l4_cap_idx_t b, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_TASK_CAP_INFO_OP;
    u->msg.mr[1] = a;
    u->msg.mr[2] = b;
    return l4_ipc_call(task, u, l4_msgtag(L4_PROTO_TASK, 3, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_task_cap_equal(l4_cap_idx_t task, l4_cap_idx_t a, l4_cap_idx_t b)
{
    return l4_task_cap_equal_u(task, a, b, l4_utcb());
}

// Add kernel-user memory at the address of `*ku_mem`; it becomes the actual area.
L4_INLINE l4_msgtag_t l4_task_add_ku_mem_u(l4_cap_idx_t task, l4_fpage_t *ku_mem, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_TASK_ADD_KU_MEM_OP;
    u->msg.mr[1] = ku_mem->raw;
    l4_msgtag_t t = l4_ipc_call(task, u, l4_msgtag(L4_PROTO_TASK, 2, 0, 0), L4_IPC_NEVER);
    if (!l4_msgtag_has_error(t) && l4_msgtag_label(t) >= 0 && l4_msgtag_words(t) > 0)
        ku_mem->raw = u->msg.mr[0];
    return t;
}

L4_INLINE l4_msgtag_t l4_task_add_ku_mem(l4_cap_idx_t task, l4_fpage_t *ku_mem)
{
    return l4_task_add_ku_mem_u(task, ku_mem, l4_utcb());
}

// GICv2 only: map the virtual CPU interface's page into the task (a VM) at the flexpage's address.
L4_INLINE l4_msgtag_t l4_task_vgicc_map_u(l4_cap_idx_t task, l4_fpage_t vgicc_fpage, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_TASK_MAP_VGICC_OP;
    u->msg.mr[1] = vgicc_fpage.raw;
    return l4_ipc_call(task, u, l4_msgtag(L4_PROTO_TASK, 2, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_task_vgicc_map(l4_cap_idx_t task, l4_fpage_t vgicc_fpage)
{
    return l4_task_vgicc_map_u(task, vgicc_fpage, l4_utcb());
}
