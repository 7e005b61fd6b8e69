// SPDX-License-Identifier: MIT
// In the place of kernel/arch/arm64/serror.c: an emulator has no SError interrupts (tests/kernel/serror). Who has the magic
// number PENDING in x28 while it runs has left one behind, once. With AT_ONCE an undefined instruction or HVC is one that is
// taken there.
#include "arch/arm64/serror.h"
#include <arch/exception.h>
#include <arch/sysreg.h>

enum { IL = 1 << 25, MARK_PENDING = 0x2a, MARK_AT_ONCE = 0x2b };
#define PENDING 0x5e55e5e55e55e5e5ull
#define AT_ONCE 0x5e55e5e55e55a1a1ull

static uint64_t taken(struct cpu *cpu, unsigned mark)
{
    cpu->frame->r[28] = 0;
    return (uint64_t)EC_SERROR << L4_ESR_EC_SHIFT | IL | mark;
}

uint64_t serror_collect(struct cpu *cpu)
{
    return cpu->frame && cpu->frame->r[28] == PENDING ? taken(cpu, MARK_PENDING) : 0;
}

// The linker puts the one in the place of the other (mk/kernel.mk).
void __real_exception_sync(struct cpu *cpu, uint64_t esr);
void __wrap_exception_sync(struct cpu *cpu, uint64_t esr);

void __wrap_exception_sync(struct cpu *cpu, uint64_t esr)
{
    unsigned ec = (unsigned)(esr >> L4_ESR_EC_SHIFT);
    if (cpu->frame->r[28] != AT_ONCE || (ec != EC_UNKNOWN && ec != EC_HVC64)) {
        __real_exception_sync(cpu, esr);
        return;
    }
    if (ec == EC_UNKNOWN)
        cpu->frame->pc += 4;
    exception_serror(cpu, taken(cpu, MARK_AT_ONCE));
}
