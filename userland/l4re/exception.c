// SPDX-License-Identifier: MIT
// Exceptions of the application (kernel-abi 4.17) end it, but where it has asked for a rescue jump: registers and regions
// are shown, then the creator gets 128 + the number of the signal that a POSIX system would raise.
#include "runtime.h"

#include <l4/re/abort.h>
#include <l4/re/c/parent.h>
#include <stdio.h>

enum { SIGNAL_ILL = 4, SIGNAL_TRAP = 5, SIGNAL_ABRT = 6, SIGNAL_BUS = 7, SIGNAL_FPE = 8, SIGNAL_SEGV = 11 };

enum { EC_BRK = 0x3c, BRK_NUMBER = 0xffff }; // Arm ARM, ISS encoding of BRK

static struct {
    unsigned ec;
    unsigned signal;
    char const *name;
} const kinds[] = {
    // exception classes: Arm ARM, ESR_ELx
    {0x00, SIGNAL_ILL, "undefined instruction"},
    {0x07, SIGNAL_ILL, "floating point is not accessible"},
    {0x0e, SIGNAL_ILL, "illegal execution state"},
    {0x15, SIGNAL_ILL, "system call"},
    {0x18, SIGNAL_ILL, "access to a system register"},
    {0x19, SIGNAL_ILL, "SVE instruction"},
    {0x20, SIGNAL_SEGV, "instruction abort"},
    {0x21, SIGNAL_SEGV, "instruction abort"},
    {0x22, SIGNAL_BUS, "misaligned program counter"},
    {0x24, SIGNAL_SEGV, "data abort"},
    {0x25, SIGNAL_SEGV, "data abort"},
    {0x26, SIGNAL_BUS, "misaligned stack pointer"},
    {0x2c, SIGNAL_FPE, "floating point exception"},
    {EC_BRK, SIGNAL_TRAP, "breakpoint instruction"},
};

static void show_registers(l4_exc_regs_t const *r)
{
    for (unsigned i = 0; i < 31; i++)
        printf("  x%-2u %016lx%s", i, r->r[i], i % 4 == 3 ? "\n" : "");
    printf("  sp  %016lx\n", r->sp);
    printf("  pc  %016lx  pstate %08lx  esr %08lx  far %016lx\n", r->pc, r->pstate, r->err, r->pfa);
}

static void show_regions(struct region_list const *l)
{
    for (unsigned i = 0; i < l->count; i++) {
        struct region const *r = &l->r[i];
        struct memory const *m = r->memory;
        printf("  [%012lx, %012lx] %c%c%c", r->start, r->end, r->flags & L4RE_RM_F_R ? 'r' : '-',
               r->flags & L4RE_RM_F_W ? 'w' : '-', r->flags & L4RE_RM_F_X ? 'x' : '-');
        if (r->flags & L4RE_RM_F_PAGER)
            printf(" of the runtime\n");
        else if (m)
            printf(" dataspace %lx offset %#lx\n", m->ds >> L4_CAP_SHIFT, (unsigned long)(r->offset - m->base));
        else
            printf(" no memory\n");
    }
}

// Whether a thread has left its stack by the page below, which holds nothing: the stack pointer is at the end of a region, and
// the address just below it.
static bool is_overflow(struct region_map const *m, l4_exc_regs_t const *r)
{
    l4_addr_t page = l4_trunc_page(r->pfa), above = page + L4_PAGESIZE;
    struct region const *stack = region_map_overlap(m, page, 2 * L4_PAGESIZE);
    return stack && stack->start == above && (stack->flags & L4RE_RM_F_W) && r->sp + L4_PAGESIZE >= page &&
           r->sp < above + L4_PAGESIZE;
}

// The program has said why.
static L4_NORETURN void end_aborted(struct runtime *rt, l4_exc_regs_t const *r)
{
    runtime_message("aborted at pc %#lx", r->pc);
    show_backtrace(rt, r);
    runtime_message("ends with status %u", 128 + SIGNAL_ABRT);
    l4re_task_exit(128 + SIGNAL_ABRT);
}

l4_msgtag_t exception_handle(struct runtime *rt, l4_msgtag_t tag, l4_utcb_t *u)
{
    l4_exc_regs_t regs = *l4_utcb_exc_u(u);
    unsigned ec = (unsigned)(l4_utcb_exc_typeval(&regs) & 0x3f);
    unsigned signal = SIGNAL_ILL;
    char const *name = "unexpected exception";
    l4_msgtag_t reply;

    if (l4_msgtag_words(tag) < L4_UTCB_EXCEPTION_REGS_SIZE)
        return msg_reply_err(-L4_EMSGTOOSHORT); // no kernel message
    if (ec == L4_EC_EX_REGS)
        return l4_msgtag(0, 0, 0,
                         0); // asked for by a thread of the program itself; nobody handles it
    if (rescue_reply(&rt->rescue, u, &reply))
        return reply;
    if (ec == EC_BRK && (regs.err & BRK_NUMBER) == L4RE_BRK_ABORT)
        end_aborted(rt, &regs);
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].ec == ec) {
            signal = kinds[i].signal;
            name = kinds[i].name;
        }
    }
    runtime_message("%s (class %#x) at pc %#lx, fault address %#lx", name, ec, regs.pc, regs.pfa);
    if (signal == SIGNAL_SEGV && is_overflow(&rt->map, &regs))
        runtime_message("a stack has overflown: sp %#lx is at the guard page below it", regs.sp);
    show_registers(&regs);
    puts("  regions:");
    show_regions(&rt->map.regions);
    show_backtrace(rt, &regs);
    runtime_message("ends with status %u", 128 + signal);
    l4re_task_exit(128 + signal);
}
