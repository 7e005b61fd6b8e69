// SPDX-License-Identifier: MIT
// What boot hands to the kernel: a checked description of the machine. The kernel parses no device tree.
//
// At the kernel's entry point: EL2, MMU and caches on with the page tables of `ttbr0`, DAIF masked,
// x0 = virtual address of this structure inside the physical window. The tables map
//   - the kernel image at its link address, text read-only + executable, rodata read-only,
//     data + bss writable, nothing both writable and executable;
//   - the kernel heap [heap_start, heap_end) at KERNEL_PHYS_WINDOW + physical address (cacheable, XN);
//   - boot's own identity mapping, which the kernel drops.
// Boot's page tables lie inside the heap range below `heap_free`, so that the kernel may extend them.
#pragma once

#ifndef __ASSEMBLER__
#include <stdint.h>
#endif

#define BOOT_INFO_MAGIC 0x42494853414c4842ull
#define BOOT_INFO_VERSION 3

// EL2 virtual address space of the kernel (48 bits, 4 KiB granule, 4 levels).
// MAIR_EL2: index 0 = device nGnRnE (0x00), index 1 = normal write-back (0xff), 2 = normal non-cached (0x44).
#define KERNEL_PHYS_WINDOW 0x400000000000ull  // + physical address
#define KERNEL_DEVICE_WINDOW 0x7e0000000000ull // kernel maps devices here
#define KERNEL_STACK_WINDOW 0x7e8000000000ull  // and the CPUs' stacks
#define KERNEL_LINK_BASE 0x7f0000000000ull     // kernel image

#define BOOT_MAX_CPUS 16
#define BOOT_MAX_MEM 128
#define BOOT_MAX_GICR 4
#define BOOT_MAX_SMMU 4
#define BOOT_SEED_WORDS 4 // 32 bytes: as much as QEMU and U-Boot give

#ifndef __ASSEMBLER__

enum boot_cpu_method { BOOT_CPU_BOOT = 0, BOOT_CPU_PSCI = 1, BOOT_CPU_SPIN_TABLE = 2 };
enum boot_psci_conduit { BOOT_PSCI_NONE = 0, BOOT_PSCI_SMC = 1, BOOT_PSCI_HVC = 2 };

struct boot_cpu {
    uint64_t mpidr;        // affinity fields as in MPIDR_EL1 (Aff3 at bits 32..39)
    uint32_t method;       // enum boot_cpu_method; entry 0 is the boot CPU
    uint32_t reserved;
    uint64_t release_addr; // spin table: physical address of the release word
};

// One physical memory range, in the encoding of the KIP's memory descriptors
// (kernel-abi 5): type in bits 0..3, subtype in bits 4..7.
struct boot_mem {
    uint64_t start; // bytes, 1 KiB aligned
    uint64_t end;   // inclusive
    uint32_t type;
    uint32_t subtype;
};

struct boot_range {
    uint64_t start; // physical address
    uint64_t size;  // bytes
};

struct boot_info {
    uint64_t magic;
    uint32_t version;
    uint32_t size; // sizeof(struct boot_info)

    uint64_t kernel_phys; // where the image was placed (2 MiB aligned)
    uint64_t kernel_size; // including bss
    uint64_t heap_start;  // kernel heap, page aligned, contains page tables, this structure
    uint64_t heap_end;    // exclusive
    uint64_t heap_free;   // first byte not used by boot, page aligned
    uint64_t ttbr0;       // physical address of the level-0 table (TCR_EL2.T0SZ = 16)

    uint64_t sigma0_entry; // physical entry points of the two initial programs, already relocated
    uint64_t root_entry;
    uint64_t module_info;  // physical address of the module info (mbi) for the root task
    uint64_t device_tree;  // physical address of the device tree, for the KIP only

    uint32_t num_cpus; // cpus[0] is the boot CPU
    uint32_t num_mem;
    struct boot_cpu cpus[BOOT_MAX_CPUS];
    struct boot_mem mem[BOOT_MAX_MEM];

    struct {
        uint32_t version;         // 2 or 3
        uint32_t num_gicr;        // GICv3 redistributor regions
        struct boot_range gicd;   // distributor
        struct boot_range gicr[BOOT_MAX_GICR];
        uint64_t gicr_stride;     // 0 = derive from GICR_TYPER
        struct boot_range gicc, gich, gicv; // GICv2
        uint32_t maintenance_irq; // INTID
        uint32_t reserved;
    } gic;

    struct boot_smmu {         // SMMUv3, in the order of the device tree
        struct boot_range regs;
        uint32_t event_irq;    // INTIDs, 0 = none
        uint32_t error_irq;
    } smmu[BOOT_MAX_SMMU];
    uint32_t num_smmu;
    uint32_t reserved;

    struct {
        uint32_t hyp_irq;  // INTID of the EL2 physical timer (CNTHP)
        uint32_t virt_irq; // INTID of the virtual timer (CNTV)
    } timer;

    struct {
        uint32_t conduit; // enum boot_psci_conduit
        uint32_t version; // PSCI_VERSION, 0 for 0.1
    } psci;

    struct {
        uint32_t driver;    // uart_number() of its driver; 0 = none
        uint32_t irq;       // INTID, 0 = none
        uint64_t phys;
        uint64_t size;
        uint32_t reg_shift; // log2 of the distance between registers
        uint32_t reg_width; // bytes per access
        uint32_t clock_hz;  // 0 = leave the baud rate alone
        uint32_t reserved;
    } uart;

    uint64_t seed[BOOT_SEED_WORDS]; // random, from the firmware; all 0: there is none, or nobody wants it

    uint32_t flags; // BOOT_FLAG_*
    char platform[20]; // NUL terminated, for the KIP
};

#define BOOT_FLAG_NO_SERIAL 1u // kernel prints nothing
#define BOOT_FLAG_NO_HARDENING 2u // no measures against speculation across domains

#endif
