// SPDX-License-Identifier: MIT
#include "ecam.h"

#include <stdlib.h>

#include <l4/pci/regs.h>
#include <l4/sys/types.h>

#include "../iomem.h"

enum { BUS_SHIFT = 20, MAX_BUSSES = 256 };

struct ecam {
    struct pci_space space; // first
    uint64_t base;
    l4_addr_t bus[MAX_BUSSES]; // where it is mapped; 0: not yet
};

// A bus at a time: most of them nobody looks at.
static l4_addr_t map_bus(struct ecam *e, unsigned bus)
{
    uint64_t const start = e->base + ((uint64_t)bus << BUS_SHIFT);
    if (!e->bus[bus] && iomem_map(start, start + (1u << BUS_SHIFT) - 1, false, &e->bus[bus]) < 0)
        e->bus[bus] = 0;
    return e->bus[bus];
}

static l4_addr_t address(struct pci_space *s, pci_bdf_t f, unsigned reg)
{
    l4_addr_t const bus = pci_bus_of(f) < s->n_busses ? map_bus((struct ecam *)s, pci_bus_of(f)) : 0;
    return bus ? bus + (f & 0xff) * (l4_addr_t)PCIE_SPACE_SIZE + reg : 0;
}

static uint32_t ecam_read(struct pci_space *s, pci_bdf_t f, unsigned reg, unsigned bytes)
{
    l4_addr_t const at = address(s, f, reg);
    uint32_t const all_ones = bytes == 4 ? ~0u : (1u << 8 * bytes) - 1;
    if (!at)
        return all_ones;
    return bytes == 4 ? *(uint32_t volatile *)at : bytes == 2 ? *(uint16_t volatile *)at : *(uint8_t volatile *)at;
}

static void ecam_write(struct pci_space *s, pci_bdf_t f, unsigned reg, unsigned bytes, uint32_t value)
{
    l4_addr_t const at = address(s, f, reg);
    if (!at)
        return;
    if (bytes == 4)
        *(uint32_t volatile *)at = value;
    else if (bytes == 2)
        *(uint16_t volatile *)at = (uint16_t)value;
    else
        *(uint8_t volatile *)at = (uint8_t)value;
}

struct pci_space *ecam_open(uint64_t base, uint64_t size, char const **why)
{
    uint64_t const busses = size >> BUS_SHIFT;
    if (!busses || base & ((1u << BUS_SHIFT) - 1) || base + (size - 1) < base) {
        *why = "cfg_base and cfg_size: whole MiB are needed, one for each bus";
        return NULL;
    }
    struct ecam *e = calloc(1, sizeof(*e));
    if (!e) {
        *why = "out of memory";
        return NULL;
    }
    e->space = (struct pci_space){ecam_read, ecam_write, busses < MAX_BUSSES ? (unsigned)busses : MAX_BUSSES};
    e->base = base;
    if (map_bus(e, 0))
        return &e->space;
    free(e);
    *why = "its configuration space is not to be had";
    return NULL;
}
