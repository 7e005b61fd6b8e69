// SPDX-License-Identifier: MIT
#include "command_line.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORTS_DEFAULT = 256, PORTS_MAX = 4096, QUEUE_DEFAULT = 256, QUEUE_MAX = 32768 };

static struct option const long_options[] = {
    { "ports", required_argument, NULL, 'p' },
    { "size", required_argument, NULL, 's' },
    { "mac", no_argument, NULL, 'm' },
    { "quiet", no_argument, NULL, 'q' },
    { "verbose", no_argument, NULL, 'v' },
    { "register-ds", required_argument, NULL, 'd' },
    { 0 },
};

// A number from 1 to max; 0: it is none.
static unsigned number(char const *text, unsigned max)
{
    char *end = NULL;
    unsigned long n = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
    return n && n <= max && !*end ? (unsigned)n : 0;
}

static bool refuse(int option, char const *value, char const *why)
{
    fprintf(stderr, "-%c %s: %s\n", option, value, why);
    return false;
}

static bool one_of(char const *const *words, char const *text, size_t len)
{
    for (; *words; words++)
        if (strlen(*words) == len && !memcmp(*words, text, len))
            return true;
    return false;
}

// [COMPONENT=]LEVEL. Of the levels, "quiet" and "warn" leave out what is said of ports that come and go.
static bool read_level(struct command_line *c, char const *text)
{
    static char const *const components[] = { "core", "virtio", "port", "request", "queue", "packet", NULL };
    static char const *const levels[] = { "quiet", "warn", "info", "debug", "trace", NULL };
    char const *equals = strchr(text, '=');
    char const *level = equals ? equals + 1 : text;
    if (equals && !one_of(components, text, (size_t)(equals - text)))
        return refuse('D', text, "components are core, virtio, port, request, queue and packet");
    if (!one_of(levels, level, strlen(level)))
        return refuse('D', text, "levels are quiet, warn, info, debug and trace");
    if (!equals)
        c->quiet = *level == 'q' || *level == 'w';
    return true;
}

static bool add_ds(struct command_line *c, char const *name)
{
    if (c->ds_count == COMMAND_LINE_DS)
        return refuse('d', name, "more than 16 dataspaces");
    c->ds[c->ds_count++] = name;
    return true;
}

static bool read_option(struct command_line *c, int option, char const *value)
{
    switch (option) {
    case 'p':
        c->ports = number(value, PORTS_MAX);
        return c->ports || refuse('p', value, "a switch has 1 to 4096 ports");
    case 's':
        c->queue_size = number(value, QUEUE_MAX);
        return (c->queue_size && !(c->queue_size & (c->queue_size - 1)))
               || refuse('s', value, "the size of a queue is a power of two from 1 to 32768");
    case 'M':
        c->own_macs = false;
        return true;
    case 'm': // once meant that ports get addresses, as they do
        return true;
    case 'q':
    case 'v':
        c->quiet = option == 'q';
        return true;
    case 'D':
        return read_level(c, value);
    default:
        return add_ds(c, value);
    }
}

bool command_line_read(struct command_line *c, int argc, char **argv)
{
    *c = (struct command_line){ .ports = PORTS_DEFAULT, .queue_size = QUEUE_DEFAULT, .own_macs = true };
    optind = 0; // picolibc begins anew then
    for (int opt; (opt = getopt_long(argc, argv, "+:p:s:MmqvD:d:", long_options, NULL)) != -1;) {
        if (opt == ':' || opt == '?') {
            fprintf(stderr, "option '%s': %s\n", argv[optind - 1],
                    opt == ':' ? "lacks its argument" : "there are -p, -s, -M, -m, -q, -v, -D and -d");
            return false;
        }
        if (!read_option(c, opt, optarg))
            return false;
    }
    if (optind < argc)
        fprintf(stderr, "argument '%s': this program takes options only\n", argv[optind]);
    return optind >= argc;
}
