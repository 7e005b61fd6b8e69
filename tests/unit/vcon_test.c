// SPDX-License-Identifier: MIT
// Writes to the console of a slow line: whole texts, in order, one after the other.
#include "arch/arm64/kernel_map.h"
#include "ipc/invocation.h"
#include "object/icu.h"
#include "object/thread.h"
#include "object/vcon.h"
#include "uart/uart_io.h"
#include "unit_run.h"
#include <check.h>
#include <l4/sys/consts.h>
#include <l4/sys/err.h>
#include <stdlib.h>
#include <string.h>

enum { WRITE = 0, OUT_SIZE = 1 << 16 };

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

UART_DRIVER(test) = {.compatible = compatible, .name = "test", .tx_ready = tx_ready, .putc = put};

void *kernel_map_device(uint64_t phys, uint64_t size)
{
    (void)phys;
    (void)size;
    return out;
}

void icu_reserve(unsigned intid, void (*handler)(void))
{
    (void)intid;
    (void)handler;
}

uint64_t icu_protocol(struct invocation *in, struct icu_pins const *pins)
{
    (void)in;
    (void)pins;
    abort();
}

void irq_hit(struct irq *i)
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

void syscall_restart(struct invocation *in)
{
    in->blocked = true;
}

static struct thread writer[3];
static struct utcb utcb[3];

static void setup(void)
{
    static struct boot_info bi;
    bi.uart.driver = uart_number(&test_ops);
    console_init(&bi);
    memset(out, 0, sizeof out);
    sent = 0;
    for (unsigned i = 0; i < 3; i++) {
        memset(&writer[i], 0, sizeof writer[i]);
        writer[i].utcb = &utcb[i];
    }
}

// One attempt; true when the call is over.
static bool write_once(unsigned w, char const *text)
{
    struct utcb *u = &utcb[w];
    u->mr[0] = WRITE;
    u->mr[1] = strlen(text);
    memcpy(&u->mr[2], text, strlen(text));
    struct invocation in = {.caller = &writer[w], .obj = vcon_object(), .rights = CAP_ALL};
    in.tag = tag_make(L4_PROTO_LOG, 2 + (unsigned)(strlen(text) + 7) / 8, 0, 0);
    invocation_copy_words(&in);
    vcon_ops.invoke(&in);
    ck_assert(in.no_reply);
    if (!in.blocked)
        stopped_clear(&writer[w]); // as the system call does
    return !in.blocked;
}

START_TEST(fast_line)
{
    room = OUT_SIZE;
    ck_assert(write_once(0, "one\ntwo\n"));
    ck_assert_str_eq(out, "one\r\ntwo\r\n");
}
END_TEST

START_TEST(texts_are_not_mixed)
{
    static char const *const text[] = {"first writer\n", "\n\nsecond\n", "third, the longest of them all\n"};
    for (unsigned chars = 1; chars < 6; chars++) {
        setup();
        bool done[3] = {false};
        room = 0;
        for (unsigned turn = 0; !done[0] || !done[1] || !done[2]; turn++) {
            unsigned w = turn % 3;
            if (!(turn % 2))
                room = chars;
            if (!done[w])
                done[w] = write_once(w, text[w]);
            ck_assert_uint_lt(turn, 1000);
        }
        // Who comes next is a matter of turns.
        ck_assert_uint_eq(strlen(out), 14 + 12 + 32);
        ck_assert_ptr_nonnull(strstr(out, "first writer\r\n"));
        ck_assert_ptr_nonnull(strstr(out, "\r\n\r\nsecond\r\n"));
        ck_assert_ptr_nonnull(strstr(out, "third, the longest of them all\r\n"));
    }
}
END_TEST

START_TEST(who_gives_up_does_not_stop_others)
{
    room = 3;
    ck_assert(!write_once(0, "abcdef\n"));
    memset(&writer[0].stopped, 0, sizeof writer[0].stopped); // it does something else
    room = 100;
    ck_assert(write_once(1, "next\n"));
    ck_assert_str_eq(out, "abcdef\r\nnext\r\n");
    room = 2;
    ck_assert(!write_once(1, "again\n"));
    memset(&writer[1].stopped, 0, sizeof writer[1].stopped);
    ck_assert(!write_once(1, "and again\n")); // the same writer, another text
    room = 100;
    ck_assert(write_once(1, "and again\n"));
    ck_assert_str_eq(out, "abcdef\r\nnext\r\nagain\r\nand again\r\n");
}
END_TEST

START_TEST(dead_line)
{
    room = 0;
    unsigned n = 0;
    while (!write_once(0, "x"))
        ck_assert_uint_lt(++n, 1000000);
    ck_assert_uint_gt(n, 1000);
    room = 10;
    ck_assert(write_once(0, "y"));
    ck_assert_str_eq(out, "y");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vcon");
    TCase *t = tcase_create("write");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, fast_line);
    tcase_add_test(t, texts_are_not_mixed);
    tcase_add_test(t, who_gives_up_does_not_stop_others);
    tcase_add_test(t, dead_line);
    suite_add_tcase(s, t);
    return unit_run(s);
}
