// SPDX-License-Identifier: MIT
// The commands list and help.
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Does `name` match a pattern with * and ?
static bool glob_match(char const *pattern, char const *name)
{
    char const *star = NULL, *retry = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star;
            name = ++retry;
        } else
            return false;
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static bool selected(struct client const *c, int argc, char **args)
{
    bool any = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(args[i], "-l") == 0)
            continue;
        any = true;
        if (glob_match(args[i], c->opt.tag))
            return true;
    }
    return !any;
}

static void print_client(struct mux *m, struct client const *c, bool details)
{
    char index[16] = "", key[8] = "", muxes[MUX_MAX * (MUX_NAME_MAX + 3) + 1] = "";
    if (c->index)
        snprintf(index, sizeof index, ":%u", c->index);
    if (c->opt.key)
        snprintf(key, sizeof key, "(%c)", c->opt.key);
    for (unsigned i = 0; i < m->host->mux_count; i++)
        if (m->host->mux[i].connected == c) {
            size_t used = strlen(muxes);
            snprintf(muxes + used, sizeof muxes - used, "[%s]", m->host->mux[i].name);
        }
    screen_printf(&m->screen, "%15s%-4s %3s %s%s", c->opt.tag, index, key, muxes,
                  muxes[0] ? " " : "");
    screen_printf(&m->screen, "out:%5llu/%8llu in:%5llu/%8llu%s%s",
                  (unsigned long long)c->out.lines, (unsigned long long)c->out.end,
                  (unsigned long long)c->in.lines, (unsigned long long)c->in.head,
                  c->view[m->index].shown ? " shown" : "",
                  c->dead ? " [X]" : "");
    if (details) {
        unsigned long long unseen = c->out.end - c->view[m->index].pos;
        screen_printf(&m->screen, " unseen:%llu pending:%zu", unseen, inbuf_pending(&c->in));
        screen_printf(&m->screen, " attr: i=%lo o=%lo l=%lo", (unsigned long)c->i_flags,
                      (unsigned long)c->o_flags, (unsigned long)c->l_flags);
    }
    screen_text(&m->screen, "\n");
}

static int by_tag(void const *a, void const *b)
{
    struct client const *x = *(struct client const *const *)a;
    struct client const *y = *(struct client const *const *)b;
    int order = strcmp(x->opt.tag, y->opt.tag);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

void command_list(struct mux *m, int argc, char **args)
{
    unsigned n = 0;
    bool details = false;
    for (int i = 1; i < argc; i++)
        details |= strcmp(args[i], "-l") == 0;
    for (struct client *c = m->host->clients.first; c; c = c->next)
        n++;
    struct client const **sorted = calloc(n ? n : 1, sizeof *sorted);
    if (!sorted) {
        screen_printf(&m->screen, "%s: out of memory\n", args[0]);
        return;
    }
    n = 0;
    for (struct client *c = m->host->clients.first; c; c = c->next)
        if (selected(c, argc, args))
            sorted[n++] = c;
    qsort(sorted, n, sizeof *sorted, by_tag);
    for (unsigned i = 0; i < n; i++)
        print_client(m, sorted[i], details);
    free(sorted);
}

void command_help(struct mux *m, int argc, char **args)
{
    (void)argc, (void)args;
    char const *name, *arg, *meaning;
    for (unsigned i = 0; command_info(i, &name, &arg, &meaning); i++)
        screen_printf(&m->screen, "  %-10s%-26s %s\n", name, arg, meaning);
    screen_text(&m->screen,
                "Keys while connected:\n"
                "  Ctrl-E .  back to this prompt\n"
                "  Ctrl-E e  send Ctrl-E     Ctrl-E c  send Ctrl-C     Ctrl-E z  send Ctrl-Z\n"
                "  Ctrl-E q  send Escape     Ctrl-E l  send a break\n"
                "Keys at any time:\n"
                "  Ctrl-E h  hide all other consoles     Ctrl-E s  show all consoles\n");
    for (struct client *c = m->host->clients.first; c; c = c->next)
        if (c->opt.key && !c->dead)
            screen_printf(&m->screen, "  Ctrl-E %c  connect to %s\n", c->opt.key, c->opt.tag);
}
