// SPDX-License-Identifier: MIT
// A virtual CPU: its thread, its exits, its power state.
#pragma once

#include "vcpu/debug_regs.h"
#include "vcpu/exception.h"
#include "vcpu/fp.h"
#include "vcpu/ptimer.h"
#include "vcpu/smccc.h"
#include "vcpu/stolen_time.h"
#include "vgic/vgic.h"

#include <l4/re/thread.h>
#include <l4/sys/vcpu.h>
#include <stdatomic.h>

#define HCR_VSE (1ull << 8) // in the area: an SError is pending for the guest


// Where the thread is; a kick needs an IPC only outside of VCPU_VMM.
enum vcpu_mode { VCPU_VMM, VCPU_ASLEEP, VCPU_GUEST };

// User words of the area, of which the first holds the guest's TPIDR_EL0 during an exit (vcpu/entry.S).
enum vcpu_user { USER_GUEST_TLS, USER_OWN_TLS, USER_VCPU };

enum vcpu_power { VCPU_OFF, VCPU_ON_PENDING, VCPU_ON };

struct vcpu {
    l4_vcpu_state_t *area;
    l4_vcpu_ext_state_t *ext;
    unsigned id;             // index, also the GIC's CPU number
    unsigned phys_cpu;
    bool shares_cpu;         // with others of this guest
    uint64_t affinity;       // MPIDR affinity fields
    uint32_t vpidr;          // MIDR shown to the guest, 0: the real one
    atomic_uint work;        // vgic_sync is due
    atomic_uint mode;        // enum vcpu_mode
    bool fp_saved;           // guest's FP registers are in `fp`
    uint64_t timer_due;      // host counter at the deadline that timer_deadline() has told
    uint8_t probe;           // round of the ID register probe, 0: none
    struct mmio_region const *last_mmio; // where the last emulated access went
    struct vgic_hw hw;
    l4_cap_idx_t kick_irq;
    l4_cap_idx_t others;     // semaphore: another vCPU that it waits for has come out of the guest
    enum vcpu_power power;   // under psci's lock
    uint64_t entry, context; // of CPU_ON
    uint64_t *id_regs;       // in the area, from which the kernel answers most reads
    struct fp_state fp;
    struct ptimer ptimer;    // both under the lock of vcpu/ptimer_line.c
    bool ptimer_line;        // level of its interrupt
    struct stolen_time stolen;
    bool stolen_shown;       // the guest has asked for it
    struct debug_regs debug;
    struct print_line print; // under the lock of vcpu/smccc.c
    bool debugging;          // the kernel knows of debug registers that take effect
    struct l4re_thread thread;
    l4_cap_idx_t ready;      // semaphore: the thread has set itself up
};

extern _Thread_local struct vcpu *vcpu_self;

// Creates the vCPU threads and waits until each has set itself up; none runs the guest yet.
void vcpu_create_all(void);

// Lets vCPU `v` start at `entry` with x0 = context. The caller has set its power to
// VCPU_ON_PENDING.
void vcpu_wake(struct vcpu *v);

// Makes sure that v looks at its interrupts before (or soon after) it goes on. Any thread.
void vcpu_kick(struct vcpu *v);

// The same. Returns whether v is out of the guest: it looks before it goes there.
bool vcpu_stop(struct vcpu *v);

// Sleeps until v has something to do, the virtual timer expires or the guest's counter is at `count`. Own thread.
void vcpu_wait_until(struct vcpu *v, uint64_t count);
static inline void vcpu_wait_for_interrupt(struct vcpu *v)
{
    vcpu_wait_until(v, ~0ull);
}

// The vCPU is powered down: sleeps until an interrupt wants it, whatever its interface to the interrupt controller masks. Own
// thread.
void vcpu_sleep_powered_down(struct vcpu *v);

// It comes back from there with the registers of a reset, at `entry` with x0 = `context`. Own thread.
void vcpu_restart(struct vcpu *v, uint64_t entry, uint64_t context);

// The vCPU is off from the start: sleeps until CPU_ON, then resets its registers. Before that it touches nothing of the
// machine, which uvmm's main thread may still be setting up. Own thread.
void vcpu_wait_for_power(struct vcpu *v);

// The vCPU goes off: gives up its interrupts, then the same. Own thread.
void vcpu_power_off(struct vcpu *v);

// Brings list registers and timer configuration up to date. Own thread.
void vcpu_sync(struct vcpu *v);

// The vCPU takes one exception over and over: it does so slowly. Own thread.
void vcpu_slow_down(struct vcpu *v);

// vcpu/exit.c: emulates the exit described in the area.
void vcpu_exit(struct vcpu *v);

// vcpu/entry.S: where the kernel enters; the second one while the guest steps itself.
void vcpu_entry(void);
void vcpu_entry_stepping(void);
// Called there: emulates the exit. Returns the vCPU area to be resumed.
l4_vcpu_state_t *vcpu_handle_exit(struct vcpu *v);
l4_vcpu_state_t *vcpu_handle_exit_stepping(struct vcpu *v);

// Prints all registers and ends uvmm with code 1.
void vcpu_fatal(struct vcpu *v, char const *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

// Injects an "unknown instruction" exception into the guest at the current pc.
void vcpu_inject_undef(struct vcpu *v);

// Injects a synchronous exception with this ESR_EL1 and FAR_EL1; the current pc becomes ELR_EL1.
void vcpu_inject(struct vcpu *v, uint32_t esr, uint64_t far);

// vcpu/exception.c: the same as vcpu_skip(), for an instruction of any kind.
void vcpu_skip_special(struct vcpu *v);

// Is it an instruction that vcpu_skip() has to look at?
static inline bool vcpu_is_special(struct vcpu const *v)
{
    return __builtin_expect(v->area->r.pstate & (PSTATE_AARCH32 | PSTATE_BTYPE), 0);
}

// Goes on behind the instruction that left the guest. SS is set only by a guest that steps itself, for which it would need
// debug registers; those trap.
static inline void vcpu_skip(struct vcpu *v)
{
    if (vcpu_is_special(v))
        vcpu_skip_special(v);
    else
        v->area->r.pc += 4;
}

// The same behind a call: of AArch64, 32 bits long, and BTYPE is 0.
static inline void vcpu_skip_call(struct vcpu *v)
{
    v->area->r.pc += 4;
}

// The general purpose register n, 31 = zero register.
static inline uint64_t vcpu_reg(struct vcpu const *v, unsigned n)
{
    return n < 31 ? v->area->r.r[n] : 0;
}

static inline void vcpu_set_reg(struct vcpu *v, unsigned n, uint64_t value)
{
    if (__builtin_expect(n < 31, 1))
        v->area->r.r[n] = value;
}
