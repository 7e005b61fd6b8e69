// SPDX-License-Identifier: MIT
// A virtual bus as data: devices in tree order with their resources. Built from the configuration,
// constant while clients use it. No IPC.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/vbus/vbus.h>

struct pci_function;

enum { BUS_NAME_MAX = 16, BUS_PCI_SLOTS = 32 };

struct bus_device {
    char *name;                 // member name in the configuration
    char *where;                // file:line that put it on the bus
    char *hid;                  // NULL: none
    char **cids;                // compatible ids, n_cids
    unsigned n_cids;
    uint32_t adr;
    bool has_adr;
    uint32_t interfaces;        // bits of enum l4vbus_iface
    unsigned depth;             // the bus itself has 0
    l4vbus_resource_t *resources;
    unsigned n_resources;
    struct pci_function *pci;   // NULL: no device of PCI
    unsigned slot;              // of its PCI bus, on which it is function 0
    uint64_t dma_source;        // by which the IOMMU knows it, on a bus with `iommu`
};

struct bus {
    char name[BUS_NAME_MAX + 1];
    struct bus_device *devices;  // [0] is the bus, [1] the interrupt controller; index = handle
    unsigned n_devices;
    unsigned num_msis;
    bool dma;                    // some device does DMA,
    bool iommu;                  // and what those reach is in a DMA space of their client's
};

// An empty bus with its interrupt controller, NULL without memory or when the name is too long.
struct bus *bus_new(char const *name, char const *where);
void bus_free(struct bus *b);

// Appends a device below the last one of depth - 1. Strings are copied. NULL: no memory, or the
// depth fits nowhere.
struct bus_device *bus_add_device(struct bus *b, char const *name, char const *where,
                                  unsigned depth);
int bus_set_hid(struct bus_device *d, char const *hid);
int bus_add_cid(struct bus_device *d, char const *cid);
int bus_add_resource(struct bus_device *d, unsigned type, unsigned flags, uint64_t start,
                     uint64_t end, char const *id);

// The device behind a handle, NULL for a wrong one.
struct bus_device const *bus_device(struct bus const *b, l4vbus_device_handle_t handle);

// Handle of the next device below `parent` after `current` (L4VBUS_NULL starts), at most `depth`
// levels down; L4VBUS_NULL at the end.
l4vbus_device_handle_t bus_next(struct bus const *b, l4vbus_device_handle_t parent,
                                l4vbus_device_handle_t current, int depth);

// The device in a slot of the PCI bus with this handle, NULL: there is none.
struct bus_device const *bus_pci_device(struct bus const *b, l4vbus_device_handle_t pci_bus, unsigned slot);

bool bus_device_is_compatible(struct bus_device const *d, char const *cid);

// What clients see of a device.
void bus_device_info(struct bus const *b, l4vbus_device_handle_t handle, l4vbus_device_t *info);

// The resource of that type that holds a value (address, interrupt number); NULL: none.
l4vbus_resource_t const *bus_find_resource(struct bus const *b, unsigned type, uint64_t value);

// Looks for memory or interrupt resources of different devices that overlap without one containing
// the other, or with different flags. report(arg, text) is called for each; returns their number.
unsigned bus_check_overlaps(struct bus const *b, void (*report)(void *arg, char const *text),
                            void *arg);
