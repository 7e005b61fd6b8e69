// SPDX-License-Identifier: MIT
// The state of the boot program, and its steps in the order in which boot.c takes them.
#pragma once

#include <ashlar/boot_info.h>

#include "boot_args.h"
#include "machine/machine.h"
#include "memory/page_table.h"
#include "payload/payload.h"

#define BOOT_MAX_MODULES 512
#define BOOT_MAX_SEGMENTS 8

struct loaded { // a program in memory
    struct range range;
    uint64_t entry;
    char const *cmdline;
};

struct segment { // of the kernel, to be mapped with its own rights
    struct range range; // addresses as linked, page aligned
    enum page_kind kind;
};

struct module { // a plain file in memory
    struct range range; // exact; begins on a page, nothing else lies in its last one
    char const *cmdline;
};

struct boot {
    struct machine machine;
    struct machine_uart uart;
    struct boot_args args;
    struct page_table map;  // what boot runs with
    struct range image;     // boot and its payload
    struct range tree;      // the device tree, rounded to pages
    void const *fdt;
    struct payload_header const *payload;
    struct place free;      // RAM that nobody uses; all of it is mapped

    struct loaded kernel, sigma0, root;
    struct segment segments[BOOT_MAX_SEGMENTS];
    unsigned num_segments;
    struct range heap;
    struct module modules[BOOT_MAX_MODULES];
    unsigned num_modules;
    struct range module_info;
    uint64_t device_tree;   // address of its copy among the modules
    uint32_t psci_version;
};

// Takes memory that nobody uses, page aligned at least; stops with a message naming `what` if there
// is none.
struct range boot_take(struct boot *b, uint64_t size, uint64_t align, char const *what);

// memory.c: free RAM = RAM - reserved - image - device tree; maps it.
void boot_prepare_memory(struct boot *b);

// firmware.c: asks PSCI for its version; leaves out CPUs that cannot be started.
void boot_probe_firmware(struct boot *b, bool from_el3);

// modules.c: checks the payload's table, which begins at `address`, and takes the arguments in it.
void boot_open_payload(struct boot *b, uint64_t address);

// modules.c: the board's console by the payload, or "" if the payload is damaged; says nothing.
char const *boot_board_uart(struct boot *b, uint64_t payload);

// modules.c: checks the files' sums, loads kernel, sigma0 and root task, places all files and their
// list.
void boot_load_modules(struct boot *b);

// kernel_image.c: places the kernel's heap and its image.
void boot_load_kernel(struct boot *b, struct payload_record const *r);

// handover.c: builds the kernel's page tables and its struct boot_info, starts it.
_Noreturn void boot_hand_over(struct boot *b);
