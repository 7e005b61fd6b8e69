// SPDX-License-Identifier: MIT
// Where a thread of the application was. Its stack is read by the guarded functions: the memory may be gone, and the program's
// other threads still run.
#include "runtime.h"

#include <l4/mem/guard.h>
#include <l4/re/rescue.h>
#include <l4/region/backtrace.h>
#include <stdio.h>
#include <string.h>

static bool read_words(struct region const *stack, uint64_t at, uint64_t words[2])
{
    (void)stack;
    struct guard_pair p = guard_load_pair((void const *)at);
    words[0] = p.first;
    words[1] = p.second;
    return p.first != ~0ull;
}

// Creator's region map without rescue jumps: nothing is read.
static bool read_nothing(struct region const *stack, uint64_t at, uint64_t words[2])
{
    (void)stack, (void)at, (void)words;
    return false;
}

static char const *program_at(struct region_map const *map, uint64_t pc, uint64_t *start)
{
    (void)map;
    if (pc < runtime.image_start || pc >= runtime.image_end)
        return NULL;
    *start = runtime.image_start;
    char const *slash = strrchr(runtime.binary, '/');
    return slash ? slash + 1 : runtime.binary;
}

static void print_line(char const *line)
{
    printf("  %s\n", line);
}

void show_backtrace(struct runtime const *rt, l4_exc_regs_t const *regs)
{
    struct backtrace b = {.pc = regs->pc, .lr = regs->r[30], .sp = regs->sp, .fp = regs->r[29], .map = &rt->map,
                          .read = l4re_guard_init() < 0 ? read_nothing : read_words, .program = program_at,
                          .print = print_line};
    puts("  backtrace (make backtrace names functions and lines):");
    backtrace_print(&b);
}
