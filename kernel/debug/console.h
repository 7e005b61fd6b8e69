// SPDX-License-Identifier: MIT
// The console UART. A text is sent in pieces, each no more than the line has room for now: nobody waits for a slow line
// with interrupts masked. What is left is sent by the CPU that left it, at timer interrupts (console_tick), where no other
// CPU's lock is held, or by who comes to send next. Texts are never mixed. The kernel's own lines (log.h) go before those
// of programs.
#pragma once
#include <ashlar/boot_info.h>
#include <stdbool.h>
#include <stddef.h>

struct uart;

enum { CONSOLE_TEXT_MAX = 512 };

// Makes the UART usable (early).
void console_init(struct boot_info const *bi);
// NULL: there is none.
struct uart *console_uart(void);

// One CPU at a time; who does not get it comes again. Taken by those who hold a local lock, for a short time.
bool console_lock_try(void);
void console_unlock(void);
// Takes a text of up to CONSOLE_TEXT_MAX characters and begins to send it. False when what came before it is not out yet:
// nothing is taken. The caller holds console_lock_try().
bool console_send(char const *text, size_t len);

// There is something to be sent: this CPU attends to it, if none does yet.
void console_attend(void);
// At each timer interrupt.
void console_tick(void);

// For the start and the end of the kernel: sends text, LF as CR LF, and waits for the line.
void console_write(char const *s, size_t len);
// The same with all that waits.
void console_flush(void);
