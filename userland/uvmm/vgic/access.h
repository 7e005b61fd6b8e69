// SPDX-License-Identifier: MIT
// Accesses of 1 << size bytes to blocks of 32-bit registers. Narrower reads get their part of a
// register; narrower writes are for the registers that allow it, which see which bytes they are of.
#pragma once

#include "vgic/state.h"

// Of CPU `cpu`'s registers, by CPU `self`. Take the lock themselves, if they need it.
typedef uint32_t vgic_read32(struct vgic *g, unsigned self, unsigned cpu, uint32_t off);
typedef void vgic_write32(struct vgic *g, unsigned self, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes);

struct vgic_access {
    struct vgic *g;
    unsigned self, cpu;
    uint32_t off;
    unsigned size;
};

static inline uint64_t vgic_read(struct vgic *g, unsigned self, unsigned cpu, uint32_t off, unsigned size,
                                 vgic_read32 *read32)
{
    if (size == 2)
        return read32(g, self, cpu, off & ~3u);
    if (size == 3) {
        uint64_t low = read32(g, self, cpu, off & ~7u);
        return low | (uint64_t)read32(g, self, cpu, (off & ~7u) + 4) << 32;
    }
    uint32_t v = read32(g, self, cpu, off & ~3u) >> (8 * (off & 3));
    return size == 0 ? v & 0xff : v & 0xffff;
}

static inline void vgic_write(struct vgic_access a, uint64_t v, vgic_write32 *write32)
{
    if (a.size == 3) {
        write32(a.g, a.self, a.cpu, a.off & ~7u, (uint32_t)v, 0xf);
        write32(a.g, a.self, a.cpu, (a.off & ~7u) + 4, (uint32_t)(v >> 32), 0xf);
    } else {
        uint32_t bytes = ((1u << (1u << a.size)) - 1) << (a.off & 3);
        write32(a.g, a.self, a.cpu, a.off & ~3u, (uint32_t)v << (8 * (a.off & 3)), bytes & 0xf);
    }
}
