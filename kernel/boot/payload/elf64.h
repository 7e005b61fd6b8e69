// SPDX-License-Identifier: MIT
// Layout of 64-bit ELF files (System V gABI, chapters 4 and 5; ELF for the Arm 64-bit
// architecture).
#pragma once

#include <stdint.h>

#define ELF_MAGIC 0x464c457fu // "\177ELF", little endian
#define ELF_CLASS_64 2
#define ELF_DATA_LITTLE 1
#define ELF_MACHINE_AARCH64 183

enum { ELF_TYPE_EXEC = 2, ELF_TYPE_DYN = 3 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3 };
enum { PF_X = 1, PF_W = 2, PF_R = 4 };
enum {
    DT_NULL = 0, DT_NEEDED = 1, DT_PLTRELSZ = 2, DT_RELA = 7, DT_RELASZ = 8, DT_RELAENT = 9,
    DT_REL = 17, DT_RELRSZ = 35,
};
enum { R_AARCH64_NONE = 0, R_AARCH64_RELATIVE = 1027 };

struct elf_header {
    uint32_t magic;
    uint8_t class, data, version, os_abi, pad[8];
    uint16_t type, machine;
    uint32_t version2;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_phdr {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct elf_dyn {
    uint64_t tag, value;
};

struct elf_rela {
    uint64_t offset, info;
    int64_t addend;
};

_Static_assert(sizeof(struct elf_header) == 64, "ELF header layout");
_Static_assert(sizeof(struct elf_phdr) == 56, "ELF program header layout");
