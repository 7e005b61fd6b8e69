// SPDX-License-Identifier: MIT
// What made the guest leave, by exception class (Arm ARM, ESR_EL2), and who emulates it.
#include "vcpu/id_regs.h"
#include "log.h"
#include "vcpu/smccc.h"
#include "vcpu/sysreg.h"
#include "vcpu/timer.h"
#include "vcpu/vcpu.h"
#include "vm.h"

enum {
    EC_UNKNOWN = 0x00,
    EC_WFX = 0x01,
    EC_CP15_32 = 0x03,
    EC_CP15_64 = 0x04,
    EC_CP14_32 = 0x05,
    EC_CP14_LDC = 0x06,
    EC_FP = 0x07,
    EC_CP14_64 = 0x0c,
    EC_ILLEGAL = 0x0e,
    EC_HVC32 = 0x12,
    EC_SMC32 = 0x13,
    EC_HVC64 = 0x16,
    EC_SMC64 = 0x17,
    EC_SYSREG = 0x18,
    EC_SVE = 0x19,
    EC_INSN_ABORT = 0x20,
    EC_DATA_ABORT = 0x24,
    EC_SERROR = 0x2f,
};

#define ESR_CM (1u << 8)   // cache maintenance
#define ESR_ISV (1u << 24) // size and register are described
#define ESR_WNR (1u << 6)
#define ESR_SSE (1u << 21) // sign extension
#define ESR_SF (1u << 15)  // to 64 bits
#define WFX_WFE 1u
#define HCR_VSE (1ull << 8)

static void exit_wfx(struct vcpu *v)
{
    v->area->r.pc += 4;
    if (!(v->area->r.err & WFX_WFE))
        vcpu_wait_for_interrupt(v);
}

static void exit_hvc(struct vcpu *v)
{
    smccc_call(v, SMCCC_HVC, v->area->r.err & 0xffff);
}

static void exit_smc(struct vcpu *v)
{
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
    vgic_write_sgir(&vm.gic, v->id, vcpu_reg(v, iss >> 5 & 31), false);
}

static void exit_undef(struct vcpu *v)
{
    log_info("CPU %u: exception class 0x%02lx at pc 0x%lx becomes an undefined instruction", v->id,
             v->area->r.err >> L4_ESR_EC_SHIFT & 0x3f, v->area->r.pc);
    vcpu_inject_undef(v);
}

// External aborts and parity errors, of the access or of a table walk for it: the memory system answered with an error.
static bool is_external(uint32_t esr)
{
    return (esr & 0x30) == 0x10;
}

// The guest gets it as it would have without a hypervisor: the class is that of its own level, or of its EL0.
static void inject_external(struct vcpu *v, unsigned class_of_el0, uint32_t status)
{
    log_warn("external abort at pc 0x%lx: a passed-through device did not answer", v->area->r.pc);
    uint32_t class = class_of_el0 | ((v->area->r.pstate & 0xf) ? 1u : 0u);
    vcpu_inject(v, class << L4_ESR_EC_SHIFT | 1u << 25 | 1u << 10 | status, 0);
}

// An error of a write that had ended for the guest: it stays pending until the guest takes it.
static void exit_serror(struct vcpu *v)
{
    static atomic_uint count;
    if (atomic_fetch_add(&count, 1) < 20)
        log_warn("SError 0x%lx: a passed-through device has answered with an error; the guest gets it", v->area->r.err);
    v->ext->hcr |= HCR_VSE;
}

static void exit_insn_abort(struct vcpu *v)
{
    if (is_external((uint32_t)v->area->r.err)) {
        inject_external(v, EC_INSN_ABORT, v->area->r.err & 0x3f);
        return;
    }
    vcpu_fatal(v, "the guest executes at 0x%lx, where there is no memory", v->area->r.pfa);
}

static void exit_unknown(struct vcpu *v)
{
    vcpu_fatal(v, "unexpected exit");
}

// An access to nothing: reported, reads give 0.
static __attribute__((noinline)) void access_nothing(struct vcpu *v, uint64_t addr, bool write,
                                                     unsigned reg)
{
    static atomic_uint count;
    unsigned n = atomic_fetch_add(&count, 1);
    if (n < 100)
        log_warn("guest %s 0x%llx, where nothing is, at pc 0x%lx; %s",
                 write ? "writes to" : "reads",
                 (unsigned long long)addr, v->area->r.pc,
                 vm.opt.fault_mode == FAULT_HALT ? "halting" : write ? "ignored" : "gives 0");
    if (n == 99)
        log_warn("further accesses to nothing are not reported");
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

static __attribute__((noinline)) void abort_undecodable(struct vcpu *v, uint32_t esr)
{
    if (is_external(esr)) {
        inject_external(v, EC_DATA_ABORT, esr & 0x3f);
        return;
    }
    if (esr & ESR_CM) { // cache maintenance of nothing
        v->area->r.pc += 4;
        return;
    }
    vcpu_fatal(v, "the guest accesses 0x%lx by an instruction that cannot be emulated",
               v->area->r.pfa);
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
    if (__builtin_expect(!(esr & ESR_ISV) || is_external(esr), 0)) {
        abort_undecodable(v, esr);
        return;
    }
    unsigned size = esr >> 22 & 3;
    unsigned reg = esr >> 16 & 31;
    uint64_t addr = r->pfa;
    struct mmio_region const *m = find_region(v, addr);

    if (__builtin_expect(!m || !m->ops, 0)) {
        access_nothing(v, addr, esr & ESR_WNR, reg);
    } else if (esr & ESR_WNR) {
        uint64_t value = vcpu_reg(v, reg) & ~0ull >> (64 - (8u << size));
        m->ops->write(m->ctx, v, addr - m->start, size, value);
    } else {
        uint64_t value = m->ops->read(m->ctx, v, addr - m->start, size);
        if (__builtin_expect(esr & ESR_SSE, 0))
            value = sign_extend(value, size, esr);
        vcpu_set_reg(v, reg, value);
    }
    v->area->r.pc += 4;
}

static void exit_ppi(struct vcpu *v)
{
    atomic_store(&v->work, 1); // maintenance: list registers became free or ended
}

static void exit_message(struct vcpu *v)
{
    (void)v; // the kick's sender has set v->work
}

static void (*const handlers[64])(struct vcpu *v) = {
    [EC_UNKNOWN] = exit_undef,
    [EC_WFX] = exit_wfx,
    [EC_CP15_32] = exit_undef,
    [EC_CP15_64] = exit_undef,
    [EC_CP14_32] = exit_undef,
    [EC_CP14_LDC] = exit_undef,
    [EC_FP] = exit_undef,
    [EC_CP14_64] = exit_undef,
    [EC_ILLEGAL] = exit_unknown,
    [EC_HVC32] = exit_hvc,
    [EC_SMC32] = exit_smc,
    [EC_HVC64] = exit_hvc,
    [EC_SMC64] = exit_smc,
    [EC_SYSREG] = exit_sysreg,
    [EC_SVE] = exit_undef,
    [EC_INSN_ABORT] = exit_insn_abort,
    [EC_DATA_ABORT] = exit_data_abort,
    [EC_SERROR] = exit_serror,
    [L4_EC_VIRTUAL_PPI] = exit_ppi,
    [L4_EC_EX_REGS] = exit_message,
    [L4_EC_IPC_UPCALL] = exit_message,
};

void vcpu_exit(struct vcpu *v)
{
    void (*handler)(struct vcpu *) = handlers[v->area->r.err >> L4_ESR_EC_SHIFT & 0x3f];
    if (__builtin_expect(!handler, 0))
        handler = exit_unknown;
    handler(v);
}
