# SPDX-License-Identifier: MIT
"""Bugs in what all programs have: server loop, loader, shared memory, for unit tests to find."""

UNIT = {
    "srv_msg": {
        "messages: a tag announces more items than there are": (
            "userland/lib/srv/msg.c", "    if (items > (L4_UTCB_GENERIC_DATA_SIZE - words) / 2)\n"
            "        items = (L4_UTCB_GENERIC_DATA_SIZE - words) / 2;\n", ""),
        "messages: a field that begins in the message and ends behind it": (
            "userland/lib/srv/msg.c", "len > in->end - pos)", "len > in->end)"),
        "messages: a text of just the buffer's size": (
            "userland/lib/srv/msg.c", "    if (len >= size) {", "    if (len > size) {"),
        "messages: a list that is larger than the buffer": (
            "userland/lib/srv/msg.c", "    if (n > size) {\n        in->err = -L4_EMSGTOOLONG;\n        return 0;\n    }\n", "    (void)size;\n"),
        "messages: padding shows what was there before": (
            "userland/lib/srv/msg.c", "    memset((char *)out->u->msg.mr + out->pos, 0,\n"
            "           pos - out->pos); // padding must not leak old content\n", ""),
        "messages: items do not fit behind the words": (
            "userland/lib/srv/msg.c", "words + 2 * out->items > L4_UTCB_GENERIC_DATA_SIZE", "words + out->items > L4_UTCB_GENERIC_DATA_SIZE"),
        "messages: rights are part of a label": (
            "userland/lib/srv/msg.c", "item->label = w[1] & ~L4_GATE_LABEL_RIGHTS;", "item->label = w[1];"),
        "messages: an argument that is longer than the message": (
            "userland/lib/srv/factory_args.c", "if (words > a->end - a->pos) {", "if (words > a->end) {"),
        "messages: a text argument without its end": (
            "userland/lib/srv/factory_args.c", "(unsigned)strnlen(arg->str, bytes);", "(unsigned)strlen(arg->str);"),
        "messages: a text argument of just the buffer's size": (
            "userland/lib/srv/factory_args.c", "arg->len >= size)", "arg->len > size)"),
        "messages: a number of another size than a word": (
            "userland/lib/srv/factory_args.c", "        if (bytes != sizeof(l4_umword_t))\n            break;\n", ""),
    },
    "srv_server": {
        "server: rights are part of an object's address": (
            "userland/lib/srv/registry.c", "    label &= ~L4_GATE_LABEL_RIGHTS; // rights of the sender's capability\n", ""),
        "server: what no request keeps is not dropped": (
            "userland/lib/srv/server.c", "            l4_task_release_cap(L4RE_THIS_TASK_CAP, s->rcv_slot[i]);", "            (void)u;"),
        "server: an empty receive buffer is a capability": (
            "userland/lib/srv/server.c", "return i < SRV_RCV_BUFS && (s->rcv_filled & (1u << i)) ?", "return i < SRV_RCV_BUFS ?"),
        "server: late messages reach the object that has the address now": (
            "userland/lib/srv/server.c", "        srv_disarm_label(s, o);\n        if (o->flags & SRV_OBJ_OWN_CAP)",
            "        if (o->flags & SRV_OBJ_OWN_CAP)"),
        "server: a gate that lives on keeps its label": (
            "userland/lib/srv/server.c", "        l4_rcv_ep_bind_thread(o->cap, s->thread, 0);\n", "        (void)0;\n"),
        "server: objects that are not mortal end": (
            "userland/lib/srv/server.c", "            if (!(o->flags & SRV_OBJ_MORTAL))\n                continue;\n", ""),
        "server: an interrupt pin behind the last one": (
            "userland/lib/srv/icu.c", "if (in.err || pin >= icu->n_pins)", "if (in.err || pin > icu->n_pins)"),
        "server: a pin's old interrupt is not given back": (
            "userland/lib/srv/icu.c", "    icu_pin_release(&icu->pins[pin]);\n    icu->pins[pin] = (struct srv_icu_pin){irq, owned};",
            "    icu->pins[pin] = (struct srv_icu_pin){irq, owned};"),
    },
    "share": {
        "shares: a part of all that is left": (
            "userland/lib/srv/share.c", "limit >= parent->limit - parent->used", "limit > parent->limit - parent->used"),
        "shares: one more than the limit": (
            "userland/lib/srv/share.c", "s->used == s->limit)", "s->used > s->limit)"),
        "shares: a part itself costs nothing": (
            "userland/lib/srv/share.c", "parent->used += limit + 1;", "parent->used += limit;"),
        "shares: what a closed one gives back is lost": (
            "userland/lib/srv/share.c", "    s->used--;\n    if (s->closed)\n        hand_back(s, 1);\n", "    s->used--;\n"),
        "shares: a limit beyond 32 bits": (
            "userland/lib/srv/share.c", " || limit.value > INT32_MAX)", ")"),
    },
    "elf_image": {
        "ELF: a segment behind the file": (
            "userland/lib/elf/elf.c", "(s->offset > size || s->filesz > size - s->offset))", "s->offset > size)"),
        "ELF: program headers behind the file": (
            "userland/lib/elf/elf.c", "if (h->phoff > size || h->phnum * sizeof(struct elf_program_header) > size - h->phoff)",
            "if (h->phoff > size)"),
        "ELF: a segment that is larger in the file": (
            "userland/lib/elf/elf.c", "    if (s->filesz > s->memsz)\n        return ELF_E_SEGMENT;\n", ""),
        "ELF: a segment that wraps around": (
            "userland/lib/elf/elf.c", "if (s->vaddr + s->memsz < s->vaddr || s->paddr", "if (s->paddr"),
        "ELF: segments that overlap": (
            "userland/lib/elf/elf.c", "if (!first && start < end)", "if (!first && start + page_size < end)"),
        "ELF: an entry point in data": (
            "userland/lib/elf/elf.c", "if ((seg.flags & ELF_X)\n            && ((img", "if (((img"),
        "ELF: a note behind its segment": (
            "userland/lib/elf/elf.c", " || head[1] > seg.filesz - at)", ")"),
        "ELF: an interpreter's name without its end": (
            "userland/lib/elf/elf.c", "if (seg.filesz < 2 || name[seg.filesz - 1] != '\\0')", "if (seg.filesz < 2)"),
    },
    "loader_runtime": {
        "ELF: a relocation behind the file": (
            "userland/lib/elf/elf_reloc.c", "           && bytes <= seg->filesz - (vaddr - seg->vaddr);", ";"),
        "ELF: relocations of other kinds": (
            "userland/lib/elf/elf_reloc.c", "return rela->info == R_AARCH64_RELATIVE && rela->vaddr", "return rela->vaddr"),
    },
    "shmc": {
        "shared chunks: a capacity behind the area": (
            "userland/lib/shmc/chunk.c", "if (c->magic != CHUNK_MAGIC || *capacity > used - offs - sizeof(*c))", "if (c->magic != CHUNK_MAGIC)"),
        "shared chunks: the other side says how much of the area is used": (
            "userland/lib/shmc/chunk.c", "    if (used > area->size)\n        used = area->size;\n", ""),
        "shared chunks: a size behind the chunk": (
            "userland/lib/shmc/chunk.c", "return (long)(size < chunk->capacity ? size : chunk->capacity);", "return (long)size;"),
        "shared chunks: more than the chunk has is ready": (
            "userland/lib/shmc/chunk.c", "    if (size > chunk->capacity)\n        return -L4_EINVAL;\n", ""),
    },
}
