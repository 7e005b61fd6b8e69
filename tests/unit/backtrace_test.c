// SPDX-License-Identifier: MIT
// Backtraces of a stack that says what it likes: which frame records are believed, and that nothing outside is read.
#include "unit_run.h"

#include <l4/region/backtrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK   0x80000ul
#define WORDS   1024u
#define TOP     (STACK + WORDS * 8)
#define OTHER   0x90000ul // memory that is no stack
#define CODE    0x10000ul
#define RANDOM  2000u

static uint64_t words[WORDS];
static struct region regions[] = {
    {.start = STACK - 0x1000, .end = STACK - 1}, // a guard page, without memory
    {.start = STACK, .end = TOP - 1, .memory = words},
    {.start = OTHER, .end = OTHER + 0xfff, .memory = regions},
};
static struct region_map const map = {.max = ~0ull, .regions = {regions, 3, 3}};
static char said[4096];
static unsigned lines;
static uint64_t lost = ~0ull; // the record there cannot be read

static bool read_words(struct region const *stack, uint64_t at, uint64_t record[2])
{
    ck_assert_ptr_eq(stack, &regions[1]);
    ck_assert_uint_ge(at, STACK);
    ck_assert_uint_le(at + 16, TOP);
    ck_assert_uint_eq(at % 8, 0);
    memcpy(record, (char *)words + (at - STACK), 16);
    return at != lost;
}

static char const *program_at(struct region_map const *m, uint64_t pc, uint64_t *start)
{
    ck_assert_ptr_eq(m, &map);
    *start = CODE;
    return pc >= CODE && pc < CODE + 0x1000 ? "hello" : NULL;
}

static void print_line(char const *line)
{
    strcat(strcat(said, line), "|");
    lines++;
}

static struct backtrace crashed(uint64_t sp, uint64_t fp)
{
    said[0] = 0;
    lines = 0;
    return (struct backtrace){.pc = CODE + 0x10, .sp = sp, .fp = fp, .map = &map, .read = read_words, .program = program_at,
                              .print = print_line};
}

static void record(uint64_t at, uint64_t next, uint64_t pc)
{
    words[(at - STACK) / 8] = next;
    words[(at - STACK) / 8 + 1] = pc;
}

static char const *trace(uint64_t sp, uint64_t fp)
{
    struct backtrace b = crashed(sp, fp);
    backtrace_print(&b);
    return said;
}

static void setup(void)
{
    memset(words, 0, sizeof(words));
    lost = ~0ull;
    record(STACK + 0x100, STACK + 0x140, CODE + 0x20);
    record(STACK + 0x140, STACK + 0x148 + 8, CODE + 0x1000); // behind the last instruction: a call that does not return
    record(STACK + 0x150, 0, 0x5000);
}

START_TEST(calls_in_order)
{
    ck_assert_str_eq(trace(STACK + 0xf0, STACK + 0x100),
                     "#0 0x10010 hello+0x10|#1 0x10020 hello+0x20|#2 0x11000 hello+0x1000|#3 0x5000|");
}
END_TEST

START_TEST(link_register)
{
    struct backtrace b = crashed(STACK + 0xf0, STACK + 0x100);
    b.lr = CODE + 0x30;
    backtrace_print(&b);
    ck_assert_ptr_nonnull(strstr(said, "#0 0x10010 hello+0x10|lr 0x10030 hello+0x30|#1 "));
    b = crashed(STACK + 0xf0, STACK + 0x100);
    b.lr = b.pc; // behind a call: says nothing
    backtrace_print(&b);
    ck_assert_ptr_null(strstr(said, "lr"));
    b = crashed(STACK + 0xf0, STACK + 0x100);
    b.lr = CODE + 0x20; // says nothing new
    backtrace_print(&b);
    ck_assert_ptr_null(strstr(said, "lr"));
    b = crashed(0, 0);
    b.pc = 0;
    b.lr = CODE + 4;
    backtrace_print(&b);
    ck_assert_str_eq(said, "#0 0x0|lr 0x10004 hello+0x4|");
}
END_TEST

// Only what lies on the stack, in order.
START_TEST(records_that_lead_astray)
{
    static uint64_t const bad[] = {
        0, 8, STACK - 16, STACK + 0x148, STACK + 0x100, STACK + 0x108, STACK + 0x151, TOP - 8, TOP, OTHER, ~0ull, ~0ull - 15,
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        words[0x140 / 8] = bad[i];
        trace(STACK + 0xf0, STACK + 0x100);
        ck_assert_uint_eq(lines, 3);
        if (bad[i] < STACK + 0x100 || bad[i] > STACK + 0x148)
            trace(STACK + 0xf0, bad[i]);
        ck_assert_msg(lines == 1 || lines == 3, "%#lx", (unsigned long)bad[i]);
    }
    lost = STACK + 0x140;
    trace(STACK + 0xf0, STACK + 0x100);
    ck_assert_uint_eq(lines, 2);
    record(TOP - 16, 0, CODE);
    words[0x140 / 8] = TOP - 16; // the last place
    lost = ~0ull;
    trace(STACK + 0xf0, STACK + 0x100);
    ck_assert_uint_eq(lines, 4);
}
END_TEST

START_TEST(stack_pointer_says_which_stack)
{
    trace(OTHER + 8, STACK + 0x100); // the stack is elsewhere
    ck_assert_uint_eq(lines, 1);
    trace(STACK + 0x110, STACK + 0x100); // below it is nothing of the thread's
    ck_assert_uint_eq(lines, 1);
    trace(STACK - 0x20, STACK + 0x100); // overflowed into the guard page
    ck_assert_uint_eq(lines, 4);
    trace(STACK - 0x2000, STACK + 0x100); // or past it
    ck_assert_uint_eq(lines, 4);
    trace(OTHER + 8, OTHER + 0x2000);
    ck_assert_uint_eq(lines, 1);
}
END_TEST

START_TEST(not_without_end)
{
    for (uint64_t at = STACK; at < TOP; at += 16)
        record(at, at + 16, CODE + 0x44);
    trace(STACK, STACK);
    ck_assert_uint_eq(lines, 1 + BACKTRACE_FRAMES_MAX + 1);
    ck_assert_ptr_nonnull(strstr(said, "#32 0x10044 hello+0x44|and more|"));
}
END_TEST

// The reader checks that nothing else is read.
START_TEST(anything)
{
    srand(1);
    for (unsigned i = 0; i < RANDOM; i++) {
        for (unsigned w = 0; w < WORDS; w += 1 + (unsigned)rand() % 64)
            words[w] = rand() % 4 ? STACK + (uint64_t)(rand() % 0x2100) - 0x80 : (uint64_t)rand() << (rand() % 34);
        trace(STACK + (uint64_t)(rand() % 0x2100) - 0x80, STACK + (uint64_t)(rand() % 0x2100) - 0x80);
        ck_assert_uint_le(lines, 1 + BACKTRACE_FRAMES_MAX + 1);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("backtrace");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, calls_in_order);
    tcase_add_test(t, link_register);
    tcase_add_test(t, records_that_lead_astray);
    tcase_add_test(t, stack_pointer_says_which_stack);
    tcase_add_test(t, not_without_end);
    tcase_add_test(t, anything);
    suite_add_tcase(s, t);
    return unit_run(s);
}
