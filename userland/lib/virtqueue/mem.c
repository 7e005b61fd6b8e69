// SPDX-License-Identifier: MIT
// Translation of driver addresses.
#include <l4/virtqueue/virtqueue.h>

int vq_mem_add(struct vq_mem *m, uint64_t base, uint64_t size, void *local, bool writable)
{
    if (!size || base + (size - 1) < base)
        return VQ_EMEM_RANGE;
    for (unsigned i = 0; i < m->count; i++) {
        struct vq_region const *r = &m->regions[i];
        if (base <= r->base + (r->size - 1) && r->base <= base + (size - 1))
            return VQ_EMEM_OVERLAP;
    }
    if (m->count >= m->limit)
        return VQ_EMEM_FULL;
    m->regions[m->count++] =
        (struct vq_region){ .base = base, .size = size, .local = local, .writable = writable };
    return 0;
}

struct vq_part vq_mem_translate_part(struct vq_mem const *m, uint64_t addr, uint64_t len, bool write)
{
    for (unsigned i = 0; i < m->count; i++) {
        struct vq_region const *r = &m->regions[i];
        uint64_t off = addr - r->base;
        if (addr < r->base || off >= r->size)
            continue;
        if (!len || (write && !r->writable))
            break;
        return (struct vq_part){r->local + off, len < r->size - off ? len : r->size - off};
    }
    return (struct vq_part){NULL, 0};
}

void *vq_mem_translate(struct vq_mem const *m, uint64_t addr, uint64_t len, bool write)
{
    struct vq_part part = vq_mem_translate_part(m, addr, len, write);
    return part.len == len ? part.at : NULL;
}

char const *vq_strerror(int err)
{
    switch (err) {
    case VQ_EMEM_FULL: return "too many memory regions";
    case VQ_EMEM_RANGE: return "memory region is empty or wraps around";
    case VQ_EMEM_OVERLAP: return "memory region overlaps another one";
    case VQ_ENUM: return "queue size is not a power of two or too large";
    case VQ_EALIGN: return "ring is misaligned";
    case VQ_EADDR: return "ring lies outside of the registered memory";
    case VQ_EAVAIL: return "available index runs ahead by more than the ring holds";
    case VQ_EHEAD: return "descriptor index beyond the table";
    case VQ_ECHAIN: return "descriptor chain has a loop or too many segments";
    case VQ_EBUFFER: return "buffer is empty or outside of the memory it may use";
    case VQ_EORDER: return "readable descriptor behind a writable one";
    case VQ_EINDIRECT: return "indirect descriptor is malformed or was not negotiated";
    case VQ_EUSED: return "device returned an entry that is not in flight";
    case VQ_EFULL: return "queue is full";
    case VQ_EGONE: return "memory has been taken away";
    default: return err < 0 ? "unknown error" : "no error";
    }
}
