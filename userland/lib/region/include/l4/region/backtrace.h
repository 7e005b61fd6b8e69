// SPDX-License-Identifier: MIT
// The calls in which a thread was when it failed, found by the frame records on its stack (AAPCS64). The thread may have left
// anything there: a record counts only inside the stack's region and above the one before. Pure logic, also used on the host.
#pragma once

#include <l4/region/map.h>

#define BACKTRACE_FRAMES_MAX 32

struct backtrace {
    uint64_t pc, lr, sp, fp;      // registers of the thread
    struct region_map const *map; // what lies where in its task
    // Two words at `at`, a multiple of 8 inside `stack`. False: they cannot be read.
    bool (*read)(struct region const *stack, uint64_t at, uint64_t words[2]);
    // Name of the program that has code at `pc`, and where its image begins. NULL: none has.
    char const *(*program)(struct region_map const *map, uint64_t pc, uint64_t *start);
    void (*print)(char const *line);
};

// Prints a line each for the program counter ("#0"), the link register where the frame record says something else ("lr": the
// caller of a function without a frame record, or left over), and each return address ("#1" ...):
//     #1 0x1002a5c hello+0x2a5c
// At most BACKTRACE_FRAMES_MAX return addresses.
void backtrace_print(struct backtrace const *b);
