// SPDX-License-Identifier: MIT
// The redistributors' registers (IHI 0069, 12.10 and 12.11): per CPU a control frame and an
// SGI frame of 64 KiB each.
#include "vgic/access.h"

enum {
    GICR_IIDR = 0x0004,
    GICR_TYPER = 0x0008,
    GICR_WAKER = 0x0014,
    GICR_PIDR2 = 0xffe8,
    GICR_SGI_FRAME = 0x10000,
    GICR_STRIDE = 0x20000,
    IIDR_ARM = 0x43b,
    WAKER_SLEEP = 1 << 1,
    WAKER_ASLEEP = 1 << 2,
    TYPER_PLPIS = 1 << 0,
    TYPER_LAST = 1 << 4,
};

static uint64_t typer(struct vgic const *g, unsigned cpu)
{
    uint64_t a = g->cpu[cpu].affinity;
    uint64_t aff = (a & 0xffffff) | ((a >> 32) & 0xff) << 24;
    return aff << 32 | cpu << 8 | (cpu + 1 == g->num_cpus ? TYPER_LAST : 0) | (g->lpis ? TYPER_PLPIS : 0);
}

// Offset of a private register as seen from the shared block; registers that reach beyond the
// 32 private interrupts do not exist here.
static bool is_private(uint32_t off)
{
    if (off >= 0x80 && off < 0x400)
        return !(off & 0x7c);
    return (off >= 0x400 && off < 0x420) || (off >= 0xc00 && off < 0xc08);
}

static uint32_t read32(struct vgic *g, unsigned self, unsigned cpu, uint32_t off)
{
    if (off >= GICR_SGI_FRAME) {
        off -= GICR_SGI_FRAME;
        if (off == GICR_PIDR2)
            return 0x30;
        return is_private(off) ? vgic_block_read(g, self, cpu, off) : 0;
    }
    switch (off) {
    case GICR_IIDR:
        return IIDR_ARM;
    case GICR_TYPER:
        return (uint32_t)typer(g, cpu);
    case GICR_TYPER + 4:
        return (uint32_t)(typer(g, cpu) >> 32);
    case GICR_WAKER:
        return g->cpu[cpu].asleep ? WAKER_SLEEP | WAKER_ASLEEP : 0;
    case GICR_PIDR2:
        return 0x30;
    default:
        return vgic_lpi_read(g, cpu, off);
    }
}

uint64_t gicr_read(struct vgic *g, unsigned cpu, uint64_t off, unsigned size)
{
    unsigned of = (unsigned)(off / GICR_STRIDE);
    return of < g->num_cpus ? vgic_read(g, cpu, of, off % GICR_STRIDE, size, read32) : 0;
}

static void write32(struct vgic *g, unsigned self, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes)
{
    if (off >= GICR_SGI_FRAME && is_private(off - GICR_SGI_FRAME))
        vgic_block_write(g, self, cpu, off - GICR_SGI_FRAME, v, bytes);
    else if (off == GICR_WAKER)
        g->cpu[cpu].asleep = v & WAKER_SLEEP;
    else
        vgic_lpi_write(g, self, cpu, off, v, bytes);
}

void gicr_write(struct vgic *g, unsigned cpu, uint64_t off, unsigned size, uint64_t v)
{
    unsigned of = (unsigned)(off / GICR_STRIDE);
    if (of < g->num_cpus)
        vgic_write((struct vgic_access){g, cpu, of, off % GICR_STRIDE, size}, v, write32);
}
