// SPDX-License-Identifier: MIT
#include "options.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct flag_name {
    char const *name;
    unsigned value;
};

static struct flag_name const debug_names[] = {
    { "info", DBG_INFO }, { "nfo", DBG_INFO }, { "warn", DBG_WARN }, { "boot", DBG_BOOT },
    { "server", DBG_SERVER }, { "svr", DBG_SERVER }, { "exceptions", DBG_EXCEPTIONS },
    { "exc", DBG_EXCEPTIONS }, { "loader", DBG_LOADER }, { "ldr", DBG_LOADER },
    { "ns", DBG_NAME_SPACE }, { "all", ~0u }, { NULL, 0 },
};

static struct flag_name const ldr_names[] = {
    { "pre_alloc", 1 }, { "eager_map", 1 }, { "all_segs_cow", 2 }, { "pinned_segs", 4 },
    { NULL, 0 },
};

// Next word of *line, NULL at the end. A word in ' or " is taken as a whole.
static char *next_word(char **line)
{
    char *p = *line + strspn(*line, " \t");
    char quote = *p == '\'' || *p == '"' ? *p : 0;

    if (!*p)
        return NULL;
    p += quote != 0;
    char *end = quote ? strchr(p, quote) : p + strcspn(p, " \t");
    if (!end)
        end = p + strlen(p);
    *line = *end ? end + 1 : end;
    *end = '\0';
    return p;
}

static bool lookup(struct flag_name const *names, char const *word, size_t len, unsigned *mask)
{
    for (; names->name; names++) {
        if (strlen(names->name) == len && memcmp(names->name, word, len) == 0) {
            *mask |= names->value;
            return true;
        }
    }
    return false;
}

static unsigned parse_flags(struct options const *o, struct flag_name const *names,
                            char const *what, char *list)
{
    unsigned mask = 0;

    while (*list) {
        size_t len = strcspn(list, ",|+");
        char sep = list[len];
        if (len && !lookup(names, list, len, &mask)) {
            list[len] = '\0';
            o->warn(what, list);
        }
        list += len + (sep != '\0');
    }
    return mask;
}

static char *value_of(char *word, char const *option)
{
    size_t n = strlen(option);

    return strncmp(word, option, n) == 0 ? word + n : NULL;
}

static void parse_option(struct options *o, char *word)
{
    char *v;

    if ((v = value_of(word, "--init=")))
        o->init = v;
    else if ((v = value_of(word, "--debug=")))
        o->debug = parse_flags(o, debug_names, "unknown argument for --debug", v);
    else if ((v = value_of(word, "--l4re-dbg=")))
        o->l4re_dbg = parse_flags(o, debug_names, "unknown argument for --l4re-dbg", v);
    else if ((v = value_of(word, "--ldr-flags=")))
        o->ldr_flags = parse_flags(o, ldr_names, "unknown argument for --ldr-flags", v);
    else
        o->warn("unknown command-line option", word);
}

void options_parse(struct options *o, char *line)
{
    char *word;

    o->init = "rom/ned";
    o->debug = DBG_INFO | DBG_WARN;
    o->l4re_dbg = DBG_WARN;
    o->ldr_flags = 0;
    o->argc = 1;
    next_word(&line); // moe's own name
    bool options = true;
    while ((word = next_word(&line))) {
        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (options && word[0] == '-') {
            parse_option(o, word);
        } else if (o->argc < OPTIONS_MAX_ARGS) {
            options = false;
            o->argv[o->argc++] = word;
        } else {
            o->warn("too many arguments, ignored", word);
        }
    }
    o->argv[0] = o->init;
    o->argv[o->argc] = NULL;
}
