// SPDX-License-Identifier: MIT
// Buffers, options, keys and line editor of cons.
#include "client.h"
#include "keys.h"
#include "line_edit.h"
#include "options.h"
#include "unit_run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned chunks_left, chunks_out;

static void *test_alloc(struct outbuf_mem *mem, size_t size)
{
    (void)mem;
    if (!chunks_left)
        return NULL;
    chunks_left--;
    chunks_out++;
    return malloc(size);
}

static void test_release(struct outbuf_mem *mem, void *chunk, size_t size)
{
    (void)mem, (void)size;
    chunks_out--;
    free(chunk);
}

static struct outbuf_mem mem = {test_alloc, test_release};

// Everything from pos to the end as text.
static char *contents(struct outbuf const *b, uint64_t pos)
{
    char *text = calloc(1, (size_t)(b->end - pos) + 1);
    char const *data;
    size_t n, used = 0;
    while ((n = outbuf_peek(b, pos, &data))) {
        memcpy(text + used, data, n);
        used += n;
        pos += n;
    }
    ck_assert_uint_eq(pos, b->end);
    return text;
}

static void check_contents(struct outbuf const *b, uint64_t pos, char const *expected)
{
    char *text = contents(b, pos);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(outbuf_keeps_the_newest)
{
    struct outbuf b;
    chunks_left = 10;
    ck_assert(outbuf_init(&b, &mem, 1000));
    for (int i = 0; i < 500; i++)
        outbuf_put(&b, "0123456789", 10);
    ck_assert_uint_eq(b.end, 5000);
    ck_assert_uint_eq(outbuf_begin(&b), 4000);
    ck_assert_uint_eq(chunks_out, 1);
    outbuf_put(&b, "abc", 3);
    check_contents(&b, b.end - 5, "89abc");
    ck_assert_int_eq(outbuf_at(&b, outbuf_begin(&b)), '3');
    outbuf_free(&b);
    ck_assert_uint_eq(chunks_out, 0);
}
END_TEST

START_TEST(outbuf_spans_chunks_and_wraps)
{
    struct outbuf b;
    uint64_t const capacity = 2 * OUTBUF_CHUNK + 77;
    chunks_left = 10;
    ck_assert(outbuf_init(&b, &mem, capacity));
    for (unsigned i = 0; i < 100000; i++) {
        char line[16];
        int n = snprintf(line, sizeof line, "%06u\n", i);
        outbuf_put(&b, line, (size_t)n);
    }
    ck_assert_uint_eq(outbuf_begin(&b), 700000 - capacity);
    ck_assert_uint_eq(b.lines, 100000);
    ck_assert_uint_eq(b.chunk_count, 3);
    check_contents(&b, outbuf_tail(&b, 2), "099998\n099999\n");
    for (uint64_t p = outbuf_begin(&b); p < b.end; p++) {
        char expected[16];
        snprintf(expected, sizeof expected, "%06u\n", (unsigned)(p / 7));
        ck_assert_int_eq(outbuf_at(&b, p), expected[p % 7]);
    }
    outbuf_free(&b);
}
END_TEST

// A size whose table would have no end, or whose number of chunks does not fit its type.
START_TEST(outbuf_has_a_largest_size)
{
    static uint64_t const sizes[] = {OUTBUF_MAX + 1ull, 1ull << 48, (1ull << 48) + OUTBUF_CHUNK, UINT64_MAX};
    struct outbuf b;
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char text[40];
        struct client_options o = {.bufsz = 5000};
        ck_assert(!outbuf_init(&b, &mem, sizes[i]));
        snprintf(text, sizeof text, "bufsz=%llu", (unsigned long long)sizes[i]);
        ck_assert(client_option(&o, text));
        ck_assert_uint_eq(o.bufsz, OUTBUF_MAX);
    }
    ck_assert(outbuf_init(&b, &mem, OUTBUF_MAX));
    outbuf_free(&b);
}
END_TEST

START_TEST(outbuf_shrinks_when_memory_runs_out)
{
    struct outbuf b;
    static char block[OUTBUF_CHUNK];
    memset(block, 'x', sizeof block);
    chunks_left = 1;
    ck_assert(outbuf_init(&b, &mem, 4 * OUTBUF_CHUNK));
    outbuf_put(&b, block, sizeof block);
    outbuf_put(&b, "end", 3);
    ck_assert_uint_eq(b.capacity, OUTBUF_CHUNK);
    check_contents(&b, b.end - 4, "xend");
    outbuf_free(&b);

    chunks_left = 0;
    ck_assert(outbuf_init(&b, &mem, 4 * OUTBUF_CHUNK));
    outbuf_put(&b, "lost", 4);
    ck_assert_uint_eq(b.end, 4);
    ck_assert_uint_eq(outbuf_begin(&b), 4);
    ck_assert_uint_eq(outbuf_tail(&b, 10), 4);
    outbuf_free(&b);
}
END_TEST

START_TEST(outbuf_tail_counts_lines)
{
    struct outbuf b;
    chunks_left = 1;
    ck_assert(outbuf_init(&b, &mem, 1000));
    ck_assert_uint_eq(outbuf_tail(&b, 3), 0);
    outbuf_put(&b, "one\ntwo\nthree", 13);
    check_contents(&b, outbuf_tail(&b, 1), "three");
    check_contents(&b, outbuf_tail(&b, 2), "two\nthree");
    check_contents(&b, outbuf_tail(&b, 9), "one\ntwo\nthree");
    outbuf_put(&b, "\n", 1);
    check_contents(&b, outbuf_tail(&b, 1), "three\n");
    ck_assert_uint_eq(outbuf_line_start(&b, 6, 0), 4);
    ck_assert_uint_eq(outbuf_line_start(&b, 6, 5), 5);
    outbuf_free(&b);
}
END_TEST

START_TEST(inbuf_order_overflow_and_break)
{
    static struct inbuf b;
    char out[8];
    bool brk;
    memset(&b, 0, sizeof b);
    ck_assert(inbuf_put(&b, 'a'));
    ck_assert(!inbuf_put(&b, 'b'));
    ck_assert(!inbuf_break(&b));
    inbuf_put(&b, 'c');
    ck_assert_uint_eq(inbuf_take(&b, out, sizeof out, &brk), 2);
    ck_assert(brk);
    ck_assert_uint_eq(inbuf_take(&b, out, sizeof out, &brk), 1);
    ck_assert(!brk);
    ck_assert_int_eq(out[0], 'c');
    ck_assert(inbuf_empty(&b));
    for (unsigned i = 0; i < INBUF_SIZE + 3; i++)
        inbuf_put(&b, (char)('A' + i % 26));
    ck_assert_uint_eq(inbuf_pending(&b), INBUF_SIZE);
    ck_assert_uint_eq(inbuf_take(&b, out, 1, &brk), 1);
    ck_assert_int_eq(out[0], 'D'); // the three oldest made room
}
END_TEST

START_TEST(client_translates_line_ends)
{
    static struct client c;
    struct client_options o = {.bufsz = 1000, .colour = 7};
    chunks_left = 1;
    client_set_tag(&o, "");
    ck_assert_str_eq(o.tag, "<noname>");
    ck_assert(client_init(&c, &o, &mem));
    client_write(&c, "a\r\nb\n", 5, 1);
    check_contents(&c.out, 0, "a\r\nb\r\n");
    c.o_flags = 0;
    client_write(&c, "\r\n", 2, 2);
    check_contents(&c.out, 6, "\r\n");
    char text[300];
    for (size_t n = 250; n < 260; n++) { // a line feed wherever the conversion's buffer may be full
        memset(text, 'x', n);
        text[n] = '\n';
        c.o_flags = L4_VCON_ONLCR;
        client_write(&c, text, n + 1, 2);
        check_contents(&c.out, c.out.end - 4, "xx\r\n");
    }
    ck_assert_int_eq(client_input(&c, '\r'), '\n');
    c.i_flags = c.l_flags = 0;
    ck_assert_int_eq(client_input(&c, '\r'), 0);
    ck_assert_int_eq(c.in.data[0], '\n');
    ck_assert_int_eq(c.in.data[1], '\r');
    client_free(&c);
}
END_TEST

START_TEST(client_options_and_colours)
{
    struct client_options o = {.bufsz = 5000};
    ck_assert(client_option(&o, "key=1") && o.key == '1');
    ck_assert(client_option(&o, "bufsz=100") && o.bufsz == 5000);
    ck_assert(client_option(&o, "bufsz=4096") && o.bufsz == 4096);
    ck_assert(client_option(&o, "show") && o.show);
    ck_assert(client_option(&o, "hide") && o.hide && !o.show);
    ck_assert(client_option(&o, "line-buffered-ms=7") && o.line_ms == 7);
    ck_assert(client_option(&o, "no-line-buffering") && o.line_ms == 0);
    ck_assert(!client_option(&o, "keyx"));
    ck_assert(!client_option(&o, ""));
    ck_assert_uint_eq(client_colour("red"), 1);
    ck_assert_uint_eq(client_colour("Blue"), 12);
    ck_assert_uint_eq(client_colour(""), 7);
    ck_assert_uint_eq(client_colour("x"), 0);
    client_set_tag(&o, "a\033b");
    ck_assert_str_eq(o.tag, "a?b");
}
END_TEST

static bool parse(struct options *o, char *words)
{
    char *argv[16] = {"cons"};
    int argc = 1;
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
        argv[argc++] = w;
    return options_parse(o, argc, argv);
}

START_TEST(command_line)
{
    struct options o;
    char all[] = "-a -k -B 8192 -c vm1 -n main --line-buffering-ms 20";
    ck_assert(parse(&o, all));
    ck_assert(o.show_all && o.defaults.keep);
    ck_assert_uint_eq(o.defaults.bufsz, 8192);
    ck_assert_uint_eq(o.defaults.line_ms, 20);
    ck_assert_uint_eq(o.mux_count, 1);
    ck_assert_str_eq(o.mux[0].name, "main");
    ck_assert_str_eq(o.mux[0].frontend, "log");
    ck_assert_str_eq(o.mux[0].autoconnect, "vm1");
    char two[] = "-m a -f ta -m b -f tb -c vm2";
    ck_assert(parse(&o, two));
    ck_assert_uint_eq(o.mux_count, 2);
    ck_assert_str_eq(o.mux[1].frontend, "tb");
    ck_assert_uint_eq(o.defaults.bufsz, 1024 * 1024);
    char none[] = "";
    ck_assert(parse(&o, none));
    ck_assert_uint_eq(o.mux_count, 1);
}
END_TEST

START_TEST(command_line_errors_name_the_option)
{
    static struct {
        char words[40];
        char const *names;
    } cases[] = {
        {"-B many", "-B"},   {"-B 12", "-B"}, {"-f log", "-f"},       {"-m one", "-m"},
        {"-V vc", "-V"},     {"-Z", "-Z"},    {"--fullscreen", "--fullscreen"},
        {"-a extra", "extra"}, {"-B", "-B"},  {"-m a -f x -f y", "-f y"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct options o;
        ck_assert_msg(!parse(&o, cases[i].words), "case %u was accepted", i);
        ck_assert_msg(strstr(o.error, cases[i].names), "'%s' does not name %s", o.error,
                      cases[i].names);
    }
}
END_TEST

START_TEST(keys)
{
    struct keys k = {0};
    ck_assert_int_eq(keys_feed(&k, 'x', true).kind, KEY_CHAR);
    ck_assert_int_eq(keys_feed(&k, KEY_CTRL_E, true).kind, KEY_PREFIX);
    ck_assert_int_eq(keys_feed(&k, '.', true).kind, KEY_DISCONNECT);
    keys_feed(&k, KEY_CTRL_E, true);
    ck_assert_int_eq(keys_feed(&k, 'c', true).ch, 3);
    ck_assert_int_eq(keys_feed(&k, KEY_CTRL_E, false).kind, KEY_NONE);
    struct key_event e = keys_feed(&k, 'c', false);
    ck_assert_int_eq(e.kind, KEY_SHORTCUT);
    ck_assert_int_eq(e.ch, 'c');
    keys_feed(&k, KEY_CTRL_E, false);
    ck_assert_int_eq(keys_feed(&k, 's', false).kind, KEY_SHOW_ALL);
}
END_TEST

START_TEST(line_editor)
{
    static struct line_edit l;
    for (char const *p = "lx\177s\033[A -l\n"; *p; p++)
        line_feed(&l, *p);
    ck_assert_str_eq(l.text, "ls -l"); // cursor keys and line feeds leave no trace
    ck_assert_int_eq(line_feed(&l, '\r'), LINE_ENTERED);
    ck_assert_int_eq(line_feed(&l, 3), LINE_KILLED);
    ck_assert_uint_eq(l.len, 0);
    line_feed(&l, '\033'); // a sequence that stops half-way takes no Enter with it
    ck_assert_int_eq(line_feed(&l, '\r'), LINE_ENTERED);
    line_feed(&l, '\033');
    line_feed(&l, '[');
    ck_assert_int_eq(line_feed(&l, '\r'), LINE_ENTERED);
    ck_assert_int_eq(line_feed(&l, 'y'), LINE_ADDED);
    line_clear(&l);
    for (int i = 0; i < LINE_MAX_LEN; i++)
        ck_assert_int_eq(line_feed(&l, 'y'), LINE_ADDED);
    ck_assert_int_eq(line_feed(&l, 'y'), LINE_FULL);
    ck_assert(!line_append(&l, "z"));
    ck_assert(line_append(&l, ""));
    line_feed(&l, 0x7f);
    ck_assert(!line_append(&l, "zz"));
    ck_assert(line_append(&l, "z"));
    ck_assert_uint_eq(strlen(l.text), LINE_MAX_LEN);
    ck_assert_int_eq(l.text[LINE_MAX_LEN - 1], 'z');
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cons buffers");
    TCase *t = tcase_create("all");
    suite_add_tcase(s, t);
    tcase_add_test(t, outbuf_keeps_the_newest);
    tcase_add_test(t, outbuf_spans_chunks_and_wraps);
    tcase_add_test(t, outbuf_has_a_largest_size);
    tcase_add_test(t, outbuf_shrinks_when_memory_runs_out);
    tcase_add_test(t, outbuf_tail_counts_lines);
    tcase_add_test(t, inbuf_order_overflow_and_break);
    tcase_add_test(t, client_translates_line_ends);
    tcase_add_test(t, client_options_and_colours);
    tcase_add_test(t, command_line);
    tcase_add_test(t, command_line_errors_name_the_option);
    tcase_add_test(t, keys);
    tcase_add_test(t, line_editor);
    return unit_run(s);
}
