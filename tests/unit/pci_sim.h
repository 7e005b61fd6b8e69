// SPDX-License-Identifier: MIT
// Configuration spaces that behave as hardware does: bridges pass accesses on by the bus numbers that they have been given,
// bits that are not writable stay. Accesses that hardware would answer by an abort, and sizes read from a device that decodes
// addresses meanwhile, end the test.
#pragma once

#include <check.h>
#include <string.h>

#include "pci/root.h"

enum { SIM_MAX = 320, SIM_ROOT = -1 };

struct sim_function {
    int parent; // index of the bridge before it, or SIM_ROOT
    unsigned devfn;
    struct pci_vconfig regs;
    // Not NULL: what a register reads as; `v` is what it holds.
    uint32_t (*read)(struct sim_function *f, unsigned reg, uint32_t v);
    unsigned reads;
};

struct sim {
    struct pci_space space; // first
    struct sim_function f[SIM_MAX];
    int n;
    unsigned accesses;
};

static inline uint32_t sim_get(struct sim_function *f, unsigned reg, unsigned bytes)
{
    return pci_vconfig_read(&f->regs, reg, bytes);
}

static inline bool sim_is_bridge(struct sim_function *f)
{
    return (sim_get(f, PCI_HEADER_TYPE, 1) & PCI_HEADER_MASK) == PCI_HEADER_BRIDGE;
}

// The bridge whose secondary bus has that number, SIM_ROOT, or -2.
static inline int sim_bus(struct sim *s, unsigned bus)
{
    int at = SIM_ROOT;
    unsigned number = 0;
    for (unsigned depth = 0; number != bus && depth < 300; depth++) {
        int next = -2;
        for (int i = 0; i < s->n; i++)
            if (s->f[i].parent == at && sim_is_bridge(&s->f[i]) && sim_get(&s->f[i], PCI_SECONDARY_BUS, 1) &&
                sim_get(&s->f[i], PCI_SECONDARY_BUS, 1) <= bus && sim_get(&s->f[i], PCI_SUBORDINATE_BUS, 1) >= bus) {
                ck_assert_msg(next == -2, "two bridges pass on bus %u", bus);
                next = i;
            }
        if (next == -2)
            return -2;
        at = next;
        number = sim_get(&s->f[at], PCI_SECONDARY_BUS, 1);
    }
    return at;
}

static inline struct sim_function *sim_find(struct sim *s, pci_bdf_t bdf)
{
    int const bus = sim_bus(s, pci_bus_of(bdf));
    for (int i = 0; i < s->n; i++)
        if (bus != -2 && s->f[i].parent == bus && s->f[i].devfn == (bdf & 0xff))
            return &s->f[i];
    return NULL;
}

static inline uint32_t sim_read(struct pci_space *space, pci_bdf_t bdf, unsigned reg, unsigned bytes)
{
    struct sim *s = (struct sim *)space;
    ck_assert(pci_access_ok(reg, bytes) && pci_bus_of(bdf) < space->n_busses);
    s->accesses++;
    struct sim_function *f = sim_find(s, bdf);
    if (!f)
        return bytes == 4 ? ~0u : (1u << 8 * bytes) - 1;
    uint32_t const v = sim_get(f, reg, bytes);
    f->reads++;
    return f->read ? f->read(f, reg, v) : v;
}

static inline void sim_write(struct pci_space *space, pci_bdf_t bdf, unsigned reg, unsigned bytes, uint32_t value)
{
    struct sim *s = (struct sim *)space;
    ck_assert(pci_access_ok(reg, bytes) && pci_bus_of(bdf) < space->n_busses);
    s->accesses++;
    struct sim_function *f = sim_find(s, bdf);
    if (!f)
        return;
    bool const bar = reg >= PCI_BAR0 && reg < (sim_is_bridge(f) ? PCI_PRIMARY_BUS : PCI_BAR0 + 4 * PCI_BARS);
    ck_assert_msg(!bar || !(sim_get(f, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY), "a BAR changes while it is decoded");
    pci_vconfig_write(&f->regs, reg, bytes, value);
}

static inline void sim_init(struct sim *s)
{
    memset(s, 0, sizeof(*s));
    s->space = (struct pci_space){sim_read, sim_write, 256};
}

static inline struct sim_function *sim_add(struct sim *s, int parent, unsigned dev, unsigned fn, unsigned header)
{
    ck_assert_int_lt(s->n, SIM_MAX);
    struct sim_function *f = &s->f[s->n++];
    f->parent = parent;
    f->devfn = dev << 3 | fn;
    pci_vconfig_set(&f->regs, PCI_VENDOR, 4, 0x12341af4, 0);
    pci_vconfig_set(&f->regs, PCI_COMMAND, 2, 0x0007, 0xffff); // firmware has left it on
    pci_vconfig_set(&f->regs, PCI_HEADER_TYPE, 1, header, 0);
    return f;
}

static inline struct sim_function *sim_device(struct sim *s, int parent, unsigned dev, unsigned pin)
{
    struct sim_function *f = sim_add(s, parent, dev, 0, PCI_HEADER_DEVICE);
    pci_vconfig_set(&f->regs, PCI_REVISION, 4, 0x01080203, 0);
    pci_vconfig_set(&f->regs, PCI_SUBSYSTEM_VENDOR, 4, 0xabcd5678, 0);
    pci_vconfig_set(&f->regs, PCI_ROM, 4, 1, 0xfffff801);
    pci_vconfig_set(&f->regs, PCI_INTERRUPT_PIN, 1, pin, 0);
    return f;
}

// Returns its index, for what is behind it.
static inline int sim_bridge(struct sim *s, int parent, unsigned dev)
{
    struct sim_function *f = sim_add(s, parent, dev, 0, PCI_HEADER_BRIDGE);
    pci_vconfig_set(&f->regs, PCI_REVISION, 4, 0x06040000, 0);
    pci_vconfig_set(&f->regs, PCI_PRIMARY_BUS, 4, 0, 0xffffff);
    pci_vconfig_set(&f->regs, PCI_MEMORY_BASE, 4, 0, 0xfff0fff0);
    pci_vconfig_set(&f->regs, PCI_PREF_BASE, 4, 0x00010001, 0xfff0fff0);
    pci_vconfig_set(&f->regs, PCI_PREF_BASE_UPPER, 4, 0, ~0u);
    pci_vconfig_set(&f->regs, PCI_PREF_LIMIT_UPPER, 4, 0, ~0u);
    return s->n - 1;
}
