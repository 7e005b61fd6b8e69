// SPDX-License-Identifier: MIT
// What kind of guest kernel a file holds (Linux Documentation/arch/arm64/booting.rst; ELF; RFC
// 1952).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kernel_kind {
    KERNEL_LINUX,   // arm64 Image
    KERNEL_GZIP,
    KERNEL_ELF,
    KERNEL_ZIMAGE32, // 32-bit Linux: not supported
    KERNEL_EFI,     // MZ without the Linux magic
    KERNEL_RAW,     // anything else
};

#define KERNEL_HEADER_SIZE 64 // bytes that kernel_kind_of wants to see

struct kernel_header {
    uint64_t text_offset; // load address above the start of RAM
    uint64_t image_size;  // memory that the kernel uses, 0 in very old ones
    bool big_endian;
};

// `size` may be smaller than KERNEL_HEADER_SIZE.
enum kernel_kind kernel_kind_of(void const *data, size_t size);

// Fields of an arm64 Image header; data has KERNEL_HEADER_SIZE bytes.
struct kernel_header kernel_linux_header(void const *data);

struct kernel_segment {
    uint64_t paddr, filesz, memsz, offset;
};

// Program headers of a 64-bit little-endian ELF. Number of PT_LOAD segments (first `max` in seg)
// with
// *entry set, or -1 when the file is not such an ELF or inconsistent.
int kernel_elf_segments(void const *data, size_t size, struct kernel_segment *seg, unsigned max,
                        uint64_t *entry);

// The argument of --kernel: options before the last ':' and the file name behind it.
struct kernel_arg {
    char const *file;
    bool raw;       // "raw:..."
    bool rom;       // "rom:...": nothing is loaded
    bool has_addr;
    uint64_t addr;
};

// 0, or -1 when a number is malformed or an option unknown.
int kernel_parse_arg(char const *arg, struct kernel_arg *out);
