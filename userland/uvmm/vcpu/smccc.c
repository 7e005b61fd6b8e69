// SPDX-License-Identifier: MIT
#include "vcpu/smccc.h"

#include "vcpu/id_regs.h"
#include "log.h"
#include "vcpu/psci.h"
#include "vcpu/stolen.h"
#include "vcpu/trng.h"
#include "vcpu/vcpu.h"
#include "vm.h"

enum { HVC_PRINT_IMM = 1 };

static struct lock print_lock; // of all vCPUs' lines

void smccc_init(void)
{
    lock_init(&print_lock);
}

static void end_line(struct print_line *p)
{
    if (p->size)
        log_line("GUEST: %.*s", (int)p->size, p->text);
    p->size = 0;
}

// HVC #1 with x0 = 0x86000000: a character for uvmm's log, a line at a time. Each vCPU has its own: those of two do not mix.
static void print_char(struct print_line *p, char c)
{
    LOCK_SCOPE(&print_lock);
    if (c != '\n' && c != '\r')
        p->text[p->size++] = c;
    if (c == '\n' || p->size == sizeof(p->text))
        end_line(p);
}

void smccc_flush(void)
{
    LOCK_SCOPE(&print_lock);
    for (unsigned i = 0; i < vm.num_cpus; i++)
        end_line(&vm.cpus[i].print);
}

enum { // result of SMCCC_ARCH_FEATURES for a workaround
    CALL_HELPS = 0,
    NOT_AFFECTED = 1,
    NOT_SUPPORTED = -1,
};

// What the kernel says of this machine's CPUs. A call has its effect on the way here: the exit itself does what is needed.
static int workaround(struct vcpu const *v, unsigned shift)
{
    switch (l4_vcpu_ext_info(v->area)->features >> shift & 3) {
    case L4_VCPU_MITIGATED:
        return CALL_HELPS;
    case L4_VCPU_UNAFFECTED:
        return NOT_AFFECTED;
    default:
        return NOT_SUPPORTED;
    }
}

static int arch_feature(struct vcpu const *v, uint32_t fn)
{
    switch (fn) {
    case SMCCC_VERSION:
    case SMCCC_ARCH_FEATURES:
        return 0;
    case SMCCC_PV_TIME_FEATURES:
        return stolen_features(fn);
    case SMCCC_ARCH_WORKAROUND_1:
        return workaround(v, L4_VCPU_BRANCH_TARGETS_SHIFT);
    case SMCCC_ARCH_WORKAROUND_2:
        return workaround(v, L4_VCPU_STORE_BYPASS_SHIFT);
    case SMCCC_ARCH_WORKAROUND_3:
        return workaround(v, L4_VCPU_BRANCH_HISTORY_SHIFT);
    default:
        return NOT_SUPPORTED;
    }
}

// Is it a call of the architecture service or of one of the standard services, of which most do not exist?
static bool is_standard(uint32_t fn)
{
    uint32_t owner = fn & SMCCC_OWNER;
    return (fn & SMCCC_FAST) && (!owner || owner == SMCCC_STANDARD || owner == SMCCC_STANDARD_HYP || owner == SMCCC_VENDOR_HYP);
}

// Answers `fn` if it is one of those.
static bool standard_call(struct vcpu *v, uint32_t fn)
{
    int64_t result = NOT_SUPPORTED;
    if (!is_standard(fn))
        return false;
    if (fn == SMCCC_VERSION)
        result = SMCCC_1_1;
    else if (fn == SMCCC_ARCH_FEATURES)
        result = arch_feature(v, (uint32_t)vcpu_reg(v, 1));
    else if (fn == SMCCC_PV_TIME_FEATURES)
        result = stolen_features((uint32_t)vcpu_reg(v, 1));
    else if (fn == SMCCC_PV_TIME_ST)
        result = stolen_start(v);
    else if (arch_feature(v, fn) >= 0)
        result = 0;
    vcpu_set_reg(v, 0, (uint64_t)result);
    return true;
}

static void unhandled(struct vcpu *v, enum smccc_conduit conduit, unsigned imm)
{
    // A guest may ask for what does not exist; that is how it finds out.
    log_guest(LOG_INFO, "no handler for %s #%u: x0 0x%llx x1 0x%llx, pc 0x%lx",
              conduit == SMCCC_HVC ? "HVC" : "SMC", imm, (unsigned long long)vcpu_reg(v, 0),
              (unsigned long long)vcpu_reg(v, 1), v->area->r.pc - 4);
    vcpu_set_reg(v, 0, ~0ull);
}

// Rare: only at the guest's start.
static __attribute__((noinline)) void not_psci(struct vcpu *v, enum smccc_conduit conduit)
{
    uint32_t fn = (uint32_t)vcpu_reg(v, 0);
    if (!trng_call(v, fn) && !standard_call(v, fn))
        unhandled(v, conduit, 0);
}

void smccc_call(struct vcpu *v, enum smccc_conduit conduit, unsigned imm)
{
    uint32_t fn = (uint32_t)vcpu_reg(v, 0);
    if (__builtin_expect(imm != 0, 0)) {
        if (v->probe && imm == ID_PROBE_HVC) {
            id_probe_hvc(v);
            return;
        }
        vcpu_skip_call(v);
        if (imm == HVC_PRINT_IMM && (fn == 0x86000000 || fn == 0xc6000000))
            print_char(&v->print, (char)vcpu_reg(v, 1));
        else
            unhandled(v, conduit, imm);
        return;
    }
    vcpu_skip_call(v);
    if (!psci_call(v, fn))
        not_psci(v, conduit);
}
