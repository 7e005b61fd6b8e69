// SPDX-License-Identifier: MIT
// The modules that the image tool (mk/mkimage.lua) appends to boot.bin.
//
// The flat image is: boot.bin, zero-padded to its own memory size rounded up to a page, then the
// payload, padded to a page. boot.bin states its memory size (code, data and .bss: `_end - start`)
// in image_size, bytes 16..23 of its arm64 Image header; so boot finds the payload at `_end` rounded
// up to a page, with its .bss already zero in the file. The tool then raises image_size to the size
// of the whole image, so that a boot loader keeps all of it clear.
//
// The payload begins with struct payload_header, followed by its records, the strings and the
// files. Every file begins on a page of its own and the rest of its last page is zero, so that an
// uncompressed file can be used in place. All offsets count bytes from the payload header, all
// numbers are little-endian.
#pragma once

#include <stdint.h>

#define PAYLOAD_MAGIC   0x315052414c485341ull // the bytes "ASHLARP1"
#define PAYLOAD_VERSION 2u
#define PAYLOAD_ALIGN   4096u

enum payload_type {
    PAYLOAD_MODULE = 0, // plain file of rom/
    PAYLOAD_KERNEL = 1,
    PAYLOAD_SIGMA0 = 2,
    PAYLOAD_ROOT = 3,
};

enum payload_compression {
    PAYLOAD_RAW = 0,
    PAYLOAD_GZIP = 1, // one gzip member (RFC 1952)
};

struct payload_header {
    uint64_t magic;
    uint32_t version;
    uint32_t count;         // number of records
    uint64_t size;          // bytes of the whole payload, header included, multiple of a page
    uint32_t records;       // offset of the first record
    uint32_t strings;       // offset of the strings
    uint32_t strings_size;  // bytes; the last one is NUL
    uint32_t cmdline;       // offset of boot's own built-in command line, "" when none
    uint32_t header_crc32;  // CRC-32 (zlib) of header, records and strings, this field as 0
    uint32_t uart;          // offset of the board's console, "" or as machine_parse_uart() takes it:
                            // for errors without a device tree
};

struct payload_record {
    uint32_t type;          // enum payload_type
    uint32_t compression;   // enum payload_compression
    uint64_t offset;        // of the file, page aligned
    uint64_t size;          // bytes in the image
    uint64_t full_size;     // bytes after decompression, equal to size when raw
    uint32_t crc32;         // CRC-32 (zlib) of the bytes in the image
    uint32_t name;          // offset of the ROM name: "uvmm"
    uint32_t cmdline;       // offset of the command line, begins with the name: "moe rom/x.ned"
    uint32_t reserved;
};

_Static_assert(sizeof(struct payload_header) == 48, "payload header layout");
_Static_assert(sizeof(struct payload_record) == 48, "payload record layout");
