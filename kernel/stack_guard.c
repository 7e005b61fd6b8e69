// SPDX-License-Identifier: MIT
// What the compiler's stack protector asks for. Functions that hold arrays put a copy of the guard between these and their
// return address, and compare before they return. Those of the usual paths hold none.
#include "stack_guard.h"
#include "debug/print.h"
#include "panic.h"

// Its lowest byte is 0: a string that is copied too far cannot put it there again.
#define NO_STRING 0xffull

extern uint64_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

__attribute__((used)) uint64_t __stack_chk_guard = 0x6c6172617368a500; // without a seed

void stack_guard_init(uint64_t random)
{
    if (random)
        __stack_chk_guard = random & ~NO_STRING;
}

__attribute__((used)) void __stack_chk_fail(void)
{
    debug_print("kernel: the function before pc %lx has written past its variables\n", (uint64_t)__builtin_return_address(0));
    kernel_panic("the stack is damaged");
}
