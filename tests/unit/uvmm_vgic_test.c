// SPDX-License-Identifier: MIT
// The virtual interrupt controller: a guest is played by changing list registers as hardware would.
#include "unit_run.h"
#include "vgic/vgic.h"

#include <check.h>
#include <string.h>

#define LR3_EOI (1ull << 41)
#define LR3_GROUP1 (1ull << 60)
#define LR3_PENDING (1ull << 62)
#define LR3_ACTIVE (1ull << 63)

enum { GICD_CTLR = 0, GICD_ISENABLER = 0x100, GICD_ICENABLER = 0x180, GICD_ISPENDR = 0x200,
       GICD_ICPENDR = 0x280, GICD_ISACTIVER = 0x300, GICD_ICACTIVER = 0x380,
       GICD_IGROUPR = 0x80, GICD_IPRIORITYR = 0x400, GICD_ITARGETSR = 0x800,
       GICD_ICFGR = 0xc00, GICD_SGIR = 0xf00, GICD_IROUTER = 0x6000, GICR_SGI = 0x10000,
       GICR_STRIDE = 0x20000 };

struct machine {
    struct vgic g;
    uint64_t lr3[VGIC_MAX_CPUS][VGIC_MAX_LRS];
    uint32_t lr2[VGIC_MAX_CPUS][VGIC_MAX_LRS];
    uint32_t hcr[VGIC_MAX_CPUS];
    uint32_t reserved[VGIC_MAX_CPUS];
    uint32_t vmcr[VGIC_MAX_CPUS], apr[VGIC_MAX_CPUS], timer_cfg[VGIC_MAX_CPUS], timer_ctl[VGIC_MAX_CPUS];
    unsigned kicks[VGIC_MAX_CPUS];
    uint16_t done[VGIC_MAX_LRS];
    uint32_t in_guest; // CPUs that have to be waited for
    unsigned wakes;
};

static struct machine m;

static void kick(void *ctx, unsigned cpu)
{
    ((struct machine *)ctx)->kicks[cpu]++;
}

static bool stop(void *ctx, unsigned cpu)
{
    ((struct machine *)ctx)->kicks[cpu]++;
    return !(m.in_guest >> cpu & 1);
}

// Others come out of the guest while this one waits.
static void wait_for_others(void *ctx, unsigned self)
{
    struct machine *machine = ctx;
    (void)self;
    for (unsigned i = 0; i < machine->g.num_cpus && !machine->wakes; i++) {
        if (!machine->g.cpu[i].waiters)
            continue;
        machine->in_guest &= ~(1u << i);
        vgic_sync(&machine->g, i, machine->done);
        ck_assert(vgic_is_held(&machine->g, i));
    }
    ck_assert_uint_gt(machine->wakes, 0);
    machine->wakes--;
}

static void wake(void *ctx, unsigned cpu)
{
    (void)cpu;
    ((struct machine *)ctx)->wakes++;
}

static void boot_with(unsigned version, unsigned cpus, unsigned lrs)
{
    memset(&m, 0, sizeof(m));
    vgic_init(&m.g, version, cpus, (struct vgic_host){&m, kick, stop, wait_for_others, wake});
    for (unsigned i = 0; i < cpus; i++) {
        struct vgic_hw hw = {.version = version, .count = lrs, .keeps_one = lrs > 1, .traps_dir = version == 3,
                             .hcr = &m.hcr[i], .lr2 = m.lr2[i], .lr3 = m.lr3[i], .reserved = &m.reserved[i],
                             .vmcr = &m.vmcr[i], .apr = {&m.apr[i], &m.apr[i]}, .timer_cfg = &m.timer_cfg[i],
                             .timer_ctl = &m.timer_ctl[i]};
        vgic_attach(&m.g, i, &hw);
    }
    vgic_require(&m.g, 1000);
    gicd_write(&m.g, 0, GICD_CTLR, 2, 3);
    memset(m.kicks, 0, sizeof(m.kicks));
}

static void boot(unsigned version, unsigned cpus)
{
    boot_with(version, cpus, 4);
}

// The wishes in GICH_HCR, without the enable and the trap of ICC_DIR that are always there.
static uint32_t wishes(unsigned cpu)
{
    return m.hcr[cpu] & ~(1u | 1u << 14);
}

static unsigned sync(unsigned cpu)
{
    return vgic_sync(&m.g, cpu, m.done);
}

static void set_prio(unsigned intid, unsigned prio)
{
    gicd_write(&m.g, 0, GICD_IPRIORITYR + intid, 0, prio);
}

static void enable(unsigned intid)
{
    gicd_write(&m.g, 0, GICD_ISENABLER + intid / 32 * 4, 2, 1u << (intid % 32));
}

static int find(unsigned cpu, unsigned intid)
{
    for (unsigned i = 0; i < VGIC_MAX_LRS; i++)
        if ((m.lr3[cpu][i] & 0xffff) == intid && m.lr3[cpu][i] >> 62)
            return (int)i;
    return -1;
}

static void acknowledge(unsigned cpu, unsigned intid)
{
    int i = find(cpu, intid);
    ck_assert_int_ge(i, 0);
    ck_assert(m.lr3[cpu][i] & LR3_PENDING);
    m.lr3[cpu][i] = (m.lr3[cpu][i] & ~LR3_PENDING) | LR3_ACTIVE;
}

// Returns whether the end raises a maintenance interrupt.
static bool end(unsigned cpu, unsigned intid)
{
    int i = find(cpu, intid);
    ck_assert_int_ge(i, 0);
    ck_assert(m.lr3[cpu][i] & LR3_ACTIVE);
    m.lr3[cpu][i] &= ~LR3_ACTIVE;
    return !(m.lr3[cpu][i] & LR3_PENDING) && (m.lr3[cpu][i] & LR3_EOI);
}

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
    ck_assert(!vgic_has_pending(&m.g, 0));
    sync(0);
    ck_assert_uint_eq(m.g.cpu[0].lr_used, 0);
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
    ck_assert(vgic_has_pending(&m.g, 0));
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
    ck_assert(!vgic_has_pending(&m.g, 0));
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

static void raise_edge(unsigned intid, unsigned prio)
{
    enable(intid);
    set_prio(intid, prio);
    gicd_write(&m.g, 0, GICD_ICFGR + intid / 16 * 4, 2, 0xaaaaaaaau);
    vgic_set_line(&m.g, 0, intid, true);
    vgic_set_line(&m.g, 0, intid, false);
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

int main(void)
{
    Suite *s = suite_create("uvmm_vgic");
    TCase *t = tcase_create("vgic");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, level_needs_no_exit_when_the_device_is_served);
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
    tcase_add_test(t, what_another_cpu_has_is_shown_and_changed);
    tcase_add_test(t, active_by_a_write);
    tcase_add_test(t, level_set_pending_by_a_write);
    tcase_add_test(t, rerouted_while_active);
    tcase_add_test(t, an_end_that_another_cpu_sees_is_reported);
    tcase_add_test(t, timers_interrupt);
    tcase_add_test(t, groups_of_sgis);
    tcase_add_test(t, reserved_register_is_left_alone);
    tcase_add_test(t, disable_withdraws_and_enable_delivers);
    tcase_add_test(t, routing_follows_irouter);
    tcase_add_test(t, sgi_v3);
    tcase_add_test(t, redistributor_registers);
    tcase_add_test(t, distributor_registers);
    tcase_add_test(t, any_access_is_harmless);
    tcase_add_test(t, v2_sgi_has_a_sender);
    tcase_add_test(t, v2_sgis_of_one_sender_merge);
    tcase_add_test(t, v2_targets_and_sgir);
    tcase_add_test(t, v2_with_one_cpu_has_no_targets);
    tcase_add_test(t, reset_gives_shared_interrupts_back);
    suite_add_tcase(s, t);
    return unit_run(s);
}
