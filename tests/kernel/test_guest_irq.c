// SPDX-License-Identifier: MIT
// A guest's interrupts: its timer, list registers, and GICv2's virtual interface, which is memory.
#include "guest_run.h"

extern char user_load[];

enum {
    NOT_MAPPED = 0x7ffd0000, // in the own task
    VTIMER_VID = 27
};

void guest_hears_interrupts(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(0);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    bool v3 = l4_vcpu_ext_info(v)->gic_version == 3;
    guest(v, guest_timer);
    vcpu_run(v);
    check(ec(v) == 0x3d && (v->r.err & 0xffff) == 1, "virtual timer: upcall");
    check_eq(e->cntvctl & 3, 3, "the kernel has masked the timer");
    for (unsigned round = 0; round < 3; round++) {
        guest(v, guest_timer);
        vgic_on(v);
        e->vtmr_cfg = VTIMER_VID | L4_VTMR_CFG_DIRECT | L4_VTMR_CFG_ENABLED |
                      (v3 ? L4_VTMR_CFG_GRP1 : 0) | 0xa0u << L4_VTMR_CFG_PRIO_SHIFT;
        vcpu_run(v);
        check(ec(v) == 0x16 && (v->r.err & 0xffff) == 7,
              "direct timer: the guest sees an interrupt, no upcall");
        check(e->vtmr_cfg & L4_VTMR_CFG_PENDING, "it is pending in the configuration");
        v->r.pc = v3 ? ipa(guest_ack_v3) : ipa(guest_ack_v2);
        v->r.r[4] = GICV_IPA;
        vcpu_run(v);
        check(ec(v) == 0x16 && (v->r.err & 0xffff) == 8, "the guest acknowledges it");
        check_eq((int64_t)(v->r.r[2] & 0xffffff), VTIMER_VID, "under its virtual number");
        check_eq((int64_t)(v->r.r[3] & 0x80), 0, "nothing is pending then");
        check_eq(e->vtmr_cfg & (L4_VTMR_CFG_PENDING | L4_VTMR_CFG_ACTIVE), 0,
                 "nor in the configuration");
    }
    // A virtual interrupt of the VMM's own
    guest(v, guest_poll_irq);
    vgic_on(v);
    if (v3)
        e->gic_v3_lr[1] = 1ull << 62 | 1ull << 60 | 0x80ull << 48 | 45;
    else
        e->gic_v2_lr[1] = 1u << 28 | 0x10u << 23 | 45;
    vcpu_run(v);
    check(ec(v) == 0x16 && (v->r.err & 0xffff) == 7, "an interrupt from a list register");
    check_eq(e->gic_elsr & 0xf, 0xd, "which it still occupies");
    v->r.pc = v3 ? ipa(guest_ack_v3) : ipa(guest_ack_v2);
    v->r.r[4] = GICV_IPA;
    vcpu_run(v);
    check_eq((int64_t)(v->r.r[2] & 0xffffff), 45, "acknowledged");
    check_eq(e->gic_elsr & 0xf, 0xf, "all list registers are empty");
    // Underflow interrupt of an empty interface: maintenance upcall
    guest(v, guest_loop);
    vgic_on(v);
    e->gic_hcr = 3;
    vcpu_run(v);
    check(ec(v) == 0x3d && (v->r.err & 0xffff) == 0, "maintenance interrupt: upcall");
}

// ---- the timer's interrupt in direct mode, as the VMM and the timer have it ----

enum { ISR_IRQ = 0x80, TICKS = 20000 };

static void waits(l4_vcpu_state_t *v, char *code)
{
    v->r.pc = ipa(code);
    v->r.r[5] = TICKS;
    vcpu_run(v);
    check(ec(v) == 0x16 && (v->r.err & 0xffff) == 10, "a guest waits for its timer");
}

static void timer_obeys(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(0);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    bool v3 = l4_vcpu_ext_info(v)->gic_version == 3;
    l4_uint32_t direct = VTIMER_VID | L4_VTMR_CFG_DIRECT | (v3 ? L4_VTMR_CFG_GRP1 : 0) | 0xa0u << L4_VTMR_CFG_PRIO_SHIFT;
    guest(v, guest_timer_waits);
    vgic_on(v);
    e->vtmr_cfg = direct;
    waits(v, guest_timer_waits);
    check_eq((int64_t)(v->r.r[3] & ISR_IRQ), 0, "which the VMM has not enabled: no interrupt");
    check(e->vtmr_cfg & L4_VTMR_CFG_PENDING, "but it is pending");
    e->cntvctl = 0;
    e->vtmr_cfg |= L4_VTMR_CFG_ENABLED;
    waits(v, guest_waits);
    check_eq((int64_t)(v->r.r[3] & ISR_IRQ), 0, "enabled when the timer is off: no interrupt");
    check_eq(e->vtmr_cfg & L4_VTMR_CFG_PENDING, 0, "nor is it pending");
    waits(v, guest_timer_waits);
    check_eq((int64_t)(v->r.r[3] & ISR_IRQ), ISR_IRQ, "enabled and expired: an interrupt");
    check(e->vtmr_cfg & L4_VTMR_CFG_PENDING, "which waits");
    e->cntvctl |= 2;
    waits(v, guest_waits);
    check_eq((int64_t)(v->r.r[3] & ISR_IRQ), 0, "but not when the timer is masked meanwhile");
    e->vtmr_cfg = 0;
    e->cntvctl = 0;
}

// ---- active priorities that no interrupt has brought ----

static void claims_priorities(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(0);
    guest(v, l4_vcpu_ext_info(v)->gic_version == 3 ? guest_priorities_v3 : guest_priorities_v2);
    vgic_on(v);
    v->r.r[4] = GICV_IPA;
    v->r.r[5] = 1; // the most urgent
    vcpu_run(v);
    check(ec(v) == 0x16 && (v->r.err & 0xffff) == 9, "a guest writes its active priorities");
}

static void hears_all_the_same(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(1);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    bool v3 = l4_vcpu_ext_info(v)->gic_version == 3;
    guest(v, v3 ? guest_ack_v3 : guest_ack_v2);
    v->user_task = guest_vm_2;
    vgic_on(v);
    if (v3)
        e->gic_v3_lr[1] = 1ull << 62 | 1ull << 60 | 0x80ull << 48 | 45;
    else
        e->gic_v2_lr[1] = 1u << 28 | 0x10u << 23 | 45;
    v->r.r[4] = GICV_IPA;
    vcpu_run(v);
    check_eq((int64_t)(v->r.r[2] & 0xffffff), 45, "which keep no interrupt from another guest");
}

// ---- GICv2: its virtual interface is memory ----

enum { OPEN_PMR = 0xf8, THIEF_PMR = 0x50, SPURIOUS = 1023, STOLEN = 45 };

struct thief {
    char const *name;
    l4_cap_idx_t space;
    unsigned hcr, pstate, gic_hcr;
};
static struct thief const *thief;

static void steals(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(1);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    guest(v, guest_thief);
    vgic_on(v);
    v->user_task = thief->space;
    v->r.pstate = thief->pstate;
    v->r.r[4] = GICV_IPA;
    v->r.r[6] = THIEF_PMR;
    v->r.r[8] = DEVICE_IPA;
    e->hcr |= thief->hcr;
    e->gic_hcr = thief->gic_hcr;
    vcpu_run(v);
    check(ec(v) == 0x24 && (v->r.pfa & ~0xffful) == DEVICE_IPA, thief->name);
    check_eq((int64_t)(v->r.r[2] & 0x3ff), SPURIOUS, "finds no interrupt of another guest");
    check(v->r.r[5] == 0 || (thief->gic_hcr && v->r.r[5] == OPEN_PMR), "nor its priority mask");
}

// A guest's interrupt is pending in a list register while somebody else who can reach the interface runs.
static void victim(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(0);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    guest(v, guest_poll_irq);
    vgic_on(v);
    e->gic_v2_lr[0] = 1u << 28 | 1u << 19 | 0x10u << 23 | STOLEN; // asks for maintenance at its end
    vcpu_run(v);
    check(ec(v) == 0x16 && (v->r.err & 0xffff) == 7, "a guest has a pending interrupt");
    run_to_end(steals, HIGH, 0);
    guest(v, guest_thief);
    e->gic_hcr = 1;
    v->r.r[4] = GICV_IPA;
    v->r.r[6] = OPEN_PMR;
    v->r.r[8] = DEVICE_IPA;
    vcpu_run(v);
    if (ec(v) == 0x3d) { // the maintenance that it asked for
        check_eq((int64_t)(v->r.r[2] & 0x3ff), STOLEN, "which it gets");
        e->gic_v2_lr[0] = 0;
        vcpu_run(v);
    }
    check(ec(v) == 0x24 && (v->r.r[2] & 0x3ff) == STOLEN, "its interrupt is its own");
    check_eq((int64_t)v->r.r[5], OPEN_PMR, "and so is its priority mask");
}

static l4_addr_t read_addr;
static bool read_faults;

static void reads(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest_vcpu(0);
    v->r = (l4_vcpu_regs_t){.pc = (l4_addr_t)user_load};
    v->r.r[7] = read_addr;
    v->saved_state = L4_VCPU_F_USER_MODE;
    v->user_task = L4_BASE_TASK_CAP;
    l4_vcpu_ext_state(v)->hcr = HCR_TGE;
    vcpu_run(v);
    read_faults = ec(v) == 0x24 && v->r.pfa == read_addr;
}

static bool absent(l4_addr_t addr)
{
    read_addr = addr;
    run_to_end(reads, HIGH, 0);
    return read_faults;
}

static void map_from_vm(unsigned order, unsigned attributes)
{
    l4_task_map(L4_BASE_TASK_CAP, guest_vm, l4_fpage(GICV_IPA & ~0ul << order, order, L4_FPAGE_RW),
                l4_map_control(NOT_MAPPED, 0, attributes));
    check(absent(NOT_MAPPED), "it cannot be mapped on from there");
}

// What sigma0 answers does not say whether there is a page.
static bool refused(l4_addr_t phys)
{
    return !iomem_map(phys) || absent(phys);
}

static void gicv_physical(l4_addr_t gicd, l4_addr_t gich, l4_addr_t gicv)
{
    if (refused(gicd)) // else the machine is another
        check(refused(gich) && refused(gicv) && refused(gicv + 0x1000), "nor from sigma0");
}

static void gicv(void)
{
    bool v2 = l4_vcpu_ext_info(vcpu_area(0))->gic_version == 2;
    check_eq(l4_error(l4_task_vgicc_map(L4_BASE_TASK_CAP, l4_fpage(NOT_MAPPED, 12, L4_FPAGE_RW))),
             v2 ? -L4_EINVAL : -L4_ENOSYS, "only a VM gets the virtual interface");
    if (!v2)
        return;
    gicv_physical(0x8000000, 0x8030000, 0x8040000);    // virt
    gicv_physical(0xff841000, 0xff844000, 0xff846000); // BCM2711
    map_from_vm(12, 0);
    map_from_vm(16, 0);
    map_from_vm(12, L4_MAP_ITEM_GRANT);
    struct thief const thieves[] = {
        {"user code in the VM", guest_vm, HCR_TGE, 0x3c0, 0},
        {"user code in another VM", guest_vm_2, HCR_TGE, 0x3c0, 1},
        {"a guest without an interface of its own", guest_vm_2, 0, EL1H_MASKED, 0},
        {"a guest with an empty one", guest_vm_2, 0, EL1H_MASKED, 1},
    };
    for (unsigned i = 0; i < sizeof(thieves) / sizeof(*thieves); i++) {
        thief = &thieves[i];
        run_to_end(victim, HIGH, 0);
    }
}

void test_guest_irq(void)
{
    guests_begin();
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        run_to_end(guest_hears_interrupts, HIGH, cpu);
        run_to_end(timer_obeys, HIGH, cpu);
        run_to_end(claims_priorities, HIGH, cpu);
        run_to_end(hears_all_the_same, HIGH, cpu);
    }
    gicv();
    guests_end();
}
