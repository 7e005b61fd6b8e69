// SPDX-License-Identifier: MIT
// vCPU state area, regular and extended (kernel-abi 6.1, 6.4).
#pragma once

#include <l4/sys/abi/vcpu.h>
#include <l4/sys/utcb.h>

L4_INLINE l4_vcpu_ext_info_t *l4_vcpu_ext_info(l4_vcpu_state_t *v)
{
    return (l4_vcpu_ext_info_t *)((char *)v + L4_VCPU_OFFSET_EXT_INFOS);
}

L4_INLINE l4_vcpu_ext_id_t *l4_vcpu_ext_id(l4_vcpu_state_t *v)
{
    return (l4_vcpu_ext_id_t *)(void *)((char *)v + L4_VCPU_OFFSET_EXT_ID);
}

L4_INLINE l4_umword_t *l4_vcpu_ext_user(l4_vcpu_state_t *v)
{
    return (l4_umword_t *)(void *)((char *)v + L4_VCPU_OFFSET_EXT_USER);
}

L4_INLINE l4_vcpu_ext_state_t *l4_vcpu_ext_state(l4_vcpu_state_t *v)
{
    return (l4_vcpu_ext_state_t *)(void *)((char *)v + L4_VCPU_OFFSET_EXT_STATE);
}

L4_INLINE volatile void *l4_vcpu_e_ptr(void const *vcpu, unsigned id)
{
    return (char *)(l4_addr_t)vcpu + L4_VCPU_OFFSET_EXT_STATE + (id & L4_VCPU_E_OFFSET_MASK);
}

L4_INLINE l4_uint32_t l4_vcpu_e_read_32(void const *vcpu, unsigned id)
{
    return *(volatile l4_uint32_t *)l4_vcpu_e_ptr(vcpu, id);
}

L4_INLINE void l4_vcpu_e_write_32(void *vcpu, unsigned id, l4_uint32_t v)
{
    *(volatile l4_uint32_t *)l4_vcpu_e_ptr(vcpu, id) = v;
}

L4_INLINE l4_uint64_t l4_vcpu_e_read_64(void const *vcpu, unsigned id)
{
    return *(volatile l4_uint64_t *)l4_vcpu_e_ptr(vcpu, id);
}

L4_INLINE void l4_vcpu_e_write_64(void *vcpu, unsigned id, l4_uint64_t v)
{
    *(volatile l4_uint64_t *)l4_vcpu_e_ptr(vcpu, id) = v;
}

// A field by its id, 32 or 64 bits as the id says.
L4_INLINE l4_umword_t l4_vcpu_e_read(void const *vcpu, unsigned id)
{
    return id & L4_VCPU_E_64 ? l4_vcpu_e_read_64(vcpu, id) : l4_vcpu_e_read_32(vcpu, id);
}

L4_INLINE void l4_vcpu_e_write(void *vcpu, unsigned id, l4_umword_t v)
{
    if (id & L4_VCPU_E_64)
        l4_vcpu_e_write_64(vcpu, id, v);
    else
        l4_vcpu_e_write_32(vcpu, id, (l4_uint32_t)v);
}

typedef l4_vcpu_ext_info_t l4_arm_vcpu_e_info_t;

L4_INLINE l4_arm_vcpu_e_info_t const *l4_vcpu_e_info(void const *vcpu)
{
    return (l4_arm_vcpu_e_info_t const *)((char const *)vcpu + L4_VCPU_OFFSET_EXT_INFOS);
}

// Words of the VMM's own, L4_VCPU_EXT_USER_WORDS of them.
L4_INLINE l4_umword_t *l4_vcpu_e_info_user(void *vcpu)
{
    return (l4_umword_t *)(void *)((char *)vcpu + L4_VCPU_OFFSET_EXT_USER);
}

L4_INLINE int l4_vcpu_check_version(l4_vcpu_state_t const *v)
{
    return v->version == L4_VCPU_STATE_VERSION;
}
