// SPDX-License-Identifier: MIT
#include "exception.h"

#include "check.h"
#include "interrupt.h"
#include "smp.h"

void exception_taken(struct frame *f);
extern char el0_return[];

struct frame const *caught(void)
{
    return &this_cpu()->caught;
}

unsigned class_of(struct frame const *f)
{
    return f->esr >> 26 & 0x3f;
}

void expect(void)
{
    this_cpu()->caught.esr = 0;
    this_cpu()->happened = false;
    this_cpu()->expected = true;
}

bool happened(void)
{
    this_cpu()->expected = false;
    return this_cpu()->happened;
}

bool has_pan(void)
{
    return read_sysreg("id_aa64mmfr1_el1") >> 20 & 15;
}

bool caught_pan(void)
{
    return this_cpu()->caught_pan;
}

static void record(struct cpu *c, struct frame const *f)
{
    c->caught = *f;
    c->caught_pan = has_pan() && read_sysreg("S3_0_C4_C2_3") >> 22 & 1; // PAN
    c->happened = true;
}

// Where the interrupted code goes on. Nothing is at the address that a jump to nowhere reached: back to who jumped.
static uint64_t resume_at(struct frame *f)
{
    switch (class_of(f)) {
    case EC_INSN_ABORT:
    case EC_PC_ALIGNMENT:
        return f->x[30];
    case EC_BREAKPOINT:
    case EC_STEP:
    case EC_WATCHPOINT: // the instruction has not been executed, and is with debug exceptions masked
        f->spsr |= SPSR_D;
        return f->elr;
    case EC_SVC: // its return address is behind it
        return f->elr;
    default:
        return f->elr + (f->esr & ESR_IL ? 4 : 2);
    }
}

void exception_taken(struct frame *f)
{
    struct cpu *c = this_cpu();
    unsigned kind = f->vector & 3;
    if (kind == 1 || kind == 2) {
        interrupt_taken(kind == 2);
    } else if (kind == 0 && f->vector >= VECTOR_SYNC_LOWER64) {
        record(c, f);
        f->elr = (uintptr_t)el0_return;
        f->spsr = SPSR_DAIF | SPSR_EL1H;
    } else if (kind == 0 && c->expected) {
        record(c, f);
        f->elr = resume_at(f);
        f->spsr &= ~(1ull << 20 | 3ull << 10); // IL and BTYPE: the next instruction would raise the same
        if (f->spsr & SPSR_SS)
            f->spsr ^= SPSR_SS | SPSR_D; // a step ends with it
    } else {
        irqs_off();
        check("unexpected exception: vector", f->vector, ~0ull);
        give_up("unexpected exception: ESR, ELR", f->esr, f->elr);
    }
}
