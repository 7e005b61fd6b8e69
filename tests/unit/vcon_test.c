// SPDX-License-Identifier: MIT
// Writes to the console of a slow line: whole texts, in order, one after the other. The kernel's own lines: no more than
// a budget.
#include <arch/kernel_map.h>
#include <arch/timer.h>
#include "debug/console.h"
#include "debug/log.h"
#include "debug/print.h"
#include "ipc/invocation.h"
#include "object/icu.h"
#include "object/thread.h"
#include "object/vcon.h"
#include "sched/cpu.h"
#include "uart/uart_io.h"
#include "unit_run.h"
#include <check.h>
#include <l4/sys/consts.h>
#include <l4/sys/err.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_SIZE = 1 << 16 };

static char out[OUT_SIZE];
static unsigned sent, room;

static char const *const compatible[] = {"test,uart", NULL};

static bool tx_ready(struct uart *u)
{
    (void)u;
    return room;
}

static void put(struct uart *u, char c)
{
    (void)u;
    ck_assert(room--);
    ck_assert_uint_lt(sent, OUT_SIZE - 1);
    out[sent++] = c;
}

static char const *typed = ""; // what waits in the UART

static int get(struct uart *u)
{
    (void)u;
    return *typed ? *typed++ : -1;
}

static void rx_irq_enable(struct uart *u, bool on)
{
    (void)u, (void)on;
}

static void rx_irq_ack(struct uart *u)
{
    (void)u;
}

UART_DRIVER(test) = {.compatible = compatible, .name = "test", .tx_ready = tx_ready, .putc = put, .getc = get,
                     .rx_irq_enable = rx_irq_enable, .rx_irq_ack = rx_irq_ack};

static void (*input_arrived)(void);

void *kernel_map_device(uint64_t phys, uint64_t size)
{
    (void)phys;
    (void)size;
    return out;
}

void icu_reserve(unsigned intid, bool level, void (*handler)(void))
{
    (void)intid, (void)level;
    input_arrived = handler;
}

struct operation const icu_operations[ICU_OPERATIONS];
uint64_t objects_made;
struct object_ops const *const object_ops[OBJ_TYPES] = {[OBJ_VCON] = &vcon_ops};

uint64_t cap_argument(struct invocation *in, struct operation const *op)
{
    (void)in;
    (void)op;
    abort();
}

void irq_handle(struct irq *i)
{
    (void)i;
    abort();
}

void mapping_marker_drop(struct mapping *marker)
{
    (void)marker;
}

void ipc_vcpu_accepts(struct thread *t)
{
    (void)t;
}

uint64_t syscall_restart(struct invocation *in)
{
    (void)in;
    return NO_RESULT;
}

static struct thread writer[3];
static l4_utcb_t utcb[3];
struct cpu cpus[MAX_CPUS];
_Thread_local struct cpu *host_cpu = &cpus[1];
static uint64_t now = 1000000; // in us
static bool ticking;

uint64_t timer_now(void)
{
    return now;
}

uint64_t timer_us_to_ticks(uint64_t us)
{
    return us;
}

void timer_tick(bool on)
{
    ck_assert_ptr_eq(host_cpu, &cpus[1]);
    ticking = on;
}

static void tick(unsigned chars)
{
    room = chars;
    now += 1000;
    console_tick();
}

// Until the console has nothing to do.
static void drain(void)
{
    for (unsigned n = 0; ticking; n++) {
        tick(OUT_SIZE - 1);
        ck_assert_uint_lt(n, 10000);
    }
}

static void setup(void)
{
    static struct boot_info bi;
    bi.uart.driver = uart_number(&test_ops);
    for (unsigned id = 0; id < MAX_CPUS; id++)
        cpus[id].id = id;
    console_init(&bi);
    drain();
    now += 1000000000; // the log may say much again
    memset(out, 0, sizeof(out));
    sent = 0;
    for (unsigned i = 0; i < 3; i++) {
        memset(&writer[i], 0, sizeof(writer[i]));
        writer[i].utcb = &utcb[i];
    }
}

// One attempt; true when the call is over.
static bool write_once(unsigned w, char const *text)
{
    l4_utcb_t *u = &utcb[w];
    u->msg.mr[0] = L4_VCON_WRITE_OP;
    u->msg.mr[1] = strlen(text);
    memcpy(&u->msg.mr[2], text, strlen(text));
    struct invocation in = {.caller = &writer[w], .obj = vcon_object(), .rights = CAP_ALL};
    in.tag = tag_make(L4_PROTO_LOG, 2 + (unsigned)(strlen(text) + 7) / 8, 0, 0);
    invocation_copy_words(&in, u, tag_words(in.tag));
    struct operation const *op = operation_find(&in);
    ck_assert(op->flags & OP_NO_REPLY);
    uint64_t result = operation_run(&in, op);
    ck_assert(!result || result == NO_RESULT);
    return !result;
}

START_TEST(fast_line)
{
    room = OUT_SIZE;
    ck_assert(write_once(0, "one\ntwo\n"));
    ck_assert_str_eq(out, "one\r\ntwo\r\n");
    ck_assert(!ticking);
}
END_TEST

START_TEST(one_piece_at_a_time)
{
    static char text[481];
    memset(text, 'x', sizeof(text) - 1);
    room = OUT_SIZE - 1;
    ck_assert(write_once(0, text));
    ck_assert(ticking);
    ck_assert_uint_le(sent, 64);
    unsigned before = sent;
    host_cpu = &cpus[0]; // it is not this CPU's
    console_tick();
    ck_assert_uint_eq(sent, before);
    host_cpu = &cpus[1];
    console_tick();
    ck_assert_uint_le(sent, before + 64);
    drain();
    ck_assert_str_eq(out, text);
}
END_TEST

START_TEST(texts_are_not_mixed)
{
    static char const *const text[] = {"first writer\n", "\n\nsecond\n", "third, the longest of them all\n"};
    for (unsigned chars = 1; chars < 6; chars++) {
        setup();
        bool done[3] = {false};
        room = 0;
        log_print("line %u\n", chars);
        for (unsigned turn = 0; !done[0] || !done[1] || !done[2]; turn++) {
            unsigned w = turn % 3;
            if (!(turn % 2))
                room = chars;
            if (!done[w])
                done[w] = write_once(w, text[w]);
            ck_assert_uint_lt(turn, 1000);
        }
        drain();
        // Who comes next is a matter of turns.
        ck_assert_uint_eq(strlen(out), 14 + 12 + 32 + 8);
        ck_assert_ptr_nonnull(strstr(out, "first writer\r\n"));
        ck_assert_ptr_nonnull(strstr(out, "\r\n\r\nsecond\r\n"));
        ck_assert_ptr_nonnull(strstr(out, "third, the longest of them all\r\n"));
        ck_assert_ptr_eq(strstr(out, "line"), out); // the kernel goes first
    }
}
END_TEST

// Its upcalls may come between the parts of a call: there are no parts.
START_TEST(vcpu_waits_for_nothing)
{
    writer[0].vcpu.area = out;
    room = 2;
    ck_assert(write_once(0, "abcdef\n"));
    ck_assert(!write_once(0, "next\n"));
    ck_assert(!write_once(0, "from the handler\n"));
    drain();
    ck_assert(write_once(0, "from the handler\n"));
    ck_assert(write_once(0, "next\n"));
    drain();
    ck_assert_str_eq(out, "abcdef\r\nfrom the handler\r\nnext\r\n");
}
END_TEST

START_TEST(who_gives_up_does_not_stop_others)
{
    room = 3;
    ck_assert(write_once(0, "abcdef\n"));
    ck_assert(!write_once(1, "given up\n"));
    room = 100;
    ck_assert(write_once(2, "next\n"));
    ck_assert_str_eq(out, "abcdef\r\nnext\r\n");
}
END_TEST

START_TEST(dead_line)
{
    room = 0;
    ck_assert(write_once(0, "x"));
    for (unsigned ms = 0; ms < 150; ms++) {
        tick(0);
        ck_assert(!write_once(0, "y"));
    }
    for (unsigned ms = 0; ms < 100; ms++)
        tick(0);
    ck_assert(!ticking); // given up
    room = 10;
    ck_assert(write_once(0, "y"));
    ck_assert_str_eq(out, "y");
}
END_TEST

// ---- the kernel's own lines ----

static unsigned lines(void)
{
    unsigned n = 0;
    for (char const *c = out; *c; c++)
        n += *c == '\n';
    return n;
}

START_TEST(line_comes_later)
{
    room = OUT_SIZE - 1;
    log_print("thread %p: %lx, %d and %s\n", (void *)0xabcul, 0x123456789aul, -5, "text");
    ck_assert_uint_eq(sent, 0); // now all locks may be held
    ck_assert(ticking);
    drain();
    ck_assert_str_eq(out, "thread 0xabc: 123456789a, -5 and text\r\n");
}
END_TEST

START_TEST(long_line_is_cut)
{
    static char text[400];
    memset(text, 'x', sizeof(text) - 1);
    log_print("%s\n", text);
    drain();
    ck_assert_uint_eq(strlen(out), LOG_LINE + 1);
    ck_assert_str_eq(out + LOG_LINE - 2, "x\r\n");
}
END_TEST

START_TEST(flood)
{
    for (unsigned n = 0; n < 1000; n++)
        log_print("line %u\n", n);
    for (unsigned ms = 0; ms < 100; ms++)
        tick(OUT_SIZE - 1);
    ck_assert_uint_eq(lines(), LOG_BURST);
    ck_assert_ptr_nonnull(strstr(out, "line 15\r\n"));
    ck_assert(ticking); // it is to be told how many there were
    drain();
    ck_assert_uint_eq(lines(), LOG_BURST + 1);
    ck_assert_ptr_nonnull(strstr(out, "kernel: 984 lines left out\r\n"));
    // In a flood without an end: before the line that comes next, and one at a time.
    unsigned before = lines(), put = 0;
    for (unsigned ms = 0; ms < 10000; ms++) {
        for (unsigned i = 0; i < 7; i++, put++)
            log_print("line\n");
        tick(OUT_SIZE - 1);
    }
    ck_assert_uint_le(lines() - before, 2 * 10000000 / LOG_INTERVAL_US + 2);
    ck_assert_uint_ge(lines() - before, 10000000 / LOG_INTERVAL_US);
    drain();
    unsigned counted = 0;
    for (char *at = out; (at = strstr(at, "line\r\n")); at++)
        counted++;
    for (char *at = strstr(out, "line 15"); (at = strstr(at, "kernel: ")); at++)
        counted += (unsigned)strtoul(at + 8, NULL, 10);
    ck_assert_uint_eq(counted, put + 984);
}
END_TEST

START_TEST(flood_on_a_dead_line)
{
    for (unsigned ms = 0; ms < 30000; ms++) {
        log_print("line %u\n", ms);
        tick(0);
    }
    drain();
    ck_assert_ptr_nonnull(strstr(out, "lines left out\r\n"));
    ck_assert_uint_lt(lines(), 80);
}
END_TEST

START_TEST(flush_at_the_end)
{
    room = 3;
    write_once(0, "last words\n");
    log_print("of the kernel\n");
    room = OUT_SIZE - 4;
    console_flush();
    ck_assert_str_eq(out, "last words\r\nof the kernel\r\n");
}
END_TEST

static uint64_t operation(uint64_t op, uint64_t w1, unsigned words)
{
    utcb[0].msg.mr[0] = op;
    utcb[0].msg.mr[1] = w1;
    struct invocation in = {.caller = &writer[0], .obj = vcon_object(), .rights = CAP_ALL};
    in.tag = tag_make(L4_PROTO_LOG, words, 0, 0);
    invocation_copy_words(&in, &utcb[0], words);
    return operation_run(&in, operation_find(&in));
}

// More than a message has: nothing is written, and nobody waits.
START_TEST(more_than_there_is)
{
    static uint64_t const sizes[] = {L4_VCON_WRITE_SIZE + 1, 1 << 20, 1ull << 32, ~0ull};
    room = OUT_SIZE;
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        ck_assert_uint_eq(operation(L4_VCON_WRITE_OP, sizes[i], 2), 0);
    ck_assert_uint_eq(sent, 0);
}
END_TEST

// No more than a message holds at a time, whatever is asked for.
START_TEST(input)
{
    static char text[L4_VCON_READ_SIZE + 100];
    struct boot_info bi = {.uart = {.irq = 33}};
    console_input_init(&bi);
    memset(text, 'x', sizeof(text) - 1);
    typed = text;
    input_arrived();
    memset(&utcb[0], 0x55, sizeof(utcb[0]));
    operation(L4_VCON_READ_OP | (uint64_t)0xffffffff << L4_VCON_READ_SIZE_SHIFT, 0, 1);
    ck_assert_uint_eq(utcb[0].msg.mr[0], L4_VCON_READ_SIZE);
    ck_assert_mem_eq(&utcb[0].msg.mr[1], text, L4_VCON_READ_SIZE);
    ck_assert_uint_eq(utcb[0].reserved, 0x5555555555555555);
    ck_assert_uint_eq(utcb[0].buf.bdr, 0x5555555555555555);
    operation(L4_VCON_READ_OP | 10ull << L4_VCON_READ_SIZE_SHIFT, 0, 1);
    ck_assert_uint_eq(utcb[0].msg.mr[0], 10);
    operation(L4_VCON_READ_OP | 1000ull << L4_VCON_READ_SIZE_SHIFT, 0, 1);
    ck_assert_uint_eq(utcb[0].msg.mr[0], (sizeof(text) - 1 - L4_VCON_READ_SIZE - 10) | L4_VCON_READ_STAT_DONE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vcon");
    TCase *t = tcase_create("write");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, fast_line);
    tcase_add_test(t, one_piece_at_a_time);
    tcase_add_test(t, texts_are_not_mixed);
    tcase_add_test(t, vcpu_waits_for_nothing);
    tcase_add_test(t, who_gives_up_does_not_stop_others);
    tcase_add_test(t, dead_line);
    tcase_add_test(t, more_than_there_is);
    tcase_add_test(t, input);
    suite_add_tcase(s, t);
    t = tcase_create("log");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, line_comes_later);
    tcase_add_test(t, long_line_is_cut);
    tcase_add_test(t, flood);
    tcase_add_test(t, flood_on_a_dead_line);
    tcase_add_test(t, flush_at_the_end);
    suite_add_tcase(s, t);
    return unit_run(s);
}
