// SPDX-License-Identifier: MIT
// Moe: form of the log, names and paths, command line, CPU sets.
#include "cpu_set.h"
#include "log_format.h"
#include "names.h"
#include "options.h"
#include "unit_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static char out[4096];

static void collect(void *ctx, char const *text, size_t len)
{
    (void)ctx;
    strncat(out, text, len);
}

static struct log_console con;
static struct log_client a, b;

static void log_setup(void)
{
    out[0] = '\0';
    con = (struct log_console){ .emit = collect };
    log_client_init(&a, "hello", 7);
    log_client_init(&b, "averylongtag", 8 + 2);
}

static void put(struct log_client *c, char const *text)
{
    log_write(&con, c, text, strlen(text));
}

START_TEST(log_line)
{
    log_setup();
    put(&a, "Hello World!\n");
    ck_assert_str_eq(out, "\033[37mhello   | Hello World!\033[0m\n");
}
END_TEST

START_TEST(log_continuation)
{
    log_setup();
    put(&a, "one ");
    put(&a, "two");
    put(&b, "x\ny\n");
    put(&a, "three\nfour\n");
    ck_assert_str_eq(out, "\033[37mhello   | one two\033[0m\n"
                          "\033[01;32maverylon| x\033[0m\n\033[01;32maverylon| y\033[0m\n"
                          "\033[37mhello   : three\033[0m\n\033[37mhello   | four\033[0m\n");
}
END_TEST

START_TEST(log_without_colour_or_tag)
{
    log_setup();
    struct log_client none;
    log_client_init(&none, "", 0);
    log_client_init(&a, "n", 0);
    put(&a, "x\n\n");
    put(&none, "MOE: y\n");
    ck_assert_str_eq(out, "\033[0mn       | x\n\033[0mn       | \nMOE: y\n");
}
END_TEST

START_TEST(log_end_of_text_and_client)
{
    log_setup();
    log_write(&con, &a, "ab\0cd", 5);
    log_write(&con, &b, "", 0);
    log_client_gone(&con, &a);
    ck_assert_str_eq(out, "\033[37mhello   | ab\033[0m\n");
    ck_assert_ptr_null(con.open);
}
END_TEST

START_TEST(log_colours)
{
    ck_assert_uint_eq(log_color("red"), 1);
    ck_assert_uint_eq(log_color("Green"), 10);
    ck_assert_uint_eq(log_color("w"), 7);
    ck_assert_uint_eq(log_color("N"), 8);
    ck_assert_uint_eq(log_color(""), 0);
    ck_assert_uint_eq(log_color("x"), 0);
    ck_assert_uint_eq(log_color("7"), 0);
}
END_TEST

START_TEST(paths)
{
    char const *first, *rest;
    size_t len;

    ck_assert_uint_eq(path_split("rom/ned", 7, &first, &rest, &len), 3);
    ck_assert(len == 3 && memcmp(rest, "ned", 3) == 0);
    ck_assert_uint_eq(path_split("a/b/c", 5, &first, &rest, &len), 1);
    ck_assert(*first == 'a' && len == 3 && memcmp(rest, "b/c", 3) == 0);
    ck_assert_uint_eq(path_split("abc", 3, &first, &rest, &len), 3);
    ck_assert_uint_eq(len, 0);
    static char const *const empty[] = { "", "/", "///", "/a", "a/", "a//b", "a/b/", "a/b//c" };
    for (unsigned i = 0; i < sizeof(empty) / sizeof(*empty); i++)
        ck_assert_uint_eq(path_split(empty[i], strlen(empty[i]), &first, &rest, &len), 0);
    ck_assert(name_is_valid("a.b", 3) && !name_is_valid("", 0) && !name_is_valid("a/b", 3));
    ck_assert(!name_is_valid("a\0b", 3));
}
END_TEST

START_TEST(modules)
{
    char const *name, *args;

    ck_assert_uint_eq(module_name("dir/sub/ned rom/x.cfg", &name, &args), 3);
    ck_assert(memcmp(name, "ned", 3) == 0);
    ck_assert_str_eq(args, "rom/x.cfg");
    ck_assert_uint_eq(module_name("a\\ b  :rw", &name, &args), 4);
    ck_assert_str_eq(args, ":rw");
    ck_assert_uint_eq(module_name("  x", &name, &args), 1);
    ck_assert_uint_eq(module_name("dir/", &name, &args), 0);
    ck_assert_uint_eq(module_name("", &name, &args), 0);
    ck_assert_uint_eq(module_name("x\\", &name, &args), 2);
    ck_assert(has_word("a :rw b", ":rw") && !has_word("a:rw", ":rw") && !has_word("", ":rw"));
}
END_TEST

START_TEST(name_table)
{
    static struct name_entry e[100];
    static char text[100][4];
    struct name_table t = { 0 };

    for (unsigned i = 0; i < 100; i++) {
        text[i][0] = 'n', text[i][1] = (char)('0' + i / 10), text[i][2] = (char)('0' + i % 10);
        e[i].name = text[i];
        e[i].len = 3;
        ck_assert_ptr_null(names_find(&t, text[i], 3));
        names_insert(&t, &e[i]);
    }
    ck_assert_ptr_eq(names_find(&t, "n42", 3), &e[42]);
    ck_assert_ptr_null(names_find(&t, "n42", 2));
    names_remove(&t, &e[42]);
    ck_assert_ptr_null(names_find(&t, "n42", 3));
    for (struct name_entry *x; (x = names_any(&t));)
        names_remove(&t, x);
    ck_assert_uint_eq(t.count, 0);
}
END_TEST

static unsigned warnings;

static void warn(char const *what, char const *text)
{
    (void)what, (void)text;
    warnings++;
}

static struct options parse(char const *text)
{
    static char line[512];
    struct options o = { .warn = warn };

    warnings = 0;
    strcpy(line, text);
    options_parse(&o, line);
    return o;
}

START_TEST(command_line)
{
    struct options o = parse("moe rom/hello.cfg");
    ck_assert_str_eq(o.init, "rom/ned");
    ck_assert_uint_eq(o.argc, 2);
    ck_assert_str_eq(o.argv[1], "rom/hello.cfg");
    ck_assert_ptr_null(o.argv[2]);

    o = parse("moe --init=rom/hello --debug=info,ldr|exc --l4re-dbg=all -- -x 'a b' \"c\"");
    ck_assert_str_eq(o.argv[0], "rom/hello");
    ck_assert_uint_eq(o.debug, DBG_INFO | DBG_LOADER | DBG_EXCEPTIONS);
    ck_assert_uint_eq(o.l4re_dbg, ~0u);
    ck_assert_uint_eq(o.argc, 4);
    ck_assert_str_eq(o.argv[1], "-x");
    ck_assert_str_eq(o.argv[2], "a b");
    ck_assert_str_eq(o.argv[3], "c");
    ck_assert_uint_eq(warnings, 0);

    o = parse("moe --nonsense --debug=warn+what+boot --ldr-flags=pre_alloc x -e");
    ck_assert_uint_eq(warnings, 2);
    ck_assert_uint_eq(o.debug, DBG_WARN | DBG_BOOT);
    ck_assert_uint_eq(o.ldr_flags, 1);
    ck_assert_uint_eq(o.argc, 3);

    o = parse("");
    ck_assert_uint_eq(o.argc, 1);
    o = parse("moe 'open");
    ck_assert_str_eq(o.argv[1], "open");
}
END_TEST

START_TEST(command_line_is_bounded)
{
    char text[512] = "moe";

    for (unsigned i = 0; i < 100; i++)
        strcat(text, " a");
    struct options o = parse(text);
    ck_assert_uint_eq(o.argc, OPTIONS_MAX_ARGS);
    ck_assert_ptr_null(o.argv[OPTIONS_MAX_ARGS]);
    ck_assert_uint_gt(warnings, 0);
}
END_TEST

START_TEST(cpu_sets)
{
    uint64_t all = 255ull << 24;

    ck_assert_uint_eq(cpu_set_expand(all, 1), UINT64_MAX);
    ck_assert_uint_eq(cpu_set_expand(0, 0xf), 0xf);
    ck_assert_uint_eq(cpu_set_expand(2, 1), 4);
    ck_assert_uint_eq(cpu_set_expand(1ull << 24 | 2, 3), 0x3c);
    ck_assert_uint_eq(cpu_set_expand(64, 1), 0);
    ck_assert_uint_eq(cpu_set_fold(0, 0xa), 0xa);
    ck_assert_uint_eq(cpu_set_fold(1ull << 24, 0xa), 3);
    ck_assert_uint_eq(cpu_set_fold(all, 8), 1);
    ck_assert_uint_eq(cpu_set_fold(3, 0xa), 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moe text");
    TCase *t = tcase_create("all");
    suite_add_tcase(s, t);
    tcase_add_test(t, log_line);
    tcase_add_test(t, log_continuation);
    tcase_add_test(t, log_without_colour_or_tag);
    tcase_add_test(t, log_end_of_text_and_client);
    tcase_add_test(t, log_colours);
    tcase_add_test(t, paths);
    tcase_add_test(t, modules);
    tcase_add_test(t, name_table);
    tcase_add_test(t, command_line);
    tcase_add_test(t, command_line_is_bounded);
    tcase_add_test(t, cpu_sets);
    return unit_run(s);
}
