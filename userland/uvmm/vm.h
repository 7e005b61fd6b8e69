// SPDX-License-Identifier: MIT
// The virtual machine as a whole: what devices and vCPUs share.
#pragma once

#include "vgic/irq_line.h"
#include "device/mmio_map.h"
#include "options.h"
#include "boot/ram_map.h"
#include "vgic/vgic.h"

#include <l4/srv/server.h>
#include <l4/sys/types.h>

struct vcpu;

// An interrupt of passed-through hardware is masked until its end: nobody else may raise it.
enum irq_user { IRQ_FREE, IRQ_EMULATED, IRQ_HARDWARE };

struct vm {
    struct options opt;
    void *fdt;              // working copy of the guest's device tree
    l4_cap_idx_t task;      // the guest's address space
    struct ram_map ram;
    struct mmio_map mmio;
    struct vgic gic;
    struct vcpu *cpus;
    unsigned num_cpus;
    bool has_timer;
    bool has_gic;
    uint64_t cntvoff;       // host counter at the guest's time 0
    uint64_t kernel_entry;
    bool is_firmware;       // what begins is in a ROM or a flash: nothing was loaded for it
    uint64_t dtb_addr;
    struct irq_source *sources[VGIC_MAX_IRQS]; // who wants to know of the end of interrupt
    uint8_t irq_user[VGIC_MAX_IRQS]; // enum irq_user: whose interrupt it is
    struct lock power_lock; // of all vCPUs' power state
    struct srv events;      // loop of the main thread, for everything from outside
};

extern struct vm vm;

// Claims [start, start + size) of guest physical memory for an emulated device, or with ops == NULL
// for memory that is mapped into the guest. Ends uvmm with a message that names both when something
// else is there.
void vm_claim(uint64_t start, uint64_t size, char const *name, struct mmio_ops const *ops,
              void *ctx);

// The same for a region that the caller has filled in.
void vm_claim_region(struct mmio_region const *r);

// Where [gpa, gpa + size) of RAM, or of the memory of a region, is here; or NULL. The guest's CPUs may write there.
static inline void const *vm_memory(uint64_t gpa, uint64_t size)
{
    void const *p = ram_map_host(&vm.ram, gpa, size);
    return p ? p : mmio_map_memory(&vm.mmio, gpa, size);
}

// Where `size` bytes of a dataspace, from `offset` on, are here from now on, in the largest pages possible. flags: rights and
// caching (L4RE_RM_F_*). 0 or a negative L4 error.
int vm_attach(void **at, uint64_t size, unsigned flags, l4_cap_idx_t ds, uint64_t offset);

// Maps [host, host + size) of uvmm at guest address gpa, in the largest pieces that alignment
// allows. rights: L4_FPAGE_*; cache: L4_FPAGE_CACHEABLE, _UNCACHEABLE or 0 (as mapped here).
// 0 or a negative L4 error.
int vm_map(uint64_t gpa, void const *host, uint64_t size, unsigned rights, unsigned cache);
// The same in another space: that of the guest's devices.
int vm_map_in(l4_cap_idx_t space, uint64_t gpa, void const *host, uint64_t size, unsigned rights, unsigned cache);

// Takes it back from the guest, in the same pieces.
void vm_unmap(uint64_t gpa, void const *host, uint64_t size);

// Ends uvmm on behalf of the guest: restores consoles, exits with `code`.
void vm_exit(int code, char const *why) __attribute__((noreturn));
