// SPDX-License-Identifier: MIT
// The virtual interrupt controller of a guest: distributor state and list registers.
//
// Sources: GIC architecture specification v3/v4 (IHI 0069) sections 4.8, 8.9 to 8.11, 12.9 to
// 12.11;
// GICv2 (IHI 0048) section 4.3. No IPC here: what the surroundings must do is in struct vgic_host.
#pragma once

#include "vcpu/fp.h"
#include "lock.h"

#include <l4/sys/abi/vcpu.h>
#include <stdbool.h>
#include <stdint.h>

#define VGIC_MAX_CPUS 16      // Aff0 of a GICv3 SGI target list has 16 bits
#define VGIC_NUM_IRQS 1024    // 32 private + 992 shared; 1020..1023 are never delivered
#define VGIC_NUM_BANKS 32     // bank 0 (private) exists once a CPU
#define VGIC_MAX_LRS L4_VCPU_NUM_LRS
#define VGIC_SPURIOUS 1023

// 32 interrupts, one bit each.
struct vgic_bank {
    uint32_t group;   // 1 = group 1
    uint32_t enabled;
    uint32_t pending; // latch: edge seen, or set by the guest
    uint32_t active;
    uint32_t line;    // level of the input
    uint32_t edge;    // configuration
    uint32_t in_lr;   // currently in a list register
    uint32_t notify;  // somebody wants to know of the end of interrupt (passed-through lines)
    uint8_t prio[32];
    uint8_t cpu[32];    // index of the vCPU that takes it
    uint8_t lr_cpu[32]; // vCPU in whose list register it is
    uint64_t route[32]; // GICv3 IROUTER as the guest wrote it
    uint8_t targets[32]; // GICv2 ITARGETSR
};

struct vgic_cpu {
    struct vgic_bank priv;
    uint8_t sgi_from[16];           // GICv2: CPUs that sent this SGI
    uint16_t lr_intid[VGIC_MAX_LRS]; // meaning of list registers in use
    uint32_t lr_used;               // bit mask
    uint64_t affinity;              // MPIDR affinity fields
    bool asleep;                    // GICR_WAKER.ProcessorSleep
    uint32_t configured;            // counts writes of the private part's registers
};

struct vgic_host {
    // Virtual CPU `cpu` must call vgic_sync before it goes on. Called with the lock held, on any
    // thread.
    void (*kick)(void *ctx, unsigned cpu);
    void *ctx;
};

struct vgic {
    struct lock lock;
    struct vgic_host host;
    unsigned version; // 2 or 3
    unsigned num_cpus;
    uint32_t ctlr;     // enable bits: 0 = group 0, 1 = group 1
    uint32_t hot;      // banks that may have something pending
    struct vgic_bank spi[VGIC_NUM_BANKS]; // [0] unused
    struct vgic_cpu cpu[VGIC_MAX_CPUS];
};

// The list registers of one vCPU, as the kernel keeps them in the vCPU's extended state.
struct vgic_hw {
    unsigned version;         // 2 or 3
    unsigned limit;           // how many the vGIC may use at most
    uint32_t *hcr;            // GICH_HCR / ICH_HCR_EL2
    uint32_t *lr2;            // GICv2 list registers
    uint64_t *lr3;            // GICv3 list registers
    uint32_t const *reserved; // those that the kernel uses itself, bit mask
};

// Contents of a list register, independent of the GIC version.
struct vgic_lr {
    uint16_t intid;
    uint8_t prio;
    uint8_t from;  // GICv2 SGI: sender
    bool pending;
    bool active;
    bool group1;
    bool eoi;      // maintenance interrupt at end of interrupt
};

// Is the interrupt in it pending or active?
static inline bool vgic_lr_busy(struct vgic_hw const *hw, unsigned i)
{
    return hw->version == 2 ? hw->lr2[i] >> 28 & 3 : hw->lr3[i] >> 62;
}
struct vgic_lr vgic_lr_get(struct vgic_hw const *hw, unsigned i);
void vgic_lr_set(struct vgic_hw const *hw, unsigned i, struct vgic_lr const *lr);
void vgic_lr_clear(struct vgic_hw const *hw, unsigned i);
// GICH_HCR / ICH_HCR_EL2 value: enabled, with the underflow or no-pending interrupt when more
// waits.
enum vgic_wait { VGIC_WAIT_NONE, VGIC_WAIT_NO_PENDING, VGIC_WAIT_UNDERFLOW };
void vgic_hcr_set(struct vgic_hw const *hw, enum vgic_wait wait);

// version 2 or 3; 1 <= num_cpus <= VGIC_MAX_CPUS (8 for version 2).
void vgic_init(struct vgic *g, unsigned version, unsigned num_cpus, struct vgic_host host);

// Level of an interrupt's input; for private interrupts (< 32) of vCPU `cpu`. An edge interrupt is
// latched at a change to true. Any thread.
void vgic_set_line(struct vgic *g, unsigned cpu, unsigned intid, bool level);

// The end of this shared interrupt is to be reported by vgic_sync, with its line lowered by then.
void vgic_set_notify(struct vgic *g, unsigned intid);

// Software generated interrupt to the CPUs in the bit mask. `from`: sending CPU.
void vgic_send_sgi(struct vgic *g, unsigned from, unsigned intid, uint32_t cpu_mask);

// Brings list registers up to date. Only on the thread of vCPU `cpu`, outside guest mode.
// Returns the number of interrupts in `done` whose end the guest signalled and that have `notify`.
unsigned vgic_sync(struct vgic *g, unsigned cpu, struct vgic_hw const *hw,
                   uint16_t done[VGIC_MAX_LRS]);

// Is there an interrupt that would wake vCPU `cpu` from WFI? After vgic_sync.
bool vgic_has_pending(struct vgic *g, unsigned cpu, struct vgic_hw const *hw);

// State reset of the private part, when a CPU is switched on.
void vgic_reset_cpu(struct vgic *g, unsigned cpu);

// vCPU with these affinity fields, or -1.
int vgic_find_cpu(struct vgic const *g, uint64_t affinity);

// ICC_SGI1R_EL1 / ICC_SGI0R_EL1 write (IHI 0069 section 12.2.22).
void vgic_write_sgi1r(struct vgic *g, unsigned from, uint64_t value);

static inline struct vgic_bank *vgic_bank_of(struct vgic *g, unsigned cpu, unsigned bank)
{
    return bank == 0 ? &g->cpu[cpu].priv : &g->spi[bank];
}

// Register files of distributor and redistributors. size: log2 of bytes (0..3).
uint64_t gicd_read(struct vgic *g, unsigned cpu, uint64_t off, unsigned size);
void gicd_write(struct vgic *g, unsigned cpu, uint64_t off, unsigned size, uint64_t value);
// off counts from the first redistributor, 128 KiB a CPU.
uint64_t gicr_read(struct vgic *g, uint64_t off, unsigned size);
void gicr_write(struct vgic *g, uint64_t off, unsigned size, uint64_t value);

// Register block 0x080 .. 0xcff that GICD and GICR's SGI frame share; `off` is a GICD offset.
uint32_t vgic_block_read(struct vgic *g, unsigned cpu, uint32_t off);
void vgic_block_write(struct vgic *g, unsigned cpu, uint32_t off, uint32_t value, uint32_t bytes);

// With the lock held: the interrupts in `mask` of this bank may have become deliverable or not.
void vgic_changed(struct vgic *g, unsigned cpu, unsigned bank, uint32_t mask);
