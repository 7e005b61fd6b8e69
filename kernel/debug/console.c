// SPDX-License-Identifier: MIT
#include "debug/console.h"
#include <arch/kernel_map.h>
#include <arch/timer.h>
#include "debug/log.h"
#include "lock/lock.h"
#include "sched/cpu.h"
#include "uart/uart.h"

// Characters that one CPU sends in one go, and how long a line takes none before its text is given up: a dead line must
// not stop its writers for ever, and the slowest has a character out in 10 ms.
enum { PIECE = 64, PATIENCE_US = 200000 };
_Static_assert((int)CONSOLE_TEXT_MAX >= (int)LOG_TAKE_MAX, "a line of the log is one text");

static struct uart uart;
static bool uart_ready;

static struct lock lock; // of what follows
static struct {
    char text[CONSOLE_TEXT_MAX];
    size_t len, done;
    uint64_t since; // when the line last took something
} unsent;

static uint32_t attendant; // the CPU that looks after what waits, its id + 1; 0: nothing waits

void console_init(struct boot_info const *bi)
{
    if (!bi->uart.driver || (bi->flags & BOOT_FLAG_NO_SERIAL))
        return;
    uart.ops = uart_of_number(bi->uart.driver);
    if (!uart.ops)
        return;
    uart.base = kernel_map_device(bi->uart.phys, bi->uart.size ? bi->uart.size : 0x1000);
    uart.reg_shift = bi->uart.reg_shift;
    uart.reg_width = bi->uart.reg_width;
    uart_ready = true;
}

struct uart *console_uart(void)
{
    return uart_ready ? &uart : NULL;
}

bool console_lock_try(void)
{
    return lock_try(&lock);
}

void console_unlock(void)
{
    lock_release(&lock);
}

// True when nothing is left of the text.
static bool send_unsent(size_t *budget)
{
    size_t n = unsent.len - unsent.done;
    if (n > *budget)
        n = *budget;
    if (!n)
        return unsent.done == unsent.len;
    size_t sent = uart_write_some(&uart, unsent.text + unsent.done, n);
    uint64_t now = timer_now();
    *budget -= sent;
    unsent.done += sent;
    if (sent)
        unsent.since = now;
    else if (now - unsent.since > timer_us_to_ticks(PATIENCE_US))
        unsent.done = unsent.len;
    return unsent.done == unsent.len;
}

static void begin(size_t len)
{
    unsent.len = len;
    unsent.done = 0;
    unsent.since = timer_now();
}

// True when all that waited is out.
static bool send_waiting(size_t *budget)
{
    while (send_unsent(budget)) {
        size_t len = log_take(unsent.text);
        if (!len)
            return true;
        begin(len);
    }
    return false;
}

bool console_send(char const *text, size_t len)
{
    size_t budget = PIECE;
    bool taken = send_waiting(&budget);
    if (taken) {
        __builtin_memcpy(unsent.text, text, len);
        begin(len);
        send_unsent(&budget);
    }
    if (unsent.done < unsent.len)
        console_attend();
    return taken;
}

void console_attend(void)
{
    uint32_t nobody = 0;
    if (__atomic_compare_exchange_n(&attendant, &nobody, this_cpu()->id + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        timer_tick(true);
}

void console_tick(void)
{
    if (L4_LIKELY(__atomic_load_n(&attendant, __ATOMIC_RELAXED) != this_cpu()->id + 1) || !console_lock_try())
        return;
    size_t budget = PIECE;
    if (send_waiting(&budget) && !log_waits()) {
        timer_tick(false);
        __atomic_store_n(&attendant, 0, __ATOMIC_SEQ_CST);
        if (log_waits()) // from a CPU that still saw an attendant
            console_attend();
    }
    console_unlock();
}

void console_write(char const *s, size_t len)
{
    if (uart_ready)
        uart_write(&uart, s, len);
}

void console_flush(void)
{
    size_t len;
    console_write(unsent.text + unsent.done, unsent.len - unsent.done);
    unsent.len = unsent.done = 0;
    while ((len = log_take(unsent.text)))
        console_write(unsent.text, len);
}
