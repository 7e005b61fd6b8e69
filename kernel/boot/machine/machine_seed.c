// SPDX-License-Identifier: MIT
// Random bytes that firmware leaves in the tree (dt-schema, chosen: rng-seed). Who knows them knows where everything lies.
#include "machine.h"

#include "dt/dt_index.h"

#include <libfdt.h>

static char const property[] = "rng-seed";

void machine_read_seed(void const *fdt, struct machine *m)
{
    int size;
    uint8_t const *p = fdt_getprop(fdt, dt_top(fdt, "chosen"), property, &size);
    if (p && size < (int)sizeof(m->seed)) // some words would be less than who gets them counts on
        return;
    for (int i = 0; p && i < size; i++)
        m->seed[(unsigned)i / 8 % BOOT_SEED_WORDS] ^= (uint64_t)p[i] << 8 * ((unsigned)i % 8);
}

void machine_forget_seed(void *fdt)
{
    int size, node = fdt_path_offset(fdt, "/chosen");
    uint8_t *p = node < 0 ? NULL : fdt_getprop_w(fdt, node, property, &size);
    for (int i = 0; p && i < size; i++)
        p[i] = 0;
}
