// SPDX-License-Identifier: MIT
// LPIs on their way to the guest, and the tables that hold their state.
#include "uvmm_its_setup.h"

static void map32(unsigned cpu)
{
    for (unsigned i = 0; i < 32; i++)
        mapti(5, i, LPI + 40 + i, cpu);
}

START_TEST(a_message_arrives)
{
    boot_ready(2, 4);
    map32(1);
    memset(m.kicks, 0, sizeof(m.kicks));
    vgic_send_msi(&m.g, 5, 3);
    ck_assert_uint_eq(m.kicks[0], 0);
    ck_assert_uint_eq(m.kicks[1], 1);
    sync(1);
    ck_assert(vgic_wakes(&m.g, 1));
    uint64_t lr = m.lr3[1][find(1, LPI + 43)];
    ck_assert_uint_eq(lr, LR3_PENDING | LR3_GROUP1 | 0xa0ull << 48 | (LPI + 43));
    ck_assert_uint_eq(wishes(1), 0);
    vgic_send_msi(&m.g, 5, 3); // merges
    sync(1);
    acknowledge(1, LPI + 43);
    sync(1);
    ck_assert_int_lt(find(1, LPI + 43), 0); // it has no active state
    ck_assert(!vgic_wakes(&m.g, 1));
    vgic_send_msi(&m.g, 5, 3);
    ck_assert(delivered(1, LPI + 43));
    m.lr3[1][find(1, LPI + 43)] = 0; // a machine that knows no active state either
    sync(1);
    ck_assert_uint_eq(m.g.cpu[1].lr_used, 0);
    vgic_send_msi(&m.g, 5, 32);
    vgic_send_msi(&m.g, 6, 3);
    vgic_send_msi(&m.g, 0x10005, 3);
    gits_write(GITS_CTLR, 0);
    vgic_send_msi(&m.g, 5, 3);
    gits_write(GITS_CTLR, 1);
    mapc(1, 0, false);
    vgic_send_msi(&m.g, 5, 3);
    ck_assert(!vgic_wakes(&m.g, 0) && !vgic_wakes(&m.g, 1));
}
END_TEST

START_TEST(more_than_list_registers)
{
    static unsigned const lrs[] = {1, 4, 16};
    for (unsigned round = 0; round < 3; round++) {
        boot_ready(1, lrs[round]);
        map32(0);
        for (unsigned i = 0; i < 32; i++) {
            set_property(LPI + 40 + i, 0x80 + 8 * (i % 4), true);
            of_event(INV, 5, i);
            of_event(INT, 5, i);
        }
        unsigned seen = 0, last = 0;
        for (unsigned i = 0; i < 32; i++) {
            sync(0);
            unsigned best = 0;
            for (unsigned id = LPI + 40; id < LPI + 72; id++) // the guest takes the most urgent one
                if (find(0, id) >= 0 && (!best || (id - LPI) % 4 < (best - LPI) % 4))
                    best = id;
            ck_assert_uint_ne(best, 0);
            ck_assert_uint_ge((best - LPI) % 4, last);
            last = (best - LPI) % 4;
            acknowledge(0, best);
            seen++;
            if (i < 28) // somebody tells, when there is room
                ck_assert(wishes(0) || m.g.cpu[0].lr_used != (1u << lrs[round]) - 1 || find(0, best) >= 0);
        }
        sync(0);
        ck_assert_uint_eq(seen, 32);
        ck_assert(!vgic_wakes(&m.g, 0));
        ck_assert_uint_eq(m.g.cpu[0].taken, 0);
        ck_assert_uint_eq(m.g.cpu[0].lr_used, 0);
    }
}
END_TEST

// An LPI that this machine keeps as active, when a list register is wanted, and when its CPU goes off.
START_TEST(an_active_one_leaves_nothing_behind)
{
    boot_ready(1, 1);
    map32(0);
    of_event(INT, 5, 0);
    sync(0);
    acknowledge(0, LPI + 40);
    m.apr[0] = 1u << (0xa0 >> 3);
    raise_edge(50, 0x20);
    sync(0);
    ck_assert_int_ge(find(0, 50), 0);
    ck_assert_uint_eq(m.g.cpu[0].taken, 0);
    acknowledge(0, 50);
    end(0, 50);
    of_event(INT, 5, 1);
    sync(0);
    acknowledge(0, LPI + 41);
    vgic_reset_cpu(&m.g, 0);
    ck_assert_uint_eq(m.g.cpu[0].lr_used | m.g.cpu[0].taken | lpis.bank[1].active, 0);
    of_event(INT, 5, 1);
    ck_assert(delivered(0, LPI + 41));
}
END_TEST

START_TEST(masked_by_inv)
{
    boot_ready(2, 4);
    map32(0);
    of_event(INT, 5, 1);
    ck_assert(delivered(0, LPI + 41));
    set_property(LPI + 41, 0xa0, false);
    ck_assert(delivered(0, LPI + 41)); // until it is read again
    m.in_guest = 1;
    command_of(1, INV | 5ull << 32, 1, 0, 0); // by another CPU
    ck_assert_uint_eq(m.in_guest, 0);
    ck_assert_uint_eq(m.g.cpu[0].held, 0);
    ck_assert(!delivered(0, LPI + 41));
    ck_assert(!vgic_wakes(&m.g, 0));
    set_property(LPI + 41, 0x42, true);
    memset(m.kicks, 0, sizeof(m.kicks));
    command_of(1, INV | 5ull << 32, 1, 0, 0);
    ck_assert_uint_ne(m.kicks[0], 0);
    ck_assert(delivered(0, LPI + 41)); // it was pending all the time
    ck_assert_uint_eq(m.lr3[0][find(0, LPI + 41)] >> 48 & 0xff, 0x40);
    set_property(LPI + 41, 0x80, true);
    set_property(LPI + 42, 0x80, false);
    of_event(INT, 5, 2);
    m.in_guest = 1;
    command_of(1, INVALL, 0, 0, 0);
    ck_assert_int_lt(find(0, LPI + 41), 0); // out of the guest, and not yet back
    ck_assert(delivered(0, LPI + 41));
    ck_assert_uint_eq(m.lr3[0][find(0, LPI + 41)] >> 48 & 0xff, 0x80);
    ck_assert(!delivered(0, LPI + 42));
}
END_TEST

START_TEST(moved_while_pending_in_a_list_register)
{
    boot_ready(3, 4);
    map32(0);
    of_event(INT, 5, 1);
    sync(0);
    m.in_guest = 1;
    memset(m.kicks, 0, sizeof(m.kicks));
    movi(5, 1, 1);
    ck_assert_uint_eq(m.kicks[1], 1);
    m.in_guest = 1;
    command_of(2, MOVI | 5ull << 32, 1, 1, 0); // by a CPU that has nothing to do with it
    ck_assert(!delivered(0, LPI + 41));
    ck_assert(delivered(1, LPI + 41));
    acknowledge(1, LPI + 41);
    movi(5, 1, 2); // taken already
    ck_assert(!delivered(1, LPI + 41) && !delivered(2, LPI + 41));
    of_event(INT, 5, 1);
    ck_assert(delivered(2, LPI + 41));
    ck_assert_uint_eq(m.g.cpu[0].held | m.g.cpu[1].held | m.g.cpu[2].held, 0);
}
END_TEST

START_TEST(all_moved)
{
    boot_ready(2, 4);
    map32(0);
    for (unsigned i = 0; i < 6; i++) // some wait, some are in list registers
        of_event(INT, 5, i);
    sync(0);
    m.in_guest = 1;
    command_of(1, MOVALL, 0, 0, 1 << 16);
    sync(0);
    ck_assert_uint_eq(m.g.cpu[0].lr_used, 0);
    ck_assert(!vgic_wakes(&m.g, 0));
    sync(1);
    unsigned there = 0;
    for (unsigned i = 0; i < 6; i++)
        there += lpis.bank[1].pending >> (8 + i) & 1 || find(1, LPI + 40 + i) >= 0;
    ck_assert_uint_eq(there, 6);
    movall(1, 1);
    sync(1);
    ck_assert_int_eq(__builtin_popcount(m.g.cpu[1].lr_used), 3);
}
END_TEST

START_TEST(a_collection_moves)
{
    boot_ready(2, 4);
    map32(0);
    of_event(INT, 5, 1);
    of_event(INT, 5, 2);
    sync(0);
    m.lr3[0][find(0, LPI + 42)] = 0; // taken, and nobody has looked
    mapc(0, 1, true);
    of_event(INT, 5, 2);
    ck_assert(delivered(0, LPI + 41)); // what is pending waits for MOVALL
    ck_assert(!delivered(0, LPI + 42));
    ck_assert(delivered(1, LPI + 42));
    of_event(INT, 5, 1); // one with that which is pending
    redist_write(0, GICR_CTLR, 0);
    ck_assert(in_table(0, LPI + 41));
    ck_assert(!delivered(1, LPI + 41));
}
END_TEST

START_TEST(cleared_and_discarded)
{
    boot_ready(2, 4);
    map32(0);
    of_event(INT, 5, 1);
    of_event(INT, 5, 2);
    of_event(INT, 5, 3);
    sync(0);
    m.in_guest = 1;
    command_of(1, CLEAR | 5ull << 32, 1, 0, 0);
    m.in_guest = 1;
    command_of(1, DISCARD | 5ull << 32, 2, 0, 0);
    sync(0);
    ck_assert_int_lt(find(0, LPI + 41), 0);
    ck_assert_int_lt(find(0, LPI + 42), 0);
    ck_assert(delivered(0, LPI + 43));
    vgic_send_msi(&m.g, 5, 2);
    ck_assert(!delivered(0, LPI + 42));
    m.in_guest = 1;
    command_of(1, MAPD | 5ull << 32, 0, 0, 0);
    ck_assert(!delivered(0, LPI + 43));
    ck_assert(!vgic_wakes(&m.g, 0));
}
END_TEST

START_TEST(the_distributor_forwards_none)
{
    boot_ready(1, 4);
    map32(0);
    of_event(INT, 5, 1);
    sync(0);
    gicd_write(&m.g, 0, GICD_CTLR, 2, 1); // group 1 off
    ck_assert(!delivered(0, LPI + 41));
    gicd_write(&m.g, 0, GICD_CTLR, 2, 3);
    ck_assert(delivered(0, LPI + 41));
}
END_TEST

START_TEST(switched_off_and_on)
{
    boot_ready(2, 4);
    map32(0);
    mapti(5, 31, LPI + VGIC_LPIS - 1, 0);
    mapti(5, 30, LPI + 100, 1);
    for (unsigned i = 0; i < 6; i++)
        of_event(INT, 5, i);
    of_event(INT, 5, 30);
    of_event(INT, 5, 31);
    sync(0);
    acknowledge(0, LPI + 40);
    m.in_guest = 1;
    gicr_write(&m.g, 1, GICR_CTLR, 2, 0); // by another CPU
    ck_assert(!in_table(0, LPI + 40));
    for (unsigned i = 1; i < 6; i++)
        ck_assert(in_table(0, LPI + 40 + i));
    ck_assert(in_table(0, LPI + VGIC_LPIS - 1));
    ck_assert(!in_table(0, LPI + 100) && !in_table(1, LPI + 100));
    sync(0);
    ck_assert(!vgic_wakes(&m.g, 0));
    ck_assert(delivered(1, LPI + 100));
    of_event(INT, 5, 7); // nobody is there
    movi(5, 30, 0);      // nor for this one
    ck_assert(!vgic_wakes(&m.g, 0) && !delivered(1, LPI + 100));
    redist_write(0, GICR_CTLR, 1);
    sync(0);
    unsigned there = 0;
    for (unsigned i = 0; i < VGIC_LPIS; i++)
        there += lpis.bank[i / 32].pending >> i % 32 & 1 || find(0, LPI + i) >= 0;
    ck_assert_uint_eq(there, 6);
    redist_write(0, GICR_CTLR, 0);
    redist_write(0, GICR_PENDBASER, PENDING(0) | 1ull << 62); // its table is zero
    redist_write(0, GICR_CTLR, 1);
    sync(0);
    ck_assert(!vgic_wakes(&m.g, 0));
    of_event(INT, 5, 7);
    ck_assert(delivered(0, LPI + 47));
    vgic_reset_cpu(&m.g, 0); // CPU_OFF and CPU_ON are nothing to them
    ck_assert(delivered(0, LPI + 47));
}
END_TEST

START_TEST(tables_outside_of_memory)
{
    static uint64_t const bad[] = {0, RAM_START - 4096, RAM_START + RAM_SIZE, 0x000fffffffff0000ull};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        boot_ready(1, 4);
        map32(0);
        redist_write(0, GICR_PROPBASER, 0); // not while they are on
        redist_write(0, GICR_PENDBASER, 0);
        ck_assert_uint_eq(redist_read(0, GICR_PROPBASER) & 0x000ffffffffff01full, PROPERTIES | 13);
        ck_assert_uint_eq(redist_read(0, GICR_PENDBASER) & 0x000ffffffffff000ull, PENDING(0));
        of_event(INT, 5, 1);
        ck_assert(delivered(0, LPI + 41));
        redist_write(0, GICR_CTLR, 0);
        redist_write(0, GICR_PROPBASER, bad[i] | 0x1f);
        redist_write(0, GICR_PENDBASER, bad[i]);
        redist_write(0, GICR_CTLR, 1);
        of_event(INT, 5, 1);
        of_event(INV, 5, 1);
        invall(0);
        mapti(5, 1, LPI + 41, 0);
        of_event(INT, 5, 1);
        ck_assert(!delivered(0, LPI + 41));
        redist_write(0, GICR_CTLR, 0);
        redist_write(0, GICR_PROPBASER, PROPERTIES | 13);
        redist_write(0, GICR_CTLR, 1);
        of_event(INT, 5, 1);
        ck_assert(delivered(0, LPI + 41));
    }
}
END_TEST

// A table with fewer entries than there are LPIs: the others stay disabled. One entry is the last in memory.
START_TEST(short_tables)
{
    static unsigned const bits[] = {0, 7, 12, 13, 31};
    for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        boot_ready(1, 4);
        redist_write(0, GICR_CTLR, 0);
        redist_write(0, GICR_PROPBASER, PROPERTIES | bits[i]);
        redist_write(0, GICR_CTLR, 1);
        mapti(5, 0, LPI, 0);
        of_event(INT, 5, 0);
        ck_assert_int_eq(delivered(0, LPI), bits[i] >= 13);
    }
    boot_ready(1, 4);
    redist_write(0, GICR_CTLR, 0);
    redist_write(0, GICR_PROPBASER, (RAM_START + RAM_SIZE - VGIC_LPIS) | 13);
    ck_assert_uint_eq(redist_read(0, GICR_PROPBASER) & 0xfff, 1 << 10 | 7 << 7 | 13); // 4 KiB: it ends outside
    redist_write(0, GICR_CTLR, 1);
    mapti(5, 0, LPI + VGIC_LPIS - 1, 0);
    of_event(INT, 5, 0);
    ck_assert(!delivered(0, LPI + VGIC_LPIS - 1));
}
END_TEST

// An SGI's fast way sees that there is an LPI to deliver.
START_TEST(beside_an_sgi)
{
    boot_ready(1, 4);
    map32(0);
    enable(1);
    gicr_write(&m.g, 0, GICR_SGI + GICD_ISENABLER, 2, 2);
    of_event(INT, 5, 1);
    vgic_send_sgi(&m.g, 0, 1, 1, VGIC_GROUP0);
    sync(0);
    ck_assert_int_ge(find(0, 1), 0);
    ck_assert_int_ge(find(0, LPI + 41), 0);
    m.lr3[0][find(0, LPI + 41)] = 0;
    m.lr3[0][find(0, 1)] = 0;
    sync(0);
    vgic_send_sgi(&m.g, 0, 1, 1, VGIC_GROUP0);
    ck_assert_int_ge(find(0, 1), 0); // at once
}
END_TEST

void add_delivery_tests(TCase *t)
{
    tcase_add_test(t, a_message_arrives);
    tcase_add_test(t, more_than_list_registers);
    tcase_add_test(t, an_active_one_leaves_nothing_behind);
    tcase_add_test(t, masked_by_inv);
    tcase_add_test(t, moved_while_pending_in_a_list_register);
    tcase_add_test(t, all_moved);
    tcase_add_test(t, a_collection_moves);
    tcase_add_test(t, cleared_and_discarded);
    tcase_add_test(t, the_distributor_forwards_none);
    tcase_add_test(t, switched_off_and_on);
    tcase_add_test(t, tables_outside_of_memory);
    tcase_add_test(t, short_tables);
    tcase_add_test(t, beside_an_sgi);
}
