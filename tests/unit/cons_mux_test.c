// SPDX-License-Identifier: MIT
// The multiplexer of cons: what stands on the terminal, who gets what is typed, what is kept.
#include "command.h"
#include "cons.h"
#include "unit_run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char term[4 << 20]; // all that was printed since term_clear
static size_t term_len;
static bool input_waits;
static uint64_t now;
static struct cons cons;
static unsigned released;

static void term_write(struct screen_port *port, char const *data, size_t n)
{
    (void)port;
    ck_assert_uint_lt(term_len + n, sizeof term);
    memcpy(term + term_len, data, n);
    term_len += n;
    term[term_len] = 0;
}

static bool term_input_pending(struct screen_port *port)
{
    (void)port;
    return input_waits;
}

static struct screen_port port = {term_write, term_input_pending, false};

static void *test_alloc(struct outbuf_mem *mem, size_t size)
{
    (void)mem;
    return malloc(size);
}

static void test_release(struct outbuf_mem *mem, void *chunk, size_t size)
{
    (void)mem, (void)size;
    free(chunk);
}

static struct outbuf_mem mem = {test_alloc, test_release};

static void release(struct client *c)
{
    released++;
    client_free(c);
    free(c);
}

static void term_clear(void)
{
    term_len = 0;
    term[0] = 0;
}

// Runs the multiplexers until they have nothing to do for `us`.
static void pump(uint64_t us)
{
    uint64_t until = now + us, due;
    while ((due = cons_pump(&cons, now)) <= until)
        now = due > now ? due : now;
    now = until;
}

static void setup(void)
{
    now = 1000000;
    released = 0;
    input_waits = false;
    cons_init(&cons);
    cons.release = release;
    cons.host.mux_count = 1;
    mux_init(&cons.mux[0], &cons.host, 0, "cons", &port);
    term_clear();
    pump(0);
    ck_assert_str_eq(term, "cons> ");
    term_clear();
}

static void teardown(void)
{
    while (cons.host.clients.first) {
        struct client *c = cons.host.clients.first;
        clients_remove(&cons.host.clients, c);
        release(c);
    }
}

static struct client *client(char const *tag, char key)
{
    struct client *c = malloc(sizeof *c);
    struct client_options o = {.line_ms = 50, .bufsz = 1 << 20, .key = key};
    client_set_tag(&o, tag);
    ck_assert(client_init(c, &o, &mem));
    c->o_flags = 0;
    c->l_flags = 0;
    c->i_flags = 0;
    cons_add_client(&cons, c, now);
    pump(0);
    term_clear();
    return c;
}

static void put(struct client *c, char const *text)
{
    client_write(c, text, strlen(text), now);
    pump(0);
}

static void type(char const *text)
{
    mux_input(&cons.mux[0], text, strlen(text), now);
    pump(0);
}

static void expect_term(char const *part)
{
    ck_assert_msg(strstr(term, part), "'%s' is not in '%s'", part, term);
}

START_TEST(shown_clients_have_tags)
{
    cons.show_all = true;
    struct client *a = client("alpha", 0), *b = client("verylongtag", 0);
    put(a, "one\r\ntwo\r\n");
    put(b, "three\n");
    ck_assert_str_eq(term, "\r\033[Kalpha   | one\r\nalpha   | two\r\nverylong| three\r\n");
    pump(MUX_PROMPT_IDLE_US);
    expect_term("three\r\ncons> ");
}
END_TEST

START_TEST(colours_end_with_the_line)
{
    cons.show_all = true;
    struct client *a = client("a", 0);
    a->opt.colour = 7;
    put(a, "x\n");
    expect_term("\033[37ma       | x\033[0m\r\n");
    a->opt.colour = 12;
    put(a, "y\n");
    expect_term("\033[01;34ma       | y\033[0m\r\n");
}
END_TEST

START_TEST(unfinished_lines_wait_and_continue)
{
    cons.show_all = true;
    struct client *a = client("a", 0), *b = client("b", 0);
    put(a, "lo");
    ck_assert_str_eq(term, "");
    pump(60000);
    ck_assert_str_eq(term, "\r\033[Ka       | lo");
    put(b, "other\n");
    put(a, "gin\n");
    expect_term("| lo\r\nb       | other\r\na       : gin\r\n");
}
END_TEST

START_TEST(a_carriage_return_repeats_the_tag)
{
    cons.show_all = true;
    struct client *a = client("a", 0);
    put(a, "10%\r20%\r\n");
    ck_assert_str_eq(term, "\r\033[Ka       | 10%\ra       | 20%\r\n");
}
END_TEST

START_TEST(shown_clients_cannot_move_the_cursor)
{
    cons.show_all = true;
    struct client *a = client("a", 0);
    put(a, "\033[2J\033[6nhi\033[1mbold\033[0m\a\n");
    ck_assert_str_eq(term, "\r\033[Ka       | hi\033[1mbold\033[0m\r\n");
    put(a, "\033[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mtoo long\n");
    expect_term("a       | too long\r\n");
}
END_TEST

START_TEST(connected_client_is_raw_and_alone_gets_input)
{
    cons.show_all = true;
    struct client *a = client("a", '1'), *b = client("b", '2');
    type("\0051");
    expect_term("------------- Connecting to 'a' -------------\r\n");
    term_clear();
    put(a, "# \033[6n");
    ck_assert_str_eq(term, "# \033[6n");
    type("ls\r");
    ck_assert_uint_eq(inbuf_pending(&a->in), 3);
    ck_assert_uint_eq(inbuf_pending(&b->in), 0);
    ck_assert_int_eq(a->in.data[2], '\r');
    term_clear();
    put(b, "news\n");
    put(a, "x\n");
    ck_assert_str_eq(term, "\r\nb       | news\r\nx\n");
    type("\005e\005c\005z\005q");
    ck_assert_uint_eq(inbuf_pending(&a->in), 7);
    ck_assert_mem_eq(a->in.data + 3, "\005\003\032\033", 4);
    type("\005l");
    ck_assert(a->in.has_break);
    type("\005.");
    ck_assert_ptr_null(cons.mux[0].connected);
    expect_term("cons> ");
    type("\0052z");
    ck_assert_int_eq(b->in.data[0], 'z');
}
END_TEST

START_TEST(echo_follows_the_attributes)
{
    struct client *a = client("a", '1');
    a->l_flags = L4_VCON_ECHO;
    a->i_flags = L4_VCON_ICRNL;
    type("\0051");
    term_clear();
    type("hi\r");
    ck_assert_str_eq(term, "hi\r\n");
}
END_TEST

START_TEST(hidden_output_is_shown_on_connect_once)
{
    struct client *a = client("a", '1');
    char expected[20000] = "", line[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(line, sizeof line, "line %d\r\n", i);
        put(a, line);
        strcat(expected, line);
    }
    ck_assert_str_eq(term, "");
    type("\0051");
    pump(0);
    ck_assert_str_eq(strchr(term, '\n') + 1, expected);
    type("\005.");
    put(a, "later\r\n");
    term_clear();
    type("c a\r");
    pump(0);
    expect_term("Connecting to 'a' -------------\r\nlater\r\n");
    ck_assert_ptr_null(strstr(term, "line 999"));
    ck_assert_ptr_null(strstr(term, "gone"));
}
END_TEST

START_TEST(a_prompt_is_shown_again_on_connect)
{
    cons.show_all = true;
    struct client *a = client("a", '1');
    put(a, "boot\r\n~ # ");
    pump(60000);
    term_clear();
    type("\0051");
    expect_term("-------------\r\n~ # ");
    ck_assert_ptr_null(strstr(term, "boot"));
}
END_TEST

START_TEST(lost_bytes_are_counted)
{
    struct client *a = client("a", '1');
    char block[1000];
    memset(block, 'x', sizeof block - 2);
    strcpy(block + sizeof block - 3, "\r\n");
    for (int i = 0; i < 1100; i++)
        client_write(a, block, sizeof block - 1, now);
    type("\0051");
    pump(0);
    char message[80];
    snprintf(message, sizeof message, "[a: %llu bytes of earlier output are gone]\r\n",
             1100ull * 999 - (1 << 20));
    expect_term(message);
    char const *rest = strstr(term, message) + strlen(message);
    ck_assert_uint_eq(strlen(rest), 1 << 20);
}
END_TEST

START_TEST(input_comes_through_during_a_long_replay)
{
    struct client *a = client("a", '1');
    for (int i = 0; i < 1000; i++)
        client_write(a, "0123456789012345678901234567890123456789\r\n", 42, now);
    mux_input(&cons.mux[0], "\0051", 2, now);
    ck_assert_uint_eq(cons_pump(&cons, now), now); // wants to go on at once
    size_t first = term_len;
    ck_assert_uint_lt(first, 10000);
    type("\005.");
    pump(0);
    ck_assert_ptr_null(cons.mux[0].connected);
    type("\0051");
    pump(0);
    ck_assert_uint_ge(term_len, 42000); // nothing skipped
}
END_TEST

START_TEST(hide_and_show)
{
    cons.show_all = true;
    struct client *a = client("a", 0), *b = client("b", 0);
    type("hide a\r");
    term_clear();
    put(a, "quiet\n");
    put(b, "loud\n");
    ck_assert_ptr_null(strstr(term, "quiet"));
    expect_term("loud");
    type("\005s");
    expect_term("a       | quiet\r\n");
    type("\005h");
    term_clear();
    put(b, "no\n");
    ck_assert_str_eq(term, "");
}
END_TEST

START_TEST(show_option_and_autoconnect)
{
    struct client *c = malloc(sizeof *c);
    struct client_options o = {.bufsz = 1000, .show = true};
    client_set_tag(&o, "vm");
    strcpy(cons.mux[0].autoconnect, "vm");
    ck_assert(client_init(c, &o, &mem));
    cons_add_client(&cons, c, now);
    ck_assert_ptr_eq(cons.mux[0].connected, c);
    ck_assert(c->view[0].shown);
}
END_TEST

START_TEST(commands)
{
    client("beta", 0);
    client("alpha", 'x');
    type("nonsense\r");
    expect_term("Unknown command 'nonsense'. Use 'help'.\r\n");
    type("cat\r");
    expect_term("cat: invalid number of arguments (need 1, got 0)\r\n");
    type("tail nobody\r");
    expect_term("tail: console 'nobody' not found\r\n");
    term_clear();
    type("ls\r");
    ck_assert(strstr(term, "alpha") < strstr(term, "beta"));
    expect_term("(x)");
    term_clear();
    type("ls b*\r");
    ck_assert_ptr_null(strstr(term, "alpha"));
    type("key beta 5\r\0055");
    ck_assert_str_eq(cons.mux[0].connected->opt.tag, "beta");
    type("\005.help\r");
    expect_term("Ctrl-E x  connect to alpha");
    term_clear();
    type("conn\ta\t\r");
    expect_term("Connecting to 'alpha'");
    type("\005.");
    term_clear();
    char words[2 * (COMMAND_MAX_ARGS + 8) + 1] = "ls";
    for (unsigned i = 2; i < sizeof words - 2; i += 2)
        memcpy(words + i, " b", 3);
    type(words); // more than a command takes
    type("\r");
    ck_assert_ptr_null(strstr(term, "alpha"));
}
END_TEST

static int ended; // 1 off, 2 restarted
static char const *end_error;

static char const *end_machine(bool restart)
{
    ended = restart ? 2 : 1;
    expect_term(restart ? "restarting the machine\r\n" : "switching the machine off\r\n"); // it stands on the terminal already
    return end_error;
}

START_TEST(machine_ends)
{
    type("shutdown\r");
    expect_term("shutdown: cons has no capability 'pfc'");
    term_clear();
    type("reboot\r");
    expect_term("reboot: cons has no capability 'pfc'");
    cons.host.end_machine = end_machine;
    type("shutdown now\r"); // it takes no argument
    ck_assert_int_eq(ended, 0);
    term_clear();
    type("shutdown\r");
    ck_assert_int_eq(ended, 1);
    expect_term("switching the machine off");
    end_error = "Not permitted";
    term_clear();
    type("reboot\r");
    ck_assert_int_eq(ended, 2);
    expect_term("restarting the machine\r\nreboot: the kernel refuses: Not permitted\r\n");
}
END_TEST

START_TEST(cat_tail_grep)
{
    struct client *a = client("a", 0);
    put(a, "one\r\ntwo\r\nthree two\r\nfour\r\n");
    term_clear();
    type("tail a 2\r");
    ck_assert_str_eq(term, "tail a 2\r\nthree two\r\nfour\r\ncons> ");
    term_clear();
    type("grep -n two\r");
    ck_assert_str_eq(term, "grep -n two\r\na:2:two\r\na:3:three two\r\ncons> ");
    term_clear();
    type("grep -c TWO a\rgrep -ci TWO a\r");
    ck_assert_str_eq(term, "grep -c TWO a\r\n0\r\ncons> grep -ci TWO a\r\n2\r\ncons> ");
    term_clear();
    type("grep -B1 -A1 four a\r");
    ck_assert_str_eq(term, "grep -B1 -A1 four a\r\nthree two\r\nfour\r\ncons> ");
    term_clear();
    type("grep -v o a\rgrep -w tw a\rgrep\r");
    expect_term("Usage: grep");
    ck_assert_ptr_null(strstr(term, "three"));
    char longest[1100];
    memset(longest, 'x', sizeof longest);
    memcpy(longest + sizeof longest - 8, "needle\n", 8);
    put(a, longest);
    term_clear();
    type("grep needle a\rgrep -c xxx a\r"); // of a longer line only so much is looked at
    expect_term("cons> grep -c xxx a\r\n1\r\n");
    input_waits = true;
    for (int i = 0; i < 1000; i++)
        put(a, "0123456789\r\n");
    term_clear();
    type("cat a\r");
    expect_term("[Got input, stopping output.]");
}
END_TEST

START_TEST(numbers_are_checked)
{
    put(client("a", 0), "one\r\ntwo\r\n");
    term_clear();
    type("tail a -1\r");
    expect_term("tail: '-1' is no number of lines\r\n");
    term_clear();
    type("tail a 4294967296\r"); // more than an int holds: all
    ck_assert_str_eq(term, "tail a 4294967296\r\none\r\ntwo\r\ncons> ");
    term_clear();
    type("tail a 99999999999999999999\r");
    expect_term("one\r\ntwo\r\n");
    term_clear();
    type("grep -A -1 one a\r");
    expect_term("Usage: grep");
    ck_assert_ptr_null(strstr(term, "two"));
}
END_TEST

START_TEST(dead_client_says_once_that_input_is_lost)
{
    struct client *a = client("a", '1');
    type("\0051");
    cons_client_gone(&cons, a);
    term_clear();
    type("hello\r");
    ck_assert_str_eq(term, "[this client has ended, input is lost; Ctrl-E . goes back]\r\n");
    ck_assert_uint_eq(inbuf_pending(&a->in), 0);
    type("\005.");
    ck_assert_ptr_null(cons.host.clients.first);
}
END_TEST

START_TEST(dead_clients)
{
    struct client *a = client("a", '1');
    put(a, "last words\r\n");
    cons_client_gone(&cons, a);
    ck_assert_uint_eq(released, 0); // nobody saw them yet
    type("ls\r");
    expect_term("[X]");
    type("\0051");
    expect_term("last words");
    struct client *again = client("a", '1');
    ck_assert_ptr_eq(cons.mux[0].connected, again);
    ck_assert_uint_eq(released, 1);
    ck_assert_uint_eq(again->index, 0);
    type("\005.");
    cons_client_gone(&cons, again); // wrote nothing
    ck_assert_ptr_null(cons.host.clients.first);

    struct client *k = client("k", 0);
    k->opt.keep = true;
    cons_client_gone(&cons, k);
    ck_assert_ptr_eq(cons.host.clients.first, k);
    type("drop k\r");
    ck_assert_ptr_null(cons.host.clients.first);
    for (int i = 0; i < 20; i++) {
        struct client *d = client("d", 0);
        put(d, "x");
        cons_client_gone(&cons, d);
    }
    unsigned n = 0;
    for (struct client *c = cons.host.clients.first; c; c = c->next)
        n++;
    ck_assert_uint_le(n, 4);
}
END_TEST

START_TEST(shown_client_dies_with_an_open_line)
{
    cons.show_all = true;
    struct client *a = client("a", 0);
    client_write(a, "bye", 3, now);
    cons_client_gone(&cons, a);
    pump(0);
    expect_term("a       | bye");
    ck_assert_ptr_null(cons.host.clients.first);
    ck_assert_uint_eq(released, 1);
    struct client *b = client("b", 0);
    put(b, "hi\n");
    expect_term("b       | hi\r\n");
}
END_TEST

START_TEST(clients_of_one_tag_are_numbered)
{
    client("vm", 'a');
    struct client *second = client("vm", 0);
    ck_assert_uint_eq(second->index, 1);
    type("c vm:1\r");
    ck_assert_ptr_eq(cons.mux[0].connected, second);
}
END_TEST

START_TEST(console_that_adds_cr)
{
    port.adds_cr = true;
    struct client *a = client("a", '1');
    type("\0051");
    term_clear();
    put(a, "x\r\ny\r\n");
    port.adds_cr = false;
    ck_assert_str_eq(term, "x\ny\n");
}
END_TEST

START_TEST(typed_line_survives_output)
{
    cons.show_all = true;
    struct client *a = client("a", 0);
    type("hel");
    put(a, "news\n");
    pump(MUX_PROMPT_IDLE_US);
    expect_term("news\r\ncons> hel");
    term_clear();
    pump(0);
    type("p\r");
    expect_term("back to this prompt");
}
END_TEST

// Who makes clients that end pushes nobody else's last words out.
START_TEST(dead_of_each_owner)
{
    static char const a, b;
    struct client *mine = client("victim", 0);
    mine->owner = &a;
    client_write(mine, "last words\n", 11, now);
    cons_client_gone(&cons, mine);
    for (unsigned i = 0; i < 20; i++) {
        struct client *c = client("rogue", 0);
        c->owner = &b;
        client_write(c, "x\n", 2, now);
        cons_client_gone(&cons, c);
    }
    ck_assert_ptr_eq(clients_by_name(&cons.host.clients, "victim"), mine);
    ck_assert_uint_eq(released, 20 - 4);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cons multiplexer");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, shown_clients_have_tags);
    tcase_add_test(t, colours_end_with_the_line);
    tcase_add_test(t, unfinished_lines_wait_and_continue);
    tcase_add_test(t, a_carriage_return_repeats_the_tag);
    tcase_add_test(t, shown_clients_cannot_move_the_cursor);
    tcase_add_test(t, connected_client_is_raw_and_alone_gets_input);
    tcase_add_test(t, echo_follows_the_attributes);
    tcase_add_test(t, hidden_output_is_shown_on_connect_once);
    tcase_add_test(t, a_prompt_is_shown_again_on_connect);
    tcase_add_test(t, lost_bytes_are_counted);
    tcase_add_test(t, input_comes_through_during_a_long_replay);
    tcase_add_test(t, hide_and_show);
    tcase_add_test(t, show_option_and_autoconnect);
    tcase_add_test(t, commands);
    tcase_add_test(t, machine_ends);
    tcase_add_test(t, cat_tail_grep);
    tcase_add_test(t, numbers_are_checked);
    tcase_add_test(t, dead_client_says_once_that_input_is_lost);
    tcase_add_test(t, dead_clients);
    tcase_add_test(t, shown_client_dies_with_an_open_line);
    tcase_add_test(t, clients_of_one_tag_are_numbered);
    tcase_add_test(t, console_that_adds_cr);
    tcase_add_test(t, typed_line_survives_output);
    tcase_add_test(t, dead_of_each_owner);
    return unit_run(s);
}
