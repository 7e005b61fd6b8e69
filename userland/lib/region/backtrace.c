// SPDX-License-Identifier: MIT
#include <l4/region/backtrace.h>

#include <inttypes.h>
#include <stdio.h>

enum { RECORD_BYTES = 16, WORD_BYTES = 8, INSTRUCTION_BYTES = 4, LINE_MAX_BYTES = 128, LABEL_BYTES = 8 };

// Where the next frame record may lie.
struct walk {
    struct region const *stack; // NULL: nowhere
    uint64_t low, fp;
};

// `at`: the instruction that the line is about, before `pc` for a return address.
static void print_line(struct backtrace const *b, char const *label, uint64_t pc, uint64_t at)
{
    char line[LINE_MAX_BYTES];
    uint64_t start = 0;
    char const *program = b->program(b->map, at, &start);

    if (program)
        snprintf(line, sizeof(line), "%s 0x%" PRIx64 " %.64s+0x%" PRIx64, label, pc, program, pc - start);
    else
        snprintf(line, sizeof(line), "%s 0x%" PRIx64, label, pc);
    b->print(line);
}

// The region of the frame pointer is the stack's if the stack pointer lies in it, or where no memory is: a stack that
// overflowed.
static struct walk walk_begin(struct backtrace const *b)
{
    struct region const *stack = region_map_find(b->map, b->fp), *at_sp = region_map_find(b->map, b->sp);
    struct walk w = {.fp = b->fp};

    if (!stack || !stack->memory || (at_sp && at_sp != stack && at_sp->memory))
        return w;
    w.stack = stack;
    w.low = at_sp == stack ? b->sp : stack->start;
    return w;
}

// The return address in the next frame record; false at the end of the chain.
static bool walk_next(struct backtrace const *b, struct walk *w, uint64_t *pc)
{
    uint64_t record[2];

    if (!w->stack || w->fp < w->low || w->fp % WORD_BYTES || w->fp > w->stack->end - (RECORD_BYTES - 1) ||
        !b->read(w->stack, w->fp, record))
        return false;
    w->low = w->fp + RECORD_BYTES;
    w->fp = record[0];
    *pc = record[1];
    return *pc != 0;
}

void backtrace_print(struct backtrace const *b)
{
    struct walk w = walk_begin(b);
    char label[LABEL_BYTES];
    uint64_t pc = 0;
    bool more = walk_next(b, &w, &pc);

    print_line(b, "#0", b->pc, b->pc);
    if (b->lr && b->lr != b->pc && !(more && pc == b->lr))
        print_line(b, "lr", b->lr, b->lr - INSTRUCTION_BYTES);
    for (unsigned i = 1; more && i <= BACKTRACE_FRAMES_MAX; i++, more = walk_next(b, &w, &pc)) {
        snprintf(label, sizeof(label), "#%u", i);
        print_line(b, label, pc, pc - INSTRUCTION_BYTES);
    }
    if (more)
        b->print("and more");
}
