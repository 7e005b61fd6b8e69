// SPDX-License-Identifier: MIT
// Lines of a guest and of uvmm on one channel: none cuts another, nothing is lost, nothing waits for long.
#include "line_writer.h"
#include "unit_run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct line_writer w;
static char shown[1 << 20];
static unsigned size, writes;
static uint64_t now;

void line_writer_write(struct line_writer *writer, char const *text, unsigned n)
{
    if (writer != &w || !n || size + n >= sizeof(shown))
        ck_abort_msg("%u bytes are written behind %u", n, size);
    memcpy(shown + size, text, n);
    size += n;
    shown[size] = 0;
    writes++;
}

static void begin(void)
{
    memset(&w, 0, sizeof(w));
    size = writes = 0;
    shown[0] = 0;
    now = 5000000;
}

static void guest(char const *text)
{
    line_writer_guest(&w, text, (unsigned)strlen(text), now);
}

static void put(char const *text)
{
    for (; *text; text++)
        if (line_writer_put(&w, *text))
            line_writer_send(&w, now);
        else if (w.num_chars == 1)
            w.chars_due = now + LINE_COLLECT_US;
}

static void say(char const *line)
{
    line_writer_lines(&w, line, (unsigned)strlen(line), true, now);
}

static void say_at_once(char const *line)
{
    line_writer_lines(&w, line, (unsigned)strlen(line), false, now);
}

static void pass(uint64_t us)
{
    for (uint64_t end = now + us; now < end;) {
        uint64_t at = line_writer_deadline(&w);
        now = at < now ? now : at < end ? at : end;
        line_writer_expire(&w, now);
        if (line_writer_deadline(&w) <= now)
            ck_abort_msg("the timer spins");
    }
}

START_TEST(alone)
{
    say("VMM: one\n");
    say("VMM: two\n");
    ck_assert_str_eq(shown, "VMM: one\nVMM: two\n");
    guest("a line\n");
    say("VMM: three\n");
    ck_assert_str_eq(shown, "VMM: one\nVMM: two\na line\nVMM: three\n");
    ck_assert_uint_eq(line_writer_deadline(&w), LINE_NEVER);
}
END_TEST

START_TEST(behind_the_newline)
{
    guest("the first ");
    say("VMM: one\n");
    pass(LINE_QUIET_US / 2);
    guest("half");
    say("VMM: two\n");
    pass(LINE_QUIET_US / 2);
    ck_assert_str_eq(shown, "the first half");
    guest(" and the second\nthe next");
    ck_assert_str_eq(shown, "the first half and the second\nVMM: one\nVMM: two\nthe next");
    ck_assert_uint_eq(line_writer_deadline(&w), LINE_NEVER);
    guest(" line\n");
    ck_assert_str_eq(shown, "the first half and the second\nVMM: one\nVMM: two\nthe next line\n");
}
END_TEST

START_TEST(at_a_prompt)
{
    guest("prompt> ");
    pass(10 * LINE_QUIET_US);
    say("VMM: one\n");
    pass(LINE_QUIET_US - 1);
    ck_assert_str_eq(shown, "prompt> ");
    pass(1);
    ck_assert_str_eq(shown, "prompt> \nVMM: one\n");
    say("VMM: two\n"); // the guest has no open line now
    guest("typed");
    ck_assert_str_eq(shown, "prompt> \nVMM: one\nVMM: two\ntyped");
    say("VMM: three\n");
    pass(LINE_QUIET_US);
    ck_assert_str_eq(shown, "prompt> \nVMM: one\nVMM: two\ntyped\nVMM: three\n");
}
END_TEST

START_TEST(line_without_end)
{
    guest("x");
    say("VMM: one\n");
    uint64_t came = now;
    while (!strchr(shown, 'V')) {
        pass(LINE_QUIET_US / 10);
        guest("x");
        put("y");
        ck_assert_uint_lt(size, 2000);
    }
    ck_assert_uint_ge(now, came + LINE_WAIT_US);
    ck_assert_uint_le(now, came + LINE_WAIT_US + LINE_QUIET_US / 10);
    ck_assert(strstr(shown, "\nVMM: one\nx"));
}
END_TEST

START_TEST(more_than_the_buffer_holds)
{
    char line[300], wanted[LINE_WAITING + 1000] = "open\n";
    memset(line, 'm', sizeof(line));
    line[sizeof(line) - 2] = '\n';
    line[sizeof(line) - 1] = 0;
    guest("open");
    unsigned n = 0;
    for (; size == 4; n++) {
        line[0] = (char)('a' + n);
        say(line);
        strcat(wanted, line);
    }
    ck_assert_uint_eq(n, LINE_WAITING / strlen(line) + 1);
    ck_assert_str_eq(shown, wanted);
    ck_assert_uint_eq(line_writer_deadline(&w), LINE_NEVER);
}
END_TEST

START_TEST(single_characters)
{
    put("abc");
    ck_assert_str_eq(shown, "");
    say("VMM: one\n"); // cuts nothing: the others have not seen abc
    ck_assert_str_eq(shown, "VMM: one\n");
    ck_assert_uint_eq(line_writer_deadline(&w), now + LINE_COLLECT_US);
    pass(LINE_COLLECT_US);
    ck_assert_str_eq(shown, "VMM: one\nabc");
    put("def");
    say("VMM: two\n");
    pass(LINE_COLLECT_US);
    ck_assert_str_eq(shown, "VMM: one\nabcdef");
    put("ghi\njk");
    ck_assert_str_eq(shown, "VMM: one\nabcdefghi\nVMM: two\n");
    guest("lm\n"); // another device, behind it
    ck_assert_str_eq(shown, "VMM: one\nabcdefghi\nVMM: two\njklm\n");
}
END_TEST

START_TEST(many_single_characters)
{
    char text[LINE_CHARS + 2];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    put(text);
    ck_assert_uint_eq(size, LINE_CHARS);
    ck_assert_uint_eq(writes, 1);
    say("VMM: one\n");
    pass(LINE_QUIET_US + LINE_COLLECT_US);
    ck_assert_uint_eq(size, LINE_CHARS + 1 + 10);
    ck_assert_str_eq(shown + LINE_CHARS, "x\nVMM: one\n");
}
END_TEST

START_TEST(errors_come_at_once)
{
    guest("open");
    put(" and more");
    say("VMM: one\n");
    say_at_once("VMM: error: two\n");
    ck_assert_str_eq(shown, "open and more\nVMM: one\nVMM: error: two\n");
    put("abc");
    say_at_once("VMM: error: three\n");
    ck_assert_str_eq(shown, "open and more\nVMM: one\nVMM: error: two\nabc\nVMM: error: three\n");
}
END_TEST

START_TEST(flush)
{
    line_writer_flush(&w, now);
    ck_assert_uint_eq(writes, 0);
    put("abc");
    line_writer_flush(&w, now);
    ck_assert_str_eq(shown, "abc"); // a prompt: nothing follows
    say("VMM: one\n");
    put("def");
    line_writer_flush(&w, now);
    ck_assert_str_eq(shown, "abcdef\nVMM: one\n");
    ck_assert_uint_eq(line_writer_deadline(&w), LINE_NEVER);
}
END_TEST

START_TEST(nothing_written)
{
    guest("");
    guest("open");
    say("VMM: one\n");
    guest("");
    pass(LINE_QUIET_US - 1);
    ck_assert_str_eq(shown, "open");
}
END_TEST

// ---- any order of anything ----

static char text[1 << 17]; // of the guest, and lines of uvmm
static unsigned text_size, numbers;

// A newline of the guest is behind a dot, to be told from others.
static void random_text(char *piece, unsigned most)
{
    unsigned n = 0;
    do {
        if (rand() % 20) {
            piece[n++] = (char)('a' + rand() % 26);
        } else {
            piece[n++] = '.';
            piece[n++] = '\n';
        }
    } while (n < most && rand() % most);
    piece[n] = 0;
    memcpy(text + text_size, piece, n);
    text_size += n;
}

static void random_step(void)
{
    char piece[400];
    switch (rand() % 6) {
    case 0:
        random_text(piece, 300);
        guest(piece);
        break;
    case 1:
    case 2:
        random_text(piece, 30);
        put(piece);
        break;
    case 3:
        snprintf(piece, sizeof(piece), "VMM: %u\n", numbers++);
        rand() % 10 ? say(piece) : say_at_once(piece);
        break;
    default:
        pass((unsigned)rand() % (rand() % 4 ? 3 * LINE_COLLECT_US : 2 * LINE_QUIET_US));
    }
    ck_assert(!w.waiting || now < w.came + LINE_WAIT_US);
    ck_assert(!w.waiting || w.open);
}

// All lines of uvmm in their order, each from the beginning of a line; the rest is what the guest wrote, but for newlines
// before such lines.
static void check_shown(void)
{
    unsigned guest_at = 0, line = 0;
    for (unsigned i = 0; i < size;) {
        char wanted[32];
        snprintf(wanted, sizeof(wanted), "VMM: %u\n", line);
        bool new_line = !i || shown[i - 1] == '\n', inserted = shown[i] == '\n' && (!i || shown[i - 1] != '.');
        if (inserted) {
            i++;
            if (strncmp(shown + i, "VMM", 3))
                ck_abort_msg("a newline more at byte %u", i);
        } else if (shown[i] == 'V') {
            if (!new_line || strncmp(shown + i, wanted, strlen(wanted)))
                ck_abort_msg("no whole line at byte %u", i);
            line++;
            i += (unsigned)strlen(wanted);
        } else {
            if (guest_at == text_size || shown[i] != text[guest_at])
                ck_abort_msg("not the guest's at byte %u", i);
            guest_at++;
            i++;
        }
    }
    ck_assert_uint_eq(guest_at, text_size);
    ck_assert_uint_eq(line, numbers);
}

START_TEST(any_order)
{
    srand((unsigned)_i);
    text_size = numbers = 0;
    for (unsigned i = 0; i < 2000; i++)
        random_step();
    line_writer_flush(&w, now);
    check_shown();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm lines");
    TCase *t = tcase_create("lines");
    tcase_add_checked_fixture(t, begin, NULL);
    tcase_add_test(t, alone);
    tcase_add_test(t, behind_the_newline);
    tcase_add_test(t, at_a_prompt);
    tcase_add_test(t, line_without_end);
    tcase_add_test(t, more_than_the_buffer_holds);
    tcase_add_test(t, single_characters);
    tcase_add_test(t, many_single_characters);
    tcase_add_test(t, errors_come_at_once);
    tcase_add_test(t, flush);
    tcase_add_test(t, nothing_written);
    tcase_add_loop_test(t, any_order, 1, 20);
    suite_add_tcase(s, t);
    return unit_run(s);
}
