// SPDX-License-Identifier: MIT
// What uvmm says: as much as the level lets through, and of what a guest can bring about as often as it likes no more than a
// few lines.
#include "log.h"
#include "unit_run.h"
#include "vcpu/fp.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *console;
static char *said;
static size_t said_size;

void fp_protect(void) {}

static void setup(void)
{
    console = stdout;
    stdout = open_memstream(&said, &said_size);
    log_set_level(LOG_WARN);
}

static void teardown(void)
{
    fclose(stdout);
    stdout = console;
    free(said);
}

static unsigned lines(char const *begin)
{
    unsigned n = 0;
    fflush(stdout);
    for (char const *p = strstr(said, begin); p; p = strstr(p + 1, begin))
        n++;
    return n;
}

static void one_deed(int level)
{
    log_guest(level, "one deed");
}

START_TEST(bounded)
{
    for (unsigned i = 0; i < 1000; i++) {
        one_deed(LOG_WARN);
        log_guest(LOG_WARN, "another deed %u", i);
    }
    ck_assert_uint_eq(lines("VMM: one deed\n"), LOG_LIMIT);
    ck_assert_uint_eq(lines("VMM: another deed "), LOG_LIMIT);
    ck_assert_uint_eq(lines("VMM: further messages of this kind are left out\n"), 2);
}
END_TEST

// What is not said does not count.
START_TEST(by_level)
{
    for (unsigned i = 0; i < 1000; i++)
        one_deed(LOG_INFO);
    one_deed(LOG_WARN);
    log_info("information");
    log_warn("a warning");
    log_error("an error");
    ck_assert_uint_eq(lines("one deed"), 1);
    ck_assert_uint_eq(lines("information"), 0);
    ck_assert_uint_eq(lines("VMM: a warning\n"), 1);
    ck_assert_uint_eq(lines("VMM: error: an error\n"), 1);
    log_set_level(LOG_QUIET);
    log_warn("a second warning");
    log_error("a second error");
    ck_assert_uint_eq(lines("a second warning"), 0);
    ck_assert_uint_eq(lines("a second error"), 1);
}
END_TEST

// A line is whole, however long the text.
START_TEST(one_line)
{
    char text[1000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    log_warn("%s", text);
    log_warn("next");
    ck_assert_uint_eq(lines("\n"), 2);
    ck_assert_uint_eq(lines("\nVMM: next\n"), 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_log");
    TCase *t = tcase_create("log");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, bounded);
    tcase_add_test(t, by_level);
    tcase_add_test(t, one_line);
    suite_add_tcase(s, t);
    return unit_run(s);
}
