// SPDX-License-Identifier: MIT
#include "debug/assert.h"
#include "debug/print.h"
#include "panic.h"
#include "sched/cpu.h"

#ifdef DEBUG
void assert_failed(char const *expression, char const *file, unsigned line)
{
    debug_print("\nCPU%u: %s:%u: this is not so: %s\n", this_cpu()->id, file, line, expression);
    kernel_panic("assertion failed");
}
#endif
