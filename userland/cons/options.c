// SPDX-License-Identifier: MIT
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_LINE_MS = 256 };

static struct option const long_options[] = {
    {"show-all", no_argument, NULL, 'a'},
    {"mux", required_argument, NULL, 'm'},
    {"frontend", required_argument, NULL, 'f'},
    {"virtio-device-frontend", required_argument, NULL, 'V'},
    {"keep", no_argument, NULL, 'k'},
    {"no-line-buffering", no_argument, NULL, 'l'},
    {"line-buffering-ms", required_argument, NULL, OPT_LINE_MS},
    {"timestamp", no_argument, NULL, 't'},
    {"autoconnect", required_argument, NULL, 'c'},
    {"defaultname", required_argument, NULL, 'n'},
    {"defaultbufsize", required_argument, NULL, 'B'},
    {NULL, 0, NULL, 0},
};

static bool number(struct options *o, char const *option, char const *text,
                   unsigned long long *value)
{
    char *rest;
    errno = 0;
    *value = strtoull(text, &rest, 0);
    if (text[0] >= '0' && text[0] <= '9' && !*rest && !errno)
        return true;
    snprintf(o->error, sizeof o->error, "option %s: '%s' is not a number", option, text);
    return false;
}

static bool add_mux(struct options *o, char const *name)
{
    if (o->mux_count == MUX_MAX) {
        snprintf(o->error, sizeof o->error, "option -m: more than %u multiplexers", MUX_MAX);
        return false;
    }
    o->mux[o->mux_count++] = (struct mux_options){.name = name};
    return true;
}

static bool set_frontend(struct options *o, char const *name)
{
    if (!o->mux_count) {
        snprintf(o->error, sizeof o->error, "option -f %s: needs a multiplexer (-m NAME) before it",
                 name);
        return false;
    }
    struct mux_options *m = &o->mux[o->mux_count - 1];
    if (m->frontend) {
        snprintf(o->error, sizeof o->error,
                 "option -f %s: multiplexer '%s' has the front end '%s' already", name,
                 m->name, m->frontend);
        return false;
    }
    m->frontend = name;
    return true;
}

static bool apply(struct options *o, int opt, char const **default_name,
                  char const **default_connect)
{
    unsigned long long n;
    switch (opt) {
    case 'a': o->show_all = true; return true;
    case 'm': return add_mux(o, optarg);
    case 'f': return set_frontend(o, optarg);
    case 'V':
        snprintf(o->error, sizeof o->error,
                 "option -V %s: virtio console front ends are not supported", optarg);
        return false;
    case 'k': o->defaults.keep = true; return true;
    case 'l': o->defaults.line_ms = 0; return true;
    case 't': o->defaults.timestamp = true; return true;
    case 'n': *default_name = optarg; return true;
    case 'c':
        if (o->mux_count)
            o->mux[o->mux_count - 1].autoconnect = optarg;
        else
            *default_connect = optarg;
        return true;
    case OPT_LINE_MS:
        if (!number(o, "--line-buffering-ms", optarg, &n))
            return false;
        o->defaults.line_ms = n > 10000 ? 10000 : (unsigned)n;
        return true;
    case 'B':
        if (!number(o, "-B", optarg, &n))
            return false;
        if (n < CLIENT_BUFSZ_MIN || n > OUTBUF_MAX) {
            snprintf(o->error, sizeof o->error, "option -B: %llu bytes are fewer than %u or more than %u", n,
                     CLIENT_BUFSZ_MIN, OUTBUF_MAX);
            return false;
        }
        o->defaults.bufsz = n;
        return true;
    default: return false;
    }
}

static void describe_unknown(struct options *o, char *const *argv, int opt)
{
    char const *word = argv[optind - 1];
    if (opt == ':')
        snprintf(o->error, sizeof o->error, "option %s: argument missing", word);
    else if (optopt && optopt < 256)
        snprintf(o->error, sizeof o->error, "unknown option -%c", optopt);
    else
        snprintf(o->error, sizeof o->error, "unknown option %s", word);
}

bool options_parse(struct options *o, int argc, char **argv)
{
    char const *default_name = "cons";
    char const *default_connect = NULL;
    int opt;
    memset(o, 0, sizeof *o);
    o->defaults.colour = CLIENT_COLOUR_DEFAULT;
    o->defaults.line_ms = CLIENT_LINE_MS_DEFAULT;
    o->defaults.bufsz = CLIENT_BUFSZ_DEFAULT;
    optind = 0;
    opterr = 0;
    while ((opt = getopt_long(argc, argv, "+:am:f:klc:n:B:tV:", long_options, NULL)) != -1) {
        if (opt == '?' || opt == ':') {
            describe_unknown(o, argv, opt);
            return false;
        }
        if (!apply(o, opt, &default_name, &default_connect))
            return false;
    }
    if (optind < argc) {
        snprintf(o->error, sizeof o->error, "unexpected argument '%s'", argv[optind]);
        return false;
    }
    if (!o->mux_count)
        o->mux[o->mux_count++] = (struct mux_options){default_name, "log", default_connect};
    for (unsigned i = 0; i < o->mux_count; i++)
        if (!o->mux[i].frontend) {
            snprintf(o->error, sizeof o->error, "option -m %s: no front end (-f CAP) follows",
                     o->mux[i].name);
            return false;
        }
    return true;
}
