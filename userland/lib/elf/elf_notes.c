// SPDX-License-Identifier: MIT
// What an ELF file says beside its loadable segments: interpreter, TLS template, L4 notes.
#include <l4/elf/elf.h>
#include <string.h>

char const *elf_interp(struct elf_image const *img)
{
    struct elf_segment seg;
    unsigned pos = 0;

    return elf_next(img, ELF_PT_INTERP, &pos, &seg) ? elf_segment_data(img, &seg) : NULL;
}

bool elf_tls(struct elf_image const *img, struct elf_segment *seg)
{
    unsigned pos = 0;

    return elf_next(img, ELF_PT_TLS, &pos, seg);
}

// The record at it->pos of one segment; elf_open has checked the lengths.
static bool read_record(struct elf_image const *img, struct elf_segment const *seg,
                        struct elf_l4_aux_iter *it, struct elf_l4_aux *rec)
{
    uint8_t const *data = elf_segment_data(img, seg);
    uint64_t head[2];

    if (it->pos > seg->filesz || seg->filesz - it->pos < sizeof(head))
        return false;
    memcpy(head, data + it->pos, sizeof(head));
    if (head[0] == 0)
        return false;
    *rec = (struct elf_l4_aux){ .type = head[0] };
    uint64_t words = (head[1] - sizeof(head)) / 8;
    rec->num_values = words < 2 ? (unsigned)words : 2;
    memcpy(rec->value, data + it->pos + sizeof(head), rec->num_values * 8u);
    it->pos += head[1];
    return true;
}

bool elf_l4_aux_next(struct elf_image const *img, struct elf_l4_aux_iter *it,
                     struct elf_l4_aux *rec)
{
    struct elf_segment seg;

    for (; elf_segment_get(img, it->segment, &seg); it->segment++, it->pos = 0)
        if (seg.type == ELF_PT_L4_AUX && read_record(img, &seg, it, rec))
            return true;
    return false;
}

uint64_t elf_l4_aux_value(struct elf_image const *img, uint64_t type, uint64_t def)
{
    struct elf_l4_aux_iter it = { 0 };
    struct elf_l4_aux rec;

    while (elf_l4_aux_next(img, &it, &rec))
        if (rec.type == type && rec.num_values)
            return rec.value[0];
    return def;
}
