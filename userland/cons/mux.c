// SPDX-License-Identifier: MIT
#include "mux.h"

#include <stdio.h>
#include <string.h>

#define BACKLOG_STEP 4096u // bytes of one client brought to the terminal in one go
#define PARTIAL_LINE_MAX 256u

void mux_init(struct mux *m, struct mux_host *host, unsigned index, char const *name,
              struct screen_port *port)
{
    memset(m, 0, sizeof *m);
    m->host = host;
    m->index = index;
    snprintf(m->name, sizeof m->name, "%s", name);
    screen_init(&m->screen, port);
    m->prompt_due = 0;
}

static struct client_view *view_of(struct mux const *m, struct client *c)
{
    return &c->view[m->index];
}

static void draw_prompt(struct mux *m)
{
    if (m->prompt_drawn || m->connected)
        return;
    screen_newline(&m->screen);
    screen_printf(&m->screen, "%s> ", m->name);
    screen_text(&m->screen, m->line.text);
    m->prompt_drawn = true;
    m->prompt_due = MUX_NEVER;
}

// Makes room for output that comes while the prompt stands on the terminal.
static void hide_prompt(struct mux *m, uint64_t now)
{
    if (m->connected)
        return;
    if (m->prompt_drawn)
        screen_erase_line(&m->screen);
    m->prompt_drawn = false;
    m->prompt_due = now + MUX_PROMPT_IDLE_US;
}

void mux_message(struct mux *m, char const *line, uint64_t now)
{
    hide_prompt(m, now);
    screen_newline(&m->screen);
    screen_printf(&m->screen, "%s\n", line);
}

void mux_connect(struct mux *m, struct client *c)
{
    struct client *before = m->connected;
    struct client_view *v = view_of(m, c);
    if (!before && m->prompt_drawn)
        screen_erase_line(&m->screen);
    m->prompt_drawn = false;
    m->prompt_due = MUX_NEVER;
    line_clear(&m->line);
    screen_newline(&m->screen);
    screen_printf(&m->screen, "------------- Connecting to '%s' -------------\n", c->opt.tag);
    if (c->dead)
        screen_text(&m->screen, "[this client has ended]\n");
    m->connected = c;
    m->told_dead = false;
    if (before && before != c)
        m->host->drop_if_dead(m->host, before);
    // Where watching stopped inside a line (a prompt above all), that line is shown again.
    if (v->pos >= outbuf_begin(&c->out)) {
        uint64_t min = v->pos > PARTIAL_LINE_MAX ? v->pos - PARTIAL_LINE_MAX : 0;
        v->pos = outbuf_line_start(&c->out, v->pos, min);
    }
}

void mux_disconnect(struct mux *m)
{
    struct client *c = m->connected;
    if (!c)
        return;
    m->connected = NULL;
    screen_newline(&m->screen);
    m->prompt_drawn = false;
    m->prompt_due = 0;
    m->host->drop_if_dead(m->host, c);
}

static void prompt_char(struct mux *m, char ch)
{
    draw_prompt(m);
    char const echo[2] = {ch, 0};
    switch (line_feed(&m->line, ch)) {
    case LINE_ADDED:
        screen_text(&m->screen, echo);
        break;
    case LINE_RUBOUT:
        screen_text(&m->screen, "\b \b");
        break;
    case LINE_KILLED:
        screen_erase_line(&m->screen);
        m->prompt_drawn = false;
        draw_prompt(m);
        break;
    case LINE_CLEAR_SCREEN:
        screen_text(&m->screen, "\033[2J\033[H");
        m->screen.open = false;
        m->prompt_drawn = false;
        draw_prompt(m);
        break;
    case LINE_COMPLETE:
        if (!m->host->complete_line(m, &m->line))
            screen_erase_line(&m->screen);
        m->prompt_drawn = false;
        draw_prompt(m);
        break;
    case LINE_ENTERED: {
        char text[LINE_MAX_LEN + 1];
        memcpy(text, m->line.text, sizeof text);
        line_clear(&m->line);
        screen_text(&m->screen, "\n");
        m->prompt_drawn = false;
        m->host->run_line(m, text);
        draw_prompt(m);
        break;
    }
    case LINE_FULL:
        screen_text(&m->screen, "\a");
        break;
    case LINE_IGNORED:
        break;
    }
}

static void client_char(struct mux *m, char ch)
{
    struct client *c = m->connected;
    if (c->dead) {
        if (!m->told_dead)
            screen_text(&m->screen, "[this client has ended, input is lost; Ctrl-E . goes back]\n");
        m->told_dead = true;
        return;
    }
    char echo = client_input(c, ch);
    if (echo == '\n')
        screen_raw(&m->screen, c, "\r\n", 2, NULL, false);
    else if (echo)
        screen_raw(&m->screen, c, &echo, 1, NULL, false);
}

static void set_shown(struct mux *m, bool shown)
{
    for (struct client *c = m->host->clients.first; c; c = c->next)
        if (shown || c != m->connected)
            view_of(m, c)->shown = shown;
}

static void shortcut(struct mux *m, char ch)
{
    struct client *c = clients_by_key(&m->host->clients, ch);
    if (c)
        mux_connect(m, c);
    else if (m->connected)
        client_char(m, KEY_CTRL_E);
}

static void handle_key(struct mux *m, struct key_event e)
{
    switch (e.kind) {
    case KEY_NONE:
        break;
    case KEY_PREFIX:
        screen_raw(&m->screen, m->connected, "[Ctrl-E]", 8, NULL, false);
        break;
    case KEY_CHAR:
        if (m->connected)
            client_char(m, e.ch);
        else
            prompt_char(m, e.ch);
        break;
    case KEY_DISCONNECT:
        mux_disconnect(m);
        break;
    case KEY_BREAK:
        screen_raw(&m->screen, m->connected, "[Break]", 7, NULL, false);
        client_break(m->connected);
        break;
    case KEY_HIDE_OTHERS:
        set_shown(m, false);
        break;
    case KEY_SHOW_ALL:
        set_shown(m, true);
        break;
    case KEY_SHORTCUT:
        shortcut(m, e.ch);
        break;
    }
}

void mux_input(struct mux *m, char const *data, size_t n, uint64_t now)
{
    (void)now;
    for (size_t i = 0; i < n; i++)
        handle_key(m, keys_feed(&m->keys, data[i], m->connected != NULL));
    screen_flush(&m->screen);
}

// How much of [pos, end) is shown now: the connected client's bytes at once, those of others by
// lines, an unfinished line when it has been waiting for long enough. *due: when more becomes due.
static uint64_t showable(struct mux *m, struct client *c, uint64_t now, uint64_t *due)
{
    struct client_view *v = view_of(m, c);
    uint64_t end = c->out.end;
    if (m->connected == c || !c->opt.line_ms || c->dead)
        return end;
    uint64_t wait_end = c->last_write + (uint64_t)c->opt.line_ms * 1000;
    if (now >= wait_end)
        return end;
    uint64_t line = outbuf_line_start(&c->out, end, v->pos);
    if (line < end && wait_end < *due)
        *due = wait_end;
    // Bytes that are gone already are reported with the next line.
    return line > v->pos ? line : v->pos;
}

static void show_range(struct mux *m, struct client *c, uint64_t end, uint64_t now)
{
    struct client_view *v = view_of(m, c);
    char stamp[32];
    char const *st = NULL;
    if (c->opt.timestamp) {
        snprintf(stamp, sizeof stamp, "[%5lu.%03lu] ", (unsigned long)(now / 1000000),
                 (unsigned long)(now / 1000 % 1000));
        st = stamp;
    }
    while (v->pos < end) {
        char const *data;
        size_t n = outbuf_peek(&c->out, v->pos, &data);
        if (n > end - v->pos)
            n = (size_t)(end - v->pos);
        bool begin = v->pos <= outbuf_begin(&c->out) || outbuf_at(&c->out, v->pos - 1) == '\n';
        if (m->connected == c)
            screen_raw(&m->screen, c, data, n, st, begin);
        else
            screen_tagged(&m->screen, c, data, n, st, begin);
        v->pos += n;
    }
}

static void report_gone(struct mux *m, struct client *c)
{
    struct client_view *v = view_of(m, c);
    uint64_t begin = outbuf_begin(&c->out);
    if (v->pos >= begin)
        return;
    screen_newline(&m->screen);
    screen_printf(&m->screen, "[%s: %llu bytes of earlier output are gone]\n", c->opt.tag,
                  (unsigned long long)(begin - v->pos));
    v->pos = begin;
}

static uint64_t pump_client(struct mux *m, struct client *c, uint64_t now)
{
    struct client_view *v = view_of(m, c);
    uint64_t due = MUX_NEVER;
    if ((m->connected != c && !v->shown) || v->pos == c->out.end)
        return due;
    uint64_t end = showable(m, c, now, &due);
    if (end == v->pos)
        return due;
    hide_prompt(m, now);
    report_gone(m, c);
    if (end - v->pos > BACKLOG_STEP) {
        end = v->pos + BACKLOG_STEP;
        due = now;
    }
    show_range(m, c, end, now);
    return due;
}

uint64_t mux_pump(struct mux *m, uint64_t now)
{
    uint64_t due = MUX_NEVER;
    struct client *next;
    for (struct client *c = m->host->clients.first; c; c = next) {
        next = c->next;
        uint64_t d = pump_client(m, c, now);
        if (d < due)
            due = d;
        if (c->dead && view_of(m, c)->shown && view_of(m, c)->pos == c->out.end)
            m->host->drop_if_dead(m->host, c);
    }
    if (!m->connected && !m->prompt_drawn) {
        if (now >= m->prompt_due && due > now)
            draw_prompt(m);
        else if (m->prompt_due < due)
            due = m->prompt_due > now ? m->prompt_due : now;
    }
    screen_flush(&m->screen);
    return due;
}
