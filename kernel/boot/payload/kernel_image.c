// SPDX-License-Identifier: MIT
#include "entry/cpu.h"
#include "payload/contents.h"
#include "payload/elf64.h"
#include "payload/elf_load.h"
#include "payload/payload_check.h"
#include "report.h"

#include <string.h>

#define IMAGE_MAX (64ull << 20)

static uint64_t kernel_heap_size(struct boot *b)
{
    uint64_t const least = 16ull << 20, most = 256ull << 20;
    uint64_t size = b->args.kmem_size ? b->args.kmem_size : place_total(&b->machine.ram) / 64;
    size = size < least ? least : size > most ? most : size;
    return round_up(size, SUPERPAGE_SIZE);
}

// Each page of the kernel gets the rights of its segment: no page may belong to two, none may be
// both writable and executable. NULL, or what is wrong.
static char const *read_segments(struct elf_file const *elf, struct boot *b)
{
    if (elf->relocatable || elf->image.start != KERNEL_LINK_BASE ||
        range_size(elf->image) > IMAGE_MAX)
        return "is not linked as a kernel: at its fixed address, at most 64 MiB";
    uint64_t last = 0;
    for (unsigned i = 0; i < elf->num_phdrs; i++) {
        struct elf_phdr const *p = &elf->phdrs[i];
        if (p->type != PT_LOAD || !p->memsz)
            continue;
        struct range r = {round_down(p->vaddr, PAGE_SIZE),
                          round_up(p->vaddr + p->memsz, PAGE_SIZE)};
        if (r.start < last)
            return "has segments that share a page, or are not in order";
        if ((p->flags & PF_W) && (p->flags & PF_X))
            return "has a segment that is writable and executable";
        if (b->num_segments == BOOT_MAX_SEGMENTS)
            return "has too many segments";
        last = r.end;
        b->segments[b->num_segments++] = (struct segment){
            r, p->flags & PF_X ? PAGE_TEXT : p->flags & PF_W ? PAGE_DATA : PAGE_RODATA};
    }
    return NULL;
}

void boot_load_kernel(struct boot *b, struct payload_record const *r)
{
    b->kernel.cmdline = payload_string(b->payload, r->cmdline);
    boot_args_parse(&b->args, strchr(b->kernel.cmdline, ' '));

    struct elf_file elf;
    struct contents c = contents_open(b, r);
    char const *wrong = elf_check(c.data, c.size, &elf);
    if (!wrong)
        wrong = read_segments(&elf, b);
    if (wrong)
        contents_refuse(b, r, wrong);
    // Superpages for itself: user memory may be mapped by superpages without showing the kernel.
    uint64_t size = round_up(range_size(elf.image), SUPERPAGE_SIZE);
    b->kernel.range = boot_take(b, size, SUPERPAGE_SIZE, "the kernel");
    b->heap = boot_take(b, kernel_heap_size(b), SUPERPAGE_SIZE, "the kernel's heap");
    elf_load(&elf, address_pointer(b->kernel.range.start), elf.image.start); // fixed: cannot fail
    b->kernel.entry = elf.entry; // as linked: it runs where it is mapped, not where it lies
    uint64_t start = b->kernel.range.start;
    cpu_clean_code((struct range){start, start + range_size(elf.image)});
    contents_drop(b, &c);
}
