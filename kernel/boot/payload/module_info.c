// SPDX-License-Identifier: MIT
#include "payload/module_info.h"

#include "payload/contents.h"
#include "payload/payload_check.h"

#include <string.h>

// Copies a string to *at and moves on; gives its physical address.
static uint64_t put_string(char **at, char const *s)
{
    char *to = *at;
    size_t size = strlen(s) + 1;
    memcpy(to, s, size);
    *at += size;
    return (uint64_t)(uintptr_t)to;
}

void module_info_build(struct boot *b)
{
    struct loaded const *base[] = {&b->kernel, &b->sigma0, &b->root};
    unsigned const num_base = sizeof base / sizeof base[0];
    char const *own = b->machine.bootargs ? b->machine.bootargs
                                          : payload_string(b->payload, b->payload->cmdline);

    uint64_t size = sizeof(struct module_info) + strlen(own) + 1 +
                    (num_base + b->num_modules) * sizeof(struct module_info_entry);
    for (unsigned i = 0; i < num_base; i++)
        size += strlen(base[i]->cmdline) + 1;
    for (unsigned i = 0; i < b->num_modules; i++)
        size += strlen(b->modules[i].cmdline) + 1;
    b->module_info = boot_take(b, size, PAGE_SIZE, "the list of modules");

    struct module_info *info = address_pointer(b->module_info.start);
    struct module_info_entry *e = (struct module_info_entry *)(info + 1);
    memset(info, 0, range_size(b->module_info));
    char *strings = (char *)(e + num_base + b->num_modules);
    info->cmdline = put_string(&strings, own);
    info->mods_addr = (uint64_t)(uintptr_t)e;
    info->mods_count = num_base + b->num_modules;
    for (unsigned i = 0; i < num_base; i++, e++)
        *e = (struct module_info_entry){PAYLOAD_KERNEL + i, base[i]->range.start,
                                        base[i]->range.end,
                                        put_string(&strings, base[i]->cmdline)};
    for (unsigned i = 0; i < b->num_modules; i++, e++)
        *e = (struct module_info_entry){PAYLOAD_MODULE, b->modules[i].range.start,
                                        b->modules[i].range.end,
                                        put_string(&strings, b->modules[i].cmdline)};
}
