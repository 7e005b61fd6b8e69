// SPDX-License-Identifier: MIT
// What made the guest leave, by exception class (Arm ARM, ESR_EL2), and who emulates it.
#include "vcpu/abort.h"
#include "vcpu/id_regs.h"
#include "vcpu/decode.h"
#include "log.h"
#include "vcpu/smccc.h"
#include "vcpu/stolen.h"
#include "vcpu/sysreg.h"
#include "vcpu/timer.h"
#include "vcpu/vcpu.h"
#include "vm.h"

#include <l4/sys/thread.h>

enum {
    EC_UNKNOWN = 0x00,
    EC_WFX = 0x01,
    EC_CP15_32 = 0x03,
    EC_CP15_64 = 0x04,
    EC_CP14_32 = 0x05,
    EC_CP14_LDC = 0x06,
    EC_CP10_ID = 0x08,
    EC_POINTER_AUTH = 0x09,
    EC_CP14_64 = 0x0c,
    EC_BRANCH_TARGET = 0x0d,
    EC_ILLEGAL = 0x0e,
    EC_HVC64 = 0x16,
    EC_SMC64 = 0x17,
    EC_SYSREG = 0x18,
    EC_POINTER_AUTH_FAIL = 0x1c,
    EC_INSN_ABORT = 0x20,
    EC_PC_ALIGNMENT = 0x22,
    EC_DATA_ABORT = 0x24,
    EC_SP_ALIGNMENT = 0x26,
    EC_FP32 = 0x28,
    EC_FP64 = 0x2c,
    EC_SERROR = 0x2f,
    EC_BREAKPOINT = 0x30,
    EC_STEP = 0x32,
    EC_WATCHPOINT = 0x34,
    EC_BKPT32 = 0x38,
    EC_VECTOR_CATCH = 0x3a,
    EC_BRK64 = 0x3c,
};

#define ESR_ISV (1u << 24) // size and register are described
#define ESR_SSE (1u << 21) // sign extension
#define ESR_SF (1u << 15)  // to 64 bits
#define WFX_WFE 1u

// WFE traps where several of the guest's CPUs share a physical one: who waits for an event there, such as the end of another
// CPU's spin lock, may keep the other from it. It may end without an event (Arm ARM, WFE). Apart, as exit_wfx_special().
static __attribute__((noinline)) void let_others_run(void)
{
    l4_thread_yield();
}

static inline void wait_for_interrupt_or_others(struct vcpu *v)
{
    if (!(v->area->r.err & WFX_WFE))
        vcpu_wait_for_interrupt(v);
    else
        let_others_run();
}

// On a CPU that has waits with a timeout: WFIT ends at a value of the guest's counter. The syndrome need not name the register
// (Arm ARM, ISS encoding of class 0x01), and an emulator's does not even name the instruction.
static __attribute__((noinline)) void exit_wfx_timeout(struct vcpu *v)
{
    enum { WFET = 0xd5031000 >> 5, WFIT = 0xd5031020 >> 5 };
    uint32_t insn = 0;
    abort_instruction(v, &insn);
    v->area->r.pc += 4;
    if (insn >> 5 == WFIT)
        vcpu_wait_until(v, vcpu_reg(v, insn & 31));
    else if (insn >> 5 == WFET)
        let_others_run();
    else
        wait_for_interrupt_or_others(v);
}

// Apart, so that the usual one needs no stack frame.
static __attribute__((noinline)) void exit_wfx_special(struct vcpu *v)
{
    bool executes = exception_condition((uint32_t)v->area->r.err, v->area->r.pstate);
    vcpu_skip_special(v);
    if (executes)
        wait_for_interrupt_or_others(v);
}

static void exit_wfx(struct vcpu *v)
{
    if (vcpu_is_special(v)) {
        exit_wfx_special(v);
        return;
    }
    if (__builtin_expect(id_has_wfxt(v), 0)) {
        exit_wfx_timeout(v);
        return;
    }
    v->area->r.pc += 4;
    wait_for_interrupt_or_others(v);
}

static void exit_hvc(struct vcpu *v)
{
    smccc_call(v, SMCCC_HVC, v->area->r.err & 0xffff);
}

static void exit_smc(struct vcpu *v)
{
    v->area->r.pstate &= ~(uint64_t)PSTATE_BTYPE; // it has trapped, so it has not done that
    smccc_call(v, SMCCC_SMC, v->area->r.err & 0xffff);
}

// The syndrome of a write of ICC_SGI1R_EL1, but for the register written (Arm ARM, ISS encoding of class 0x18).
#define ISS_SGI1R (3u << 20 | 5u << 17 | 0u << 14 | 12u << 10 | 11u << 1)
#define ISS_REGISTER (31u << 5)

static void exit_sysreg(struct vcpu *v)
{
    uint32_t iss = v->area->r.err & 0x1ffffff;
    if ((iss & ~ISS_REGISTER) != ISS_SGI1R || vm.gic.version == 2) {
        sysreg_trap(v, iss);
        return;
    }
    v->area->r.pc += 4;
    vgic_write_sgir(&vm.gic, v->id, vcpu_reg(v, iss >> 5 & 31), VGIC_GROUP1);
}

// Any class that has no handler: what is not there is an undefined instruction.
static void exit_undef(struct vcpu *v)
{
    log_guest(LOG_INFO, "CPU %u: exception class 0x%02lx at pc 0x%lx becomes an undefined instruction", v->id,
              v->area->r.err >> L4_ESR_EC_SHIFT & 0x3f, v->area->r.pc);
    vcpu_inject_undef(v);
}

// Pointer authentication, whose keys are not the guest's. Where it does not exist, its instructions in the space of hints do
// nothing, whatever SCTLR_EL1 enables.
static void exit_pointer_auth(struct vcpu *v)
{
    uint32_t insn;
    if (abort_instruction(v, &insn) && decode_is_hint(insn))
        vcpu_skip(v);
    else
        exit_undef(v);
}

// Coprocessor instructions of AArch32 at EL0, and its VMRS.
static void exit_coprocessor(struct vcpu *v)
{
    if (exception_condition((uint32_t)v->area->r.err, v->area->r.pstate))
        exit_undef(v);
    else
        vcpu_skip(v);
}

// Those of coprocessor 15: of what EL0 may be permitted, the physical counter and timer trap.
static void exit_cp15(struct vcpu *v)
{
    uint32_t esr = (uint32_t)v->area->r.err;
    bool pair = esr >> L4_ESR_EC_SHIFT == EC_CP15_64;
    if (exception_condition(esr, v->area->r.pstate) && (pair ? sysreg_trap_pair(v, esr) : sysreg_trap_word(v, esr)))
        vcpu_skip(v);
    else
        exit_coprocessor(v);
}

// What the guest has caused in its own world and EL2 was given: it takes it at EL1 as it is.
static void exit_reflect(struct vcpu *v)
{
    vcpu_inject(v, (uint32_t)v->area->r.err, v->area->r.pc);
}

// The same, with a class that tells EL0 from EL1.
static void exit_reflect_debug(struct vcpu *v)
{
    uint32_t esr = (uint32_t)v->area->r.err;
    unsigned of_el0 = esr >> L4_ESR_EC_SHIFT & 0x3e;
    uint32_t iss = esr & ((1u << L4_ESR_EC_SHIFT) - 1);
    vcpu_inject(v, exception_class(of_el0, v->area->r.pstate) << L4_ESR_EC_SHIFT | iss, v->area->r.pc);
}

// An error of a write that had ended for the guest: it stays pending until the guest takes it.
static void exit_serror(struct vcpu *v)
{
    log_guest(LOG_WARN, "SError 0x%lx: a passed-through device has answered with an error; the guest gets it",
              v->area->r.err);
    v->ext->hcr |= HCR_VSE;
}

static void exit_insn_abort(struct vcpu *v)
{
    abort_fetch(v, (uint32_t)v->area->r.err);
}

// An access to nothing: reported, reads give 0.
static __attribute__((noinline)) void access_nothing(struct vcpu *v, uint64_t addr, bool write,
                                                     unsigned reg)
{
    log_guest(LOG_WARN, "guest %s 0x%llx, where nothing is, at pc 0x%lx; %s", write ? "writes to" : "reads",
              (unsigned long long)addr, v->area->r.pc,
              vm.opt.fault_mode == FAULT_HALT ? "halting" : write ? "ignored" : "gives 0");
    if (vm.opt.fault_mode == FAULT_HALT)
        vcpu_fatal(v, "access to nothing");
    if (!write)
        vcpu_set_reg(v, reg, 0);
}

static __attribute__((noinline)) uint64_t sign_extend(uint64_t value, unsigned size, uint32_t esr)
{
    unsigned bits = 8u << size;
    if (bits == 64)
        return value;
    uint64_t v = (uint64_t)((int64_t)(value << (64 - bits)) >> (64 - bits));
    return esr & ESR_SF ? v : (uint32_t)v;
}

// Accesses come in bursts: the region of the last one is tried first.
static inline struct mmio_region const *find_region(struct vcpu *v, uint64_t addr)
{
    struct mmio_region const *m = v->last_mmio;
    if (__builtin_expect(!m || addr - m->start >= m->end - m->start, 0)) {
        m = mmio_map_find(&vm.mmio, addr);
        if (m)
            v->last_mmio = m;
    }
    return m;
}

static void exit_data_abort(struct vcpu *v)
{
    l4_vcpu_regs_t *r = &v->area->r;
    uint32_t esr = (uint32_t)r->err;
    if (__builtin_expect(!(esr & ESR_ISV), 0) || __builtin_expect(esr & ESR_EXTERNAL, 0)) {
        abort_data(v, esr);
        return;
    }
    unsigned size = esr >> 22 & 3;
    unsigned reg = esr >> 16 & 31;
    uint64_t addr = r->pfa;
    struct mmio_region const *m = find_region(v, addr);

    if (__builtin_expect(!m || !m->ops, 0)) {
        access_nothing(v, addr, esr & ESR_WNR, reg);
    } else if (esr & ESR_WNR) {
        uint64_t value = vcpu_reg(v, reg) & ~0ull >> (-(8u << size) & 63);
        m->ops->write(m->ctx, v, addr - m->start, size, value);
    } else {
        uint64_t value = m->ops->read(m->ctx, v, addr - m->start, size);
        if (__builtin_expect(esr & ESR_SSE, 0))
            value = sign_extend(value, size, esr);
        vcpu_set_reg(v, reg, value);
    }
    vcpu_skip(v);
}

static void exit_ppi(struct vcpu *v)
{
    atomic_store(&v->work, 1); // maintenance: list registers became free or ended
}

static void exit_message(struct vcpu *v)
{
    (void)v; // the kick's sender has set v->work
}

// Others had the CPU, and the guest wants to know how long.
static void exit_preempted(struct vcpu *v)
{
    if (v->stolen_shown)
        stolen_update(v);
}

static void (*const handlers[64])(struct vcpu *v) = {
    [EC_UNKNOWN] = exit_undef,
    [EC_WFX] = exit_wfx,
    [0x02] = exit_undef,
    [EC_CP15_32 ... EC_CP15_64] = exit_cp15,
    [EC_CP14_32 ... EC_CP14_LDC] = exit_coprocessor,
    [0x07] = exit_undef,
    [EC_CP10_ID] = exit_coprocessor,
    [EC_POINTER_AUTH] = exit_pointer_auth,
    [0x0a ... 0x0b] = exit_undef,
    [EC_CP14_64] = exit_coprocessor,
    [EC_BRANCH_TARGET ... EC_ILLEGAL] = exit_reflect,
    [0x0f ... 0x15] = exit_undef,
    [EC_HVC64] = exit_hvc,
    [EC_SMC64] = exit_smc,
    [EC_SYSREG] = exit_sysreg,
    [0x19 ... 0x1b] = exit_undef,
    [EC_POINTER_AUTH_FAIL] = exit_reflect,
    [0x1d ... 0x1f] = exit_undef,
    [EC_INSN_ABORT] = exit_insn_abort,
    [0x21] = exit_undef,
    [EC_PC_ALIGNMENT] = exit_reflect,
    [0x23] = exit_undef,
    [EC_DATA_ABORT] = exit_data_abort,
    [0x25] = exit_undef,
    [EC_SP_ALIGNMENT] = exit_reflect,
    [0x27] = exit_undef,
    [EC_FP32] = exit_reflect,
    [0x29 ... 0x2b] = exit_undef,
    [EC_FP64] = exit_reflect,
    [0x2d ... 0x2e] = exit_undef,
    [EC_SERROR] = exit_serror,
    [EC_BREAKPOINT ... EC_WATCHPOINT + 1] = exit_reflect_debug,
    [0x36 ... 0x37] = exit_undef,
    [EC_BKPT32] = exit_reflect,
    [0x39] = exit_undef,
    [EC_VECTOR_CATCH] = exit_reflect,
    [EC_BRK64] = exit_reflect,
    [L4_EC_PREEMPTION] = exit_preempted,
    [L4_EC_VIRTUAL_PPI] = exit_ppi,
    [L4_EC_EX_REGS] = exit_message,
    [L4_EC_IPC_UPCALL] = exit_message,
};

void vcpu_exit(struct vcpu *v)
{
    handlers[v->area->r.err >> L4_ESR_EC_SHIFT & 0x3f](v);
}
