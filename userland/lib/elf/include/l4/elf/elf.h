// SPDX-License-Identifier: MIT
// Checked access to a 64-bit little-endian AArch64 ELF file that lies completely in memory.
//
// The file is hostile input. elf_open checks the header and every program header once, after that
// the accessors cannot leave the image. Pure logic, also used on the host.
// Source: ELF-64 object file format 1.5; ELF for the Arm 64-bit architecture; L4 notes as in
// L4Re (program header type PT_LOOS + 0x14).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum elf_file_type { ELF_EXEC = 2, ELF_DYN = 3 };

enum elf_segment_type {
    ELF_PT_LOAD = 1,
    ELF_PT_DYNAMIC = 2,
    ELF_PT_INTERP = 3,
    ELF_PT_PHDR = 6,
    ELF_PT_TLS = 7,
    ELF_PT_L4_AUX = 0x60000014,
};

enum elf_segment_flags { ELF_X = 1, ELF_W = 2, ELF_R = 4 }; // same bits as memory flexpage rights

// Errors of elf_open and of the accessors.
enum elf_error {
    ELF_OK = 0,
    ELF_E_TRUNCATED,   // file ends within a header or segment
    ELF_E_MAGIC,       // no ELF magic
    ELF_E_CLASS,       // not 64-bit little-endian version 1
    ELF_E_MACHINE,     // not AArch64
    ELF_E_TYPE,        // neither executable nor position independent
    ELF_E_PHDR,        // program header table malformed
    ELF_E_SEGMENT,     // segment sizes wrap, or file size above memory size
    ELF_E_ALIGN,       // offset and address disagree modulo the page size
    ELF_E_OVERLAP,     // loadable segments overlap or are not sorted
    ELF_E_ENTRY,       // entry point outside every executable segment
    ELF_E_EMPTY,       // nothing to load
    ELF_E_NOTE,        // malformed interpreter name or L4 note
    ELF_E_RELOC,       // relocations that are malformed, or need more than the load address
};

struct elf_image {
    uint8_t const *base;
    size_t size;     // bytes
    uint64_t entry;  // virtual address as linked
    uint64_t phoff;  // file offset of the program headers
    unsigned phnum;
    unsigned type;   // enum elf_file_type
};

struct elf_segment {
    uint32_t type;   // enum elf_segment_type or anything else
    uint32_t flags;  // enum elf_segment_flags
    uint64_t offset; // in the file
    uint64_t vaddr;
    uint64_t paddr;
    uint64_t filesz; // bytes, offset + filesz lies inside the file
    uint64_t memsz;  // bytes, vaddr + memsz and paddr + memsz do not wrap; >= filesz for PT_LOAD
    uint64_t align;
};

// A record of an L4 note segment.
enum elf_l4_aux_type {
    ELF_L4_RESERVED_VMA = 1,  // value[0] start, value[1] end (inclusive)
    ELF_L4_STACK_SIZE = 2,    // value[0] bytes
    ELF_L4_STACK_ADDR = 3,    // value[0] lowest address
    ELF_L4_KIP_ADDR = 4,      // value[0]
    ELF_L4_EX_REGS_FLAGS = 5, // value[0] thread ex_regs flags (EL field)
};

struct elf_l4_aux {
    uint64_t type;
    uint64_t value[2];  // absent values are 0
    unsigned num_values;
};

struct elf_l4_aux_iter {
    unsigned segment;
    uint64_t pos;
};

// Does the memory start with the ELF magic? Says nothing about the rest.
bool elf_has_magic(void const *base, size_t size);

// Check the image completely and fill in `img`.
// base, size: the file in memory; size in bytes. Any alignment.
// page_size: power of two for the offset/address rule of PT_LOAD, 0 = do not check that rule
//            (for loaders that copy all segments, e.g. a VMM loading a guest kernel).
// Returns ELF_OK or an enum elf_error.
enum elf_error elf_open(struct elf_image *img, void const *base, size_t size, uint64_t page_size);

// Text for an error, without trailing punctuation. Never NULL.
char const *elf_strerror(enum elf_error err);

// Program header `idx`. Returns false when idx >= phnum.
bool elf_segment_get(struct elf_image const *img, unsigned idx, struct elf_segment *seg);

// Iterate over segments of one type: *pos starts at 0. Returns false at the end.
bool elf_next(struct elf_image const *img, uint32_t type, unsigned *pos, struct elf_segment *seg);

// First byte of the segment's content in the image (filesz bytes).
void const *elf_segment_data(struct elf_image const *img, struct elf_segment const *seg);

// Lowest address and first address behind the PT_LOAD segments (virtual addresses, not rounded).
void elf_span(struct elf_image const *img, uint64_t *start, uint64_t *end);

// Virtual address of the program headers when a PT_LOAD segment contains them.
bool elf_phdr_vaddr(struct elf_image const *img, uint64_t *vaddr);

// Name of the interpreter, NUL terminated inside the image; NULL for a static program.
char const *elf_interp(struct elf_image const *img);

// The TLS template. Returns false when the program has none.
bool elf_tls(struct elf_image const *img, struct elf_segment *seg);

// Iterate over the records of all L4 note segments: `*it` starts zeroed. Returns false at the end.
bool elf_l4_aux_next(struct elf_image const *img, struct elf_l4_aux_iter *it,
                     struct elf_l4_aux *rec);

// Value of the first record of `type`, or `def`.
uint64_t elf_l4_aux_value(struct elf_image const *img, uint64_t type, uint64_t def);

// The words of an image that depend on where it lies: relocations of type RELATIVE (table DT_RELA).
struct elf_relocs {
    uint8_t const *table; // NULL: none
    size_t count;
};

#define ELF_RELOC_NOWHERE UINT64_MAX // linkers leave entries that do nothing

struct elf_reloc {
    uint64_t vaddr;  // of the word, as linked; 8-byte aligned, inside the file's part of a PT_LOAD
    uint64_t addend; // the word is this plus the distance from the link address
};

// Check all relocations of an opened image. Compact ones (DT_RELR) are left to the program, which has to
// change the words in place itself. Returns ELF_OK or ELF_E_RELOC.
enum elf_error elf_relocs_open(struct elf_image const *img, struct elf_relocs *r);

// Relocation `idx`. Returns false when idx >= count.
bool elf_reloc_get(struct elf_relocs const *r, size_t idx, struct elf_reloc *reloc);

// Does one of them lie in the segment?
bool elf_relocs_in(struct elf_relocs const *r, struct elf_segment const *seg);
#ifdef __cplusplus
}
#endif
