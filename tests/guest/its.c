// SPDX-License-Identifier: MIT
// LPIs and the interrupt translation service. The interrupts are those of the command INT, which is a device's write of
// GITS_TRANSLATER otherwise.
#include "lib/guest.h"

enum {
    GITS_CTLR = 0x0000,
    GITS_TYPER = 0x0008,
    GITS_CBASER = 0x0080,
    GITS_CWRITER = 0x0088,
    GITS_CREADR = 0x0090,
    GITS_BASER = 0x0100,
    GITS_PIDR2 = 0xffe8,
    GICR_PROPBASER = 0x0070,
    GICR_PENDBASER = 0x0078,
};

enum { MOVI = 1, INT = 3, CLEAR = 4, SYNC = 5, MAPD = 8, MAPC = 9, MAPTI = 10, MAPI = 11, INV = 12, INVALL = 13, MOVALL = 14,
       DISCARD = 15 };

enum {
    TABLE = 0x10000,
    LPI = 8192,
    ID_BITS = 14,
    DEVICE = 3,
    EVENT_BITS = 5,
    COMMAND = 32,
};
#define VALID (1ull << 63)
#define BASE_VALID_64K (VALID | 2ull << 8)
#define SHARED_CACHED (7ull << 7 | 1ull << 10) // of GICR_PROPBASER and GICR_PENDBASER
#define CBASER_SHARED_CACHED (7ull << 59 | 1ull << 10)
#define BASER_TYPE(v) ((v) >> 56 & 7)

static struct {
    uint8_t queue[TABLE], properties[TABLE], pending[2][TABLE], baser[8][TABLE], itt[TABLE];
} memory __attribute__((aligned(TABLE)));

static uint64_t queue_at;

// The machine reads through caches, and this writes without the MMU.
static void publish(void const *p)
{
    __asm__ volatile("dsb sy\n\tdc civac, %0\n\tdsb sy" : : "r"(p) : "memory");
}

static void command(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t volatile *p = (uint64_t volatile *)(memory.queue + queue_at);
    p[0] = a;
    p[1] = b;
    p[2] = c;
    p[3] = d;
    publish((void const *)p);
    queue_at = (queue_at + COMMAND) % 4096;
    store64(platform.its + GITS_CWRITER, queue_at);
    wait_for(load64(platform.its + GITS_CREADR) == queue_at, LONG_MS);
}

static void of_event(unsigned number, unsigned event)
{
    command(number | (uint64_t)DEVICE << 32, event, 0, 0);
}

static void mapti(unsigned event, unsigned lpi, unsigned collection)
{
    command(MAPTI | (uint64_t)DEVICE << 32, event | (uint64_t)lpi << 32, collection, 0);
}

static void movi(unsigned event, unsigned collection)
{
    command(MOVI | (uint64_t)DEVICE << 32, event, collection, 0);
}

static uint64_t rdbase(unsigned cpu)
{
    uintptr_t r = gic_sgi_frame(cpu) - GICR_SGI_FRAME;
    return load64(platform.its + GITS_TYPER) >> 19 & 1 ? r : (load64(r + GICR_TYPER) >> 8 & 0xffff) << 16;
}

static void mapc(unsigned collection, unsigned cpu)
{
    command(MAPC, 0, VALID | rdbase(cpu) | collection, 0);
}

static void sync(void)
{
    command(SYNC, 0, rdbase(0), 0);
    command(SYNC, 0, rdbase(1), 0);
}

static void property(unsigned lpi, unsigned priority, bool enabled)
{
    uint8_t volatile *p = &memory.properties[lpi - LPI];
    *p = (uint8_t)(priority | 2 | enabled);
    publish((void const *)p);
}

// ---- who takes it ----

struct wait {
    uint64_t ms;
    unsigned irq;
    bool sleep;
};

static uint32_t await(uint64_t ms, bool sleep)
{
    uint32_t iar = GIC_SPURIOUS;
    uint64_t end = counter() + ticks_of_ms(ms);
    do {
        if (sleep)
            wfi();
        iar = gic_ack();
    } while (gic_id(iar) >= GIC_FIRST_SPECIAL && gic_id(iar) < LPI && counter() < end);
    return iar;
}

static void take_job(void *argument)
{
    struct wait *w = argument;
    uint32_t iar = await(w->ms, w->sleep);
    w->irq = gic_id(iar);
    if (w->irq != GIC_SPURIOUS)
        gic_eoi(iar);
}

static unsigned taken_here(uint64_t ms)
{
    struct wait w = {ms, 0, false};
    take_job(&w);
    return w.irq;
}

static unsigned taken_by_other(uint64_t ms)
{
    struct wait w = {ms, 0, false};
    return cpu_run(1, take_job, &w) ? w.irq : ~0u;
}

static void reset_job(void *argument)
{
    (void)argument;
    gic_init_cpu();
    interrupts_reset();
}

// ---- before there is any interrupt ----

static void enable_lpis(unsigned cpu, bool on)
{
    uintptr_t r = gic_sgi_frame(cpu) - GICR_SGI_FRAME;
    store32(r + GICR_CTLR, on);
    wait_for(!(load32(r + GICR_CTLR) >> 3 & 1), LONG_MS); // RWP
}

static void tables(void)
{
    for (unsigned i = 0; i < 8; i++) {
        uint64_t v = load64(platform.its + GITS_BASER + 8 * i);
        if (BASER_TYPE(v) == 1 || BASER_TYPE(v) == 4) // devices, collections: where the machine wants memory for them
            store64(platform.its + GITS_BASER + 8 * i, BASE_VALID_64K | 7ull << 59 | 1ull << 10 | (uintptr_t)memory.baser[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        uintptr_t r = gic_sgi_frame(i) - GICR_SGI_FRAME;
        store64(r + GICR_PROPBASER, (uintptr_t)memory.properties | SHARED_CACHED | (ID_BITS - 1));
        store64(r + GICR_PENDBASER, (uintptr_t)memory.pending[i] | SHARED_CACHED | 1ull << 62);
        enable_lpis(i, true);
    }
    store64(platform.its + GITS_CBASER, VALID | CBASER_SHARED_CACHED | (uintptr_t)memory.queue);
    store64(platform.its + GITS_CWRITER, 0);
    store32(platform.its + GITS_CTLR, 1);
}

static void registers(void)
{
    uint32_t typer = load32(platform.gicd + GICD_TYPER);
    uintptr_t r = gic_sgi_frame(0) - GICR_SGI_FRAME;
    group("registers", "IHI 0069 12.9 (GICD_TYPER), 12.11 (GICR_*), 12.19 (GITS_*)");
    check_bits("LPIs of the distributor", typer, 1 << 17, 1 << 17);
    check_true("14 bits of INTID or more", (typer >> 19 & 0x1f) >= ID_BITS - 1);
    check_bits("LPIs of the redistributor", load64(r + GICR_TYPER), 1, 1);
    check_bits("LPIs of the ITS", load64(platform.its + GITS_TYPER), 1, 1);
    check_bits("version", load32(platform.its + GITS_PIDR2), 0xf0, 0x30);
    check_bits("disabled and quiescent", load32(platform.its + GITS_CTLR), 1u << 31 | 1, 1u << 31);
    tables();
    check_bits("enabled", load32(platform.its + GITS_CTLR), 1, 1);
    check_bits("the redistributor's, too", load32(r + GICR_CTLR), 1, 1);
    check("queue", load64(platform.its + GITS_CBASER) & 0xffffffffff000, (uintptr_t)memory.queue);
    check("properties", load64(r + GICR_PROPBASER) & 0xffffffffff01f, (uintptr_t)memory.properties | (ID_BITS - 1));
    check("pending ones", load64(r + GICR_PENDBASER) & 0xffffffffff000, (uintptr_t)memory.pending[0]);
    if (platform.uvmm)
        check_bits("PTZ reads as zero", load64(r + GICR_PENDBASER), 1ull << 62, 0);
    else
        skip("PTZ reads as zero", "not in QEMU");
}

// All events of the device on CPU 0, enabled: event n is LPI n.
static void prepare(void)
{
    gic_reset();
    cpu_run(1, reset_job, NULL);
    for (unsigned i = 0; i < 1u << EVENT_BITS; i++)
        property(LPI + i, GIC_PRIORITY, true);
    mapc(0, 0);
    mapc(1, 1);
    command(MAPD | (uint64_t)DEVICE << 32, EVENT_BITS - 1, VALID | (uintptr_t)memory.itt, 0);
    for (unsigned i = 0; i < 1u << EVENT_BITS; i++)
        mapti(i, LPI + i, 0);
    command(INVALL, 0, 0, 0);
    command(INVALL, 0, 1, 0);
    sync();
}

// ---- one interrupt ----

static void interrupts_arrive(void)
{
    group("INT", "IHI 0069 5.3 (INT, CLEAR, DISCARD, MAPI), 5.1 (LPIs have no active state)");
    prepare();
    check("the queue is empty", load64(platform.its + GITS_CREADR), queue_at);
    check("nothing yet", taken_here(0), GIC_SPURIOUS);
    of_event(INT, 5);
    check("highest pending", gic_pending_soon(LPI + 5), LPI + 5);
    check("taken", taken_here(SOON_MS), LPI + 5);
    check("once", taken_here(NOTHING_MS), GIC_SPURIOUS);
    for (unsigned i = 0; i < 300; i++) { // more than twice the queue
        of_event(INT, i % 32);
        if (taken_here(SOON_MS) != LPI + i % 32)
            check("again and again", i, ~0u);
    }
    of_event(INT, 6);
    of_event(INT, 6);
    check("two are one", taken_here(SOON_MS), LPI + 6);
    check("and no more", taken_here(NOTHING_MS), GIC_SPURIOUS);
    of_event(INT, 7);
    uint32_t iar = await(SOON_MS, false);
    check("acknowledged", gic_id(iar), LPI + 7);
    check("running priority", gic_running_priority(), GIC_PRIORITY);
    of_event(INT, 7);
    check("not before its end", await(NOTHING_MS, false), GIC_SPURIOUS);
    gic_eoi(iar);
    check("after it", taken_here(SOON_MS), LPI + 7);
    of_event(INT, 8);
    gic_pending_soon(LPI + 8);
    of_event(CLEAR, 8);
    sync();
    check("cleared", taken_here(NOTHING_MS), GIC_SPURIOUS);
    of_event(INT, 9);
    gic_pending_soon(LPI + 9);
    of_event(DISCARD, 9);
    sync();
    check("discarded", taken_here(NOTHING_MS), GIC_SPURIOUS);
    of_event(INT, 9);
    check("no event of that number", taken_here(NOTHING_MS), GIC_SPURIOUS);
    mapti(9, LPI + 9, 0);
    of_event(INT, 9);
    check("mapped again", taken_here(SOON_MS), LPI + 9);
}

static void separate_end(void)
{
    group("EOImode", "IHI 0069 5.1, 4.8 (an LPI needs no deactivation)");
    prepare();
    gic_split_eoi(true);
    for (unsigned i = 0; i < 3; i++) {
        of_event(INT, 2);
        check("taken", taken_here(SOON_MS), LPI + 2);
    }
    gic_split_eoi(false);
}

static void configuration(void)
{
    group("properties", "IHI 0069 5.3 (INV, INVALL), 5.1 (configuration tables)");
    prepare();
    property(LPI + 1, GIC_PRIORITY, false);
    of_event(INV, 1);
    sync();
    of_event(INT, 1);
    check("disabled", taken_here(NOTHING_MS), GIC_SPURIOUS);
    property(LPI + 1, GIC_PRIORITY, true);
    of_event(INV, 1);
    check("pending all the time", taken_here(SOON_MS), LPI + 1);
    of_event(INT, 1);
    gic_pending_soon(LPI + 1);
    property(LPI + 1, GIC_PRIORITY, false);
    of_event(INV, 1);
    sync();
    check("disabled while it is pending", taken_here(NOTHING_MS), GIC_SPURIOUS);
    property(LPI + 1, GIC_PRIORITY, true);
    command(INVALL, 0, 0, 0);
    check("enabled by INVALL", taken_here(SOON_MS), LPI + 1);
    for (unsigned i = 0; i < 20; i++) { // more than list registers; the last are the most urgent
        property(LPI + i, 0xc0 - 8 * i, true);
        of_event(INV, i);
    }
    sync();
    for (unsigned i = 0; i < 20; i++)
        of_event(INT, i);
    sync();
    pause_ms(NOTHING_MS);
    for (unsigned i = 20; i-- > 0;)
        check("by priority", taken_here(SOON_MS), LPI + i);
    property(LPI, 0x40, true);
    of_event(INV, 0);
    gic_enable(GIC_SPI);
    gic_pend(GIC_SPI);
    of_event(INT, 0);
    check("before a shared one", gic_pending_soon(LPI), LPI);
    check("taken", taken_here(SOON_MS), LPI);
    check("then that", taken_here(SOON_MS), GIC_SPI);
    gic_forward(1);
    of_event(INT, 0);
    check("group 1 off", taken_here(NOTHING_MS), GIC_SPURIOUS);
    gic_forward(3);
    check("and on", taken_here(SOON_MS), LPI);
}

// ---- CPUs ----

static void moves(void)
{
    struct wait w = {LONG_MS, 0, true};
    group("MOVI, MOVALL", "IHI 0069 5.3 (MOVI, MOVALL, MAPC)");
    prepare();
    movi(3, 1);
    sync();
    of_event(INT, 3);
    check("taken by the other CPU", taken_by_other(SOON_MS), LPI + 3);
    check("not here", taken_here(NOTHING_MS), GIC_SPURIOUS);
    movi(3, 0);
    of_event(INT, 3);
    gic_pending_soon(LPI + 3);
    movi(3, 1);
    sync();
    check("moves while pending", taken_here(NOTHING_MS), GIC_SPURIOUS);
    check("taken there", taken_by_other(SOON_MS), LPI + 3);
    of_event(INT, 3);
    pause_ms(NOTHING_MS);
    movi(3, 0);
    check("and back, from a CPU that runs", taken_here(SOON_MS), LPI + 3);
    check("it is not there", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
    movi(4, 1);
    of_event(INT, 4);
    pause_ms(NOTHING_MS);
    property(LPI + 4, GIC_PRIORITY, false);
    of_event(INV, 4);
    sync();
    check("disabled for the other CPU", taken_by_other(NOTHING_MS), GIC_SPURIOUS);
    property(LPI + 4, GIC_PRIORITY, true);
    of_event(INV, 4);
    check("enabled", taken_by_other(SOON_MS), LPI + 4);
    of_event(INT, 10);
    of_event(INT, 11);
    gic_pending_soon(LPI + 10);
    command(MOVALL, 0, rdbase(0), rdbase(1));
    sync();
    check("all have moved", taken_here(NOTHING_MS), GIC_SPURIOUS);
    check("one", taken_by_other(SOON_MS), LPI + 10);
    check("and another", taken_by_other(SOON_MS), LPI + 11);
    mapc(0, 1);
    sync();
    of_event(INT, 12);
    check("the collection has moved", taken_by_other(SOON_MS), LPI + 12);
    cpu_begin(1, take_job, &w);
    pause_ms(NOTHING_MS);
    of_event(INT, 12);
    check_true("wakes from WFI", wait_for(cpu_done(1), SOON_MS));
    check("taken", w.irq, LPI + 12);
}

// ---- the table of pending ones ----

static bool in_table(unsigned cpu, unsigned lpi)
{
    uint8_t volatile const *p = &memory.pending[cpu][lpi / 8];
    publish((void const *)p);
    return *p >> lpi % 8 & 1;
}

static void switched_off(void)
{
    uintptr_t r = gic_sgi_frame(0) - GICR_SGI_FRAME;
    group("EnableLPIs", "IHI 0069 12.11 (GICR_CTLR, GICR_PENDBASER), 5.1 (pending tables)");
    prepare();
    of_event(INT, 13);
    gic_pending_soon(LPI + 13);
    enable_lpis(0, false);
    if (load32(r + GICR_CTLR) & 1) {
        skip("off", "this machine cannot");
        taken_here(SOON_MS);
        return;
    }
    check("off", taken_here(NOTHING_MS), GIC_SPURIOUS);
    check_true("in the table", in_table(0, LPI + 13));
    check_true("the other is not", !in_table(0, LPI + 14));
    store64(r + GICR_PENDBASER, (uintptr_t)memory.pending[0] | SHARED_CACHED);
    enable_lpis(0, true);
    check("on", taken_here(SOON_MS), LPI + 13);
    of_event(INT, 14);
    check("works as before", taken_here(SOON_MS), LPI + 14);
}

// ---- what must not do any harm ----

static void wrong(void)
{
    group("errors", "IHI 0069 5.5 (a command error; here the command is ignored)");
    prepare();
    command(0xff, ~0ull, ~0ull, ~0ull);
    command(MAPD | 0xffffffffull << 32, 31, VALID | (uintptr_t)memory.itt, 0);
    command(MAPC, 0, VALID | 0x7ffffffffull << 16, 0);
    command(MAPC, 0, VALID | 0xffff, 0);
    mapti(1u << EVENT_BITS, LPI + 20, 0);
    mapti(20, LPI - 1, 0);
    mapti(20, 0xffffffff, 0);
    mapti(20, LPI + 20, 0xffff);
    movi(21, 0xffff);
    of_event(INT, 1u << EVENT_BITS);
    of_event(INT, 0xffffffff);
    command(INT | 0xfffffull << 32, 0, 0, 0);
    command(MOVALL, 0, 0x7ffffffffull << 16, 0);
    command(INVALL, 0, 0xffff, 0);
    check("nothing comes", taken_here(NOTHING_MS), GIC_SPURIOUS);
    check("the queue goes on", load64(platform.its + GITS_CREADR), queue_at);
    prepare();
    of_event(INT, 21);
    check("the ITS works", taken_here(SOON_MS), LPI + 21);
}

void guest_main(void)
{
    if (platform.gic_version == 2) {
        group("GICv2", "IHI 0048 has none");
        check("no ITS", platform.its, 0);
        return;
    }
    if (!platform.its)
        give_up("there is no ITS", 0, 0);
    if (cpu_start(1) != PSCI_SUCCESS)
        give_up("there is no second CPU", platform.num_cpus, 0);
    registers();
    interrupts_arrive();
    separate_end();
    configuration();
    moves();
    switched_off();
    wrong();
}
