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
#include "pci/ecam.h"
#include "vbus.h"

static struct srv server;
static unsigned verbosity = CONFIG_WARNING;

static char const *mmio_check(uint64_t start, uint64_t end)
{
    l4_kernel_info_t const *kip = l4_kip();
    return memory_map_check(l4_kip_memdescs(kip), kip->mem_descs_num, start, end);
}

static bool has_iommu(void)
{
    return !l4_is_invalid_cap(l4re_env_get_cap("iommu"));
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
    .mmio_check = mmio_check, .irq_check = vicu_check, .pci_open = ecam_open, .has_iommu = has_iommu, .publish = publish,
    .log = log_line,
};

// Loads one file. Errors are messages; busses that are not there because of them are refused in the end (refuse_others).
static void load(struct config *c, char const *file)
{
    void const *text;
    l4_size_t size;
    int err = l4re_file_map(file, &text, &size);
    if (err < 0) {
        fprintf(stderr, "%s: cannot open/read file: %s\n", file, l4sys_errtostr(err));
        return;
    }
    if (verbosity >= CONFIG_INFO)
        printf("Loading: config '%s'\n", file);
    config_run(c, file, text, size);
    l4re_file_unmap(text);
}

// Capabilities that io uses itself.
static bool is_own(char const *name)
{
    return !strcmp(name, "sigma0") || !strcmp(name, "icu") || !strcmp(name, "iommu");
}

// What else was passed in as the server's end of a channel: the bus of a file that has errors, or does not exist. Its clients
// get an error, and do not wait for ever. Returns how many there are.
static unsigned refuse_others(void)
{
    unsigned refused = 0;
    for (l4re_env_cap_entry_t const *e = l4re_env()->caps; e && e->flags != L4RE_ENV_CAPS_END; e++) {
        char name[L4RE_ENV_NAME_LEN + 1] = "";
        memcpy(name, e->name, L4RE_ENV_NAME_LEN);
        if (is_own(name) || vbus_exists(name) || vbus_refuse(&server, e->cap) < 0)
            continue;
        fprintf(stderr, "bus '%s' is not configured: who asks for it gets an error\n", name);
        refused++;
    }
    return refused;
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
        load(c, argv[i]);
    config_finish(c);
    unsigned refused = refuse_others();
    if (refused)
        fprintf(stderr, "Waiting for requests. %u of the busses could not be configured.\n", refused);
    else
        fprintf(stderr, "Ready. Waiting for requests.\n");
    srv_loop(&server);
}
