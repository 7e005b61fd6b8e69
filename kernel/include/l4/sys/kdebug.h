// SPDX-License-Identifier: MIT
// Output for debugging, as to a kernel debugger. This kernel has none: the text goes to the program's log (L4_BASE_LOG_CAP, in
// every program the same slot). The message registers keep their content.
#pragma once

#include <l4/sys/vcon.h>

// Bytes without an end.
L4_INLINE void l4_kd_outnstring(char const *text, unsigned len)
{
    l4_utcb_t *u = l4_utcb();
    l4_msg_regs_t keep = u->msg;
    l4_vcon_write_u(L4_BASE_LOG_CAP, text, len, u);
    u->msg = keep;
}

L4_INLINE void l4_kd_outstring(char const *text)
{
    l4_kd_outnstring(text, (unsigned)__builtin_strlen(text));
}

L4_INLINE void l4_kd_outchar(char c)
{
    l4_kd_outnstring(&c, 1);
}

// Where L4Re's kernel would stop the machine and ask: prints the text and goes on.
L4_INLINE void l4_kd_enter(char const *text)
{
    l4_kd_outstring(text);
    l4_kd_outchar('\n');
}

// The lowest `digits` hexadecimal digits.
L4_INLINE void l4_kd_outhex_digits(l4_uint64_t number, unsigned digits)
{
    char text[16];
    for (unsigned i = 0; i < digits; i++)
        text[i] = "0123456789abcdef"[(number >> (4 * (digits - 1 - i))) & 0xf];
    l4_kd_outnstring(text, digits);
}

L4_INLINE void l4_kd_outhex64(l4_uint64_t number)
{
    l4_kd_outhex_digits(number, 16);
}

L4_INLINE void l4_kd_outhex32(l4_uint32_t number)
{
    l4_kd_outhex_digits(number, 8);
}

L4_INLINE void l4_kd_outhex20(l4_uint32_t number)
{
    l4_kd_outhex_digits(number, 5);
}

L4_INLINE void l4_kd_outhex16(l4_uint16_t number)
{
    l4_kd_outhex_digits(number, 4);
}

L4_INLINE void l4_kd_outhex12(l4_uint16_t number)
{
    l4_kd_outhex_digits(number, 3);
}

L4_INLINE void l4_kd_outhex8(l4_uint8_t number)
{
    l4_kd_outhex_digits(number, 2);
}

L4_INLINE void l4_kd_outumword(l4_umword_t number)
{
    l4_kd_outhex64(number);
}

L4_INLINE void l4_kd_outdec(l4_mword_t number)
{
    char text[21];
    unsigned at = sizeof(text);
    l4_umword_t n = number < 0 ? 0 - (l4_umword_t)number : (l4_umword_t)number;
    do {
        text[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    if (number < 0)
        text[--at] = '-';
    l4_kd_outnstring(text + at, (unsigned)sizeof(text) - at);
}
