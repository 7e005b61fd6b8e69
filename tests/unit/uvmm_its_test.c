// SPDX-License-Identifier: MIT
// The interrupt translation service: registers, commands, and what a guest must not be able to do with them.
#include "uvmm_its_setup.h"
#include "unit_run.h"

#include <stdlib.h>

START_TEST(shown_only_with_an_its)
{
    boot(3, 1);
    ck_assert_uint_eq(gicd_read(&m.g, 0, 4, 2) >> 17 & 1, 0);
    ck_assert_uint_eq(gicd_read(&m.g, 0, 4, 2) >> 19 & 0x1f, 9);
    ck_assert_uint_eq(gicr_read(&m.g, 0, GICR_TYPER, 2) & 1, 0);
    gicr_write(&m.g, 0, GICR_CTLR, 2, 1);
    gicr_write(&m.g, 0, GICR_PROPBASER, 3, ~0ull);
    ck_assert_uint_eq(gicr_read(&m.g, 0, GICR_CTLR, 2) | gicr_read(&m.g, 0, GICR_PROPBASER, 3), 0);
    vgic_send_msi(&m.g, 0, 0);
    boot_its(1, 4);
    ck_assert_uint_eq(gicd_read(&m.g, 0, 4, 2) >> 17 & 1, 1);
    ck_assert_uint_eq(gicd_read(&m.g, 0, 4, 2) >> 19 & 0x1f, 13);
    ck_assert_uint_eq(2u << (gicd_read(&m.g, 0, 4, 2) >> 11 & 0x1f), VGIC_LPIS);
    ck_assert_uint_eq(redist_read(0, GICR_TYPER) & 9, 1); // LPIs, and no registers that make them pending
    ck_assert_uint_eq(redist_read(0, GICR_CTLR), 2);      // which can be switched off again
}
END_TEST

START_TEST(registers)
{
    boot_its(1, 4);
    uint64_t typer = gits_read(GITS_TYPER);
    ck_assert_uint_eq(typer & 0xf, 1);           // physical LPIs alone
    ck_assert_uint_eq(typer >> 8 & 0x1f, 15);    // 16 bits of event
    ck_assert_uint_eq(typer >> 13 & 0x1f, 15);   // 16 bits of device
    ck_assert_uint_eq(typer >> 19 & 1, 0);       // CPUs by number
    ck_assert_uint_eq(typer >> 24 & 0xff, 32);   // collections in the ITS
    ck_assert_uint_eq(typer >> 32 & 0x1f, 0x14); // and 5 bits of their number
    ck_assert_uint_eq(its_read(&its, 0, 0xffe8, 2) >> 4 & 0xf, 3);
    ck_assert_uint_eq(gits_read(GITS_CTLR), 1u << 31);
    ck_assert_uint_eq(gits_read(GITS_CBASER), VALID | QUEUE | 1 | 7ull << 59 | 1 << 10);
    for (unsigned i = 0; i < 8; i++) {
        gits_write(GITS_BASER + 8 * i, ~0ull);
        ck_assert_uint_eq(gits_read(GITS_BASER + 8 * i), 0);
    }
    its_write(&its, 0, GITS_CBASER, 2, 0x12345000);
    its_write(&its, 0, GITS_CBASER + 4, 2, 0xffffffff);
    ck_assert_uint_eq(gits_read(GITS_CBASER) & ~(7ull << 59), VALID | 0x000fffff12345400ull);
    its_write(&its, 0, GITS_CBASER, 0, 0xff); // not a word
    ck_assert_uint_eq(its_read(&its, 0, GITS_CBASER, 2), 0x12345400);
    its_write(&its, 0, GITS_TRANSLATER, 2, 0); // by a CPU
    ck_assert_uint_eq(its_read(&its, 0, GITS_TRANSLATER, 2), 0);
    gits_write(GITS_CTLR, ~0u);
    ck_assert_uint_eq(gits_read(GITS_CTLR), 1);
    gits_write(GITS_CBASER, 0);
    ck_assert_uint_ne(gits_read(GITS_CBASER) & VALID, 0); // not while it is enabled
    redist_write(0, GICR_PROPBASER, ~0ull);
    ck_assert_uint_eq(redist_read(0, GICR_PROPBASER), 0x000ffffffffff000ull | 1 << 10 | 7 << 7 | 0x1f);
    gicr_write(&m.g, 0, GICR_PROPBASER, 0, 0); // not a word
    gicr_write(&m.g, 0, GICR_CTLR, 1, 1);
    ck_assert_uint_eq(redist_read(0, GICR_PROPBASER) & 0x1f, 0x1f);
    ck_assert_uint_eq(redist_read(0, GICR_CTLR) & 1, 0);
    redist_write(0, GICR_PENDBASER, ~0ull);
    ck_assert_uint_eq(redist_read(0, GICR_PENDBASER), 0x000fffffffff0000ull | 1 << 10 | 7 << 7);
}
END_TEST

START_TEST(the_queue_wraps)
{
    boot_ready(1, 4);
    mapti(5, 1, LPI + 1, 0);
    for (unsigned i = 0; i < 3 * QUEUE_SIZE / 32; i++) {
        of_event(INT, 5, 1);
        ck_assert(delivered(0, LPI + 1));
        of_event(CLEAR, 5, 1);
        ck_assert(!delivered(0, LPI + 1));
    }
    for (unsigned i = 0; i < QUEUE_SIZE / 32 - 1; i++) // as many as it holds
        queue(SYNC, 0, 0, 0);
    run();
    ck_assert_uint_eq(gits_read(GITS_CREADR), gits_read(GITS_CWRITER));
}
END_TEST

START_TEST(the_queue_waits_for_the_switch)
{
    boot_its(1, 4);
    queue(MAPC, 0, VALID, 0);
    run();
    ck_assert_uint_eq(gits_read(GITS_CREADR), 0);
    gits_write(GITS_CTLR, 1);
    ck_assert_uint_eq(gits_read(GITS_CREADR), 32);
    ck_assert_uint_eq(its.target[0], 0);
    gits_write(GITS_CTLR, 0);
    gits_write(GITS_CBASER, QUEUE | 1); // not valid
    gits_write(GITS_CTLR, 1);
    gits_write(GITS_CWRITER, 0x40);
    ck_assert_uint_eq(gits_read(GITS_CREADR), 0);
}
END_TEST

static unsigned reads;

static bool read_nothing(void *ctx, uint64_t gpa, void *to, unsigned size)
{
    (void)ctx;
    (void)gpa;
    (void)to;
    (void)size;
    reads++;
    return false;
}

START_TEST(a_stalled_queue_waits_to_be_told)
{
    boot_its(1, 4);
    lpis.memory.read = read_nothing;
    reads = 0;
    gits_write(GITS_CTLR, 1);
    gits_write(GITS_CWRITER, 32);
    gits_write(GITS_CWRITER, 64);
    gits_write(GITS_CTLR, 1);
    ck_assert_uint_eq(gits_read(GITS_CREADR), 1);
    ck_assert_uint_eq(reads, 1);
    gits_write(GITS_CWRITER, 64 | 1);
    ck_assert_uint_eq(reads, 2);
}
END_TEST

// Another CPU adds a command as soon as there is room for one.
static bool read_and_add(void *ctx, uint64_t gpa, void *to, unsigned size)
{
    (void)ctx;
    memset(to, 0, size);
    reads++;
    its_write(&its, 1, GITS_CWRITER, 3, (gpa - QUEUE + QUEUE_SIZE - 32) % QUEUE_SIZE);
    return true;
}

START_TEST(a_queue_without_end)
{
    boot_its(2, 4);
    lpis.memory.read = read_and_add;
    reads = 0;
    gits_write(GITS_CTLR, 1);
    gits_write(GITS_CWRITER, 32);
    ck_assert_uint_eq(reads, QUEUE_SIZE / 32); // the CPU comes back
    ck_assert_uint_eq(gits_read(GITS_CREADR), 0); // with another lap
    ck_assert_uint_eq(reads, 2 * QUEUE_SIZE / 32);
}
END_TEST

START_TEST(a_queue_outside_of_memory_stalls)
{
    static uint64_t const bad[] = {0, RAM_START - 4096, RAM_START + RAM_SIZE, 0x000ffffffffff000ull,
                                   RAM_START + RAM_SIZE - 4096};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        boot_its(1, 4);
        gits_write(GITS_CBASER, VALID | bad[i] | 0xff);
        gits_write(GITS_CTLR, 1);
        gits_write(GITS_CWRITER, 0xfffe0);
        uint64_t at = i < 4 ? 0 : 4096; // what is in memory is carried out
        ck_assert_uint_eq(gits_read(GITS_CREADR), at | 1);
        gits_write(GITS_CWRITER, 0xfffc0);
        ck_assert_uint_eq(gits_read(GITS_CREADR), at | 1);
        gits_write(GITS_CWRITER, 0xfffc1); // and again
        ck_assert_uint_eq(gits_read(GITS_CREADR), at | 1);
        gits_write(GITS_CTLR, 0);
        gits_write(GITS_CBASER, VALID | QUEUE);
        ck_assert_uint_eq(gits_read(GITS_CREADR), 0);
        gits_write(GITS_CTLR, 1);
        queue(MAPC, 0, VALID, 0);
        run();
        ck_assert_uint_eq(gits_read(GITS_CREADR), 32);
        gits_write(GITS_CWRITER, 0x1000); // beyond the end
        ck_assert_uint_eq(gits_read(GITS_CWRITER), 32);
    }
}
END_TEST

START_TEST(wrong_commands_do_nothing)
{
    boot_ready(2, 4);
    mapti(5, 1, LPI + 1, 0);
    struct its before = its;
    mapd(0x10000, 5, true); // no such device
    mapd(6, 17, true);      // too many events
    mapd(0xffffffff, 5, false);
    mapc(32, 0, true);
    mapc(0xffff, 0, true);
    mapc(0, 2, true);
    mapc(0, 0x7ffffffffull, true);
    mapc(1, 1ull << 34, true);
    mapti(6, 0, LPI, 0);    // no such device
    mapti(0xffff0005, 0, LPI, 0);
    mapti(5, 32, LPI, 0);   // no such event
    mapti(5, 0xffffffff, LPI, 0);
    mapti(5, 0x10001, LPI, 0);
    mapti(5, 0, LPI - 1, 0); // no such LPI
    mapti(5, 0, LPI + VGIC_LPIS, 0);
    mapti(5, 0, 40, 0);
    mapti(5, 0, 0xffffffff, 0);
    mapti(5, 0, LPI, 32);
    command_of(0, MAPI | 5ull << 32, 8, 0, 0);
    movi(5, 2, 0);
    movi(5, 1, 2); // collection that is not mapped
    movi(5, 1, 0xffff);
    for (unsigned c = 0; c < 256; c++) {
        if (c != SYNC && (c < MAPD || c > MAPC) && c != MOVALL && c != INVALL)
            command_of(0, c | 6ull << 32, 1, 0, 0);
        of_event(c == MAPD || c == MAPC || c == INVALL || c == MOVALL || c == SYNC ? DISCARD : c, 5, 2);
    }
    invall(2);
    invall(0xffff);
    movall(0, 2);
    movall(2, 0);
    movall(0x7ffffffff, 0);
    command_of(0, SYNC, 0, 2 << 16, 0);
    before.creadr = its.creadr;
    before.cwriter = its.cwriter;
    ck_assert_mem_eq(&before, &its, sizeof(its));
}
END_TEST

// ---- a second CPU comes by while a command waits for a third ----

static void (*wait_for_guests)(void *ctx, unsigned self);
static uint32_t before_wait;

static void add_a_command(void *ctx, unsigned self)
{
    m.g.host.wait = wait_for_guests;
    before_wait = (uint32_t)its_read(&its, 2, GITS_CREADR, 3);
    queue(INT | 5ull << 32, 2, 0, 0);
    its_write(&its, 2, GITS_CWRITER, 3, before_wait + 64);
    ck_assert_uint_eq(its_read(&its, 2, GITS_CREADR, 3), before_wait); // the one that waits has not ended
    ck_assert(!vgic_wakes(&m.g, 0));
    wait_for_guests(ctx, self);
}

static void disable_it(void *ctx, unsigned self)
{
    m.g.host.wait = wait_for_guests;
    its_write(&its, 2, GITS_CTLR, 2, 0);
    ck_assert_uint_eq(its_read(&its, 2, GITS_CTLR, 2), 0); // not quiescent
    its_write(&its, 2, GITS_CBASER, 3, 0);
    ck_assert_uint_ne(its_read(&its, 2, GITS_CBASER, 3) & VALID, 0);
    wait_for_guests(ctx, self);
}

static void wait_with(void (*then)(void *ctx, unsigned self))
{
    boot_ready(3, 4);
    mapti(5, 1, LPI + 1, 1);
    mapti(5, 2, LPI + 2, 0);
    of_event(INT, 5, 1);
    ck_assert(delivered(1, LPI + 1));
    wait_for_guests = m.g.host.wait;
    m.g.host.wait = then;
    m.in_guest = 2;
}

START_TEST(a_second_cpu_adds_commands)
{
    wait_with(add_a_command);
    queue(CLEAR | 5ull << 32, 1, 0, 0);
    run();
    ck_assert_uint_eq(gits_read(GITS_CREADR), before_wait + 64); // the first CPU has carried out both
    ck_assert_uint_eq(gits_read(GITS_CREADR), gits_read(GITS_CWRITER));
    ck_assert(!delivered(1, LPI + 1));
    ck_assert(delivered(0, LPI + 2));
}
END_TEST

START_TEST(a_second_cpu_disables_it)
{
    wait_with(disable_it);
    uint32_t at = (uint32_t)gits_read(GITS_CREADR);
    queue(CLEAR | 5ull << 32, 1, 0, 0);
    queue(INT | 5ull << 32, 2, 0, 0);
    run();
    ck_assert_uint_eq(gits_read(GITS_CREADR), at + 32);
    ck_assert_uint_eq(gits_read(GITS_CTLR), 1u << 31);
    ck_assert(!delivered(0, LPI + 2));
    gits_write(GITS_CTLR, 1);
    ck_assert(delivered(0, LPI + 2));
}
END_TEST

START_TEST(events_are_mapped_and_forgotten)
{
    boot_ready(1, 4);
    mapti(5, 1, LPI + 1, 0);
    ck_assert_uint_eq(its_find(&its, 5, 1), 1);
    mapti(5, 1, LPI + 7, 0); // another LPI for it
    ck_assert_uint_eq(its_find(&its, 5, 1), 7);
    ck_assert(!its.lpi[1].mapped);
    mapti(5, 2, LPI + 7, 0); // another event for that
    ck_assert_uint_eq(its_find(&its, 5, 1), ITS_NO_LPI);
    ck_assert_uint_eq(its_find(&its, 5, 2), 7);
    of_event(DISCARD, 5, 2);
    ck_assert_uint_eq(its_find(&its, 5, 2), ITS_NO_LPI);
    mapd(6, 16, true);
    command_of(0, MAPI | 6ull << 32, LPI + 3, 0, 0);
    ck_assert_uint_eq(its_find(&its, 6, LPI + 3), 3);
    mapti(6, 0xffff, LPI + VGIC_LPIS - 1, 0);
    ck_assert_uint_eq(its_find(&its, 6, 0xffff), VGIC_LPIS - 1);
    mapti(5, 3, LPI + 4, 0);
    mapd(6, 1, false);
    ck_assert_uint_eq(its_find(&its, 6, LPI + 3), ITS_NO_LPI);
    ck_assert_uint_eq(its_find(&its, 6, 0xffff), ITS_NO_LPI);
    ck_assert_uint_eq(its_find(&its, 5, 3), 4);
    mapd(5, 5, true); // begins anew
    ck_assert_uint_eq(its_find(&its, 5, 3), ITS_NO_LPI);
}
END_TEST

START_TEST(all_lpis_in_one_bucket)
{
    boot_ready(1, 4);
    mapd(7, 16, true);
    unsigned wanted = 0, n = 0;
    uint32_t event[64];
    for (uint32_t e = 0; e < 65536 && n < 64; e++)
        if (((7u << 16 | e) * 0x9e3779b1u >> 16) % ITS_BUCKETS == wanted)
            event[n++] = e;
    ck_assert_uint_gt(n, 8);
    for (unsigned i = 0; i < n; i++)
        mapti(7, event[i], LPI + i, 0);
    for (unsigned i = 0; i < n; i += 2) // from the middle and the ends
        of_event(DISCARD, 7, event[i]);
    for (unsigned i = 0; i < n; i++)
        ck_assert_uint_eq(its_find(&its, 7, event[i]), i % 2 ? i : ITS_NO_LPI);
}
END_TEST

// ---- anything ----

static uint64_t any(uint64_t limit)
{
    return (uint64_t)random() % limit;
}

// A field that is often right.
static uint64_t about(uint64_t limit)
{
    return any(16) ? any(limit) : (uint64_t)random() << 32 | (uint64_t)random();
}

static void any_command(void)
{
    static uint8_t const number[] = {MOVI, INT, CLEAR, SYNC, MAPD, MAPC, MAPTI, MAPI, INV, INVALL, MOVALL, DISCARD};
    uint64_t a = (any(32) ? number[any(sizeof(number))] : any(256)) | about(3) << 32;
    uint64_t b = (about(8) & 0xffffffffu) | (LPI + (about(40) & 0xffffffffu)) << 32;
    uint64_t c = (any(4) ? VALID : 0) | (about(4) & 0x7ffffffff) << 16 | (about(5) & 0xffff);
    command_of((unsigned)any(3), a, b, c, about(4) << 16);
}

static void any_guest(unsigned cpu)
{
    int i = (int)any(4);
    uint64_t *lr = &m.lr3[cpu][i];
    if (*lr & LR3_PENDING) // taken, with or without an active state
        *lr = any(2) ? (*lr & ~LR3_PENDING) | LR3_ACTIVE : *lr & ~LR3_PENDING;
    else if (*lr & LR3_ACTIVE)
        *lr &= ~LR3_ACTIVE;
    sync(cpu);
}

// Each LPI is in at most one list register, where the bank says, and none is active outside of one. Counted, since asserting
// costs more than looking.
static unsigned wrong_lists(void)
{
    uint32_t seen[VGIC_LPI_BANKS] = {0};
    unsigned wrong = 0;
    for (unsigned cpu = 0; cpu < 3; cpu++)
        for (uint32_t used = m.g.cpu[cpu].lr_used; used; used &= used - 1) {
            unsigned lpi = m.g.cpu[cpu].lr_intid[__builtin_ctz(used)] - LPI;
            ck_assert_uint_lt(lpi, VGIC_LPIS);
            struct vgic_bank const *b = &lpis.bank[lpi / 32];
            wrong += seen[lpi / 32] >> lpi % 32 & 1;
            wrong += b->lr_cpu[lpi % 32] != cpu || b->cpu[lpi % 32] != cpu;
            seen[lpi / 32] |= 1u << lpi % 32;
        }
    for (unsigned i = 0; i < VGIC_LPI_BANKS; i++) {
        struct vgic_bank const *b = &lpis.bank[i];
        wrong += b->in_lr != seen[i] || (b->active | b->taken);
        for (uint32_t p = b->pending; p; p &= p - 1)
            wrong += !(lpis.on >> b->cpu[__builtin_ctz(p)] & 1);
    }
    return wrong + m.g.cpu[0].held + m.g.cpu[1].held + m.g.cpu[2].held;
}

// Each event that is mapped is found.
static unsigned wrong_events(void)
{
    unsigned linked = 0, mapped = 0, wrong = 0;
    for (unsigned i = 0; i < ITS_BUCKETS; i++)
        for (unsigned e = its.bucket[i]; e && linked <= VGIC_LPIS; e = its.lpi[e - 1].next, linked++)
            wrong += !its.lpi[e - 1].mapped;
    for (unsigned i = 0; i < VGIC_LPIS; i++)
        mapped += its.lpi[i].mapped;
    return wrong + (linked != mapped);
}

START_TEST(anything)
{
    srandom((unsigned)_i + 1);
    boot_ready(3, 4);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned cpu = (unsigned)any(3);
        m.in_guest = (uint32_t)any(8) & ~1u; // not who tells
        switch (any(8)) {
        case 0:
            m.in_guest = 0;
            any_command();
            break;
        case 1:
            set_property(LPI + (uint32_t)any(40), (unsigned)any(32) * 8, any(3));
            break;
        case 2:
            if (!any(4))
                redist_write(cpu, GICR_CTLR, any(4) ? 1 : 0);
            break;
        case 3:
            if (!any(8))
                gicd_write(&m.g, 0, GICD_CTLR, 2, any(4));
            break;
        case 4:
            m.in_guest = 0;
            vgic_send_msi(&m.g, (uint32_t)about(6), (uint32_t)about(8));
            break;
        default:
            any_guest(cpu);
        }
        m.in_guest = 0;
        for (cpu = 0; cpu < 3; cpu++)
            sync(cpu);
        ck_assert_uint_eq(wrong_lists() + wrong_events(), 0);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_its");
    TCase *t = tcase_create("its");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, shown_only_with_an_its);
    tcase_add_test(t, registers);
    tcase_add_test(t, the_queue_wraps);
    tcase_add_test(t, the_queue_waits_for_the_switch);
    tcase_add_test(t, a_stalled_queue_waits_to_be_told);
    tcase_add_test(t, a_queue_without_end);
    tcase_add_test(t, a_queue_outside_of_memory_stalls);
    tcase_add_test(t, wrong_commands_do_nothing);
    tcase_add_test(t, a_second_cpu_adds_commands);
    tcase_add_test(t, a_second_cpu_disables_it);
    tcase_add_test(t, events_are_mapped_and_forgotten);
    tcase_add_test(t, all_lpis_in_one_bucket);
    tcase_add_loop_test(t, anything, 0, 8);
    add_delivery_tests(t);
    suite_add_tcase(s, t);
    return unit_run(s);
}
