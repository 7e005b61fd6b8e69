// SPDX-License-Identifier: MIT
// The vCPU state area that kernel and VMM share. It lies in kernel-user memory: every value read from it may change at
// any moment and is checked after it was read.
#pragma once
#include "object/thread.h"
#include <l4/sys/abi/vcpu.h>

static inline l4_vcpu_state_t *vcpu_area(struct thread *t)
{
    return t->vcpu.area;
}

// The extended part, which only a thread with t->vcpu.el1 has.
static inline l4_vcpu_ext_info_t *vcpu_ext_info(struct thread *t)
{
    return (l4_vcpu_ext_info_t *)((char *)t->vcpu.area + L4_VCPU_OFFSET_EXT_INFOS);
}

static inline l4_vcpu_ext_state_t *vcpu_ext(struct thread *t)
{
    return (l4_vcpu_ext_state_t *)(void *)((char *)t->vcpu.area + L4_VCPU_OFFSET_EXT_STATE);
}

static inline l4_vcpu_ext_id_t const *vcpu_ext_id(struct thread *t)
{
    return (l4_vcpu_ext_id_t const *)(void *)((char *)t->vcpu.area + L4_VCPU_OFFSET_EXT_ID);
}

// SCTLR_EL1, of which the area has two halves.
static inline uint64_t vcpu_sctlr(l4_vcpu_ext_state_t const *e)
{
    return e->sctlr | (uint64_t)e->sctlr_high << 32;
}

static inline void vcpu_set_sctlr(l4_vcpu_ext_state_t *e, uint64_t value)
{
    e->sctlr = (uint32_t)value;
    e->sctlr_high = (uint32_t)(value >> 32);
}
