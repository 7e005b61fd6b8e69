// SPDX-License-Identifier: MIT
// A guest's list registers in a CPU with GICv3: what of the VMM's words gets there, and what the next guest finds.
#include <arch/vgic.h>
#include "unit_run.h"
#include <string.h>

#define ICH_HCR   s3_4_c12_c11_0
#define ICH_VTR   s3_4_c12_c11_1
#define ICH_MISR  s3_4_c12_c11_2
#define ICH_EISR  s3_4_c12_c11_3
#define ICH_ELRSR s3_4_c12_c11_5
#define ICH_VMCR  s3_4_c12_c11_7
#define ICH_AP0R0 s3_4_c12_c8_0
#define ICH_AP1R0 s3_4_c12_c9_0
#define reg(name)  reg_(name)
#define reg_(name) sysreg_read(name)

#define PENDING (1ull << 62)
#define ACTIVE  (1ull << 63)
#define HW      (1ull << 61)
#define GROUP1  (1ull << 60)
#define EOI     (1ull << 41)
enum { EN = 1, NPIE = 8, TDIR = 1 << 14, OFF = 1 << 10 | 1 << 11 | 1 << 12 | TDIR, IRQ = 40, PRIO = 0xa0 };

void vgic_v3_init(void);
uint32_t vgic_vtr;

static struct vgic_live live;
static struct cpu cpu;
static l4_vcpu_ext_state_t e;

static uint64_t *lr(unsigned i)
{
    static char const *const names[] = {"s3_4_c12_c12_0", "s3_4_c12_c12_1", "s3_4_c12_c12_2", "s3_4_c12_c12_3"};
    return host_sysreg(names[i]);
}

static uint64_t list_register(unsigned intid, uint64_t more)
{
    return intid | (uint64_t)PRIO << 48 | GROUP1 | more;
}

static void setup(void)
{
    memset(&e, 0, sizeof(e));
    cpu = (struct cpu){.vgic = &live};
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)
        *lr(i) = ~0ull; // as firmware has left it
    reg(ICH_VMCR) = reg(ICH_AP0R0) = reg(ICH_AP1R0) = ~0ull;
    vgic_v3.cpu_init(&live);
}

START_TEST(begins_empty)
{
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)
        ck_assert_uint_eq(*lr(i), 0);
    ck_assert_uint_eq(reg(ICH_VMCR) | reg(ICH_AP0R0) | reg(ICH_AP1R0), 0);
    ck_assert_uint_eq(reg(ICH_HCR), OFF);
}
END_TEST

START_TEST(no_physical_interrupts)
{
    e.gic_v3_lr[0] = list_register(IRQ, PENDING) | HW | 27ull << 32;
    e.gic_v3_lr[3] = list_register(IRQ + 1, ACTIVE) | HW;
    vgic_v3.load(&cpu, &e, EN);
    ck_assert_uint_eq(*lr(0), list_register(IRQ, PENDING) | 27ull << 32);
    ck_assert_uint_eq(*lr(3), list_register(IRQ + 1, ACTIVE));
    ck_assert_uint_eq(vgic_v3.lr_state(&live, 0), 1);
    ck_assert_uint_eq(vgic_v3.lr_state(&live, 3), 2);
    ck_assert_uint_eq(vgic_v3.lr_state(&live, 1), 0);
    ck_assert_int_eq(cpu.guest_exit, GUEST_EXIT_LRS);
}
END_TEST

START_TEST(the_next_guest_has_its_own)
{
    e.gic_v3_lr[1] = list_register(IRQ, PENDING);
    e.gic_vmcr = 0xf8000000;
    e.gic_apr[0] = 1;
    e.gic_apr[4] = 1 << 20;
    vgic_v3.load(&cpu, &e, EN | NPIE);
    ck_assert_uint_eq(reg(ICH_AP0R0), 1);
    ck_assert_uint_eq(reg(ICH_AP1R0), 1 << 20);
    ck_assert_uint_eq(reg(ICH_VMCR), 0xf8000000);
    vgic_v3.save(&live, &e);
    l4_vcpu_ext_state_t second = {.gic_vmcr = 2};
    vgic_v3.guest_changed(&live);
    ck_assert_uint_eq(reg(ICH_AP0R0) | reg(ICH_AP1R0), 0);
    ck_assert_uint_eq(sysreg_read(s3_0_c12_c12_5), 7); // its own system register interface
    vgic_v3.load(&cpu, &second, EN);
    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)
        ck_assert_uint_eq(*lr(i), 0);
    ck_assert_uint_eq(reg(ICH_VMCR), 2);
    ck_assert_uint_eq(reg(ICH_AP0R0) | reg(ICH_AP1R0), 0);
    ck_assert_int_eq(cpu.guest_exit, GUEST_EXIT_PLAIN);
    vgic_v3.load(&cpu, &e, EN | NPIE); // and the first one again
    ck_assert_uint_eq(*lr(1), list_register(IRQ, PENDING));
    ck_assert_uint_eq(reg(ICH_AP0R0), 1);
}
END_TEST

START_TEST(bits_of_the_control_register)
{
    vgic_v3.load(&cpu, &e, ~0u);
    ck_assert_uint_eq(reg(ICH_HCR), ~0u & ~(0xfffu << 15)); // the others are not the VMM's
    vgic_v3.load(&cpu, &e, EN);
    ck_assert_uint_eq(reg(ICH_HCR), EN);
    ck_assert_int_eq(cpu.guest_exit, GUEST_EXIT_PLAIN);
    vgic_v3.load(&cpu, &e, EN | NPIE); // it wants to hear of something
    ck_assert_int_eq(cpu.guest_exit, GUEST_EXIT_LRS);
    vgic_v3.off(&live);
    ck_assert_uint_eq(reg(ICH_HCR), OFF);
    vgic_v3.load(&cpu, &e, EN);
    reg(ICH_HCR) = EN | NPIE; // behind the kernel's back
    vgic_v3.quench(&live);
    ck_assert_uint_eq(reg(ICH_HCR), OFF);
}
END_TEST

START_TEST(what_the_guest_has_done)
{
    e.gic_v3_lr[0] = list_register(IRQ, PENDING);
    e.gic_v3_lr[1] = list_register(IRQ + 1, EOI);
    e.gic_v3_lr[2] = list_register(IRQ + 2, 0); // idle: stays the VMM's
    vgic_v3.load(&cpu, &e, EN);
    *lr(0) = list_register(IRQ, ACTIVE);
    *lr(1) = 0;
    *lr(2) = 5;
    reg(ICH_VMCR) = 0x1234;
    reg(ICH_HCR) = EN | 1u << 27;
    reg(ICH_MISR) = 1;
    reg(ICH_EISR) = 2;
    reg(ICH_ELRSR) = 0xfffe;
    reg(ICH_AP0R0) = 4;
    reg(ICH_AP1R0) = 8;
    vgic_v3.save(&live, &e);
    ck_assert_uint_eq(e.gic_v3_lr[0], list_register(IRQ, ACTIVE));
    ck_assert_uint_eq(e.gic_v3_lr[1], 0);
    ck_assert_uint_eq(e.gic_v3_lr[2], list_register(IRQ + 2, 0));
    ck_assert(e.gic_vmcr == 0x1234 && e.gic_hcr == (EN | 1u << 27) && e.gic_misr == 1 && e.gic_eisr == 2);
    ck_assert(e.gic_elsr == 0xe && e.gic_apr[0] == 4 && e.gic_apr[4] == 8);
    ck_assert_uint_eq(reg(ICH_HCR), OFF); // it would interrupt the VMM for ever
    reg(ICH_MISR) = 0;
    vgic_v3.load(&cpu, &e, EN);
    vgic_v3.save(&live, &e);
    ck_assert_uint_eq(reg(ICH_HCR), EN);
}
END_TEST

START_TEST(list_register_of_the_timer)
{
    uint32_t cfg = 27 | L4_VTMR_CFG_GRP1 | (uint32_t)PRIO << L4_VTMR_CFG_PRIO_SHIFT | L4_VTMR_CFG_DIRECT | L4_VTMR_CFG_PENDING;
    vgic_v3.load(&cpu, &e, EN);
    reg(ICH_ELRSR) = 0xc;
    ck_assert_int_eq(vgic_v3.free_lr(), 2);
    reg(ICH_ELRSR) = 0xff0;
    ck_assert_int_eq(vgic_v3.free_lr(), -1); // others than a VMM can use
    vgic_v3.lr_write_timer(&live, 2, cfg, 30);
    ck_assert_uint_eq(*lr(2), list_register(27, PENDING) | HW | 30ull << 32);
    ck_assert_uint_eq(vgic_v3.lr_state(&live, 2), 1);
    vgic_v3.lr_write_timer(&live, 2, (cfg | L4_VTMR_CFG_ACTIVE) & ~(uint32_t)L4_VTMR_CFG_GRP1, 30);
    ck_assert_uint_eq(*lr(2), (list_register(27, ACTIVE) & ~GROUP1) | HW | 30ull << 32); // never both
    vgic_v3.save(&live, &e);
    e.gic_elsr = 0;
    e.gic_eisr = 0xf;
    vgic_v3.lr_clear(&e, 2);
    ck_assert(e.gic_v3_lr[2] == 0 && e.gic_elsr == 4 && e.gic_eisr == 0xb);
    vgic_v3.load(&cpu, &e, EN); // the VMM's four are as it left them
    ck_assert_uint_eq(*lr(2), 0);
}
END_TEST

START_TEST(no_more_list_registers_than_the_area_has)
{
    reg(ICH_VTR) = 0x9000000f;
    vgic_v3_init();
    ck_assert_uint_eq(vgic_vtr, 0x90000003);
    reg(ICH_VTR) = 0x90000001;
    vgic_v3_init();
    ck_assert_uint_eq(vgic_vtr, 0x90000001);
}
END_TEST

START_TEST(nothing_is_written_twice)
{
    e.gic_v3_lr[0] = list_register(IRQ, PENDING);
    vgic_v3.load(&cpu, &e, EN);
    unsigned writes = host_sysreg_writes;
    vgic_v3.load(&cpu, &e, EN);
    ck_assert_uint_eq(host_sysreg_writes, writes);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vgic_v3");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, begins_empty);
    tcase_add_test(t, no_physical_interrupts);
    tcase_add_test(t, the_next_guest_has_its_own);
    tcase_add_test(t, bits_of_the_control_register);
    tcase_add_test(t, what_the_guest_has_done);
    tcase_add_test(t, list_register_of_the_timer);
    tcase_add_test(t, no_more_list_registers_than_the_area_has);
    tcase_add_test(t, nothing_is_written_twice);
    suite_add_tcase(s, t);
    return unit_run(s);
}
