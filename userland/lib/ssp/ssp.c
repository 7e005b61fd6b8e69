// SPDX-License-Identifier: MIT
#include <l4/ssp/ssp.h>
#include <l4/sys/vcon.h>

#define NO_STRING 0xfful // a guard's lowest byte is 0: no string can put it there again

extern uintptr_t __stack_chk_guard;
L4_NORETURN void __stack_chk_fail(void);
L4_NORETURN void __chk_fail(void);

uintptr_t __stack_chk_guard = 0x6c6172617368a500; // without randomness
__attribute__((weak)) char const ssp_program[] = "root program";

void ssp_init(uint64_t random)
{
    if (random)
        __stack_chk_guard = random & ~NO_STRING;
}

static void say(char const *text)
{
    l4_vcon_write(L4_BASE_LOG_CAP, text, (unsigned)__builtin_strlen(text));
}

static void say_address(uintptr_t a)
{
    enum { DIGITS = 2 * sizeof(a) };
    static char text[DIGITS + 1];
    for (unsigned i = 0; i < DIGITS; i++)
        text[i] = "0123456789abcdef"[a >> 4 * (DIGITS - 1 - i) & 15];
    say(text);
}

__attribute__((weak)) void ssp_fail(char const *what, void const *pc)
{
    say(ssp_program);
    say(": ");
    say(what);
    say(", before pc 0x");
    say_address((uintptr_t)pc);
    say("\n");
    for (;;)
        __builtin_trap();
}

void __stack_chk_fail(void)
{
    ssp_fail("a function has written past its variables on the stack", __builtin_return_address(0));
}

void __chk_fail(void)
{
    ssp_fail("a copy would have gone past the end of its buffer", __builtin_return_address(0));
}
