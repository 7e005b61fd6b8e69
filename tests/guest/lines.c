// SPDX-License-Identifier: MIT
// Text on a console that uvmm writes its own lines to: the PL011, and HVC print. What becomes of it is seen by who reads that
// console (tests/system/test_guests.py); here only that the guest goes on meanwhile.
#include "lib/guest.h"

#include "lib/console.h"

enum { LINES = 60, PAUSE_MS = 3 };     // PAUSE_MS: a piece has gone to the console, but the line has not been forgotten
enum { IN_TIME_MS = 50 };              // half of the time after which uvmm takes a line for one that was given up
enum { ACCESSES = 20, ACCESS_MS = 15 }; // uvmm has 32 messages of a kind
enum { PROMPT_MS = 1500, ENDLESS_MS = 3000 };
enum { PROMPT_HOLE = HOLE + 0x100, ENDLESS_HOLE = HOLE + 0x200 };

// Everything to the PL011 of this machine, as hypercalls do not come near it.
static void uart_text(char const *s)
{
    for (; *s; s++)
        store32(platform.uart, (uint8_t)*s);
}

static void provoke(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < ACCESSES; i++) {
        load32(HOLE);
        pause_ms(ACCESS_MS);
    }
}

static void line_number(char *digits, unsigned n)
{
    digits[0] = (char)('0' + n / 10);
    digits[1] = (char)('0' + n % 10);
    digits[2] = 0;
}

// Writes a piece and waits until it has gone to the console.
static void piece(char const *s)
{
    uart_text(s);
    pause_ms(PAUSE_MS);
}

// A line in pieces. Returns whether it was written so fast that uvmm can't have taken it for one that was given up.
static bool line_in_pieces(char const *number)
{
    uint64_t begin = counter();
    piece("<piece ");
    piece(number);
    uart_text(" of a line>\n");
    return counter() - begin < ticks_of_ms(IN_TIME_MS);
}

static void pieces(void)
{
    char number[3];
    unsigned in_time = 0;
    group("pieces", "docs/guide.md: What a guest sees, arm,pl011");
    check("CPU 1", (uint64_t)cpu_start(1), PSCI_SUCCESS);
    cpu_begin(1, provoke, NULL);
    for (unsigned i = 0; i < LINES; i++) {
        line_number(number, i);
        in_time += line_in_pieces(number);
    }
    check_true("CPU 1 was not held up", wait_for(cpu_done(1), LONG_MS));
    line_number(number, in_time);
    uart_text("lines in time: ");
    uart_text(number);
    uart_text("\n");
}

static void prompt(void)
{
    group("prompt", "docs/guide.md: What a guest sees, arm,pl011");
    uart_text("prompt> ");
    pause_ms(PAUSE_MS);
    load32(PROMPT_HOLE);
    pause_ms(PROMPT_MS);
    uart_text("typed\n");
    check_true("it ended", true);
}

static void endless(void)
{
    group("endless", "docs/guide.md: What a guest sees, arm,pl011");
    uint64_t end = counter() + ticks_of_ms(ENDLESS_MS);
    uart_text("=");
    pause_ms(PAUSE_MS);
    load32(ENDLESS_HOLE);
    while (counter() < end) {
        uart_text("=");
        pause_ms(PAUSE_MS);
    }
    uart_text("\n");
    check_true("it ended", true);
}

static void print(void *name)
{
    char number[3];
    for (unsigned i = 0; i < LINES; i++) {
        line_number(number, i);
        put_text("<hypercall ");
        put_text(number);
        put_text(name);
        put_text(" of a line>\n");
    }
}

static void unfinished(void *argument)
{
    put_text(argument);
}

// Of two CPUs at once. What begins a line and does not end it is shown when the guest ends.
static void hypercalls(void)
{
    group("hypercalls", "docs/guide.md: What a guest sees, HVC #1");
    cpu_begin(1, print, ", the second,");
    print(", the first,");
    check_true("CPU 1 was not held up", wait_for(cpu_done(1), LONG_MS));
    check_true("its last words", cpu_run(1, unfinished, "<last words>"));
}

void guest_main(void)
{
    if (!platform.uvmm || !platform.uart || platform.num_cpus < 2) {
        skip("lines", "no uvmm, no PL011, or a single CPU");
        return;
    }
    pieces();
    prompt();
    endless();
    hypercalls();
}
