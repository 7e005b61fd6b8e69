// SPDX-License-Identifier: MIT
// The machine as its device tree describes it, checked. Reading it is pure logic (libfdt only).
#pragma once

#include <ashlar/boot_info.h>
#include <uart/uart.h>

#include "memory/place.h"

#define MACHINE_MAX_RESERVED 128
#define MACHINE_MAX_PA (1ull << 46)  // size of KERNEL_PHYS_WINDOW
#define MACHINE_MAX_RAM (1ull << 40) // size of a user's address space; sigma0 has all RAM 1:1

struct machine_reserved {
    struct range range; // page aligned
    bool no_map;        // not even to be mapped
};

struct machine_uart {
    struct uart_ops const *ops; // NULL: none
    struct range range; // registers, not rounded
    unsigned reg_shift, reg_width;
    uint32_t clock_hz;
    int node; // offset in the device tree
    char const *unknown_stdout; // stdout-path that names no UART of a known driver; NULL: it does
};

struct machine {
    char const *model;          // points into the device tree
    char const *compatible;
    char const *bootargs;
    struct place ram;           // page aligned, below MACHINE_MAX_RAM
    bool ram_left_out;          // there is memory from MACHINE_MAX_RAM on
    struct machine_reserved reserved[MACHINE_MAX_RESERVED];
    unsigned num_reserved;
    struct boot_cpu cpus[BOOT_MAX_CPUS];
    unsigned num_cpus;
    unsigned gic_version;       // 0: none found
    struct range gicd, gicr[BOOT_MAX_GICR], gicc, gich, gicv; // end 0: absent
    unsigned num_gicr;
    uint64_t gicr_stride;
    struct machine_smmu {
        struct range regs;
        uint32_t event_irq, error_irq; // INTIDs, 0: none
    } smmu[BOOT_MAX_SMMU];
    unsigned num_smmu;
    uint32_t maintenance_irq, hyp_irq, virt_irq, uart_irq; // INTIDs, 0: none
    uint64_t timer_hz;          // 0: the tree leaves it to CNTFRQ_EL0
    uint64_t seed[BOOT_SEED_WORDS]; // random; all 0: the tree has none
    enum boot_psci_conduit psci;
    bool psci_has_version;      // PSCI 0.2 or later
    int gic_node;
};

// Checks that `fdt` is a device tree that lies within `size` bytes. NULL if so, else what is wrong.
// A good tree is noted (dt_index.h): it must not change afterwards.
char const *machine_check_tree(void const *fdt, uint64_t size);

// Finds the console: the UART of stdout-path, else the first one that a driver knows. Works on a
// tree that machine_check_tree() refuses, as long as its header is right. False: none.
bool machine_find_uart(void const *fdt, struct machine_uart *u);

// Says, once the console is open, when it is not the one that the tree asks for.
void machine_report_uart(void const *fdt, struct machine_uart const *u);

// Takes the UART that `text` names: "COMPATIBLE@ADDRESS", the address as 0x and hexadecimal digits;
// ",SHIFT,WIDTH" behind it when reg-shift and reg-io-width are not what the driver expects. False,
// and no UART, if it is something else or no driver knows it.
bool machine_parse_uart(char const *text, struct machine_uart *u);

// For trees that machine_check_tree() refuses, to be able to say so: when the names of properties
// are gone (they are the end of the blob), takes the first node NAME@ADDRESS with a value that a
// driver knows. The address is right unless a bus above translates it. False: none.
bool machine_guess_uart(void const *fdt, struct machine_uart *u);

// Reads everything else. False after at least one report_problem().
// `boot_mpidr`: affinity fields of the CPU that runs boot.
bool machine_read(void const *fdt, struct machine_uart const *uart, uint64_t boot_mpidr,
                  struct machine *m);

// The parts of machine_read(), one file each; false as above.
bool machine_read_memory(void const *fdt, struct machine *m);
bool machine_read_gic(void const *fdt, struct machine *m);
void machine_read_cpus(void const *fdt, uint64_t boot_mpidr, struct machine *m);
void machine_read_smmus(void const *fdt, struct machine *m);
void machine_read_seed(void const *fdt, struct machine *m);

// Overwrites the seed in a copy of the tree that others will see.
void machine_forget_seed(void *fdt);
