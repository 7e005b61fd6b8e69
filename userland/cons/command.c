// SPDX-License-Identifier: MIT
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command {
    char const *name;
    int min_args, max_args; // without the name of the command
    void (*run)(struct mux *m, int argc, char **args);
    char const *args;
    char const *meaning;
};

struct client *command_client(struct mux *m, char const *command, char const *name)
{
    struct client *c = clients_by_name(&m->host->clients, name);
    if (!c)
        screen_printf(&m->screen, "%s: console '%s' not found\n", command, name);
    return c;
}

static void cmd_connect(struct mux *m, int argc, char **args)
{
    (void)argc;
    struct client *c = command_client(m, args[0], args[1]);
    if (c)
        mux_connect(m, c);
}

static void cmd_clear(struct mux *m, int argc, char **args)
{
    (void)argc, (void)args;
    screen_text(&m->screen, "\033[2J\033[H");
    m->screen.open = false;
}

static void set_shown(struct mux *m, char **args, bool shown)
{
    struct client *c = command_client(m, args[0], args[1]);
    if (c)
        c->view[m->index].shown = shown;
}

static void set_all_shown(struct mux *m, bool shown)
{
    for (struct client *c = m->host->clients.first; c; c = c->next)
        c->view[m->index].shown = shown;
}

static void cmd_show(struct mux *m, int argc, char **args)
{
    (void)argc;
    set_shown(m, args, true);
}

static void cmd_hide(struct mux *m, int argc, char **args)
{
    (void)argc;
    set_shown(m, args, false);
}

static void cmd_showall(struct mux *m, int argc, char **args)
{
    (void)argc, (void)args;
    set_all_shown(m, true);
}

static void cmd_hideall(struct mux *m, int argc, char **args)
{
    (void)argc, (void)args;
    set_all_shown(m, false);
}

static void cmd_keep(struct mux *m, int argc, char **args)
{
    (void)argc;
    struct client *c = command_client(m, args[0], args[1]);
    if (c)
        c->opt.keep = true;
}

static void cmd_drop(struct mux *m, int argc, char **args)
{
    (void)argc;
    struct client *c = command_client(m, args[0], args[1]);
    if (!c)
        return;
    c->opt.keep = false;
    m->host->drop_if_dead(m->host, c);
}

static void cmd_key(struct mux *m, int argc, char **args)
{
    if (argc < 3 || strlen(args[2]) != 1) {
        screen_text(&m->screen, "Usage: key <console> <character>\n");
        return;
    }
    struct client *c = command_client(m, args[0], args[1]);
    if (!c)
        return;
    c->opt.key = args[2][0];
    if (clients_key_taken(&m->host->clients, c))
        screen_printf(&m->screen, "key: another console has the key '%c' too\n", c->opt.key);
}

static void cmd_kick(struct mux *m, int argc, char **args)
{
    (void)argc;
    struct client *c = command_client(m, args[0], args[1]);
    if (c && c->input_ready)
        c->input_ready(c);
}

static void cmd_info(struct mux *m, int argc, char **args)
{
    (void)argc, (void)args;
    unsigned living = 0, dead = 0;
    uint64_t bytes = 0;
    for (struct client *c = m->host->clients.first; c; c = c->next) {
        c->dead ? dead++ : living++;
        bytes += (uint64_t)c->out.chunk_count * OUTBUF_CHUNK;
    }
    screen_printf(&m->screen,
                  "Cons -- console multiplexer: %u clients, %u ended, %llu KiB of output kept\n",
                  living, dead, (unsigned long long)bytes / 1024);
}

static void cmd_timestamp(struct mux *m, int argc, char **args)
{
    struct client *c = command_client(m, args[0], args[1]);
    if (c)
        c->opt.timestamp = !(argc > 2 && strcmp(args[2], "off") == 0);
}

static struct command const commands[] = {
    {"c", 1, 1, cmd_connect, "<console>", "same as connect"},
    {"cat", 1, 1, command_cat, "<console>", "print all kept output"},
    {"clear", 0, 0, cmd_clear, "", "clear the screen"},
    {"connect", 1, 1, cmd_connect, "<console>", "show its output as it is, send it what is typed"},
    {"drop", 1, 1, cmd_drop, "<console>", "do not keep it when it has ended"},
    {"grep", 0, COMMAND_MAX_ARGS, command_grep, "[-nwicv] [-A N] [-B N] [-C N] <text> [console]",
     "search the kept output"},
    {"help", 0, 0, command_help, "", "this list"},
    {"hide", 1, 1, cmd_hide, "<console>", "show no output unless connected"},
    {"hideall", 0, 0, cmd_hideall, "", "hide every console"},
    {"info", 0, 0, cmd_info, "", "about this program"},
    {"keep", 1, 1, cmd_keep, "<console>", "keep its output when it has ended"},
    {"key", 0, 2, cmd_key, "<console> <character>", "set the shortcut behind Ctrl-E"},
    {"kick", 1, 1, cmd_kick, "<console>", "raise its input interrupt"},
    {"list", 0, COMMAND_MAX_ARGS, command_list, "[-l] [pattern...]", "list consoles"},
    {"ls", 0, COMMAND_MAX_ARGS, command_list, "[-l] [pattern...]", "same as list"},
    {"reboot", 0, 0, command_reboot, "", "restart the machine"},
    {"show", 1, 1, cmd_show, "<console>", "show its output with its tag"},
    {"showall", 0, 0, cmd_showall, "", "show every console"},
    {"shutdown", 0, 0, command_shutdown, "", "switch the machine off"},
    {"tail", 1, 2, command_tail, "<console> [n]", "print the last n (20) lines"},
    {"timestamp", 1, 2, cmd_timestamp, "<console> [off]", "time in front of each line"},
};
#define NUM_COMMANDS (sizeof commands / sizeof commands[0])

bool command_info(unsigned i, char const **name, char const **args, char const **meaning)
{
    if (i >= NUM_COMMANDS)
        return false;
    *name = commands[i].name;
    *args = commands[i].args;
    *meaning = commands[i].meaning;
    return true;
}

static int split(char *line, char **args)
{
    int argc = 0;
    char *save = NULL;
    char *word = strtok_r(line, " \t", &save);
    for (; word && argc < COMMAND_MAX_ARGS; word = strtok_r(NULL, " \t", &save))
        args[argc++] = word;
    return argc;
}

void command_run(struct mux *m, char *line)
{
    char *args[COMMAND_MAX_ARGS];
    int argc = split(line, args);
    if (!argc)
        return;
    for (unsigned i = 0; i < NUM_COMMANDS; i++) {
        struct command const *cmd = &commands[i];
        if (strcmp(cmd->name, args[0]) != 0)
            continue;
        if (argc - 1 < cmd->min_args || argc - 1 > cmd->max_args)
            screen_printf(&m->screen, "%s: invalid number of arguments (need %d, got %d)\n",
                          args[0], argc <= cmd->min_args ? cmd->min_args : cmd->max_args, argc - 1);
        else
            cmd->run(m, argc, args);
        return;
    }
    screen_printf(&m->screen, "Unknown command '%s'. Use 'help'.\n", args[0]);
}

// Candidate i for the word to complete: commands for the first word, consoles for others.
static bool candidate(struct mux *m, bool first_word, unsigned i, char *buf, size_t size)
{
    if (first_word) {
        if (i >= NUM_COMMANDS)
            return false;
        snprintf(buf, size, "%s", commands[i].name);
        return true;
    }
    struct client *c = m->host->clients.first;
    while (c && i--)
        c = c->next;
    if (c)
        client_name(c, buf, size);
    return c != NULL;
}

bool command_complete(struct mux *m, struct line_edit *l)
{
    char const *space = strrchr(l->text, ' ');
    char const *word = space ? space + 1 : l->text;
    size_t len = strlen(word);
    char name[64], common[64] = "";
    unsigned found = 0;
    for (unsigned i = 0; candidate(m, !space, i, name, sizeof name); i++) {
        if (strncmp(name, word, len) != 0)
            continue;
        if (!found++)
            snprintf(common, sizeof common, "%s", name);
        for (size_t k = 0; common[k]; k++)
            if (common[k] != name[k])
                common[k] = 0;
    }
    if (strlen(common) > len || found == 1) {
        if (found == 1 && strlen(common) < sizeof common - 1)
            strcat(common, " ");
        line_append(l, common + len);
        return false;
    }
    if (!found)
        return false;
    screen_text(&m->screen, "\n");
    for (unsigned i = 0; candidate(m, !space, i, name, sizeof name); i++)
        if (strncmp(name, word, len) == 0)
            screen_printf(&m->screen, "%s ", name);
    screen_text(&m->screen, "\n");
    return true;
}
