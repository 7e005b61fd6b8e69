// SPDX-License-Identifier: MIT
#include "smccc.h"

#include "id_regs.h"
#include "log.h"
#include "psci.h"
#include "vcpu.h"
#include "vm.h"

#include <stdio.h>

enum { HVC_PRINT_IMM = 1, LINE_SIZE = 255 };

static struct lock print_lock;

void smccc_init(void)
{
    lock_init(&print_lock);
}

// HVC #1 with x0 = 0x86000000: a character for uvmm's log, a line at a time.
static void print_char(char c)
{
    static char line[LINE_SIZE + 1];
    static unsigned len;
    lock_acquire(&print_lock);
    if (c != '\n' && c != '\r')
        line[len++] = c;
    if (len && (c == '\n' || len == LINE_SIZE)) {
        line[len] = 0;
        fp_protect();
        printf("GUEST: %s\n", line);
        len = 0;
    }
    lock_release(&print_lock);
}

static void unhandled(struct vcpu *v, enum smccc_conduit conduit, unsigned imm)
{
    static atomic_uint count;
    // A guest may ask for what does not exist; that is how it finds out.
    if (atomic_fetch_add(&count, 1) < 20)
        log_info("no handler for %s #%u: x0 0x%llx x1 0x%llx, pc 0x%lx",
                 conduit == SMCCC_HVC ? "HVC" : "SMC", imm, (unsigned long long)vcpu_reg(v, 0),
                 (unsigned long long)vcpu_reg(v, 1), v->area->r.pc - 4);
    vcpu_set_reg(v, 0, ~0ull);
}

void smccc_call(struct vcpu *v, enum smccc_conduit conduit, unsigned imm)
{
    uint32_t fn = (uint32_t)vcpu_reg(v, 0);
    if (__builtin_expect(imm != 0, 0)) {
        if (v->probe && imm == ID_PROBE_HVC) {
            id_probe_hvc(v);
            return;
        }
        v->area->r.pc += 4;
        if (imm == HVC_PRINT_IMM && (fn == 0x86000000 || fn == 0xc6000000))
            print_char((char)vcpu_reg(v, 1));
        else
            unhandled(v, conduit, imm);
        return;
    }
    v->area->r.pc += 4;
    if (!psci_call(v, fn))
        unhandled(v, conduit, imm);
}
