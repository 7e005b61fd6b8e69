// SPDX-License-Identifier: MIT
// The commands that print kept output: cat, tail, grep.
#include "command.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define GREP_LINE_MAX 1024u // of a longer line only this much is searched and printed

static bool stopped(struct mux *m)
{
    struct screen_port *port = m->screen.port;
    if (!port->input_pending || !port->input_pending(port))
        return false;
    screen_newline(&m->screen);
    screen_text(&m->screen, "[Got input, stopping output.]\n");
    return true;
}

bool command_print_range(struct mux *m, struct client *c, uint64_t pos, uint64_t end)
{
    while (pos < end) {
        char const *data;
        size_t n = outbuf_peek(&c->out, pos, &data);
        if (n > end - pos)
            n = (size_t)(end - pos);
        if (n > sizeof m->screen.buf)
            n = sizeof m->screen.buf;
        screen_raw(&m->screen, c, data, n, NULL, false);
        pos += n;
        if (pos < end && stopped(m))
            return false;
    }
    screen_newline(&m->screen);
    return true;
}

void command_cat(struct mux *m, int argc, char **args)
{
    (void)argc;
    struct client *c = command_client(m, args[0], args[1]);
    if (c)
        command_print_range(m, c, outbuf_begin(&c->out), c->out.end);
}

// Reads a number of lines, at most UINT_MAX. False if the text is none.
static bool read_count(char const *text, unsigned *count)
{
    if (!text[0] || text[strspn(text, "0123456789")])
        return false;
    unsigned long n = strtoul(text, NULL, 10); // ULONG_MAX when it is more
    *count = n < UINT_MAX ? (unsigned)n : UINT_MAX;
    return true;
}

void command_tail(struct mux *m, int argc, char **args)
{
    unsigned n = 20;
    if (argc > 2 && (!read_count(args[2], &n) || n == 0)) {
        screen_printf(&m->screen, "tail: '%s' is no number of lines\n", args[2]);
        return;
    }
    struct client *c = command_client(m, args[0], args[1]);
    if (c)
        command_print_range(m, c, outbuf_tail(&c->out, n), c->out.end);
}

struct grep {
    bool numbers, words, ignore_case, count, invert;
    unsigned long before, after;
    char const *text;
    char const *console; // NULL: all
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool matches_at(struct grep const *g, char const *line, size_t len, size_t at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (g->ignore_case ? lower(line[at + i]) != lower(g->text[i]) : line[at + i] != g->text[i])
            return false;
    return !g->words ||
           ((at == 0 || !is_word(line[at - 1])) && (at + n == len || !is_word(line[at + n])));
}

static bool line_matches(struct grep const *g, char const *line, size_t len)
{
    size_t n = strlen(g->text);
    bool found = false;
    for (size_t at = 0; at + n <= len && !found; at++)
        found = matches_at(g, line, len, at, n);
    return found != g->invert;
}

// Copies the line at pos without its end; returns the position of the next one.
static uint64_t read_line(struct outbuf const *b, uint64_t pos, char *line, size_t *len)
{
    *len = 0;
    while (pos < b->end) {
        char c = outbuf_at(b, pos++);
        if (c == '\n')
            break;
        if (*len < GREP_LINE_MAX)
            line[(*len)++] = c;
    }
    while (*len && line[*len - 1] == '\r')
        --*len;
    return pos;
}

static void print_match(struct mux *m, struct grep const *g, struct client *c, unsigned long number,
                        char const *line, size_t len)
{
    if (!g->console)
        screen_printf(&m->screen, "%s:", c->opt.tag);
    if (g->numbers)
        screen_printf(&m->screen, "%lu:", number);
    screen_raw(&m->screen, NULL, line, len, NULL, false);
    screen_text(&m->screen, "\n");
}

// Start of the line `n` lines before the one at pos, not before `min`.
static uint64_t lines_back(struct outbuf const *b, uint64_t pos, unsigned long n, uint64_t min,
                           unsigned long *did)
{
    for (*did = 0; *did < n && pos > min; ++*did)
        pos = outbuf_line_start(b, pos - 1, min);
    return pos;
}

static bool grep_client(struct mux *m, struct grep const *g, struct client *c)
{
    char line[GREP_LINE_MAX];
    size_t len;
    struct outbuf const *b = &c->out;
    uint64_t printed = outbuf_begin(b); // end of what was printed last
    unsigned long hits = 0, number = 0, follow = 0;
    for (uint64_t pos = printed, next; pos < b->end; pos = next) {
        next = read_line(b, pos, line, &len);
        number++;
        bool hit = line_matches(g, line, len);
        hits += hit;
        if (g->count || (!hit && !follow))
            continue;
        if (hit) {
            unsigned long back;
            uint64_t from = lines_back(b, pos, g->before, printed, &back);
            if ((g->before || g->after) && from > printed && hits > 1)
                screen_text(&m->screen, "--\n");
            for (uint64_t p = from; p < pos; back--) {
                p = read_line(b, p, line, &len);
                print_match(m, g, c, number - back, line, len);
            }
            read_line(b, pos, line, &len);
        }
        print_match(m, g, c, number, line, len);
        printed = next;
        follow = hit ? g->after : follow - 1;
        if (stopped(m))
            return false;
    }
    if (g->count && (hits || g->console)) {
        if (!g->console)
            screen_printf(&m->screen, "%s:", c->opt.tag);
        screen_printf(&m->screen, "%lu\n", hits);
    }
    return true;
}

static bool grep_flags(struct grep *g, char const *flags)
{
    for (; *flags; flags++)
        switch (*flags) {
        case 'n': g->numbers = true; break;
        case 'w': g->words = true; break;
        case 'i': g->ignore_case = true; break;
        case 'c': g->count = true; break;
        case 'v': g->invert = true; break;
        default: return false;
        }
    return true;
}

static bool grep_parse(struct grep *g, int argc, char **args)
{
    for (int i = 1; i < argc; i++) {
        char const *a = args[i];
        if (!g->text && a[0] == '-' && a[1]) {
            if (strchr("ABC", a[1])) {
                char const *number = a[2] ? a + 2 : i + 1 < argc ? args[++i] : "";
                unsigned n;
                if (!read_count(number, &n))
                    return false;
                if (a[1] != 'B')
                    g->after = n;
                if (a[1] != 'A')
                    g->before = n;
            } else if (!grep_flags(g, a + 1))
                return false;
        } else if (!g->text)
            g->text = a;
        else if (!g->console)
            g->console = a;
        else
            return false;
    }
    return g->text != NULL;
}

void command_grep(struct mux *m, int argc, char **args)
{
    struct grep g = {0};
    if (!grep_parse(&g, argc, args)) {
        screen_text(&m->screen,
                    "Usage: grep [-n -w -i -c -v] [-A N] [-B N] [-C N] <text> [console]\n");
        return;
    }
    if (g.console) {
        struct client *c = command_client(m, args[0], g.console);
        if (c)
            grep_client(m, &g, c);
        return;
    }
    for (struct client *c = m->host->clients.first; c; c = c->next)
        if (!grep_client(m, &g, c))
            return;
}
