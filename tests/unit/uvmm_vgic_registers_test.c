// SPDX-License-Identifier: MIT
// The virtual interrupt controller: what its registers show and change.
#include "uvmm_vgic_setup.h"

#include <l4/sys/abi/vcpu.h>

static bool bit(unsigned self, unsigned intid, uint32_t off)
{
    return gicd_read(&m.g, self, off + intid / 32 * 4, 2) >> (intid % 32) & 1;
}

static void set_bit(unsigned self, unsigned intid, uint32_t off)
{
    gicd_write(&m.g, self, off + intid / 32 * 4, 2, 1u << (intid % 32));
}

START_TEST(what_another_cpu_has_is_shown_and_changed)
{
    boot(3, 2);
    raise_edge(40, 0x80);
    sync(0);
    m.in_guest = 1;
    ck_assert(bit(1, 40, GICD_ISPENDR));
    ck_assert(!bit(1, 40, GICD_ISACTIVER));
    ck_assert_uint_eq(m.g.cpu[0].held, 0);
    acknowledge(0, 40);
    m.in_guest = 1;
    ck_assert(!bit(1, 40, GICD_ISPENDR));
    ck_assert(bit(1, 40, GICD_ICACTIVER));
    m.in_guest = 1;
    set_bit(1, 40, GICD_ICACTIVER); // a crash kernel on the other CPU
    ck_assert_int_lt(find(0, 40), 0);
    ck_assert(!bit(1, 40, GICD_ISACTIVER));
    raise_edge(40, 0x80);
    sync(0);
    m.in_guest = 1;
    set_bit(1, 40, GICD_ICPENDR);
    ck_assert_int_lt(find(0, 40), 0);
    ck_assert(!bit(1, 40, GICD_ISPENDR));
    raise_edge(40, 0x80);
    sync(0);
    m.in_guest = 1;
    gicd_write(&m.g, 1, GICD_IROUTER + 40 * 8, 3, 1); // waits elsewhere now
    sync(0);
    sync(1);
    ck_assert_int_lt(find(0, 40), 0);
    ck_assert_int_ge(find(1, 40), 0);
}
END_TEST

START_TEST(active_by_a_write)
{
    boot(3, 1);
    raise_edge(40, 0x80);
    sync(0);
    set_bit(0, 40, GICD_ISACTIVER); // while it is pending in a list register
    sync(0);
    ck_assert_int_lt(find(0, 40), 0);
    ck_assert(bit(0, 40, GICD_ISPENDR) && bit(0, 40, GICD_ISACTIVER));
    set_bit(0, 40, GICD_ICACTIVER);
    sync(0);
    ck_assert_int_ge(find(0, 40), 0);
}
END_TEST

START_TEST(level_set_pending_by_a_write)
{
    boot(3, 1);
    enable(40);
    set_bit(0, 40, GICD_ISPENDR);
    sync(0);
    sync(0);
    ck_assert_int_ge(find(0, 40), 0); // not its line's, so it stays
    gicd_write(&m.g, 0, GICD_ICENABLER + 4, 2, 1u << 8);
    ck_assert(bit(0, 40, GICD_ISPENDR));
    enable(40);
    sync(0);
    acknowledge(0, 40);
    ck_assert(!bit(0, 40, GICD_ISPENDR));
}
END_TEST

START_TEST(an_end_that_another_cpu_sees_is_reported)
{
    boot(3, 2);
    enable(34);
    vgic_set_notify(&m.g, 34);
    vgic_set_line(&m.g, 0, 34, true);
    sync(0);
    acknowledge(0, 34);
    end(0, 34); // and before CPU 0 comes by
    set_bit(1, 34, GICD_ICENABLER);
    ck_assert_uint_eq(sync(0), 1);
    ck_assert_uint_eq(m.done[0], 34);
    enable(34);
    vgic_set_line(&m.g, 0, 34, true);
    sync(0);
    acknowledge(0, 34);
    set_bit(1, 34, GICD_ICACTIVER); // instead of an end
    ck_assert_uint_eq(sync(1), 1);
}
END_TEST

START_TEST(timers_interrupt)
{
    enum { ENABLED = 1 << 17, PENDING = 1 << 18, ACTIVE = 1 << 19 };
    boot(3, 2);
    vgic_set_timer(&m.g, 27);
    uint32_t *cfg = &m.timer_cfg[0];
    sync(0);
    ck_assert(!(*cfg & ENABLED));
    gicr_write(&m.g, 0, GICR_SGI + GICD_ISENABLER, 2, 1u << 27);
    ck_assert(*cfg & ENABLED);
    gicd_write(&m.g, 0, GICD_CTLR, 2, 2); // its group is 0
    ck_assert(!(*cfg & ENABLED));
    gicd_write(&m.g, 0, GICD_CTLR, 2, 3);
    m.timer_ctl[0] = 5; // enabled, expired
    *cfg |= PENDING;
    ck_assert(gicr_read(&m.g, 1, GICR_SGI + GICD_ISPENDR, 2) & 1u << 27);
    *cfg = (*cfg & ~PENDING) | ACTIVE;
    m.timer_ctl[0] = 1;
    ck_assert(!(gicr_read(&m.g, 1, GICR_SGI + GICD_ISPENDR, 2) & 1u << 27));
    ck_assert(gicr_read(&m.g, 1, GICR_SGI + GICD_ISACTIVER, 2) & 1u << 27);
    gicr_write(&m.g, 1, GICR_SGI + GICD_ICACTIVER, 2, 1u << 27);
    ck_assert(!(*cfg & ACTIVE));
    gicr_write(&m.g, 1, GICR_SGI + GICD_ISACTIVER, 2, 1u << 27);
    ck_assert(!(*cfg & ENABLED)); // active by a write: nothing comes
    gicr_write(&m.g, 1, GICR_SGI + GICD_ICACTIVER, 2, 1u << 27);
    ck_assert(*cfg & ENABLED);
    gicr_write(&m.g, 1, GICR_SGI + GICD_ISPENDR, 2, 1u << 27); // without the timer: in an ordinary list register
    sync(0);
    ck_assert(!(*cfg & ENABLED));
    acknowledge(0, 27);
    ck_assert(end(0, 27)); // with an exit, for the timer is to come again
    sync(0);
    ck_assert(*cfg & ENABLED);
}
END_TEST

START_TEST(groups_of_sgis)
{
    boot(3, 1);
    gicr_write(&m.g, 0, GICR_SGI + GICD_ISENABLER, 2, 0xffff);
    gicr_write(&m.g, 0, GICR_SGI + GICD_IGROUPR, 2, 1u << 5);
    vgic_write_sgir(&m.g, 0, 5ull << 24 | 1, VGIC_GROUP0); // ICC_SGI0R: only those of group 0
    sync(0);
    ck_assert_int_lt(find(0, 5), 0);
    vgic_write_sgir(&m.g, 0, 6ull << 24 | 1, VGIC_GROUP0);
    ck_assert_int_ge(find(0, 6), 0); // at once
}
END_TEST

START_TEST(routing_follows_irouter)
{
    boot(3, 4);
    enable(45);
    gicd_write(&m.g, 0, GICD_IROUTER + 45 * 8, 3, 2);
    ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_IROUTER + 45 * 8, 3), 2);
    memset(m.kicks, 0, sizeof(m.kicks));
    vgic_set_line(&m.g, 0, 45, true);
    ck_assert_uint_eq(m.kicks[2], 1);
    ck_assert_uint_eq(m.kicks[0], 0);
    sync(0);
    sync(2);
    ck_assert_int_lt(find(0, 45), 0);
    ck_assert_int_ge(find(2, 45), 0);
    gicd_write(&m.g, 0, GICD_IROUTER + 45 * 8, 3, 0x77); // no such CPU: it waits for one
    for (unsigned i = 0; i < 4; i++)
        sync(i);
    ck_assert_int_lt(find(2, 45), 0);
    ck_assert(gicd_read(&m.g, 0, GICD_ISPENDR + 4, 2) >> 13 & 1);
    gicd_write(&m.g, 0, GICD_IROUTER + 45 * 8, 3, 3);
    sync(3);
    ck_assert_int_ge(find(3, 45), 0);
}
END_TEST

START_TEST(sgi_v3)
{
    boot(3, 3);
    for (unsigned i = 0; i < 3; i++)
        gicr_write(&m.g, 0, i * GICR_STRIDE + GICR_SGI + GICD_ISENABLER, 2, 0xffff);
    memset(m.kicks, 0, sizeof(m.kicks));
    vgic_write_sgir(&m.g, 0, 5ull << 24 | 1u << 1, VGIC_GROUP0 | VGIC_GROUP1); // to CPU 1
    ck_assert_uint_eq(m.kicks[1], 1);
    ck_assert_uint_eq(m.kicks[0] + m.kicks[2], 0);
    sync(1);
    ck_assert_int_ge(find(1, 5), 0);
    acknowledge(1, 5);
    vgic_write_sgir(&m.g, 0, 5ull << 24 | 1u << 1, VGIC_GROUP0 | VGIC_GROUP1); // again while active: not lost
    sync(1);
    ck_assert(!end(1, 5));
    ck_assert_int_ge(find(1, 5), 0);
    memset(m.kicks, 0, sizeof(m.kicks));
    vgic_write_sgir(&m.g, 1, 1ull << 40 | 7ull << 24, VGIC_GROUP0 | VGIC_GROUP1); // all but self
    ck_assert_uint_eq(m.kicks[0], 1);
    ck_assert_uint_eq(m.kicks[1], 0);
    ck_assert_uint_eq(m.kicks[2], 1);
    sync(1);
    ck_assert_int_lt(find(1, 7), 0);
}
END_TEST

START_TEST(redistributor_registers)
{
    boot(3, 2);
    ck_assert_uint_eq(gicr_read(&m.g, 0, 8, 3), 0);
    ck_assert_uint_eq(gicr_read(&m.g, 0, GICR_STRIDE + 8, 3), 1ull << 32 | 1 << 8 | 1 << 4);
    ck_assert_uint_eq(gicr_read(&m.g, 0, 0xffe8, 2), 0x30);
    ck_assert_uint_eq(gicr_read(&m.g, 0, 0x14, 2), 6); // asleep
    gicr_write(&m.g, 0, 0x14, 2, 0);
    ck_assert_uint_eq(gicr_read(&m.g, 0, 0x14, 2), 0);
    gicr_write(&m.g, 0, GICR_SGI + 0x100, 2, 1u << 27);
    ck_assert_uint_eq(m.g.cpu[0].priv.enabled, 1u << 27);
    ck_assert_uint_eq(m.g.cpu[1].priv.enabled, 0);
    gicr_write(&m.g, 0, GICR_SGI + 0x104, 2, ~0u); // beyond the private ones
    ck_assert_uint_eq(m.g.spi[1].enabled, 0);
    gicr_write(&m.g, 0, GICR_SGI + 0x41b, 0, 0xa7); // priority byte of 27
    ck_assert_uint_eq(gicr_read(&m.g, 0, GICR_SGI + 0x418, 2), 0xa0000000u);
    ck_assert_uint_eq(gicr_read(&m.g, 0, 77ull * GICR_STRIDE, 2), 0); // no such CPU
    gicr_write(&m.g, 0, 77ull * GICR_STRIDE + GICR_SGI + 0x100, 2, ~0u);
}
END_TEST

// What is said of a CPU's private interrupts while it is off, counts when it is on.
START_TEST(private_ones_stay_while_their_cpu_is_off)
{
    enum { PPI = 20, SGI = 5, OTHER = GICR_STRIDE + GICR_SGI };
    boot(3, 2);
    gicr_write(&m.g, 0, OTHER + GICD_ISENABLER, 2, 1u << PPI | 1u << SGI);
    vgic_reset_cpu(&m.g, 1); // CPU_OFF
    gicr_write(&m.g, 0, OTHER + GICD_IPRIORITYR + PPI, 0, 0x40);
    gicr_write(&m.g, 0, OTHER + GICD_ISPENDR, 2, 1u << PPI);
    vgic_send_sgi(&m.g, 0, SGI, 2, VGIC_GROUP0);
    vgic_reset_cpu(&m.g, 1); // CPU_ON
    ck_assert_uint_eq(gicr_read(&m.g, 0, OTHER + GICD_ISENABLER, 2), 1u << PPI | 1u << SGI);
    sync(1);
    ck_assert_int_ge(find(1, PPI), 0);
    ck_assert_int_ge(find(1, SGI), 0);
    ck_assert_uint_eq(m.lr3[1][find(1, PPI)] >> 48 & 0xff, 0x40);
    acknowledge(1, PPI);
    sync(1);
    vgic_reset_cpu(&m.g, 1); // off in its handler
    ck_assert_uint_eq(m.g.cpu[1].taken | m.g.cpu[1].priv.taken | m.g.cpu[1].lr_used, 0);
    ck_assert_uint_eq(gicr_read(&m.g, 0, OTHER + GICD_ISACTIVER, 2), 1u << PPI);
    ck_assert_uint_eq(gicr_read(&m.g, 0, OTHER + GICD_ISPENDR, 2), 1u << SGI);
    gicr_write(&m.g, 0, OTHER + GICD_ISPENDR, 2, 1u << PPI);
    sync(1);
    ck_assert_int_lt(find(1, PPI), 0);
    gicr_write(&m.g, 0, OTHER + GICD_ICACTIVER, 2, 1u << PPI);
    sync(1);
    ck_assert_int_ge(find(1, PPI), 0);
}
END_TEST

START_TEST(distributor_registers)
{
    boot(3, 2);
    ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_CTLR, 2), 0x53);
    ck_assert_uint_eq(gicd_read(&m.g, 0, 0xffe8, 2), 0x30);
    ck_assert_uint_eq(gicd_read(&m.g, 0, 4, 2) & 0x1f, 31);
    gicd_write(&m.g, 0, GICD_ISENABLER, 2, ~0u); // private ones are in the redistributor
    ck_assert_uint_eq(m.g.cpu[0].priv.enabled, 0);
    gicd_write(&m.g, 0, GICD_IGROUPR + 8, 2, 0xf0f0f0f0);
    ck_assert_uint_eq(gicd_read(&m.g, 1, GICD_IGROUPR + 8, 2), 0xf0f0f0f0);
    gicd_write(&m.g, 0, GICD_ICFGR + 12, 2, 0xaaaa5555);
    ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_ICFGR + 12, 2), 0xaaaa0000);
    gicd_write(&m.g, 0, GICD_IPRIORITYR + 64, 3, 0x8080808040404040ull);
    ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_IPRIORITYR + 66, 1), 0x4040);
    ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_IPRIORITYR + 69, 0), 0x80);
    ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_ITARGETSR + 40, 2), 0);
}
END_TEST

// What a controller of the usual size lacks: not shown, not changed.
START_TEST(what_is_not_there)
{
    for (unsigned version = 2; version <= 3; version++) {
        boot_usual(version, 2);
        unsigned const bank = m.g.num_banks, intid = 32 * bank;
        struct vgic_bank *b = &m.g.spi[bank], before;
        ck_assert_uint_lt(bank, VGIC_MAX_BANKS);
        b->enabled = b->pending = b->active = ~0u;
        memset(b->prio, 0x80, sizeof(b->prio));
        before = *b;
        for (uint32_t off = GICD_IGROUPR; off <= GICD_ICACTIVER; off += 0x80) {
            gicd_write(&m.g, 0, off + 4 * bank, 2, 0x55555555);
            ck_assert_uint_eq(gicd_read(&m.g, 0, off + 4 * bank, 2), 0);
        }
        gicd_write(&m.g, 0, GICD_IPRIORITYR + intid, 2, 0x40404040);
        ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_IPRIORITYR + intid, 2), 0);
        gicd_write(&m.g, 0, GICD_IROUTER + 8 * intid, 3, 1);
        ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_IROUTER + 8 * intid, 3), 0);
        vgic_set_line(&m.g, 0, intid, true);
        ck_assert_mem_eq(b, &before, sizeof(before));
        // Nor is a third CPU.
        m.g.cpu[2].priv.enabled = ~0u;
        ck_assert_uint_eq(gicr_read(&m.g, 0, 2ull * GICR_STRIDE + GICR_SGI + GICD_ISENABLER, 2), 0);
        gicr_write(&m.g, 0, 2ull * GICR_STRIDE + GICR_SGI + GICD_ICENABLER, 2, ~0u);
        ck_assert_uint_eq(m.g.cpu[2].priv.enabled, ~0u);
    }
}
END_TEST

// INTIDs from 1020 on mean something else than an interrupt.
START_TEST(special_intids)
{
    boot(3, 1);
    for (unsigned intid = 1020; intid < 1024; intid++) {
        vgic_set_line(&m.g, 0, intid, true);
        set_bit(0, intid, GICD_ISENABLER);
        set_bit(0, intid, GICD_ISPENDR);
        sync(0);
        ck_assert_int_lt(find(0, intid), 0);
    }
    ck_assert_uint_eq(m.g.spi[31].line, 0);
    set_bit(0, 1019, GICD_ISENABLER);
    set_bit(0, 1019, GICD_ISPENDR);
    sync(0);
    ck_assert_int_ge(find(0, 1019), 0);
}
END_TEST

START_TEST(any_access_is_harmless)
{
    static unsigned const versions[] = {2, 3};
    uint32_t x = 12345;
    for (unsigned v = 0; v < 2; v++) {
        boot(versions[v], 3);
        for (unsigned i = 0; i < 300000; i++) {
            x = x * 1664525 + 1013904223;
            unsigned size = x >> 30;
            uint64_t off = ((x >> 8) & 0xffff) & ~((1ull << size) - 1);
            uint64_t value = (uint64_t)x * 0x9e3779b97f4a7c15ull;
            gicd_write(&m.g, x % 3, off, size, value);
            gicd_read(&m.g, x % 3, off, size);
            gicr_write(&m.g, 0, off * 8 & ~7ull, size, value);
            gicr_read(&m.g, 0, off * 8 & ~7ull, size);
            vgic_set_line(&m.g, x % 3, x % 1024, x & 16);
            vgic_write_sgir(&m.g, x % 3, value, VGIC_GROUP0 | VGIC_GROUP1);
            if (x % 7 == 0)
                sync(x % 3);
        }
    }
}
END_TEST

// An SGI of another CPU, alone, and beside what its fast way must leave to the other one.
START_TEST(v3_sgi_of_another_cpu)
{
    boot(3, 2);
    gicr_write(&m.g, 1, GICR_STRIDE + GICR_SGI + GICD_ISENABLER, 2, 0xffff);
    gicr_write(&m.g, 1, GICR_STRIDE + GICR_SGI + GICD_IPRIORITYR + 3, 0, 0x48);
    for (unsigned i = 0; i < 3; i++) { // the one before is in its list register still, and ended
        vgic_send_sgi(&m.g, 0, 3, 2, VGIC_GROUP0);
        sync(1);
        ck_assert_uint_eq(m.lr3[1][find(1, 3)] >> 48 & 0xff, 0x48);
        acknowledge(1, 3);
        ck_assert_uint_eq(wishes(1), 0);
        end(1, 3);
    }
    vgic_send_sgi(&m.g, 0, 3, 2, VGIC_GROUP0);
    sync(1);
    acknowledge(1, 3);
    vgic_send_sgi(&m.g, 0, 3, 2, VGIC_GROUP0); // again, while it is active
    sync(1);
    ck_assert_uint_eq(m.lr3[1][find(1, 3)] >> 62, 3);
    vgic_send_sgi(&m.g, 0, 4, 2, VGIC_GROUP0);
    sync(1);
    ck_assert_int_ge(find(1, 4), 0);
    m.lr3[1][find(1, 3)] = 0;
    m.lr3[1][find(1, 4)] = 0;
    gicd_write(&m.g, 0, GICD_IROUTER + 40 * 8, 3, 1);
    raise_edge(40, 0x80);
    vgic_send_sgi(&m.g, 0, 3, 2, VGIC_GROUP0);
    vgic_send_sgi(&m.g, 0, 4, 2, VGIC_GROUP0);
    sync(1);
    ck_assert_int_ge(find(1, 40), 0);
    ck_assert_int_ge(find(1, 3), 0);
    ck_assert_int_ge(find(1, 4), 0);
    memset(m.lr3[1], 0, sizeof(m.lr3[1]));
    vgic_send_sgi(&m.g, 0, 4, 2, VGIC_GROUP0);
    sync(1);
    ck_assert_int_ge(find(1, 4), 0);
    ck_assert_uint_eq(wishes(1), 0);
    ck_assert(!(m.lr3[1][find(1, 4)] & LR3_EOI));
}
END_TEST

// One that the guest has made pending itself while the kernel still had one, and that no SGI may delay for ever.
START_TEST(timers_second_one_beside_sgis)
{
    boot(3, 2);
    vgic_set_timer(&m.g, 27);
    gicr_write(&m.g, 1, GICR_SGI + GICD_ISENABLER, 2, 1u << 27 | 0xffff);
    gicr_write(&m.g, 1, GICR_STRIDE + GICR_SGI + GICD_ISENABLER, 2, 1u << 27 | 0xffff);
    sync(1);
    m.timer_cfg[1] |= L4_VTMR_CFG_ACTIVE;
    gicr_write(&m.g, 1, GICR_STRIDE + GICR_SGI + GICD_ISPENDR, 2, 1u << 27);
    for (unsigned i = 0; i < 4; i++) {
        vgic_send_sgi(&m.g, 0, 3, 2, VGIC_GROUP0);
        sync(1);
        acknowledge(1, 3);
        end(1, 3);
        ck_assert(i >= 2 || find(1, 27) < 0);
        if (i == 1)
            m.timer_cfg[1] &= ~(uint32_t)L4_VTMR_CFG_ACTIVE;
    }
    ck_assert_int_ge(find(1, 27), 0);
}
END_TEST

// Its place may be that of an interrupt whose end has to be told.
START_TEST(v3_sgi_to_itself_behind_an_end)
{
    boot(3, 1);
    gicr_write(&m.g, 0, GICR_SGI + GICD_ISENABLER, 2, 0xffff);
    vgic_set_notify(&m.g, 40);
    enable(40);
    gicd_write(&m.g, 0, GICD_ICFGR + 40 / 16 * 4, 2, 0xaaaaaaaau);
    vgic_set_line(&m.g, 0, 40, true);
    sync(0);
    acknowledge(0, 40);
    ck_assert(end(0, 40));
    m.kicks[0] = 0;
    vgic_send_sgi(&m.g, 0, 3, 1, VGIC_GROUP0);
    ck_assert_uint_gt(m.kicks[0], 0);
    ck_assert_uint_eq(sync(0), 1);
    ck_assert_uint_eq(m.done[0], 40);
    ck_assert_int_ge(find(0, 3), 0);
}
END_TEST

START_TEST(v2_sgi_has_a_sender)
{
    boot(2, 3);
    vgic_send_sgi(&m.g, 1, 3, 1, VGIC_GROUP0 | VGIC_GROUP1);
    vgic_send_sgi(&m.g, 2, 3, 1, VGIC_GROUP0 | VGIC_GROUP1);
    sync(0);
    ck_assert_uint_eq(m.lr2[0][0] & 0x3ff, 3);
    ck_assert_uint_eq((m.lr2[0][0] >> 10) & 7, 1);
    ck_assert_uint_ne(wishes(0), 0); // the second one waits
    m.lr2[0][0] = 0;                      // acknowledged and ended
    sync(0);
    ck_assert_uint_eq((m.lr2[0][0] >> 10) & 7, 2);
    ck_assert_uint_eq(wishes(0), 0);
}
END_TEST

START_TEST(v2_sgis_of_one_sender_merge)
{
    boot(2, 2);
    vgic_send_sgi(&m.g, 1, 3, 1, VGIC_GROUP0);
    sync(0);
    vgic_send_sgi(&m.g, 1, 3, 1, VGIC_GROUP0); // while the first waits in a list register
    sync(0);
    m.lr2[0][0] = 0; // acknowledged and ended
    sync(0);
    ck_assert_uint_eq(m.lr2[0][0], 0);
}
END_TEST

START_TEST(v2_targets_and_sgir)
{
    boot(2, 4);
    ck_assert_uint_eq(gicd_read(&m.g, 0, 4, 2), 31 | 3 << 5);
    ck_assert_uint_eq(gicd_read(&m.g, 2, GICD_ITARGETSR, 2), 0x04040404); // own mask
    gicd_write(&m.g, 0, GICD_ITARGETSR + 41, 0, 0xff);
    ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_ITARGETSR + 41, 0), 0x0f); // four CPUs
    gicd_write(&m.g, 0, GICD_ITARGETSR + 41, 0, 0x08);
    enable(41);
    vgic_set_line(&m.g, 0, 41, true);
    sync(3);
    ck_assert_uint_eq(m.lr2[3][0] & 0x3ff, 41);
    memset(m.kicks, 0, sizeof(m.kicks));
    gicd_write(&m.g, 1, GICD_SGIR, 2, 1u << 24 | 9); // all but self
    ck_assert_uint_eq(m.kicks[1], 0);
    ck_assert(m.kicks[0] && m.kicks[2] && m.kicks[3]);
}
END_TEST

START_TEST(v2_with_one_cpu_has_no_targets)
{
    boot(2, 1);
    gicd_write(&m.g, 0, GICD_ITARGETSR + 40, 2, 0); // what a guest has read there
    ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_ITARGETSR + 40, 2), 0);
    enable(41);
    vgic_set_line(&m.g, 0, 41, true);
    sync(0);
    ck_assert_uint_eq(m.lr2[0][0] & 0x3ff, 41);
}
END_TEST

void add_register_tests(TCase *t)
{
    tcase_add_test(t, what_another_cpu_has_is_shown_and_changed);
    tcase_add_test(t, active_by_a_write);
    tcase_add_test(t, level_set_pending_by_a_write);
    tcase_add_test(t, an_end_that_another_cpu_sees_is_reported);
    tcase_add_test(t, timers_interrupt);
    tcase_add_test(t, groups_of_sgis);
    tcase_add_test(t, routing_follows_irouter);
    tcase_add_test(t, sgi_v3);
    tcase_add_test(t, redistributor_registers);
    tcase_add_test(t, private_ones_stay_while_their_cpu_is_off);
    tcase_add_test(t, distributor_registers);
    tcase_add_test(t, what_is_not_there);
    tcase_add_test(t, special_intids);
    tcase_add_test(t, any_access_is_harmless);
    tcase_add_test(t, v3_sgi_of_another_cpu);
    tcase_add_test(t, timers_second_one_beside_sgis);
    tcase_add_test(t, v3_sgi_to_itself_behind_an_end);
    tcase_add_test(t, v2_sgi_has_a_sender);
    tcase_add_test(t, v2_sgis_of_one_sender_merge);
    tcase_add_test(t, v2_targets_and_sgir);
    tcase_add_test(t, v2_with_one_cpu_has_no_targets);
}
