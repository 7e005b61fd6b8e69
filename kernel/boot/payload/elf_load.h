// SPDX-License-Identifier: MIT
// Checks and loads the static ELF programs that boot starts: the kernel (linked at a fixed address)
// and the two initial programs (position independent). Pure logic.
#pragma once

#include "memory/range.h"

struct elf_phdr;

struct elf_file {
    uint8_t const *data;
    uint64_t size;
    struct elf_phdr const *phdrs;
    unsigned num_phdrs;
    bool relocatable;      // position independent (ET_DYN)
    struct range image;    // addresses of all segments in the file's terms, page aligned
    uint64_t align;        // at least a page, at most 2 MiB
    uint64_t entry;        // in the file's terms
};

// Checks the file: class, machine, type, that every segment lies in the file and none overlaps,
// that the entry lies in an executable segment. NULL if it can be loaded, else what is wrong with
// it.
char const *elf_check(void const *data, uint64_t size, struct elf_file *elf);

// Copies the segments to `memory` (range_size(elf->image) bytes), clears the rest, and relocates a
// position independent program to run at `address`. NULL, or what is wrong; then memory is
// undefined.
char const *elf_load(struct elf_file const *elf, void *memory, uint64_t address);
