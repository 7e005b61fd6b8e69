// SPDX-License-Identifier: MIT
#include "console.h"

#include "cpu.h"

enum { UART_DR = 0x00, UART_FR = 0x18, FR_TXFF = 1 << 5, PRINT_CHARACTER = (int)0x86000000 };

static uintptr_t pl011;
static bool hypercall;

void console_use_hypercall(void)
{
    hypercall = true;
}

void console_use_pl011(uintptr_t base)
{
    pl011 = base;
}

static void put_by_hypercall(char c)
{
    register uint64_t x0 __asm__("x0") = (uint32_t)PRINT_CHARACTER;
    register uint64_t x1 __asm__("x1") = (uint8_t)c;
    __asm__ volatile("hvc #1" : "+r"(x0), "+r"(x1) : : "x2", "x3", "memory");
}

static void put_char(char c)
{
    if (hypercall) {
        put_by_hypercall(c);
    } else if (pl011) {
        while (load32(pl011 + UART_FR) & FR_TXFF)
            ;
        store32(pl011 + UART_DR, (uint8_t)c);
    }
}

void put_text(char const *s)
{
    for (; *s; s++)
        put_char(*s);
}

void put_hex(uint64_t n)
{
    put_text("0x");
    unsigned shift = 60;
    while (shift && !(n >> shift))
        shift -= 4;
    for (;; shift -= 4) {
        put_char("0123456789abcdef"[n >> shift & 15]);
        if (!shift)
            return;
    }
}

void put_number(uint64_t n)
{
    char digits[21];
    unsigned i = sizeof(digits) - 1;
    digits[i] = 0;
    do
        digits[--i] = (char)('0' + n % 10);
    while (n /= 10);
    put_text(digits + i);
}
