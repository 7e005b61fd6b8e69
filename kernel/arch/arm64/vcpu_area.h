// SPDX-License-Identifier: MIT
// The vCPU state area that kernel and VMM share (kernel-abi 6.1, 6.4). It lies in kernel-user memory: every value
// read from it may change at any moment and is checked after it was read.
#pragma once
#include "object/thread.h"
#include <stddef.h>

enum { VCPU_VERSION = 0x38, VCPU_SIZE = 0x1d8, VCPU_EXT_SIZE = 0x800, VCPU_LRS = 4 };

enum vcpu_state_flags {
    VCPU_F_IRQ = 0x01, VCPU_F_PAGE_FAULTS = 0x02, VCPU_F_EXCEPTIONS = 0x04, VCPU_F_USER_MODE = 0x20,
    VCPU_F_FPU = 0x80,
};
enum { VCPU_STICKY_IRQ = 1 };

enum vtimer_cfg { // kernel-abi 6.8
    VTMR_VID = 0x1f, VTMR_DIRECT = 1 << 16, VTMR_ENABLED = 1 << 17, VTMR_PENDING = 1 << 18, VTMR_ACTIVE = 1 << 19,
    VTMR_GROUP1 = 1 << 23, VTMR_PRIO_SHIFT = 24,
};

struct vcpu_ext { // offset 0x280
    uint64_t host_hcr;
    uint64_t hcr;
    uint32_t sctlr, cpacr;
    uint32_t cntv_ctl, pad;
    uint64_t cntvoff;
    uint64_t vmpidr;
    uint32_t vpidr, vtmr_cfg;
    uint64_t vtcr;
    uint32_t gic_hcr, gic_vtr, gic_vmcr, gic_misr, gic_eisr, gic_elsr;
    union {
        uint64_t v3[VCPU_LRS];
        uint32_t v2[VCPU_LRS];
    } lr;
    uint32_t gic_apr[8];
    uint32_t direct_lrs;
};

struct vcpu_area {
    uint64_t version;
    uint64_t user[7];
    struct frame regs; // 0x40
    uint64_t ipc_tag;  // 0x180
    uint64_t ipc_label;
    uint64_t spare[3];
    uint16_t state; // 0x1a8
    uint16_t saved_state;
    uint16_t sticky;
    uint16_t pad;
    uint64_t user_task;
    uint64_t entry_sp;
    uint64_t entry_ip;
    uint64_t kernel_sp;
    uint64_t host_tpidrro;
    uint8_t pad2[0x200 - 0x1d8];
    uint8_t ext_version; // 0x200
    uint8_t gic_version;
    uint16_t pad3;
    uint32_t features;
    uint8_t pad4[0x240 - 0x208];
    uint64_t ext_user[8];
    struct vcpu_ext ext; // 0x280
};
_Static_assert(offsetof(struct vcpu_area, regs) == 0x40, "vCPU area");
_Static_assert(offsetof(struct vcpu_area, ipc_tag) == 0x180, "vCPU area");
_Static_assert(offsetof(struct vcpu_area, state) == 0x1a8, "vCPU area");
_Static_assert(offsetof(struct vcpu_area, ext) == 0x280, "vCPU area");
_Static_assert(offsetof(struct vcpu_ext, cntvoff) == 0x20, "vCPU area");
_Static_assert(offsetof(struct vcpu_ext, gic_hcr) == 0x40, "vCPU area");
_Static_assert(offsetof(struct vcpu_ext, lr) == 0x58, "vCPU area");
_Static_assert(offsetof(struct vcpu_ext, gic_apr) == 0x78, "vCPU area");

static inline struct vcpu_area *vcpu_area(struct thread *t)
{
    return t->vcpu.area;
}
