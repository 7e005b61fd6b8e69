# SPDX-License-Identifier: MIT
"""Bugs in boot, and sigma0, for unit tests to find."""

UNIT = {
    "boot_load": {
        "boot: a segment that is larger in the file": (
            "kernel/boot/payload/elf_load.c", "if (p->filesz > p->memsz || !inside", "if (!inside"),
        "boot: a segment behind the file": (
            "kernel/boot/payload/elf_load.c", "if (p->filesz > p->memsz || !inside(p->offset, p->filesz, size))", "if (p->filesz > p->memsz || p->offset > size)"),
        "boot: a segment that wraps around": (
            "kernel/boot/payload/elf_load.c", "p->vaddr + p->memsz < p->vaddr || ", ""),
        "boot: segments that overlap": (
            "kernel/boot/payload/elf_load.c", "    if (segments_overlap(elf))\n        return \"has segments that overlap\";\n",
            "    (void)segments_overlap;\n"),
        "boot: a relocation behind the image": (
            "kernel/boot/payload/elf_load.c", "if (!image_offset(elf, r.offset, 8, &target))", "if (!image_offset(elf, r.offset, 1, &target))"),
        "boot: a relocation table behind the image": (
            "kernel/boot/payload/elf_load.c", "!image_offset(elf, rela, rela_size, &table))", "!image_offset(elf, rela, 1, &table))"),
        "boot: what the file lacks is not cleared": (
            "kernel/boot/payload/elf_load.c", "    memset(memory, 0, range_size(elf->image));\n", ""),
        "boot: an entry point in data": (
            "kernel/boot/payload/elf_load.c", "entry_ok |= (p->flags & PF_X) && h->entry", "entry_ok |= h->entry"),
        "boot: a module behind the image": (
            "kernel/boot/payload/payload_check.c", "r->offset % PAYLOAD_ALIGN || !inside(r->offset, r->size, h->size) ||",
            "r->offset % PAYLOAD_ALIGN ||"),
        "boot: a module's name behind the names": (
            "kernel/boot/payload/payload_check.c", "offset - h->strings < h->strings_size;", "offset - h->strings <= h->strings_size;"),
        "boot: the last name has no end": (
            "kernel/boot/payload/payload_check.c", "        ((char const *)h)[(uint64_t)h->strings + h->strings_size - 1] || !is_string(h, h->cmdline) ||\n",
            "        !is_string(h, h->cmdline) ||\n"),
        "boot: a module that is shorter than its record says": (
            "kernel/boot/payload/unpack.c", "return z.avail_out ? \"is smaller than its record says\" : 0;", "return 0;"),
    },
    "boot_place": {
        "memory map: one range more than there is room for": (
            "kernel/boot/memory/place.c", "    if (last == i) {\n        if (p->num == PLACE_MAX)", "    if (last == i) {\n        if (p->num > PLACE_MAX)"),
        "memory map: a hole without room for its other side": (
            "kernel/boot/memory/place.c", "            if (p->num == PLACE_MAX)\n                return false;\n            shift(p, i + 1, 1);",
            "            shift(p, i + 1, 1);"),
        "memory map: memory beyond the limit": (
            "kernel/boot/memory/place.c", "p->r[i].end < limit ? p->r[i].end : limit;", "p->r[i].end;\n        (void)limit;"),
        "memory map: what is taken stays free": (
            "kernel/boot/memory/place.c", "end - s >= size && place_remove(p, s, s + size)) {", "end - s >= size) {"),
        "boot's page tables: data can be executed": (
            "kernel/boot/memory/page_table.c", "[PAGE_DATA] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE | DESC_XN,",
            "[PAGE_DATA] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE,"),
        "boot's page tables: text can be written": (
            "kernel/boot/memory/page_table.c", "[PAGE_TEXT] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE | DESC_READ_ONLY,",
            "[PAGE_TEXT] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE,"),
        "boot's page tables: the page behind the last one": (
            "kernel/boot/memory/page_table.c", "    if (t->next == t->end)\n        return 0;\n", "    if (t->next > t->end)\n        return 0;\n"),
    },
    "boot_machine": {
        "boot: a seed that is too short": (
            "kernel/boot/machine/machine_seed.c", "size < (int)sizeof(m->seed)", "size < 0"),
        "boot: RAM that programs cannot address": (
            "kernel/boot/machine/machine_memory.c", "        r.end = MACHINE_MAX_RAM;\n    }\n    struct range pages", "    }\n    struct range pages"),
        "boot: a reserved range begins in its second page": (
            "kernel/boot/machine/machine_memory.c", "r = (struct range){round_down(r.start, PAGE_SIZE), round_up(r.end, PAGE_SIZE)};",
            "r = (struct range){round_up(r.start, PAGE_SIZE), round_up(r.end, PAGE_SIZE)};"),
        "boot: a page that is RAM in part": (
            "kernel/boot/machine/machine_memory.c", "{round_up(r.start, PAGE_SIZE), round_down(r.end, PAGE_SIZE)};\n    if",
            "{round_down(r.start, PAGE_SIZE), round_down(r.end, PAGE_SIZE)};\n    if"),
        "boot: one reserved range more than there is room for": (
            "kernel/boot/machine/machine_memory.c", "if (m->num_reserved == MACHINE_MAX_RESERVED) {", "if (m->num_reserved > MACHINE_MAX_RESERVED) {"),
        "boot: one CPU more than there is room for": (
            "kernel/boot/machine/machine_cpus.c", "} else if (m->num_cpus == BOOT_MAX_CPUS) {", "} else if (m->num_cpus > BOOT_MAX_CPUS) {"),
        "boot: more redistributors than there is room for": (
            "kernel/boot/machine/machine_gic.c", "if (!regions || regions > BOOT_MAX_GICR) {", "if (!regions || regions > BOOT_MAX_GICR + 1) {"),
    },
    "boot_args": {
        "boot: a word that is longer than its copy": (
            "kernel/boot/boot_args.c", "memcpy(text, word, len < sizeof text ? len : sizeof text - 1);", "memcpy(text, word, len);"),
        "boot: a number of more digits than 64 bits have": (
            "kernel/boot/boot_args.c", "if (len <= n || len > n + 9 || memcmp", "if (len <= n || memcmp"),
    },
    "sigma0_regions": {
        "sigma0: memory of another client": (
            "userland/sigma0/region.c", " || r->kind == REGION_RESERVED || (r->owner && r->owner != client))", " || r->kind == REGION_RESERVED)"),
        "sigma0: memory of the kernel": (
            "userland/sigma0/region.c", "if (r->start > start || r->kind == REGION_RESERVED || (r->owner", "if (r->start > start || (r->owner"),
        "sigma0: all rights to what has fewer": (
            "userland/sigma0/region.c", "        *rights &= r->rights;\n", ""),
        "sigma0: memory that somebody has is free": (
            "userland/sigma0/region.c", "if (r->kind != REGION_RAM || r->owner || r->rights", "if (r->kind != REGION_RAM || r->rights"),
        "sigma0: a page that is RAM in part": (
            "userland/sigma0/mem_map.c", "r->start = (start + PAGE_MASK) & ~PAGE_MASK;", "r->start = start & ~PAGE_MASK;"),
        "sigma0: memory descriptors behind the page": (
            "userland/sigma0/mem_map.c", "if (offset > kip_size || count > (kip_size - offset) / sizeof(l4_kernel_info_mem_desc_t))",
            "if (offset > kip_size)"),
    },
}
