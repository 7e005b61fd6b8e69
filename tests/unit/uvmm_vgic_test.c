// SPDX-License-Identifier: MIT
// The virtual interrupt controller: interrupts on their way into list registers and out again.
#include "unit_run.h"

#include <l4/sys/abi/vcpu.h>
#include "uvmm_vgic_setup.h"

START_TEST(level_needs_no_exit_when_the_device_is_served)
{
    boot(3, 1);
    enable(40);
    vgic_set_line(&m.g, 0, 40, true);
    ck_assert_uint_eq(m.kicks[0], 1);
    sync(0);
    ck_assert_uint_eq(wishes(0), 0);
    int i = find(0, 40);
    ck_assert_int_ge(i, 0);
    ck_assert(m.lr3[0][i] & LR3_EOI);
    acknowledge(0, 40);
    vgic_set_line(&m.g, 0, 40, false); // the handler served the device
    sync(0);
    ck_assert(!end(0, 40)); // no maintenance
    ck_assert(!vgic_wakes(&m.g, 0));
    sync(0);
    ck_assert_uint_eq(m.g.cpu[0].lr_used, 0);
}
END_TEST

static bool group1(unsigned intid)
{
    int i = find(0, intid);
    ck_assert_int_ge(i, 0);
    return m.lr3[0][i] & LR3_GROUP1;
}

START_TEST(list_registers_say_the_group)
{
    boot(3, 1);
    gicd_write(&m.g, 0, GICD_IGROUPR + 4, 2, 1u << 8); // of 40
    for (unsigned intid = 40; intid <= 41; intid++) {
        enable(intid);
        vgic_set_line(&m.g, 0, intid, true);
    }
    sync(0);
    ck_assert(group1(40) && !group1(41));
    acknowledge(0, 40);
    for (unsigned high = 0; high < 2; high++) { // and it still does when it is pending again
        vgic_set_line(&m.g, 0, 40, high);
        sync(0);
        ck_assert(group1(40));
    }
}
END_TEST

START_TEST(level_that_stays_high_comes_again)
{
    boot(3, 1);
    enable(40);
    vgic_set_line(&m.g, 0, 40, true);
    sync(0);
    acknowledge(0, 40);
    ck_assert(end(0, 40)); // maintenance, as the line was never lowered
    sync(0);
    ck_assert_int_ge(find(0, 40), 0);
    ck_assert(vgic_wakes(&m.g, 0));
}
END_TEST

START_TEST(level_raised_while_active_becomes_pending_in_place)
{
    boot(3, 1);
    enable(40);
    vgic_set_line(&m.g, 0, 40, true);
    sync(0);
    acknowledge(0, 40);
    vgic_set_line(&m.g, 0, 40, false);
    sync(0);
    vgic_set_line(&m.g, 0, 40, true);
    sync(0);
    ck_assert(!end(0, 40)); // pending again without an exit
    ck_assert_int_ge(find(0, 40), 0);
    acknowledge(0, 40);
    vgic_set_line(&m.g, 0, 40, false);
    sync(0);
    ck_assert(!end(0, 40));
    sync(0);
    ck_assert_int_lt(find(0, 40), 0);
}
END_TEST

START_TEST(level_lowered_before_acknowledge_is_withdrawn)
{
    boot(3, 1);
    enable(40);
    vgic_set_line(&m.g, 0, 40, true);
    sync(0);
    vgic_set_line(&m.g, 0, 40, false);
    sync(0);
    ck_assert_int_lt(find(0, 40), 0);
    ck_assert(!vgic_wakes(&m.g, 0));
}
END_TEST

START_TEST(edge_is_latched_and_merges)
{
    boot(3, 1);
    enable(50);
    gicd_write(&m.g, 0, GICD_ICFGR + 50 / 16 * 4, 2, 2u << (50 % 16 * 2));
    vgic_set_line(&m.g, 0, 50, true);
    vgic_set_line(&m.g, 0, 50, false);
    sync(0);
    ck_assert_int_ge(find(0, 50), 0);
    ck_assert(!(m.lr3[0][find(0, 50)] & LR3_EOI));
    acknowledge(0, 50);
    vgic_set_line(&m.g, 0, 50, true); // second edge while active
    vgic_set_line(&m.g, 0, 50, false);
    sync(0);
    ck_assert(!end(0, 50));
    acknowledge(0, 50);
    end(0, 50);
    sync(0);
    ck_assert_int_lt(find(0, 50), 0);
}
END_TEST

START_TEST(notify_reports_the_end_and_lowers_the_line)
{
    boot(3, 1);
    enable(34);
    vgic_set_notify(&m.g, 34);
    vgic_set_line(&m.g, 0, 34, true);
    sync(0);
    acknowledge(0, 34);
    ck_assert_uint_eq(sync(0), 0); // any exit in between changes nothing
    ck_assert(end(0, 34));
    ck_assert_uint_eq(sync(0), 1);
    ck_assert_uint_eq(m.done[0], 34);
    ck_assert_int_lt(find(0, 34), 0);
    vgic_set_line(&m.g, 0, 34, true); // the hardware asks again
    sync(0);
    ck_assert_int_ge(find(0, 34), 0);
}
END_TEST

START_TEST(more_than_list_registers)
{
    boot(3, 1);
    for (unsigned i = 0; i < 5; i++) {
        enable(40 + i);
        set_prio(40 + i, 0x80);
        vgic_set_line(&m.g, 0, 40 + i, true);
    }
    sync(0);
    ck_assert_int_eq(__builtin_popcount(m.g.cpu[0].lr_used), 3); // one stays for the timer
    ck_assert_uint_eq(wishes(0), 1 << 3);                     // tell me when nothing is pending
    enable(60);
    set_prio(60, 0x10);
    vgic_set_line(&m.g, 0, 60, true); // more urgent: evicts one
    sync(0);
    ck_assert_int_ge(find(0, 60), 0);
    ck_assert_int_eq(__builtin_popcount(m.g.cpu[0].lr_used), 3);
    unsigned seen = 0;
    for (unsigned round = 0; round < 6; round++) { // all of them arrive in the end
        for (unsigned id = 40; id <= 60; id++)
            if (find(0, id) >= 0) {
                acknowledge(0, id);
                vgic_set_line(&m.g, 0, id, false);
                sync(0);
                end(0, id);
                seen++;
            }
        sync(0);
    }
    ck_assert_uint_eq(seen, 6);
    ck_assert_uint_eq(wishes(0), 0);
}
END_TEST

// As the CPU interface: the priority of what is acknowledged becomes active, an end drops it.
static void acknowledge_with_priority(unsigned cpu, unsigned intid, unsigned prio)
{
    acknowledge(cpu, intid);
    m.apr[cpu] |= 1u << (prio >> 3);
}

// End of the most urgent one, which is in no list register: EOIcount.
static void end_elsewhere(unsigned cpu)
{
    m.apr[cpu] &= m.apr[cpu] - 1;
    m.hcr[cpu] += 1u << 27;
}

START_TEST(more_active_than_list_registers)
{
    static unsigned const lrs[] = {1, 4, 16};
    for (unsigned round = 0; round < 3; round++) {
        boot_with(3, 1, lrs[round]);
        m.vmcr[0] = 2u << 21 | 3u << 18; // binary points that tell all 32 priorities apart
        for (unsigned i = 0; i < 20; i++) { // each interrupts the one before
            raise_edge(40 + i, 0xf8 - 8 * i);
            sync(0);
            acknowledge_with_priority(0, 40 + i, 0xf8 - 8 * i);
            sync(0);
        }
        ck_assert_uint_eq(m.g.cpu[0].taken, 20 - (lrs[round] > 1 ? lrs[round] - 1 : 1));
        ck_assert(wishes(0) & 1 << 2); // tell of ends that find no list register
        for (unsigned i = 20; i-- > 0;) {
            ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_ISACTIVER + (40 + i) / 32 * 4, 2) >> (40 + i) % 32 & 1, 1);
            if (find(0, 40 + i) >= 0) {
                end(0, 40 + i);
                m.apr[0] &= m.apr[0] - 1;
            } else {
                end_elsewhere(0);
            }
            sync(0);
            ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_ISACTIVER + (40 + i) / 32 * 4, 2) >> (40 + i) % 32 & 1, 0);
        }
        ck_assert_uint_eq(m.g.cpu[0].taken, 0);
        ck_assert_uint_eq(wishes(0), 0);
    }
}
END_TEST

// MISR.NP holds at once when no list register is pending alone: asked for then, the guest would never execute anything.
START_TEST(pending_and_active_is_not_pending)
{
    boot(3, 1);
    for (unsigned i = 0; i < 3; i++) {
        raise_edge(40 + i, 0x80);
        sync(0);
        acknowledge_with_priority(0, 40 + i, 0x80);
        vgic_set_line(&m.g, 0, 40 + i, true);
    }
    raise_edge(43, 0x80); // waits
    sync(0);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(m.lr3[0][find(0, 40 + i)] >> 62, 3);
    ck_assert_int_lt(find(0, 43), 0);
    ck_assert_uint_eq(wishes(0) & 1 << 3, 0);
    ck_assert(m.lr3[0][find(0, 40)] & LR3_EOI);
}
END_TEST

START_TEST(less_urgent_than_the_running_ones_waits)
{
    boot(3, 1);
    m.vmcr[0] = 2u << 21 | 3u << 18;
    for (unsigned i = 0; i < 3; i++) {
        raise_edge(40 + i, 0x80 - 8 * i);
        sync(0);
        acknowledge_with_priority(0, 40 + i, 0x80 - 8 * i);
    }
    raise_edge(43, 0x78);
    sync(0);
    ck_assert_int_lt(find(0, 43), 0);
    ck_assert(end(0, 42)); // an exit at the end of any of them
    m.apr[0] &= m.apr[0] - 1;
    sync(0);
    ck_assert_int_ge(find(0, 43), 0);
}
END_TEST

START_TEST(what_is_not_signalled_does_not_wake)
{
    for (unsigned version = 2; version <= 3; version++) {
        boot(version, 1);
        ck_assert(!vgic_wakes(&m.g, 0));
        raise_edge(40, 0x80);
        ck_assert(vgic_wakes(&m.g, 0)); // still without list register
        sync(0);
        ck_assert(vgic_wakes(&m.g, 0));
        m.vmcr[0] = PRIORITY_MASK(version, 0x80u) | BOTH_GROUPS;
        ck_assert(!vgic_wakes(&m.g, 0));
        m.vmcr[0] = PRIORITY_MASK(version, 0x88u) | BOTH_GROUPS;
        ck_assert(vgic_wakes(&m.g, 0));
        m.vmcr[0] = ALL_PRIORITIES(version); // no group is enabled at the CPU interface
        ck_assert(!vgic_wakes(&m.g, 0));
        m.vmcr[0] |= 1; // that of this interrupt
        ck_assert(vgic_wakes(&m.g, 0));
        m.vmcr[0] = (ALL_PRIORITIES(version) | BOTH_GROUPS | 2u << 21 | 3u << 18);
        m.apr[0] = 1u << (0x80 >> 3); // one of the same priority runs
        ck_assert(!vgic_wakes(&m.g, 0));
        m.apr[0] = 1u << (0x88 >> 3);
        ck_assert(vgic_wakes(&m.g, 0));
        m.apr[0] = 0;
    }
    acknowledge(0, 40);
    ck_assert(!vgic_wakes(&m.g, 0)); // active
    vgic_set_line(&m.g, 0, 40, true);
    sync(0);
    ck_assert(!vgic_wakes(&m.g, 0)); // and pending again
}
END_TEST

// What has no list register, because others have them all.
START_TEST(those_that_wait_wake_by_priority)
{
    boot_with(3, 1, 1);
    raise_edge(40, 0x40);
    raise_edge(41, 0x60);
    sync(0);
    ck_assert(vgic_wakes(&m.g, 0));
    m.vmcr[0] = PRIORITY_MASK(3, 0x40u) | BOTH_GROUPS;
    ck_assert(!vgic_wakes(&m.g, 0));
    m.vmcr[0] = PRIORITY_MASK(3, 0x50u) | BOTH_GROUPS;
    ck_assert(vgic_wakes(&m.g, 0));
}
END_TEST

START_TEST(deactivation_is_separate_and_elsewhere)
{
    boot(3, 2);
    m.vmcr[0] = m.vmcr[1] = 1u << 9; // EOImode 1
    for (unsigned i = 0; i < 8; i++) {
        raise_edge(40 + i, 0x80);
        sync(0);
        acknowledge(0, 40 + i);
        sync(0);
    }
    m.in_guest = 1;
    for (unsigned i = 0; i < 8; i++) {
        vgic_write_dir(&m.g, i % 2, 40 + i); // the other CPU has it, or nobody
        m.in_guest = 0;
        sync(0);
        raise_edge(40 + i, 0x80);
        sync(0);
        ck_assert_int_ge(find(0, 40 + i), 0);
        acknowledge(0, 40 + i);
        vgic_write_dir(&m.g, 0, 40 + i);
    }
    ck_assert_uint_eq(m.g.cpu[0].taken, 0);
    ck_assert_uint_eq(m.g.cpu[0].held | m.g.cpu[1].held, 0);
    m.vmcr[1] = 0;
    raise_edge(50, 0x80);
    sync(0);
    acknowledge(0, 50);
    vgic_write_dir(&m.g, 1, 50); // without separate deactivation it does nothing
    ck_assert_int_ge(find(0, 50), 0);
}
END_TEST

START_TEST(rerouted_while_active)
{
    boot(3, 2);
    raise_edge(40, 0x80);
    sync(0);
    acknowledge(0, 40);
    gicd_write(&m.g, 0, GICD_IROUTER + 40 * 8, 3, 1);
    raise_edge(40, 0x80);
    sync(0);
    ck_assert(!(m.lr3[0][find(0, 40)] & LR3_PENDING));
    ck_assert(end(0, 40)); // maintenance: the other one waits for it
    memset(m.kicks, 0, sizeof(m.kicks));
    sync(0);
    ck_assert_uint_ne(m.kicks[1], 0);
    sync(1);
    ck_assert_int_ge(find(1, 40), 0);
}
END_TEST

START_TEST(reserved_register_is_left_alone)
{
    boot(3, 1);
    m.reserved[0] = 1;
    m.lr3[0][0] = 0x1234567800000000ull;
    enable(40);
    vgic_set_line(&m.g, 0, 40, true);
    sync(0);
    ck_assert_uint_eq(m.lr3[0][0], 0x1234567800000000ull);
    ck_assert_int_eq(find(0, 40), 1);
}
END_TEST

START_TEST(disable_withdraws_and_enable_delivers)
{
    boot(3, 1);
    enable(40);
    vgic_set_line(&m.g, 0, 40, true);
    sync(0);
    gicd_write(&m.g, 0, GICD_ICENABLER + 4, 2, 1u << 8);
    sync(0);
    ck_assert_int_lt(find(0, 40), 0);
    m.kicks[0] = 0;
    enable(40);
    ck_assert_uint_eq(m.kicks[0], 1);
    sync(0);
    ck_assert_int_ge(find(0, 40), 0);
}
END_TEST

START_TEST(reset_gives_shared_interrupts_back)
{
    boot(3, 2);
    enable(40);
    gicd_write(&m.g, 0, GICD_IROUTER + 40 * 8, 3, 1);
    vgic_set_line(&m.g, 0, 40, true);
    sync(1);
    ck_assert_int_ge(find(1, 40), 0);
    vgic_reset_cpu(&m.g, 1);
    memset(m.lr3[1], 0, sizeof(m.lr3[1]));
    gicd_write(&m.g, 0, GICD_IROUTER + 40 * 8, 3, 0);
    sync(0);
    ck_assert_int_ge(find(0, 40), 0);
}
END_TEST

// While a CPU is powered down, its interface is as well: the power controller sees what the redistributor has.
START_TEST(what_the_interface_masks_wakes_from_power_down)
{
    for (unsigned version = 2; version <= 3; version++) {
        boot(version, 1);
        vgic_set_powered_down(&m.g, 0, true);
        ck_assert(!vgic_wakes(&m.g, 0));
        raise_edge(40, 0x80);
        m.vmcr[0] = 0;
        ck_assert(vgic_wakes(&m.g, 0)); // without list register
        sync(0);
        ck_assert(vgic_wakes(&m.g, 0));
        ck_assert(vgic_signals(&m.g, 0, 0xf8, true));
        gicd_write(&m.g, 0, GICD_ICENABLER + 4, 2, 1u << 8);
        sync(0);
        ck_assert(!vgic_wakes(&m.g, 0)); // disabled
        enable(40);
        gicd_write(&m.g, 0, GICD_CTLR, 2, 0);
        sync(0);
        ck_assert(!vgic_wakes(&m.g, 0)); // not forwarded
        gicd_write(&m.g, 0, GICD_CTLR, 2, 3);
        sync(0);
        ck_assert(vgic_wakes(&m.g, 0));
        vgic_set_powered_down(&m.g, 0, false);
        ck_assert(!vgic_wakes(&m.g, 0));
        ck_assert(!vgic_signals(&m.g, 0, 0xf8, true));
    }
}
END_TEST

static uint64_t own(uint64_t reg)
{
    return gicr_read(&m.g, 0, GICR_SGI + reg, 2);
}

static void own_write(uint64_t reg, uint32_t value)
{
    gicr_write(&m.g, 0, GICR_SGI + reg, 2, value);
}

START_TEST(reset_of_the_interface_loses_no_interrupt)
{
    uint32_t const waits = 1u << 3 | 1u << 20, taken = 1u << 5 | 1u << 22;
    boot_with(3, 1, 8);
    own_write(GICD_ICFGR + 4, 0xaaaaaaaau); // PPIs are edges
    own_write(GICD_ISENABLER, waits | taken);
    own_write(GICD_ISPENDR, waits | taken);
    enable(40);
    vgic_set_line(&m.g, 0, 40, true);
    raise_edge(57, 0x80);
    sync(0);
    acknowledge(0, 5);
    acknowledge(0, 22);
    acknowledge(0, 57);
    vgic_reset_cpu(&m.g, 0);
    for (unsigned i = 0; i < 64; i++)
        ck_assert_int_lt(find(0, i), 0);
    ck_assert_uint_eq(own(GICD_ISENABLER), waits | taken);
    ck_assert_uint_eq(own(GICD_ICFGR + 4), 0xaaaaaaaau);
    ck_assert_uint_eq(own(GICD_ISPENDR), waits);
    ck_assert_uint_eq(own(GICD_ISACTIVER), taken);
    ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_ISPENDR + 4, 2), 1u << 8);
    ck_assert_uint_eq(gicd_read(&m.g, 0, GICD_ISACTIVER + 4, 2), 1u << 25);
    sync(0);
    ck_assert_int_ge(find(0, 3), 0);
    ck_assert_int_ge(find(0, 20), 0);
    ck_assert_int_ge(find(0, 40), 0);
    ck_assert_uint_eq(wishes(0), 0); // it waits for the end of none
    // active until somebody says otherwise
    own_write(GICD_ISPENDR, taken);
    sync(0);
    ck_assert_int_lt(find(0, 22), 0);
    own_write(GICD_ICACTIVER, taken);
    gicd_write(&m.g, 0, GICD_ICACTIVER + 4, 2, 1u << 25);
    sync(0);
    ck_assert_int_ge(find(0, 22), 0);
    ck_assert_int_ge(find(0, 5), 0);
}
END_TEST

// The virtual timer's is in the kernel's hands, and active in its redistributor all the same.
START_TEST(reset_of_the_interface_keeps_the_timer_active)
{
    uint32_t const timer = 1u << 27;
    boot(3, 1);
    vgic_set_timer(&m.g, 27);
    own_write(GICD_ISENABLER, timer);
    sync(0);
    ck_assert(m.timer_cfg[0] & L4_VTMR_CFG_ENABLED);
    m.timer_cfg[0] |= L4_VTMR_CFG_ACTIVE;
    vgic_reset_cpu(&m.g, 0);
    ck_assert_uint_eq(m.timer_cfg[0] & (L4_VTMR_CFG_ACTIVE | L4_VTMR_CFG_ENABLED), 0);
    ck_assert_uint_eq(own(GICD_ISACTIVER), timer);
    own_write(GICD_ICACTIVER, timer);
    sync(0);
    ck_assert(m.timer_cfg[0] & L4_VTMR_CFG_ENABLED);
    ck_assert_uint_eq(own(GICD_ISACTIVER), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_vgic");
    TCase *t = tcase_create("vgic");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, level_needs_no_exit_when_the_device_is_served);
    tcase_add_test(t, list_registers_say_the_group);
    tcase_add_test(t, level_that_stays_high_comes_again);
    tcase_add_test(t, level_raised_while_active_becomes_pending_in_place);
    tcase_add_test(t, level_lowered_before_acknowledge_is_withdrawn);
    tcase_add_test(t, edge_is_latched_and_merges);
    tcase_add_test(t, notify_reports_the_end_and_lowers_the_line);
    tcase_add_test(t, more_than_list_registers);
    tcase_add_test(t, more_active_than_list_registers);
    tcase_add_test(t, pending_and_active_is_not_pending);
    tcase_add_test(t, less_urgent_than_the_running_ones_waits);
    tcase_add_test(t, deactivation_is_separate_and_elsewhere);
    tcase_add_test(t, what_is_not_signalled_does_not_wake);
    tcase_add_test(t, those_that_wait_wake_by_priority);
    tcase_add_test(t, rerouted_while_active);
    tcase_add_test(t, reserved_register_is_left_alone);
    tcase_add_test(t, disable_withdraws_and_enable_delivers);
    tcase_add_test(t, reset_gives_shared_interrupts_back);
    tcase_add_test(t, what_the_interface_masks_wakes_from_power_down);
    tcase_add_test(t, reset_of_the_interface_loses_no_interrupt);
    tcase_add_test(t, reset_of_the_interface_keeps_the_timer_active);
    add_register_tests(t);
    suite_add_tcase(s, t);
    return unit_run(s);
}
