// SPDX-License-Identifier: MIT
#include "uvmm_vgic_setup.h"

struct machine m;

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

static void start(unsigned version, unsigned cpus, unsigned lrs)
{
    memset(&m, 0, sizeof(m));
    vgic_init(&m.g, version, cpus, (struct vgic_host){&m, kick, stop, wait_for_others, wake});
    for (unsigned i = 0; i < cpus; i++) {
        struct vgic_hw hw = {.version = version, .count = lrs, .keeps_one = lrs > 1, .traps_dir = version == 3,
                             .hcr = &m.hcr[i], .lr2 = m.lr2[i], .lr3 = m.lr3[i], .reserved = &m.reserved[i],
                             .vmcr = &m.vmcr[i], .apr = {&m.apr[i], &m.apr[i]}, .timer_cfg = &m.timer_cfg[i],
                             .timer_ctl = &m.timer_ctl[i]};
        m.vmcr[i] = ALL_PRIORITIES(version) | BOTH_GROUPS;
        vgic_attach(&m.g, i, &hw);
    }
    gicd_write(&m.g, 0, GICD_CTLR, 2, 3);
    memset(m.kicks, 0, sizeof(m.kicks));
}

void boot_usual(unsigned version, unsigned cpus)
{
    start(version, cpus, 4);
}

void boot_with(unsigned version, unsigned cpus, unsigned lrs)
{
    start(version, cpus, lrs);
    vgic_require(&m.g, 1000);
}

void boot(unsigned version, unsigned cpus)
{
    boot_with(version, cpus, 4);
}

// The wishes in GICH_HCR, without the enable and the trap of ICC_DIR that are always there.
uint32_t wishes(unsigned cpu)
{
    return m.hcr[cpu] & ~(1u | 1u << 14);
}

unsigned sync(unsigned cpu)
{
    return vgic_sync(&m.g, cpu, m.done);
}

void set_prio(unsigned intid, unsigned prio)
{
    gicd_write(&m.g, 0, GICD_IPRIORITYR + intid, 0, prio);
}

void enable(unsigned intid)
{
    gicd_write(&m.g, 0, GICD_ISENABLER + intid / 32 * 4, 2, 1u << (intid % 32));
}

int find(unsigned cpu, unsigned intid)
{
    for (unsigned i = 0; i < VGIC_MAX_LRS; i++)
        if ((m.lr3[cpu][i] & 0xffff) == intid && m.lr3[cpu][i] >> 62)
            return (int)i;
    return -1;
}

void acknowledge(unsigned cpu, unsigned intid)
{
    int i = find(cpu, intid);
    ck_assert_int_ge(i, 0);
    ck_assert(m.lr3[cpu][i] & LR3_PENDING);
    m.lr3[cpu][i] = (m.lr3[cpu][i] & ~LR3_PENDING) | LR3_ACTIVE;
}

// Returns whether the end raises a maintenance interrupt.
bool end(unsigned cpu, unsigned intid)
{
    int i = find(cpu, intid);
    ck_assert_int_ge(i, 0);
    ck_assert(m.lr3[cpu][i] & LR3_ACTIVE);
    m.lr3[cpu][i] &= ~LR3_ACTIVE;
    return !(m.lr3[cpu][i] & LR3_PENDING) && (m.lr3[cpu][i] & LR3_EOI);
}

void raise_edge(unsigned intid, unsigned prio)
{
    enable(intid);
    set_prio(intid, prio);
    gicd_write(&m.g, 0, GICD_ICFGR + intid / 16 * 4, 2, 0xaaaaaaaau);
    vgic_set_line(&m.g, 0, intid, true);
    vgic_set_line(&m.g, 0, intid, false);
}
