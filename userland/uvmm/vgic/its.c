// SPDX-License-Identifier: MIT
// The registers of an ITS (IHI 0069, 12.19), its queue of commands, and the interrupts of devices.
#include "vgic/its.h"
#include "log.h"
#include "vgic/access.h"

#include <stddef.h>

enum {
    GITS_CTLR = 0x0000,
    GITS_IIDR = 0x0004,
    GITS_TYPER = 0x0008,
    GITS_CBASER = 0x0080,
    GITS_CWRITER = 0x0088,
    GITS_CREADR = 0x0090,
    GITS_PIDR2 = 0xffe8,
    GITS_FRAME = 0x10000, // the second one
    CTLR_ENABLED = 1 << 0,
    IIDR_ARM = 0x43b,
    COMMAND_SIZE = 32,
    QUEUE_UNIT = 4096,
    OFFSET = 0xfffe0,
    CWRITER_RETRY = 1 << 0,
    CREADR_STALLED = 1 << 0,
    CBASER_PAGES = 0xff,
};
#define CTLR_QUIESCENT (1u << 31)
#define CBASER_VALID (1ull << 63)
#define CBASER_ADDRESS 0x000ffffffffff000ull
#define CBASER_ATTRIBUTES (1ull << 10 | 7ull << 59) // inner shareable, inner cacheable, whatever is written

// Physical LPIs; entries of a table that nobody uses have one byte; collections in the ITS, 5 bits of their number.
#define TYPER \
    (1ull << 0 | (ITS_EVENT_BITS - 1ull) << 8 | 15ull << 13 | (uint64_t)ITS_COLLECTIONS << 24 | 4ull << 32 | 1ull << 36)
_Static_assert(ITS_DEVICES == 2u << 15 && ITS_COLLECTIONS == 2u << 4, "GITS_TYPER");

void its_init(struct its *its, struct vgic_lpis *lpis, struct vgic *g, struct vgic_memory memory)
{
    its->gic = g;
    for (unsigned i = 0; i < ITS_COLLECTIONS; i++)
        its->target[i] = VGIC_NOBODY;
    vgic_lpi_init(g, lpis, memory);
    g->its = its;
}

void vgic_send_msi(struct vgic *g, uint32_t device, uint32_t event)
{
    struct its const *its = g->its;
    bool translated = false;
    if (!its)
        return;
    lock_acquire(&g->lock);
    unsigned lpi = its->enabled ? its_find(its, device, event) : ITS_NO_LPI;
    unsigned cpu = lpi != ITS_NO_LPI ? its->target[its->lpi[lpi].collection] : VGIC_NOBODY;
    if (cpu != VGIC_NOBODY) {
        vgic_lpi_pend(g, cpu, VGIC_FIRST_LPI + lpi);
        translated = true;
    }
    lock_release(&g->lock);
    if (!translated)
        log_guest(LOG_INFO, "ITS: event %u of device 0x%x is not mapped; ignored", event, device);
}

// ---- the queue ----

static uint32_t queue_size(struct its const *its)
{
    return ((uint32_t)(its->cbaser & CBASER_PAGES) + 1) * QUEUE_UNIT;
}

static bool has_command(struct its const *its)
{
    return its->enabled && !its->stalled && (its->cbaser & CBASER_VALID) && its->creadr != its->cwriter;
}

// One command; with the lock, which it gives away meanwhile.
static void next_command(struct its *its, unsigned self)
{
    struct vgic_memory const *memory = &its->gic->lpis->memory;
    uint64_t c[4], at = (its->cbaser & CBASER_ADDRESS) + its->creadr;
    lock_release(&its->gic->lock);
    bool found = memory->read(memory->ctx, at, c, sizeof(c));
    char const *wrong = found ? its_command(its, self, c) : NULL;
    if (!found)
        log_guest(LOG_WARN, "ITS: command at 0x%llx is not in RAM; the queue stalls", (unsigned long long)at);
    if (wrong)
        log_guest(LOG_WARN, "ITS: command 0x%llx 0x%llx 0x%llx 0x%llx: %s; ignored", (unsigned long long)c[0],
                  (unsigned long long)c[1], (unsigned long long)c[2], (unsigned long long)c[3], wrong);
    lock_acquire(&its->gic->lock);
    if (found)
        its->creadr = (its->creadr + COMMAND_SIZE) % queue_size(its);
    else
        its->stalled = true;
}

// What is in the queue, unless another CPU is at it. With the lock. When others add commands all the time there may be some
// left: who waits for them reads GITS_CREADR, and comes by.
static void process(struct its *its, unsigned self)
{
    if (its->busy)
        return;
    its->busy = true;
    for (unsigned n = queue_size(its) / COMMAND_SIZE; n && has_command(its); n--)
        next_command(its, self);
    its->busy = false;
}

// ---- registers; with the lock ----

static void cwriter_write(struct its *its, unsigned self, uint32_t v)
{
    if ((v & OFFSET) >= queue_size(its)) // unpredictable
        return;
    its->cwriter = v & OFFSET;
    if (v & CWRITER_RETRY)
        its->stalled = false;
    process(its, self);
}

static void cbaser_write(struct its *its, uint32_t off, uint32_t v)
{
    uint64_t old = its->cbaser;
    if (its->enabled || its->busy) // not quiescent, so this is unpredictable: the queue in use stays
        return;
    uint64_t now = off & 4 ? (old & 0xffffffffu) | (uint64_t)v << 32 : (old & ~0xffffffffull) | v;
    its->cbaser = now & (CBASER_VALID | CBASER_ADDRESS | CBASER_PAGES);
    its->creadr = its->cwriter = 0;
    its->stalled = false;
}

static uint32_t read32(struct vgic *g, unsigned self, unsigned cpu, uint32_t off)
{
    struct its *its = g->its;
    (void)cpu;
    switch (off) {
    case GITS_CTLR:
        return its->enabled ? CTLR_ENABLED : its->busy ? 0 : CTLR_QUIESCENT;
    case GITS_IIDR:
        return IIDR_ARM;
    case GITS_TYPER:
        return (uint32_t)TYPER;
    case GITS_TYPER + 4:
        return (uint32_t)(TYPER >> 32);
    case GITS_CBASER:
        return (uint32_t)(its->cbaser | CBASER_ATTRIBUTES);
    case GITS_CBASER + 4:
        return (uint32_t)((its->cbaser | CBASER_ATTRIBUTES) >> 32);
    case GITS_CWRITER:
        return its->cwriter;
    case GITS_CREADR:
        process(its, self);
        return its->creadr | (its->stalled ? CREADR_STALLED : 0);
    case GITS_PIDR2:
        return 0x30;
    default:
        return 0; // also GITS_BASER<n>: there are no tables
    }
}

uint64_t its_read(struct its *its, unsigned cpu, uint64_t off, unsigned size)
{
    if (off >= GITS_FRAME)
        return 0; // GITS_TRANSLATER is for writing
    lock_acquire(&its->gic->lock);
    uint64_t v = vgic_read(its->gic, cpu, cpu, (uint32_t)off, size, read32);
    lock_release(&its->gic->lock);
    return v;
}

static void write32(struct vgic *g, unsigned self, unsigned cpu, uint32_t off, uint32_t v, uint32_t bytes)
{
    struct its *its = g->its;
    (void)cpu;
    if (bytes != 0xf) // the registers are words and doublewords
        return;
    if (off == GITS_CTLR) {
        its->enabled = v & CTLR_ENABLED;
        process(its, self);
    } else if (off == GITS_CWRITER) {
        cwriter_write(its, self, v);
    } else if ((off & ~4u) == GITS_CBASER) {
        cbaser_write(its, off, v);
    }
}

void its_write(struct its *its, unsigned cpu, uint64_t off, unsigned size, uint64_t v)
{
    if (off >= GITS_FRAME) { // a device's number comes with its write, and a CPU has none (IHI 0069, 12.19, GITS_TRANSLATER)
        log_guest(LOG_INFO, "ITS: CPU %u writes to GITS_TRANSLATER; ignored", cpu);
        return;
    }
    lock_acquire(&its->gic->lock);
    vgic_write((struct vgic_access){its->gic, cpu, cpu, (uint32_t)off, size}, v, write32);
    lock_release(&its->gic->lock);
}
