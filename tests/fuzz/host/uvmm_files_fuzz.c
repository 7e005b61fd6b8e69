// SPDX-License-Identifier: MIT
// The guest's kernel as a file, and uvmm's command line.
#include "boot/kernel_image.h"
#include "check.h"
#include "input.h"
#include "options.h"

#include <elf.h>
#include <getopt.h>

enum { SEGMENTS = 4 };

static void read_kernel(void const *data, size_t size)
{
    struct kernel_segment seg[SEGMENTS];
    uint64_t entry;
    if (kernel_kind_of(data, size) == KERNEL_LINUX)
        kernel_linux_header(data);
    int const n = kernel_elf_segments(data, size, seg, SEGMENTS, &entry);
    for (int i = 0; i < n && i < SEGMENTS; i++)
        ck_assert(seg[i].offset <= size && seg[i].filesz <= size - seg[i].offset && seg[i].filesz <= seg[i].memsz);
}

// An ELF file whose header is right in most.
static void read_elf(struct input *in)
{
    struct {
        Elf64_Ehdr h;
        Elf64_Phdr p[3];
    } file = {.h = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB}, .e_machine = EM_AARCH64,
                    .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 3, .e_phoff = sizeof(Elf64_Ehdr)}};
    if (in_u8(in) & 1)
        in_bytes(in, (char *)&file.h + in_u8(in) % (sizeof(file.h) - 8), 8);
    for (unsigned i = 0; i < 3; i++)
        file.p[i] = (Elf64_Phdr){.p_type = in_u8(in) % 3, .p_offset = in_number(in), .p_filesz = in_number(in),
                                 .p_memsz = in_number(in), .p_paddr = in_number(in)};
    read_kernel(&file, sizeof(file));
}

static void read_words(char *text)
{
    char *argv[24] = {"uvmm"}, err[100];
    int argc = 1;
    struct options o;
    struct kernel_arg arg;
    for (char *p = strtok(text, " "); p && argc < 23; p = strtok(NULL, " "))
        argv[argc++] = p;
    optind = 0;
    bool const good = !options_parse(&o, argc, argv, err, sizeof(err));
    ck_assert(good ? o.num_dtbs <= OPT_MAX_DTBS && o.num_mods <= OPT_MAX_MODS && o.vcpus <= OPT_MAX_VCPUS : err[0] != 0);
    if (good && o.kernel)
        kernel_parse_arg(o.kernel, &arg);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    uint8_t const what = in_u8(&in);
    if (what == 'E') {
        read_elf(&in);
        return 0;
    }
    // as it is, with nothing behind it
    size_t const left = in_left(&in);
    char *copy = malloc(left + (what == '-'));
    in_bytes(&in, copy, left);
    if (what == '-') {
        copy[left] = 0;
        read_words(copy);
    } else {
        read_kernel(copy, left);
    }
    free(copy);
    return 0;
}
