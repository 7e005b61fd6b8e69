// SPDX-License-Identifier: MIT
#include "panic.h"
#include "debug/console.h"
#include "debug/print.h"

void kernel_panic(char const *text)
{
    console_flush();
    debug_print("kernel panic: %s\n", text);
    for (;;)
        asm volatile("wfe");
}
