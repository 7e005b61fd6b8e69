// SPDX-License-Identifier: MIT
// Accesses of 1 << size bytes to blocks of 32-bit registers. Narrower reads get their part of a
// register; narrower writes are for the registers that allow it, which see which bytes they are of.
#pragma once

#include "lock.h"
#include "vgic/vgic.h"

typedef uint32_t vgic_read32(struct vgic *g, unsigned cpu, uint32_t off);
typedef void vgic_write32(struct vgic *g, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes);

static inline uint64_t vgic_read(struct vgic *g, unsigned cpu, uint32_t off, unsigned size,
                                 vgic_read32 *read32)
{
    if (size == 2)
        return read32(g, cpu, off & ~3u);
    if (size == 3)
        return read32(g, cpu, off & ~7u) | (uint64_t)read32(g, cpu, (off & ~7u) + 4) << 32;
    uint32_t v = read32(g, cpu, off & ~3u) >> (8 * (off & 3));
    return size == 0 ? v & 0xff : v & 0xffff;
}

static inline void vgic_write(struct vgic *g, unsigned cpu, uint32_t off, unsigned size, uint64_t v,
                              vgic_write32 *write32)
{
    lock_acquire(&g->lock);
    if (size == 3) {
        write32(g, cpu, off & ~7u, (uint32_t)v, 0xf);
        write32(g, cpu, (off & ~7u) + 4, (uint32_t)(v >> 32), 0xf);
    } else {
        uint32_t bytes = ((1u << (1u << size)) - 1) << (off & 3);
        write32(g, cpu, off & ~3u, (uint32_t)v << (8 * (off & 3)), bytes & 0xf);
    }
    lock_release(&g->lock);
}
