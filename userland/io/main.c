// SPDX-License-Identifier: MIT
// io: gives devices of the machine to clients. Lua files say which devices there are and which
// virtual bus has which of them; a client's capability to a bus lets it reach those and no others.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/re/env.h>
#include <l4/re/file.h>
#include <l4/srv/server.h>
#include <l4/sys/kip.h>

#include "config.h"
#include "iomem.h"
#include "memory_map.h"
#include "vbus.h"

static struct srv server;
static unsigned verbosity = CONFIG_WARNING;

static char const *mmio_check(uint64_t start, uint64_t end)
{
    l4_kernel_info_t const *kip = l4_kip();
    return memory_map_check(l4_kip_memdescs(kip), kip->mem_descs_num, start, end);
}

static char const *publish(struct bus *bus)
{
    l4_cap_idx_t gate = l4re_env_get_cap(bus->name);
    if (l4_is_invalid_cap(gate)) {
        bus_free(bus);
        return "io has no capability of that name";
    }
    int err = vbus_create(&server, bus, gate);
    if (err == -L4_EPERM)
        return "the capability is no server end, pass it with :svr()";
    return err < 0 ? l4sys_errtostr(err) : NULL;
}

static void log_line(unsigned level, char const *text)
{
    if (level <= verbosity)
        fprintf(level <= CONFIG_WARNING ? stderr : stdout, "%s\n", text);
}

static struct config_host const host = {
    .mmio_check = mmio_check, .irq_check = vicu_check, .publish = publish, .log = log_line
};

// Loads one file. Returns 0, or -1 when it cannot be read; errors in it are messages only.
static int load(struct config *c, char const *file)
{
    void const *text;
    l4_size_t size;
    int err = l4re_file_map(file, &text, &size);
    if (err < 0) {
        fprintf(stderr, "%s: cannot open/read file: %s\n", file, l4sys_errtostr(err));
        return -1;
    }
    if (verbosity >= CONFIG_INFO)
        printf("Loading: config '%s'\n", file);
    config_run(c, file, text, size);
    l4re_file_unmap(text);
    return 0;
}

// By convention x.vbus publishes bus x. When an error in it prevented that, the clients of x would
// wait for ever: they get an empty bus.
static void serve_in_place_of(char const *file)
{
    char name[BUS_NAME_MAX + 1];
    char const *base = strrchr(file, '/');
    base = base ? base + 1 : file;
    size_t len = strlen(base), ext = strlen(".vbus");
    if (len <= ext || strcmp(base + len - ext, ".vbus") || len - ext > BUS_NAME_MAX)
        return;
    snprintf(name, sizeof(name), "%.*s", (int)(len - ext), base);
    l4_cap_idx_t gate = l4re_env_get_cap(name);
    if (vbus_exists(name) || l4_is_invalid_cap(gate))
        return;
    struct bus *bus = bus_new(name, file);
    if (bus && vbus_create(&server, bus, gate) >= 0)
        fprintf(stderr, "%s publishes no bus '%s': its clients see an empty one\n", file, name);
}

static void parse_options(int argc, char **argv)
{
    static struct option const options[] = {
        { "verbose", no_argument, NULL, 'v' },
        { "transparent-msi", no_argument, NULL, 'm' },
        { "trace", required_argument, NULL, 't' },
        { "acpi-debug-level", required_argument, NULL, 'a' },
        { NULL, 0, NULL, 0 },
    };
    int c;
    while ((c = getopt_long(argc, argv, "v", options, NULL)) != -1)
        switch (c) {
        case 'v':
            verbosity++;
            break;
        case 'm':
        case 't':
        case 'a':
            printf("options for PCI and ACPI have no effect on this machine\n");
            break;
        default:
            exit(EXIT_FAILURE);
        }
}

int main(int argc, char **argv)
{
    printf("Io service\n");
    parse_options(argc, argv);
    if (verbosity >= CONFIG_INFO)
        printf("Verboseness level: %u\n", verbosity);

    l4_cap_idx_t sigma0 = l4re_env_get_cap("sigma0");
    if (l4_is_invalid_cap(sigma0)) {
        fprintf(stderr, "no capability 'sigma0': io cannot get at device memory\n");
        return EXIT_FAILURE;
    }
    iomem_init(sigma0);
    vicu_init(l4re_env_get_cap("icu"));
    int err = srv_init(&server, l4re_env()->main_thread);
    struct config *c = err < 0 ? NULL : config_new(&host);
    if (!c) {
        fprintf(stderr, "start failed: %s\n", err < 0 ? l4sys_errtostr(err) : "out of memory");
        return EXIT_FAILURE;
    }
    for (int i = optind; i < argc; i++)
        if (load(c, argv[i]))
            return EXIT_FAILURE;
    config_finish(c);
    for (int i = optind; i < argc; i++)
        serve_in_place_of(argv[i]);
    fprintf(stderr, "Ready. Waiting for requests.\n");
    srv_loop(&server);
}
