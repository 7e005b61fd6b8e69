// SPDX-License-Identifier: MIT
// Which functions there are. Bridges get bus numbers in the order in which they are found; each takes one, and there are at
// most 256: however long a chain of bridges is, the search ends.
#include <stdio.h>
#include <stdlib.h>

#include "root.h"

enum { EXPRESS_TYPE_SHIFT = 4, EXPRESS_ROOT_PORT = 4, EXPRESS_DOWNSTREAM_PORT = 6, CAPS_MAX = 48 };

void pci_name(char name[PCI_NAME_SIZE], pci_bdf_t f)
{
    snprintf(name, PCI_NAME_SIZE, "%02x:%02x.%x", pci_bus_of(f), pci_dev_of(f), pci_fn_of(f));
}

uint32_t pci_get(struct pci_function const *f, unsigned reg, unsigned bytes)
{
    return f->root->space->read(f->root->space, f->bdf, reg, bytes);
}

void pci_put(struct pci_function const *f, unsigned reg, unsigned bytes, uint32_t value)
{
    f->root->space->write(f->root->space, f->bdf, reg, bytes, value);
}

void pci_refuse(struct pci_function *f, char const *why)
{
    char name[PCI_NAME_SIZE], text[160];
    pci_put(f, PCI_COMMAND, 2, PCI_COMMAND_NO_INTX);
    f->refused = why;
    pci_name(name, f->bdf);
    snprintf(text, sizeof(text), "PCI device %s (%04x:%04x) is left out: %s", name, f->vendor, f->device, why);
    f->root->report(f->root->ctx, true, text);
}

// Is it a port of PCI Express with a link behind it? On a link there is device 0 only, and some ports answer for all.
static bool is_downstream_port(struct pci_function const *f)
{
    if (!(pci_get(f, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES))
        return false;
    unsigned at = pci_get(f, PCI_CAPABILITIES, 1) & ~3u;
    for (unsigned i = 0; at >= PCI_HEADER_END && i < CAPS_MAX; i++) {
        uint32_t const head = pci_get(f, at, 4);
        unsigned const type = head >> (16 + EXPRESS_TYPE_SHIFT) & 0xf;
        if ((head & 0xff) == PCI_CAP_EXPRESS)
            return type == EXPRESS_ROOT_PORT || type == EXPRESS_DOWNSTREAM_PORT;
        at = head >> 8 & 0xfc;
    }
    return false;
}

static unsigned depth(struct pci_function const *f)
{
    unsigned n = 0;
    while ((f = f->parent))
        n++;
    return n;
}

// A bridge with nothing behind it: base above limit.
static void close_windows(struct pci_function const *f)
{
    pci_put(f, PCI_IO_BASE, 2, 0x00f0);
    pci_put(f, PCI_MEMORY_BASE, 4, 0x0000fff0);
    pci_put(f, PCI_PREF_BASE, 4, 0x0000fff0);
    pci_put(f, PCI_PREF_BASE_UPPER, 4, 0);
    pci_put(f, PCI_PREF_LIMIT_UPPER, 4, 0);
}

static void put_busses(struct pci_function const *f, unsigned secondary, unsigned subordinate)
{
    pci_put(f, PCI_PRIMARY_BUS, 1, pci_bus_of(f->bdf));
    pci_put(f, PCI_SECONDARY_BUS, 1, secondary);
    pci_put(f, PCI_SUBORDINATE_BUS, 1, subordinate);
}

// A number for the bus behind a bridge. While it is looked at, all numbers above are behind it too.
static char const *number_bus(struct pci_function *f)
{
    struct pci_root *r = f->root;
    close_windows(f);
    put_busses(f, 0, 0);
    if (r->busses == r->space->n_busses)
        return "there is no bus number left for what is behind it";
    if (depth(f) == PCI_MAX_DEPTH)
        return "there are too many bridges before it";
    f->secondary = (uint8_t)r->busses;
    put_busses(f, f->secondary, r->space->n_busses - 1);
    if (pci_get(f, PCI_SECONDARY_BUS, 1) != f->secondary)
        return "this bridge does not take a bus number";
    r->busses++;
    f->prefetch_64 = (pci_get(f, PCI_PREF_BASE, 1) & 0xf) == 1;
    f->downstream_port = is_downstream_port(f);
    return NULL;
}

static void identify(struct pci_function *f)
{
    uint32_t const id = pci_get(f, PCI_VENDOR, 4), class = pci_get(f, PCI_REVISION, 4);
    f->vendor = (uint16_t)id;
    f->device = (uint16_t)(id >> 16);
    f->class_code = class >> 8;
    f->revision = (uint8_t)class;
    f->pin = (uint8_t)pci_get(f, PCI_INTERRUPT_PIN, 1);
}

static void look_at_device(struct pci_function *f)
{
    uint32_t const subsystem = pci_get(f, PCI_SUBSYSTEM_VENDOR, 4);
    f->subsystem_vendor = (uint16_t)subsystem;
    f->subsystem = (uint16_t)(subsystem >> 16);
    pci_put(f, PCI_ROM, 4, 0); // its decoding would be switched on together with that of the BARs
    char const *problem = f->pin > PCI_INTX_LINES ? "it has an interrupt pin beyond D" : pci_read_bars(f);
    if (problem)
        pci_refuse(f, problem);
}

static void scan_bus(struct pci_root *r, struct pci_function *bridge, unsigned bus);

static void look_at_bridge(struct pci_function *f)
{
    f->bridge = true;
    for (unsigned i = 0; i < 2; i++) // what it has there is of no use to anybody
        pci_put(f, PCI_BAR0 + 4 * i, 4, 0);
    pci_put(f, PCI_ROM + 8, 4, 0);
    char const *problem = number_bus(f);
    if (problem) {
        put_busses(f, 0, 0);
        pci_refuse(f, problem);
        return;
    }
    scan_bus(f->root, f, f->secondary);
    pci_put(f, PCI_SUBORDINATE_BUS, 1, f->root->busses - 1);
}

// Returns the function's header type, negative when there is none.
static int look_at(struct pci_root *r, struct pci_function *bridge, pci_bdf_t bdf)
{
    uint32_t const id = r->space->read(r->space, bdf, PCI_VENDOR, 4);
    if ((id & 0xffff) == 0xffff || !(id & 0xffff))
        return -1;
    // What firmware has set up ends here, also for those that are left out.
    r->space->write(r->space, bdf, PCI_COMMAND, 2, PCI_COMMAND_NO_INTX);
    if (r->n == PCI_MAX_FUNCTIONS) {
        r->report(r->ctx, true, "there are more than 256 PCI functions, the others are left out");
        r->n++; // said once
    }
    if (r->n > PCI_MAX_FUNCTIONS)
        return -1;
    struct pci_function *f = &r->function[r->n++];
    *f = (struct pci_function){.root = r, .parent = bridge, .bdf = bdf};
    identify(f);
    unsigned const type = pci_get(f, PCI_HEADER_TYPE, 1);
    if ((type & PCI_HEADER_MASK) == PCI_HEADER_DEVICE)
        look_at_device(f);
    else if ((type & PCI_HEADER_MASK) == PCI_HEADER_BRIDGE)
        look_at_bridge(f);
    else
        pci_refuse(f, "its header is neither that of a device nor that of a bridge");
    return (int)type;
}

static void scan_bus(struct pci_root *r, struct pci_function *bridge, unsigned bus)
{
    unsigned const devices = bridge && bridge->downstream_port ? 1 : PCI_DEVICES;
    for (unsigned dev = 0; dev < devices; dev++) {
        pci_bdf_t const first = (pci_bdf_t)(bus << 8 | dev << 3);
        int const type = look_at(r, bridge, first);
        for (unsigned fn = 1; type >= 0 && type & PCI_HEADER_MULTI_FUNCTION && fn < PCI_FUNCTIONS; fn++)
            look_at(r, bridge, (pci_bdf_t)(first | fn));
    }
}

int pci_enumerate(struct pci_root *r)
{
    r->function = calloc(PCI_MAX_FUNCTIONS, sizeof(*r->function));
    if (!r->function)
        return -1;
    r->n = 0;
    r->busses = 1;
    scan_bus(r, NULL, 0);
    if (r->n > PCI_MAX_FUNCTIONS)
        r->n = PCI_MAX_FUNCTIONS;
    return 0;
}
