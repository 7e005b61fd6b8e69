// SPDX-License-Identifier: MIT
// vCPU state area, regular and extended (kernel-abi 6.1, 6.4).
#pragma once

#include <l4/sys/utcb.h>

#define L4_VCPU_STATE_VERSION    0x38
#define L4_VCPU_STATE_SIZE       0x200
#define L4_VCPU_STATE_EXT_SIZE   0x800
#define L4_VCPU_OFFSET_EXT_INFOS 0x200
#define L4_VCPU_OFFSET_EXT_USER  0x240
#define L4_VCPU_OFFSET_EXT_STATE 0x280

enum l4_vcpu_state_flags {
    L4_VCPU_F_IRQ = 0x01,
    L4_VCPU_F_PAGE_FAULTS = 0x02,
    L4_VCPU_F_EXCEPTIONS = 0x04,
    L4_VCPU_F_USER_MODE = 0x20,
    L4_VCPU_F_FPU_ENABLED = 0x80,
};

enum l4_vcpu_sticky_flags {
    L4_VCPU_SF_IRQ_PENDING = 0x01,
};

typedef l4_exc_regs_t l4_vcpu_regs_t;

typedef struct l4_vcpu_ipc_regs_t {
    l4_msgtag_t tag;
    l4_umword_t label;
    l4_umword_t spare[3];
} l4_vcpu_ipc_regs_t;

typedef struct l4_vcpu_state_t {
    l4_umword_t version;
    l4_umword_t user_data[7];
    l4_vcpu_regs_t r;
    l4_vcpu_ipc_regs_t i;
    l4_uint16_t state;
    l4_uint16_t saved_state;
    l4_uint16_t sticky_flags;
    l4_uint16_t reserved;
    l4_cap_idx_t user_task;
    l4_umword_t entry_sp;
    l4_umword_t entry_ip;
    l4_umword_t reserved_sp;
    l4_umword_t host_tpidruro;
} l4_vcpu_state_t;

// What lies at L4_VCPU_OFFSET_EXT_INFOS.
typedef struct l4_vcpu_ext_info_t {
    l4_uint8_t version;
    l4_uint8_t gic_version; // 2 or 3
    l4_uint16_t pad;
    l4_uint32_t features;
} l4_vcpu_ext_info_t;

#define L4_VCPU_NUM_LRS 4

// What lies at L4_VCPU_OFFSET_EXT_STATE.
typedef struct l4_vcpu_ext_state_t {
    l4_uint64_t host_hcr;
    l4_uint64_t hcr;
    l4_uint32_t sctlr;
    l4_uint32_t cpacr;
    l4_uint32_t cntvctl;
    l4_uint32_t pad0;
    l4_uint64_t cntvoff;
    l4_uint64_t vmpidr;
    l4_uint32_t vpidr;
    l4_uint32_t vtmr_cfg;
    l4_uint64_t vtcr;
    l4_uint32_t gic_hcr;
    l4_uint32_t gic_vtr;
    l4_uint32_t gic_vmcr;
    l4_uint32_t gic_misr;
    l4_uint32_t gic_eisr;
    l4_uint32_t gic_elsr;
    union {
        l4_uint32_t gic_v2_lr[L4_VCPU_NUM_LRS];
        l4_uint64_t gic_v3_lr[L4_VCPU_NUM_LRS];
    };
    l4_uint32_t gic_apr[8];
    l4_uint32_t gic_direct_lrs;
    l4_uint32_t pad1;
    l4_uint64_t kernel_private[32];
} l4_vcpu_ext_state_t;

// Guest EL1 registers as the own operations L4_THREAD_VCPU_EL1_READ/WRITE carry them.
typedef struct l4_vcpu_el1_regs_t {
    l4_uint64_t sctlr, cpacr, tcr, ttbr0, ttbr1, mair, amair, vbar, elr, spsr, sp_el1, esr, far,
        afsr0, afsr1, contextidr, tpidr_el1, par, csselr, cntkctl, cntv_cval, tpidrro_el0;
} l4_vcpu_el1_regs_t;

#define L4_VCPU_EL1_REGS 22

_Static_assert(sizeof(l4_vcpu_el1_regs_t) == L4_VCPU_EL1_REGS * 8, "EL1 registers");

#if __SIZEOF_POINTER__ == 8
_Static_assert(offsetof(l4_vcpu_state_t, r) == 0x40, "vCPU frame");
_Static_assert(offsetof(l4_vcpu_state_t, i) == 0x180, "vCPU message");
_Static_assert(offsetof(l4_vcpu_state_t, state) == 0x1a8, "vCPU state");
_Static_assert(offsetof(l4_vcpu_state_t, user_task) == 0x1b0, "vCPU user task");
_Static_assert(offsetof(l4_vcpu_state_t, host_tpidruro) == 0x1d0, "vCPU host register");
_Static_assert(sizeof(l4_vcpu_state_t) == 0x1d8, "vCPU area");
_Static_assert(offsetof(l4_vcpu_ext_state_t, cntvoff) == 0x20, "ext. state");
_Static_assert(offsetof(l4_vcpu_ext_state_t, gic_hcr) == 0x40, "ext. state");
_Static_assert(offsetof(l4_vcpu_ext_state_t, gic_v3_lr) == 0x58, "ext. state");
_Static_assert(offsetof(l4_vcpu_ext_state_t, gic_apr) == 0x78, "ext. state");
_Static_assert(offsetof(l4_vcpu_ext_state_t, gic_direct_lrs) == 0x98, "ext. state");
#endif

// Field ids: byte offset in the extended state, size class in bits 14..15 (0: 32 bits, 2: 64 bits).
enum l4_vcpu_e_field_ids {
    L4_VCPU_E_HCR = 0x8008,
    L4_VCPU_E_SCTLR = 0x0010,
    L4_VCPU_E_CPACR = 0x0014,
    L4_VCPU_E_CNTVCTL = 0x0018,
    L4_VCPU_E_CNTVOFF = 0x8020,
    L4_VCPU_E_VMPIDR = 0x8028,
    L4_VCPU_E_VPIDR = 0x0030,
    L4_VCPU_E_VTMR_CFG = 0x0034,
    L4_VCPU_E_VTCR = 0x8038,
    L4_VCPU_E_GIC_HCR = 0x0040,
    L4_VCPU_E_GIC_VTR = 0x0044,
    L4_VCPU_E_GIC_VMCR = 0x0048,
    L4_VCPU_E_GIC_MISR = 0x004c,
    L4_VCPU_E_GIC_EISR = 0x0050,
    L4_VCPU_E_GIC_ELSR = 0x0054,
    L4_VCPU_E_GIC_V2_LR0 = 0x0058,
    L4_VCPU_E_GIC_V3_LR0 = 0x8058,
};

// Virtual timer configuration, direct mode (kernel-abi 6.8).
#define L4_VTMR_CFG_VID_MASK   0x1fu
#define L4_VTMR_CFG_DIRECT     (1u << 16)
#define L4_VTMR_CFG_ENABLED    (1u << 17)
#define L4_VTMR_CFG_PENDING    (1u << 18)
#define L4_VTMR_CFG_ACTIVE     (1u << 19)
#define L4_VTMR_CFG_GRP1       (1u << 23)
#define L4_VTMR_CFG_PRIO_SHIFT 24

// HCR_EL2 bits that the kernel always adds for a guest: VM SWIO PTW FMO IMO AMO TIDCP TSC TACR TLOR
// TERR TEA.
#define L4_VCPU_HCR_MUST_SET                                                                       \
    ((1ull << 0) | (1ull << 1) | (1ull << 2) | (1ull << 3) | (1ull << 4) | (1ull << 5) |           \
     (1ull << 20) | (1ull << 19) | (1ull << 21) | (1ull << 35) | (1ull << 36) | (1ull << 37))

L4_INLINE l4_vcpu_ext_info_t *l4_vcpu_ext_info(l4_vcpu_state_t *v)
{
    return (l4_vcpu_ext_info_t *)((char *)v + L4_VCPU_OFFSET_EXT_INFOS);
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
    return (char *)(l4_addr_t)vcpu + L4_VCPU_OFFSET_EXT_STATE + (id & 0xfff);
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

L4_INLINE int l4_vcpu_check_version(l4_vcpu_state_t const *v)
{
    return v->version == L4_VCPU_STATE_VERSION;
}
