// SPDX-License-Identifier: MIT
// The commands of an ITS (IHI 0069, 5.3). Each first checks what it is told, and then does it.
#include "vgic/its.h"
#include "vgic/state.h"

#include <stddef.h>

enum {
    MOVI = 0x01,
    INT = 0x03,
    CLEAR = 0x04,
    SYNC = 0x05,
    MAPD = 0x08,
    MAPC = 0x09,
    MAPTI = 0x0a,
    MAPI = 0x0b,
    INV = 0x0c,
    INVALL = 0x0d,
    MOVALL = 0x0e,
    DISCARD = 0x0f,
    COMMANDS = 0x10,
};

// The fields of a command, wherever it has them.
struct fields {
    uint32_t device, event, lpi;
    uint32_t collection;
    uint64_t cpu, cpu2;  // RDbase: numbers of processors, as GITS_TYPER.PTA says
    unsigned event_bits;
    bool valid;
};

static struct fields decode(uint64_t const c[4])
{
    return (struct fields){
        .device = (uint32_t)(c[0] >> 32),
        .event = (uint32_t)c[1],
        .lpi = (uint32_t)(c[1] >> 32),
        .event_bits = (c[1] & 0x1f) + 1,
        .collection = c[2] & 0xffff,
        .cpu = c[2] << 13 >> 29, // bits 50:16
        .cpu2 = c[3] << 13 >> 29,
        .valid = c[2] >> 63,
    };
}

static char const no_device[] = "the device is not mapped, or has no such event";
static char const no_lpi[] = "the event is not mapped";
static char const no_collection[] = "there is no such collection";
static char const no_target[] = "the collection is not mapped";
static char const no_cpu[] = "there is no such redistributor";

static unsigned target_of(struct its const *its, uint32_t collection)
{
    return collection < ITS_COLLECTIONS ? its->target[collection] : VGIC_NOBODY;
}

// The event of an LPI is none any more, and what is pending of it is forgotten.
static void discard(struct its *its, unsigned self, unsigned lpi)
{
    lock_acquire(&its->gic->lock);
    its_unmap(its, lpi);
    lock_release(&its->gic->lock);
    vgic_lpi_clear(its->gic, self, VGIC_FIRST_LPI + lpi);
}

// ---- devices, collections, events ----

static char const *mapd(struct its *its, unsigned self, struct fields const *f)
{
    if (f->device >= ITS_DEVICES)
        return "there is no such device";
    if (f->valid && f->event_bits > ITS_EVENT_BITS)
        return "that are too many events";
    for (unsigned i = 0; i < VGIC_LPIS; i++)
        if (its->lpi[i].mapped && its->lpi[i].device == f->device)
            discard(its, self, i);
    lock_acquire(&its->gic->lock);
    its->event_bits[f->device] = (uint8_t)(f->valid ? f->event_bits : 0);
    lock_release(&its->gic->lock);
    return NULL;
}

static char const *mapc(struct its *its, unsigned self, struct fields const *f)
{
    struct vgic *g = its->gic;
    if (f->collection >= ITS_COLLECTIONS)
        return no_collection;
    if (f->valid && f->cpu >= g->num_cpus)
        return no_cpu;
    unsigned old = its->target[f->collection];
    uint8_t now = f->valid ? (uint8_t)f->cpu : VGIC_NOBODY;
    lock_acquire(&g->lock);
    its->target[f->collection] = now;
    lock_release(&g->lock);
    if (old != VGIC_NOBODY && old != now) // its next ones go elsewhere, also of those that it has just ended
        vgic_lpi_move_all(g, self, old, old);
    return NULL;
}

static char const *map_event(struct its *its, unsigned self, struct fields const *f, uint32_t intid)
{
    struct vgic *g = its->gic;
    if (!its_has_event(its, f->device, f->event))
        return no_device;
    if (!vgic_lpi_exists(intid))
        return "there is no such LPI";
    if (f->collection >= ITS_COLLECTIONS)
        return no_collection;
    unsigned lpi = intid - VGIC_FIRST_LPI, old = its_find(its, f->device, f->event);
    if (old != ITS_NO_LPI)
        discard(its, self, old);
    if (its->lpi[lpi].mapped) // the guest may not map two events to one LPI
        discard(its, self, lpi);
    lock_acquire(&g->lock);
    its_map(its, lpi, (struct its_event){(uint16_t)f->device, (uint16_t)f->event, 0, (uint8_t)f->collection, true});
    lock_release(&g->lock);
    unsigned cpu = target_of(its, f->collection);
    if (cpu != VGIC_NOBODY) // else it is read when that CPU switches LPIs on, or by INVALL
        vgic_lpi_configure(g, self, cpu, intid);
    return NULL;
}

static char const *mapti(struct its *its, unsigned self, struct fields const *f)
{
    return map_event(its, self, f, f->lpi);
}

static char const *mapi(struct its *its, unsigned self, struct fields const *f)
{
    return map_event(its, self, f, f->event);
}

// ---- of one event ----

static char const *movi(struct its *its, unsigned self, struct fields const *f)
{
    unsigned lpi = its_find(its, f->device, f->event), to = target_of(its, f->collection);
    if (lpi == ITS_NO_LPI)
        return no_lpi;
    if (to == VGIC_NOBODY)
        return no_target;
    lock_acquire(&its->gic->lock);
    its->lpi[lpi].collection = (uint8_t)f->collection;
    lock_release(&its->gic->lock);
    vgic_lpi_move(its->gic, self, VGIC_FIRST_LPI + lpi, to);
    return NULL;
}

static char const *discard_event(struct its *its, unsigned self, struct fields const *f)
{
    unsigned lpi = its_find(its, f->device, f->event);
    if (lpi == ITS_NO_LPI)
        return no_lpi;
    discard(its, self, lpi);
    return NULL;
}

// The LPI and the CPU of an event, for commands that need both.
static char const *translate(struct its const *its, struct fields const *f, unsigned *intid, unsigned *cpu)
{
    unsigned lpi = its_find(its, f->device, f->event);
    if (lpi == ITS_NO_LPI)
        return no_lpi;
    *intid = VGIC_FIRST_LPI + lpi;
    *cpu = its->target[its->lpi[lpi].collection];
    return *cpu == VGIC_NOBODY ? no_target : NULL;
}

static char const *interrupt(struct its *its, unsigned self, struct fields const *f)
{
    unsigned intid, cpu;
    char const *wrong = translate(its, f, &intid, &cpu);
    (void)self;
    if (wrong)
        return wrong;
    lock_acquire(&its->gic->lock);
    vgic_lpi_pend(its->gic, cpu, intid);
    lock_release(&its->gic->lock);
    return NULL;
}

static char const *clear(struct its *its, unsigned self, struct fields const *f)
{
    unsigned intid, cpu;
    char const *wrong = translate(its, f, &intid, &cpu);
    if (!wrong)
        vgic_lpi_clear(its->gic, self, intid);
    return wrong;
}

static char const *inv(struct its *its, unsigned self, struct fields const *f)
{
    unsigned intid, cpu;
    char const *wrong = translate(its, f, &intid, &cpu);
    if (!wrong)
        vgic_lpi_configure(its->gic, self, cpu, intid);
    return wrong;
}

// ---- of many ----

static char const *invall(struct its *its, unsigned self, struct fields const *f)
{
    unsigned cpu = target_of(its, f->collection);
    if (cpu == VGIC_NOBODY)
        return no_target;
    vgic_lpi_configure_all(its->gic, self, cpu);
    return NULL;
}

static char const *movall(struct its *its, unsigned self, struct fields const *f)
{
    if (f->cpu >= its->gic->num_cpus || f->cpu2 >= its->gic->num_cpus)
        return no_cpu;
    vgic_lpi_move_all(its->gic, self, (unsigned)f->cpu, (unsigned)f->cpu2);
    return NULL;
}

// All that was before it has had its effect.
static char const *sync(struct its *its, unsigned self, struct fields const *f)
{
    (void)self;
    return f->cpu < its->gic->num_cpus ? NULL : no_cpu;
}

char const *its_command(struct its *its, unsigned self, uint64_t const command[4])
{
    typedef char const *handler(struct its *its, unsigned self, struct fields const *f);
    static handler *const handlers[COMMANDS] = {
        [MOVI] = movi, [INT] = interrupt, [CLEAR] = clear, [SYNC] = sync, [MAPD] = mapd, [MAPC] = mapc, [MAPTI] = mapti,
        [MAPI] = mapi, [INV] = inv, [INVALL] = invall, [MOVALL] = movall, [DISCARD] = discard_event,
    };
    struct fields f = decode(command);
    unsigned number = command[0] & 0xff;
    return number < COMMANDS && handlers[number] ? handlers[number](its, self, &f) : "there is no such command";
}
