// SPDX-License-Identifier: MIT
#include "options.h"

#include "log.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct option const long_options[] = {
    {"kernel", required_argument, NULL, 'k'},
    {"dtb", required_argument, NULL, 'd'},
    {"ramdisk", required_argument, NULL, 'r'},
    {"cmdline", required_argument, NULL, 'c'},
    {"rambase", required_argument, NULL, 'b'},
    {"debug", required_argument, NULL, 'D'},
    {"verbose", no_argument, NULL, 'v'},
    {"quiet", no_argument, NULL, 'q'},
    {"wakeup-on-system-resume", no_argument, NULL, 'W'},
    {"fault-mode", required_argument, NULL, 'f'},
    {"dt-mod", required_argument, NULL, 'm'},
    {"vcpus", required_argument, NULL, 'V'},
    {"reused-ram", no_argument, NULL, 'R'},
    {NULL, 0, NULL, 0},
};

static bool parse_number(char const *s, uint64_t *n)
{
    char *end;
    *n = strtoull(s, &end, 0);
    return *s && !*end;
}

static int add_dtb(struct options *o, char *arg, char *err, unsigned size)
{
    char *limit = strstr(arg, ":limit=");
    if (limit) {
        *limit = 0;
        if (!parse_number(limit + 7, &o->dtb_limit) || !o->dtb_limit) {
            snprintf(err, size, "--dtb %s: limit '%s' is not a positive number", arg, limit + 7);
            return -1;
        }
    }
    if (o->num_dtbs == OPT_MAX_DTBS) {
        snprintf(err, size, "--dtb %s: more than %d trees and overlays", arg, OPT_MAX_DTBS);
        return -1;
    }
    o->dtb[o->num_dtbs++] = arg;
    return 0;
}

static int set_vcpus(struct options *o, char const *arg, char *err, unsigned size)
{
    uint64_t n;
    if (!parse_number(arg, &n) || n < 1 || n > OPT_MAX_VCPUS) {
        snprintf(err, size, "--vcpus: '%s' is no number from 1 to %d", arg, OPT_MAX_VCPUS);
        return -1;
    }
    o->vcpus = (unsigned)n;
    return 0;
}

static int debug_level(char const *arg)
{
    static char const *const names[] = {"quiet", "warn", "info", "trace"};
    static int const levels[] = {LOG_QUIET, LOG_WARN, LOG_INFO, LOG_TRACE};
    char const *eq = strchr(arg, '='); // "component=level": one level for all here
    for (unsigned i = 0; i < 4; i++)
        if (!strcmp(eq ? eq + 1 : arg, names[i]))
            return levels[i];
    return -2;
}

static int apply(struct options *o, int c, char *err, unsigned size)
{
    switch (c) {
    case 'k':
        o->kernel = optarg;
        return 0;
    case 'd':
        return add_dtb(o, optarg, err, size);
    case 'r':
        o->ramdisk = optarg;
        return 0;
    case 'c':
        o->cmdline = optarg;
        return 0;
    case 'b':
        if (parse_number(optarg, &o->ram_base))
            return 0;
        snprintf(err, size, "--rambase: '%s' is no number", optarg);
        return -1;
    case 'D':
        if (debug_level(optarg) >= LOG_QUIET)
            o->verbosity = debug_level(optarg);
        else
            log_warn("--debug: unknown level in '%s', ignored", optarg);
        return 0;
    case 'v':
        o->verbosity++;
        return 0;
    case 'q':
        o->verbosity = LOG_QUIET;
        return 0;
    case 'W':
        return 0;
    case 'f':
        if (!strcmp(optarg, "ignore") || !strcmp(optarg, "halt")) {
            o->fault_mode = optarg[0] == 'h' ? FAULT_HALT : FAULT_IGNORE;
            return 0;
        }
        snprintf(err, size, "invalid --fault-mode: %s (ignore or halt)", optarg);
        return -1;
    case 'm':
        if (o->num_mods < OPT_MAX_MODS) {
            o->mod[o->num_mods++] = optarg;
            return 0;
        }
        snprintf(err, size, "--dt-mod %s: more than %d changes", optarg, OPT_MAX_MODS);
        return -1;
    case 'V':
        return set_vcpus(o, optarg, err, size);
    case 'R':
        o->reused_ram = true;
        return 0;
    case 'i':
        snprintf(err, size, "-i no longer exists: identity mapping follows from the device tree");
        return -1;
    default:
        return -1;
    }
}

int options_parse(struct options *o, int argc, char **argv, char *err, unsigned size)
{
    *o = (struct options){.kernel = "rom/zImage", .dtb_limit = ~0ull, .verbosity = LOG_WARN};
    opterr = 0;
    optind = 0; // from the start, also when called again
    for (;;) {
        int at = optind ? optind : 1;
        int c = getopt_long(argc, argv, "+:k:d:r:c:b:vqD:f:im:", long_options, NULL);
        if (c == -1)
            break;
        if (c == '?' || c == ':') {
            snprintf(err, size, c == '?' ? "unknown command-line option '%s'"
                                         : "option '%s' needs an argument", argv[at]);
            return -1;
        }
        if (apply(o, c, err, size))
            return -1;
    }
    if (optind < argc) {
        snprintf(err, size, "'%s' is no option; uvmm takes no other arguments", argv[optind]);
        return -1;
    }
    return 0;
}
