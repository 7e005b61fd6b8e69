// SPDX-License-Identifier: MIT
// The virtual interrupt controller of a guest: the state of each interrupt, and list registers.
//
// Sources: GIC architecture specification v3/v4 (IHI 0069) 4.8, 12.9 to 12.11;
// GICv2 (IHI 0048) 4.3. No IPC here: what the surroundings must do is in struct vgic_host.
#pragma once

#include "lock.h"
#include "vcpu/fp.h"

#include <stdbool.h>
#include <stdint.h>

#define VGIC_MAX_CPUS 16 // Aff0 of a GICv3 SGI target list has 16 bits
#define VGIC_MAX_IRQS 1024 // 32 private + 992 shared; 1020..1023 are never delivered
#define VGIC_MAX_BANKS (VGIC_MAX_IRQS / 32)
#define VGIC_FIRST_LPI 8192
#define VGIC_LPI_BANKS 32 // 1024 LPIs, where the guest has an ITS
#define VGIC_ALL_BANKS (VGIC_MAX_BANKS + VGIC_LPI_BANKS)
#define VGIC_LPIS (VGIC_LPI_BANKS * 32)
#define VGIC_MAX_LRS 16
#define VGIC_SPURIOUS 1023
#define VGIC_NOBODY 0xff
#define VGIC_USUAL_IRQS 288 // what a guest finds, unless its tree needs more

// 32 interrupts, one bit each. Bank 0, the private ones, exists once a CPU.
struct vgic_bank {
    uint32_t group;    // 1 = group 1
    uint32_t enabled;
    uint32_t pending;  // latch: edge seen, or set by the guest
    uint32_t active;   // those that are in no list register
    uint32_t taken;    // of these: acknowledged by CPU lr_cpu, which will end it
    uint32_t line;     // level of the input
    uint32_t edge;     // configuration
    uint32_t in_lr;    // in a list register of CPU lr_cpu, which is the truth for "pending" and "active" then
    uint32_t latched;  // level interrupts that are pending there because of the latch
    uint32_t withheld; // the kernel has it (the timer's)
    uint32_t notify;   // somebody wants to know of the end of interrupt (passed-through lines)
    uint32_t ended;    // of these: ended, and not reported yet
    uint8_t prio[32];
    uint8_t cpu[32];     // index of the vCPU that takes it, or VGIC_NOBODY
    uint8_t lr_cpu[32];
    uint64_t route[32];  // GICv3 IROUTER as the guest wrote it
    uint8_t targets[32]; // GICv2 ITARGETSR
};

// What a vCPU's list registers and the registers around them are, as the kernel keeps them in the vCPU's extended state.
// They belong to the holder of the vGIC's lock while the vCPU is out of the guest.
struct vgic_hw {
    unsigned version;         // 2 or 3
    unsigned count;           // list registers, 1..VGIC_MAX_LRS
    bool keeps_one;           // one of them stays free, for the kernel
    bool traps_dir;           // a guest's write of ICC_DIR_EL1 or GICC_DIR exits
    uint32_t *hcr;            // GICH_HCR / ICH_HCR_EL2
    uint32_t *lr2;            // GICv2 list registers
    uint64_t *lr3;            // GICv3 list registers
    uint32_t const *reserved; // those that the kernel uses itself, bit mask
    uint32_t const *vmcr;     // GICH_VMCR / ICH_VMCR_EL2
    uint32_t const *apr[2];   // active priorities of group 0 and 1; GICv2: the same for both
    uint32_t *timer_cfg;      // L4_VTMR_CFG_*
    uint32_t *timer_ctl;      // CNTV_CTL_EL0
};

struct vgic_cpu {
    struct vgic_bank priv;
    struct vgic_hw hw;
    uint8_t sgi_from[16];            // GICv2: CPUs that sent this SGI
    uint32_t hcr;                    // what is always set in GICH_HCR / ICH_HCR_EL2
    uint16_t lr_intid[VGIC_MAX_LRS]; // meaning of list registers in use
    uint32_t lr_used;                // bit mask
    uint32_t taken;                  // number of active interrupts that it has taken and that are in no list register
    uint64_t affinity;               // MPIDR affinity fields
    bool asleep;                     // GICR_WAKER.ProcessorSleep
    bool powered_down;               // its interface masks nothing (vgic_set_powered_down())
    uint32_t held;                   // by how many accesses of other CPUs (own.c)
    uint32_t waiters;                // CPUs that wait until this one comes by vgic_sync()
    uint32_t holds;                  // CPUs that this one's access holds
};

struct vgic_host {
    void *ctx;
    // On any thread; stop() and wake() with the lock held.
    // Virtual CPU `cpu` must call vgic_sync before it goes on.
    void (*kick)(void *ctx, unsigned cpu);
    // The same. Returns whether it is out of the guest: it stays so while the lock is held, since it comes by vgic_sync.
    bool (*stop)(void *ctx, unsigned cpu);
    // CPU `self`, in stop()'s caller, sleeps until wake() was called for it.
    void (*wait)(void *ctx, unsigned self);
    void (*wake)(void *ctx, unsigned cpu);
};

struct vgic_lpis; // lpi.h
struct its;       // its.h

struct vgic {
    struct lock lock;
    struct vgic_host host;
    unsigned version; // 2 or 3
    unsigned num_cpus;
    unsigned num_banks;
    uint32_t ctlr;     // enable bits: 0 = group 0, 1 = group 1
    uint64_t hot;      // banks that may have something pending; the upper half is of LPIs
    uint32_t ended;    // banks that have something ended
    uint32_t timer;    // the virtual timer's bit in bank 0, 0: there is none
    struct vgic_lpis *lpis;               // NULL, as its: the guest has no ITS
    struct its *its;
    struct vgic_bank spi[VGIC_MAX_BANKS]; // [0] unused
    struct vgic_cpu cpu[VGIC_MAX_CPUS];
};

// version 2 or 3; 1 <= num_cpus <= VGIC_MAX_CPUS (8 for version 2).
void vgic_init(struct vgic *g, unsigned version, unsigned num_cpus, struct vgic_host host);
// Once for each CPU, before it runs.
void vgic_attach(struct vgic *g, unsigned cpu, struct vgic_hw const *hw);
// There has to be such an interrupt. Before the guest runs.
void vgic_require(struct vgic *g, unsigned intid);
// The private interrupt of the virtual timer, which the kernel delivers. Before the guest runs.
void vgic_set_timer(struct vgic *g, unsigned intid);
// GICC_DIR exits. Before the guest runs.
void vgic_set_dir_trap(struct vgic *g);

// Level of an interrupt's input; for private interrupts (< 32) of vCPU `cpu`. An edge interrupt is latched at a change to
// true. Any thread.
void vgic_set_line(struct vgic *g, unsigned cpu, unsigned intid, bool level);

// The end of this shared interrupt is to be reported by vgic_sync, with its line lowered by then.
void vgic_set_notify(struct vgic *g, unsigned intid);

enum vgic_groups { VGIC_GROUP0 = 1, VGIC_GROUP1 = 2 };

// A message-signalled interrupt: device `device` writes `event` to GITS_TRANSLATER (IHI 0069, 5.2). What the guest's ITS does
// not translate has no effect. Any thread.
void vgic_send_msi(struct vgic *g, uint32_t device, uint32_t event);

// Software generated interrupt to the CPUs in the bit mask, where it is of one of these groups. `from`: the calling CPU.
void vgic_send_sgi(struct vgic *g, unsigned from, unsigned intid, uint32_t cpu_mask, unsigned groups);

// Write of ICC_SGI0R_EL1 or ICC_SGI1R_EL1, which are for one group (IHI 0069, 12.2).
void vgic_write_sgir(struct vgic *g, unsigned from, uint64_t value, unsigned groups);

// Write of ICC_DIR_EL1 (IHI 0069, 12.2) or GICC_DIR (IHI 0048, 4.4.15).
void vgic_write_dir(struct vgic *g, unsigned cpu, unsigned intid);

// Brings list registers up to date. Only on the thread of vCPU `cpu`, outside guest mode. Returns the number of interrupts
// in `done` whose end the guest signalled and that have `notify`.
unsigned vgic_sync(struct vgic *g, unsigned cpu, uint16_t done[VGIC_MAX_LRS]);

// An access of another CPU wants `cpu` to stay out of the guest; there will be a kick.
static inline bool vgic_is_held(struct vgic *g, unsigned cpu)
{
    return __atomic_load_n(&g->cpu[cpu].held, __ATOMIC_ACQUIRE);
}

// Is there an interrupt that wakes vCPU `cpu` from WFI: one that its interface signals, whatever PSTATE masks (IHI 0069, 4.8;
// Arm ARM D1, WFI wake-up events)? After vgic_sync.
bool vgic_wakes(struct vgic *g, unsigned cpu);
// Would it signal one of this priority and group? On its own thread.
bool vgic_signals(struct vgic const *g, unsigned cpu, unsigned prio, bool group1);

// A CPU goes off, or is switched on, or is powered down and comes back: its interface is reset, and has no interrupts. What
// registers say of its private ones stays, as that of shared ones does: others may change it meanwhile (IHI 0069, 11.1), and
// kernels leave it to the firmware to save it. What is active stays so, though nobody ends it. The CPU is out of the guest.
void vgic_reset_cpu(struct vgic *g, unsigned cpu);
// While it is powered down, a CPU is woken by each interrupt that is forwarded to it, whatever its interface masks: its power
// controller sees the redistributor's request (IHI 0069, 11.1 and 12.11, GICR_WAKER.ProcessorSleep). On its own thread.
void vgic_set_powered_down(struct vgic *g, unsigned cpu, bool down);
// Has the guest asked for that, whatever it says of powering down?
static inline bool vgic_is_asleep(struct vgic const *g, unsigned cpu)
{
    return g->version == 3 && g->cpu[cpu].asleep;
}

// vCPU with these affinity fields, or -1.
int vgic_find_cpu(struct vgic const *g, uint64_t affinity);

// Register files of distributor and redistributors, for CPU `cpu`'s access. size: log2 of bytes (0..3).
uint64_t gicd_read(struct vgic *g, unsigned cpu, uint64_t off, unsigned size);
void gicd_write(struct vgic *g, unsigned cpu, uint64_t off, unsigned size, uint64_t value);
// off counts from the first redistributor, 128 KiB a CPU.
uint64_t gicr_read(struct vgic *g, unsigned cpu, uint64_t off, unsigned size);
void gicr_write(struct vgic *g, unsigned cpu, uint64_t off, unsigned size, uint64_t value);
