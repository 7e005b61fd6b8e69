// SPDX-License-Identifier: MIT
// What a guest hears of the architecture service: the truth about its CPUs. What it prints: whole lines.
#include "vcpu/id_regs.h"
#include "vcpu/psci.h"
#include "vcpu/smccc.h"
#include "vcpu/stolen.h"
#include "vcpu/trng.h"
#include "unit_run.h"
#include "vcpu/vcpu.h"
#include "vm.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct vm vm;
static struct vcpu cpus[2];
static _Alignas(8) char areas[2][0x1000];
#define cpu cpus[0]
static char shown[2000];

bool psci_call(struct vcpu *v, uint32_t fn)
{
    (void)v;
    return (fn & 0xffffffe0) == 0x84000000;
}

int stolen_features(uint32_t fn)
{
    return fn == SMCCC_PV_TIME_FEATURES || fn == SMCCC_PV_TIME_ST ? 0 : -1;
}

int64_t stolen_start(struct vcpu *v)
{
    ck_assert_ptr_eq(v, &cpu);
    return 0x40000040;
}

static bool random_numbers;

bool trng_call(struct vcpu *v, uint32_t fn)
{
    ck_assert_ptr_eq(v, &cpu);
    if (random_numbers && fn == SMCCC_TRNG_VERSION)
        vcpu_set_reg(v, 0, TRNG_1_0);
    return random_numbers && fn == SMCCC_TRNG_VERSION;
}

static unsigned probed;

void id_probe_hvc(struct vcpu *v)
{
    (void)v;
    probed++;
}

void fp_protect(void) {}

void log_line(char const *fmt, ...)
{
    size_t n = strlen(shown);
    va_list ap;
    va_start(ap, fmt);
    n += (size_t)vsnprintf(shown + n, sizeof(shown) - n, fmt, ap);
    va_end(ap);
    shown[n] = '\n';
    shown[n + 1] = 0;
}

static void setup(void)
{
    memset(cpus, 0, sizeof(cpus));
    memset(areas, 0, sizeof(areas));
    for (unsigned i = 0; i < 2; i++)
        cpus[i].area = (l4_vcpu_state_t *)areas[i];
    vm.cpus = cpus;
    vm.num_cpus = 2;
    shown[0] = 0;
    smccc_init();
}

static void features(unsigned targets, unsigned history, unsigned bypass)
{
    l4_vcpu_ext_info(cpu.area)->features = targets << L4_VCPU_BRANCH_TARGETS_SHIFT |
                                           history << L4_VCPU_BRANCH_HISTORY_SHIFT |
                                           bypass << L4_VCPU_STORE_BYPASS_SHIFT;
}

static int64_t call(uint32_t fn, uint64_t a1)
{
    cpu.area->r.r[0] = fn;
    cpu.area->r.r[1] = a1;
    cpu.area->r.pc = 0x1000;
    smccc_call(&cpu, SMCCC_HVC, 0);
    ck_assert_uint_eq(cpu.area->r.pc, 0x1004);
    return (int64_t)cpu.area->r.r[0];
}

START_TEST(version)
{
    ck_assert_int_eq(call(SMCCC_VERSION, 0), 0x10001);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES), 0);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, 0x80000002), -1); // SOC_ID
    ck_assert_int_eq(call(SMCCC_TRNG_VERSION, 0), -1);
    random_numbers = true;
    ck_assert_int_eq(call(SMCCC_TRNG_VERSION, 0), TRNG_1_0);
    random_numbers = false;
    ck_assert_int_eq(call(0x8600ff01, 0), -1);                   // UID of the hypervisor
}
END_TEST

START_TEST(stolen_time)
{
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_PV_TIME_FEATURES), 0);
    ck_assert_int_eq(call(SMCCC_PV_TIME_FEATURES, SMCCC_PV_TIME_ST), 0);
    ck_assert_int_eq(call(SMCCC_PV_TIME_FEATURES, 0xffffffff00000000 | SMCCC_PV_TIME_ST), 0);
    ck_assert_int_eq(call(SMCCC_PV_TIME_FEATURES, 0xc5000022), -1);
    ck_assert_int_eq(call(SMCCC_PV_TIME_ST, 0), 0x40000040);
    ck_assert_int_eq(call(SMCCC_PV_TIME_ST & ~(1u << 30), 0), -1); // there is no 32-bit form
    ck_assert_int_eq(call(0xc5000022, 0), -1);
}
END_TEST

START_TEST(vulnerable)
{
    features(L4_VCPU_VULNERABLE, L4_VCPU_VULNERABLE, L4_VCPU_VULNERABLE);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1), -1);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_2), -1);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_3), -1);
    ck_assert_int_eq(call(SMCCC_ARCH_WORKAROUND_1, 0), -1);
}
END_TEST

START_TEST(each_by_itself)
{
    features(L4_VCPU_UNAFFECTED, L4_VCPU_MITIGATED, L4_VCPU_VULNERABLE);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1), 1);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_3), 0);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_2), -1);
    ck_assert_int_eq(call(SMCCC_ARCH_WORKAROUND_3, 0), 0);
    features(L4_VCPU_MITIGATED, L4_VCPU_UNAFFECTED, L4_VCPU_UNAFFECTED);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1), 0);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_3), 1);
    ck_assert_int_eq(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_2), 1);
    ck_assert_int_eq(call(SMCCC_ARCH_WORKAROUND_1, 0), 0);
}
END_TEST

static void print(unsigned n, char const *text)
{
    for (; *text; text++) {
        cpus[n].area->r.r[0] = 0x86000000;
        cpus[n].area->r.r[1] = (unsigned char)*text;
        smccc_call(&cpus[n], SMCCC_HVC, 1);
    }
}

START_TEST(printing)
{
    print(0, "one\n\r\ntwo\r");
    ck_assert_str_eq(shown, "GUEST: one\n");
    print(0, "\n");
    ck_assert_str_eq(shown, "GUEST: one\nGUEST: two\n");
}
END_TEST

// What other numbers mean is uvmm's own affair.
START_TEST(numbers_of_other_calls)
{
    for (unsigned imm = 2; imm < 0x10000; imm++) {
        cpu.area->r.r[0] = 0x86000000;
        cpu.area->r.r[1] = 'x';
        smccc_call(&cpu, SMCCC_HVC, imm);
        ck_assert_uint_eq(cpu.area->r.r[0], ~0ull);
    }
    smccc_flush();
    ck_assert_uint_eq(probed, 0);
    ck_assert_str_eq(shown, "");
    cpu.probe = true;
    smccc_call(&cpu, SMCCC_HVC, ID_PROBE_HVC);
    ck_assert_uint_eq(probed, 1);
}
END_TEST

START_TEST(printing_of_two)
{
    print(0, "half a ");
    print(1, "the other's\nand ");
    print(0, "line\n");
    ck_assert_str_eq(shown, "GUEST: the other's\nGUEST: half a line\n");
    smccc_flush();
    smccc_flush();
    ck_assert_str_eq(shown, "GUEST: the other's\nGUEST: half a line\nGUEST: and \n");
}
END_TEST

START_TEST(printing_long_lines)
{
    char text[600] = "", wanted[sizeof(text) + 100] = "GUEST: ";
    memset(text, 'x', 2 * sizeof(cpu.print.text) + 3);
    memset(wanted + strlen(wanted), 'x', sizeof(cpu.print.text));
    strcat(wanted, "\nGUEST: ");
    memset(wanted + strlen(wanted), 'x', sizeof(cpu.print.text));
    strcat(wanted, "\n");
    print(0, text);
    ck_assert_str_eq(shown, wanted);
    print(0, "\n");
    ck_assert_str_eq(shown + strlen(wanted), "GUEST: xxx\n");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_smccc");
    TCase *c = tcase_create("smccc");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, version);
    tcase_add_test(c, stolen_time);
    tcase_add_test(c, vulnerable);
    tcase_add_test(c, each_by_itself);
    tcase_add_test(c, printing);
    tcase_add_test(c, numbers_of_other_calls);
    tcase_add_test(c, printing_of_two);
    tcase_add_test(c, printing_long_lines);
    suite_add_tcase(s, c);
    return unit_run(s);
}
