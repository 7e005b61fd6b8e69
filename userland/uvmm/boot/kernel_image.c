// SPDX-License-Identifier: MIT
#include "boot/kernel_image.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static uint32_t get32(uint8_t const *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(uint8_t const *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

enum kernel_kind kernel_kind_of(void const *data, size_t size)
{
    uint8_t const *p = data;
    if (size >= 4 && !memcmp(p, "\177ELF", 4))
        return KERNEL_ELF;
    if (size >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8)
        return KERNEL_GZIP;
    if (size >= KERNEL_HEADER_SIZE && get32(p + 0x38) == 0x644d5241) // "ARM\x64"
        return KERNEL_LINUX;
    if (size >= KERNEL_HEADER_SIZE && get32(p + 0x24) == 0x016f2818)
        return KERNEL_ZIMAGE32;
    if (size >= 2 && p[0] == 'M' && p[1] == 'Z')
        return KERNEL_EFI;
    return KERNEL_RAW;
}

struct kernel_header kernel_linux_header(void const *data)
{
    uint8_t const *p = data;
    struct kernel_header h = {
        .text_offset = get64(p + 8),
        .image_size = get64(p + 16),
        .big_endian = p[24] & 1,
    };
    if (!h.image_size) // kernels before 3.17 leave it 0 and mean 0x80000
        h.text_offset = 0x80000;
    return h;
}

int kernel_elf_segments(void const *data, size_t size, struct kernel_segment *seg, unsigned max,
                        uint64_t *entry)
{
    Elf64_Ehdr eh;
    if (size < sizeof(eh))
        return -1;
    memcpy(&eh, data, sizeof(eh));
    if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_ident[EI_CLASS] != ELFCLASS64 ||
        eh.e_ident[EI_DATA] != ELFDATA2LSB || eh.e_machine != EM_AARCH64 ||
        eh.e_phentsize != sizeof(Elf64_Phdr) || eh.e_phoff > size ||
        eh.e_phnum > (size - eh.e_phoff) / sizeof(Elf64_Phdr))
        return -1;
    int count = 0;
    for (unsigned i = 0; i < eh.e_phnum; i++) {
        Elf64_Phdr ph;
        memcpy(&ph, (char const *)data + eh.e_phoff + i * sizeof(ph), sizeof(ph));
        if (ph.p_type != PT_LOAD || !ph.p_memsz)
            continue;
        if (ph.p_filesz > ph.p_memsz || ph.p_offset > size || ph.p_filesz > size - ph.p_offset ||
            ph.p_paddr + ph.p_memsz < ph.p_paddr)
            return -1;
        if ((unsigned)count < max)
            seg[count] = (struct kernel_segment){ph.p_paddr, ph.p_filesz, ph.p_memsz, ph.p_offset};
        count++;
    }
    *entry = eh.e_entry;
    return count;
}

int kernel_parse_arg(char const *arg, struct kernel_arg *out)
{
    *out = (struct kernel_arg){};
    char const *last = strrchr(arg, ':');
    out->file = last ? last + 1 : arg;
    while (last && arg < last) {
        size_t len = strcspn(arg, ":,");
        if (len == 3 && !strncmp(arg, "raw", 3)) {
            out->raw = true;
        } else if (len == 3 && !strncmp(arg, "rom", 3)) {
            out->rom = true;
        } else if (!strncmp(arg, "addr=", 5)) {
            char *end;
            out->addr = strtoull(arg + 5, &end, 0);
            if (end != arg + len || len == 5)
                return -1;
            out->has_addr = true;
        } else if (len && !(len == 5 && !strncmp(arg, "64bit", 5))) {
            return -1;
        }
        arg += len;
        if (*arg)
            arg++;
    }
    if (out->rom && !strncmp(out->file, "addr=", 5) && !out->has_addr) {
        char *end;
        out->addr = strtoull(out->file + 5, &end, 0);
        if (*end)
            return -1;
        out->has_addr = true;
    }
    return out->rom && !out->has_addr ? -1 : 0;
}
