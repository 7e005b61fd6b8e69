// SPDX-License-Identifier: MIT
// What of a function's space is shown. Everything in it was written by the device: a list may have no end, and lead anywhere.
#include <l4/pci/vconfig.h>

#include <string.h>

enum {
    HEAD_NEXT = 1,
    VENDOR_LENGTH = 2,       // of a vendor specific one
    SHORTEST = 4,
    EXPRESS_FLAGS = 2,
    EXPRESS_VERSION = 0xf,
    EXPRESS_LENGTH_1 = 0x14, // of an endpoint, version 1
    EXPRESS_LENGTH = 0x3c,
};

static uint32_t get(struct pci_reader const *from, unsigned reg, unsigned bytes)
{
    return from->read(from->ctx, reg, bytes);
}

// Bytes of a capability that is shown; below SHORTEST: it is not.
static unsigned shown_length(struct pci_reader const *from, unsigned at, unsigned id)
{
    switch (id) {
    case PCI_CAP_VENDOR:
        return get(from, at + VENDOR_LENGTH, 1);
    case PCI_CAP_EXPRESS:
        return (get(from, at + EXPRESS_FLAGS, 2) & EXPRESS_VERSION) < 2 ? EXPRESS_LENGTH_1 : EXPRESS_LENGTH;
    default:
        return 0;
    }
}

struct copy {
    struct pci_vconfig *to;
    struct pci_reader const *from;
    bool taken[PCI_SPACE_SIZE / 4]; // dwords that some capability has
    unsigned link;                  // where the next shown one is to be entered
};

static char const *show(struct copy *c, unsigned at, unsigned id, unsigned length)
{
    if (length > PCI_SPACE_SIZE - at)
        return "a capability reaches beyond the configuration space";
    for (unsigned i = 0; i < length; i += 4) {
        if (i && c->taken[(at + i) / 4])
            return "capabilities overlap";
        c->taken[(at + i) / 4] = true;
        pci_vconfig_set(c->to, at + i, 4, get(c->from, at + i, 4), 0);
    }
    pci_vconfig_set(c->to, at, 1, id, 0); // as it was when it was looked at
    pci_vconfig_set(c->to, at + HEAD_NEXT, 1, 0, 0);
    pci_vconfig_set(c->to, c->link, 1, at, 0);
    c->link = at + HEAD_NEXT;
    return NULL;
}

// Each step takes a dword that no other step has: the list ends.
static char const *copy_capabilities(struct copy *c)
{
    unsigned at = get(c->from, PCI_CAPABILITIES, 1) & ~3u;
    while (at) {
        if (at < PCI_HEADER_END)
            return "its list of capabilities leads into the header";
        if (c->taken[at / 4])
            return "its list of capabilities leads to one that it has had";
        c->taken[at / 4] = true;
        uint32_t const head = get(c->from, at, 2);
        unsigned const id = head & 0xff, length = shown_length(c->from, at, id);
        char const *problem = length >= SHORTEST ? show(c, at, id, length) : NULL;
        if (problem)
            return problem;
        at = head >> 8 & 0xfc;
    }
    return NULL;
}

char const *pci_vconfig_fill(struct pci_vconfig *c, struct pci_reader const *from)
{
    static unsigned const shown[] = {PCI_VENDOR, PCI_REVISION, PCI_SUBSYSTEM_VENDOR};
    memset(c, 0, sizeof(*c));
    for (unsigned i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        pci_vconfig_set(c, shown[i], 4, get(from, shown[i], 4), 0);
    pci_vconfig_set(c, PCI_INTERRUPT_LINE, 1, 0, 0xff);
    pci_vconfig_set(c, PCI_INTERRUPT_PIN, 1, get(from, PCI_INTERRUPT_PIN, 1), 0);
    if (!(get(from, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES))
        return NULL;
    struct copy copy = {.to = c, .from = from, .link = PCI_CAPABILITIES};
    char const *problem = copy_capabilities(&copy);
    if (!problem && c->value[PCI_CAPABILITIES])
        pci_vconfig_set(c, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES, 0);
    return problem;
}
