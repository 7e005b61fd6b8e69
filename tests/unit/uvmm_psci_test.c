// SPDX-License-Identifier: MIT
// Power state coordination: decoding, and the state machine of the CPUs.
#include "device/device.h"
#include "vcpu/psci.h"
#include "unit_run.h"
#include "vcpu/vcpu.h"
#include "vm.h"

#include <check.h>
#include <setjmp.h>
#include <string.h>

struct vm vm;
static struct vcpu cpus[3];
static l4_vcpu_state_t areas[3];
static struct vcpu *woken, *off;
static unsigned waits, sleeps;
static uint64_t entry, context; // of the restart
static int exit_code;
static jmp_buf exited;

void vcpu_wake(struct vcpu *v) { woken = v; }
void vcpu_wait_until(struct vcpu *v, uint64_t count) { (void)v; (void)count; waits++; }
void vcpu_sleep_powered_down(struct vcpu *v) { (void)v; sleeps++; }
void vcpu_restart(struct vcpu *v, uint64_t e, uint64_t c)
{
    ck_assert_uint_eq(sleeps, 1); // not before
    v->area->r.r[0] = context = c;
    entry = e;
}
void vcpu_power_off(struct vcpu *v) { off = v; }
void vm_exit(int code, char const *why)
{
    ck_assert_ptr_nonnull(why);
    exit_code = code;
    longjmp(exited, 1);
}

extern struct device_type const *const __start_uvmm_devices[];

static void setup(void)
{
    memset(cpus, 0, sizeof(cpus));
    memset(areas, 0, sizeof(areas));
    vm.cpus = cpus;
    vm.num_cpus = 3;
    vm.ram.count = vm.mmio.count = 0;
    struct ram_region ram = {.gpa = 0x1000, .size = 0x10000};
    struct ram_region high = {.gpa = 0x123400000000, .size = 0x2000};
    ck_assert_int_eq(ram_map_add(&vm.ram, &ram), 0);
    ck_assert_int_eq(ram_map_add(&vm.ram, &high), 0);
    for (unsigned i = 0; i < 3; i++) {
        cpus[i].area = &areas[i];
        cpus[i].id = i;
        cpus[i].affinity = i == 2 ? 0x100 : i;
    }
    cpus[0].power = VCPU_ON;
    woken = off = NULL;
    waits = sleeps = 0;
    __start_uvmm_devices[0]->create(&vm, 0);
}

static int64_t call(unsigned fn, uint64_t a1, uint64_t a2, uint64_t a3)
{
    areas[0].r.r[0] = fn;
    areas[0].r.r[1] = a1;
    areas[0].r.r[2] = a2;
    areas[0].r.r[3] = a3;
    ck_assert(psci_call(&cpus[0], fn));
    return fn & (1u << 30) ? (int64_t)areas[0].r.r[0] : (int32_t)areas[0].r.r[0];
}

START_TEST(decode)
{
    bool wide;
    ck_assert_int_eq(psci_decode(0x84000000, &wide), PSCI_VERSION);
    ck_assert(!wide);
    ck_assert_int_eq(psci_decode(0xc4000003, &wide), PSCI_CPU_ON);
    ck_assert(wide);
    ck_assert_int_eq(psci_decode(0x04000003, &wide), PSCI_NONE);
    ck_assert_int_eq(psci_decode(0x84000020, &wide), PSCI_NONE);
    ck_assert_int_eq(psci_decode(0x86000000, &wide), PSCI_NONE);
    ck_assert_int_eq(psci_decode(0, &wide), PSCI_NONE);
}
END_TEST

START_TEST(version_and_features)
{
    ck_assert_int_eq(call(0x84000000, 0, 0, 0), 0x10000);
    ck_assert_int_eq(call(0x8400000a, 0xc4000003, 0, 0), 0);
    ck_assert_int_eq(call(0x8400000a, 0x84000001, 0, 0), 2);
    ck_assert_int_eq(call(0x8400000a, 0x84000013, 0, 0), PSCI_NOT_SUPPORTED);
    ck_assert_int_eq(call(0x8400000a, 0x80000000, 0, 0), 0); // the calling convention has a version
    ck_assert_int_eq(call(0x84000006, 0, 0, 0), 2);
    ck_assert_int_eq(call(0xc4000001, 0, 0, 0), 0);
    ck_assert_uint_eq(waits, 1);
}
END_TEST

START_TEST(cpu_on)
{
    ck_assert_int_eq(call(0xc4000003, 7, 0x1000, 5), PSCI_INVALID_PARAMETERS);
    ck_assert_int_eq(call(0xc4000003, 0, 0x1000, 5), PSCI_ALREADY_ON);
    ck_assert_ptr_null(woken);
    ck_assert_int_eq(call(0xc4000003, 0x100, 0x123400001000, 5), 0);
    ck_assert_ptr_eq(woken, &cpus[2]);
    ck_assert_uint_eq(cpus[2].entry, 0x123400001000);
    ck_assert_uint_eq(cpus[2].context, 5);
    ck_assert_int_eq(call(0xc4000003, 0x100, 0x1000, 5), PSCI_ON_PENDING);
    ck_assert_int_eq(call(0xc4000004, 0x100, 0, 0), 2);
    cpus[2].power = VCPU_ON;
    ck_assert_int_eq(call(0x84000004, 0x100, 0, 0), 0);
    ck_assert_int_eq(call(0x84000004, 1, 0, 0), 1);
    ck_assert_int_eq(call(0x84000004, 1, 1, 0), 0); // CPU 0 of that cluster is on
    ck_assert_int_eq(call(0x84000004, 9, 0, 0), PSCI_INVALID_PARAMETERS);
    ck_assert_int_eq(call(0x84000004, 0, 4, 0), PSCI_INVALID_PARAMETERS);
    ck_assert_int_eq(call(0xc400000e, 0x1000, 0, 0), PSCI_DENIED); // another CPU is on
}
END_TEST

// DEN 0022, 5.7.1: ON when any is on, else ON_PENDING when any is about to be.
START_TEST(state_of_a_cluster)
{
    cpus[0].power = VCPU_ON_PENDING;
    cpus[1].power = VCPU_ON;
    ck_assert_int_eq(call(0xc4000004, 0, 1, 0), 0);
    cpus[0].power = VCPU_ON;
    cpus[1].power = VCPU_ON_PENDING;
    ck_assert_int_eq(call(0xc4000004, 0, 1, 0), 0);
    cpus[0].power = VCPU_OFF;
    ck_assert_int_eq(call(0xc4000004, 0, 1, 0), 2);
    cpus[1].power = VCPU_OFF;
    ck_assert_int_eq(call(0xc4000004, 0, 1, 0), 1);
    cpus[2].power = VCPU_ON;
    ck_assert_int_eq(call(0xc4000004, 0, 1, 0), 1);
    ck_assert_int_eq(call(0xc4000004, 0x100, 1, 0), 0);
    ck_assert_int_eq(call(0xc4000004, 0, 2, 0), 0);
    ck_assert_int_eq(call(0xc4000004, 0, 3, 0), 0);
    ck_assert_int_eq(call(0xc4000004, 0x10000, 2, 0), PSCI_INVALID_PARAMETERS);
    ck_assert_int_eq(call(0xc4000004, 1ull << 32, 3, 0), PSCI_INVALID_PARAMETERS);
}
END_TEST

// DEN 0022, 5.1.4 and 5.1.5: the bits beside the affinity fields are 0.
START_TEST(reserved_bits_of_the_target)
{
    ck_assert_int_eq(call(0xc4000003, 1ull << 24 | 1, 0x1000, 5), PSCI_INVALID_PARAMETERS);
    ck_assert_int_eq(call(0xc4000003, 1ull << 31 | 1, 0x1000, 5), PSCI_INVALID_PARAMETERS);
    ck_assert_int_eq(call(0xc4000003, 1ull << 40 | 1, 0x1000, 5), PSCI_INVALID_PARAMETERS);
    ck_assert_int_eq(call(0xc4000003, 1ull << 63 | 1, 0x1000, 5), PSCI_INVALID_PARAMETERS);
    ck_assert_int_eq(call(0x84000003, 0x80000001, 0x1000, 5), PSCI_INVALID_PARAMETERS);
    for (unsigned level = 0; level < 4; level++) {
        ck_assert_int_eq(call(0xc4000004, 1ull << 31, level, 0), PSCI_INVALID_PARAMETERS);
        ck_assert_int_eq(call(0xc4000004, 1ull << 40, level, 0), PSCI_INVALID_PARAMETERS);
    }
    ck_assert_ptr_null(woken);
    ck_assert_int_eq(call(0x84000003, 1, 0x1000, 5), 0);
    ck_assert_ptr_eq(woken, &cpus[1]);
}
END_TEST

static struct mmio_ops const device;
static uint8_t const flash[0x1000];

// DEN 0022, 5.4.5, 5.6.2 and 5.20.2: an entry that the caller cannot have.
START_TEST(entry_where_no_ram_is)
{
    char const *with;
    struct mmio_region regions[] = {{.start = 0x40000, .end = 0x50000, .ops = &device, .name = "device"},
                                    {.start = 0x50000, .end = 0x60000, .name = "ROM"},
                                    {.start = 0x60000, .end = 0x70000, .ops = &device, .name = "flash", .memory = flash,
                                     .memory_size = sizeof(flash)}};
    ck_assert_int_eq(mmio_map_add(&vm.mmio, &regions[0], &with), 0);
    ck_assert_int_eq(mmio_map_add(&vm.mmio, &regions[1], &with), 0);
    ck_assert_int_eq(mmio_map_add(&vm.mmio, &regions[2], &with), 0);
    uint64_t const bad[] = {0, 0xffc, 0x11000, 0x10ffe, 0x1002, 0x40000, 0x61000, ~0ull, 0xffff000000001000};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_int_eq(call(0xc4000003, 1, bad[i], 5), PSCI_INVALID_ADDRESS);
        ck_assert_int_eq(call(0xc4000001, 1u << 30, bad[i], 0), PSCI_INVALID_ADDRESS);
        ck_assert_int_eq(call(0xc400000e, bad[i], 0, 0), PSCI_INVALID_ADDRESS);
    }
    ck_assert_ptr_null(woken);
    ck_assert_ptr_null(off);
    ck_assert_uint_eq(waits + sleeps, 0);
    ck_assert_int_eq(call(0xc4000003, 9, 0, 5), PSCI_INVALID_PARAMETERS); // the target first
    ck_assert_int_eq(call(0xc4000001, 1, 0, 0), 0);                       // standby has no entry
    ck_assert_int_eq(call(0xc4000001, 1u << 30, 0x1000, 0), 0);
    ck_assert_int_eq(call(0xc4000001, 1u << 31, 0x1000, 0), PSCI_INVALID_PARAMETERS);
    ck_assert_int_eq(call(0xc4000003, 1, 0x50000, 5), 0);
    ck_assert_int_eq(call(0xc4000003, 0x100, 0x10ffc, 5), 0);
    ck_assert_int_eq(call(0xc4000001, 1u << 30, 0x60ffc, 0), 0);
}
END_TEST

// DEN 0022, 5.1: functions without an address or a context exist as 32-bit calls alone.
START_TEST(wide_forms_that_do_not_exist)
{
    static uint32_t const narrow[] = {0, 2, 6, 8, 9, 10};
    for (unsigned i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++) {
        ck_assert_int_eq(call(0xc4000000 | narrow[i], 0x84000000, 0, 0), PSCI_NOT_SUPPORTED);
        ck_assert_int_eq(call(0x8400000a, 0xc4000000 | narrow[i], 0, 0), PSCI_NOT_SUPPORTED);
        ck_assert_int_ge(call(0x8400000a, 0x84000000 | narrow[i], 0, 0), 0);
    }
    ck_assert_ptr_null(off);
    static uint32_t const both[] = {1, 3, 4, 14};
    for (unsigned i = 0; i < sizeof(both) / sizeof(both[0]); i++)
        ck_assert_int_ge(call(0x8400000a, 0xc4000000 | both[i], 0, 0), 0);
}
END_TEST

// DEN 0022, 5.1: standby is a WFI; powered down, the CPU's interface to the interrupt controller masks nothing.
START_TEST(suspend)
{
    ck_assert_int_eq(call(0xc4000001, 0, 0, 0), 0);
    ck_assert_uint_eq(waits, 1);
    ck_assert_uint_eq(sleeps, 0);
    ck_assert_int_eq(call(0xc4000001, 1u << 30, 0x1000, 7), 0);
    ck_assert_uint_eq(waits, 1);
    ck_assert_uint_eq(sleeps, 1);
    ck_assert_uint_eq(entry, 0); // it goes on behind the call
    vm.gic.version = 3;
    vm.gic.cpu[0].asleep = true; // it wants to be woken past its interface
    ck_assert_int_eq(call(0xc4000001, 0, 0, 0), 0);
    ck_assert_uint_eq(waits, 1);
    ck_assert_uint_eq(sleeps, 2);
    vm.gic.cpu[0].asleep = false;
    ck_assert_int_eq(call(0xc4000001, 0, 0, 0), 0);
    ck_assert_uint_eq(waits, 2);
}
END_TEST

START_TEST(suspend_of_all)
{
    cpus[2].power = VCPU_ON_PENDING;
    ck_assert_int_eq(call(0xc400000e, 0x1000, 7, 0), PSCI_DENIED);
    ck_assert_uint_eq(sleeps, 0);
    cpus[2].power = VCPU_OFF;
    ck_assert_int_eq(call(0xc400000e, 0x1004, 0x123456789a, 0), 0x123456789a);
    ck_assert_uint_eq(entry, 0x1004);
    ck_assert_int_eq(cpus[0].power, VCPU_ON);
    sleeps = 0;
    ck_assert_int_eq(call(0x8400000e, 0xff00001008, 0xff00000007, 0), 7); // 32-bit arguments
    ck_assert_uint_eq(entry, 0x1008);
    ck_assert_ptr_null(off);
    ck_assert_ptr_null(woken);
}
END_TEST

START_TEST(ends)
{
    if (!setjmp(exited))
        call(0x84000008, 0, 0, 0);
    ck_assert_int_eq(exit_code, 0);
    if (!setjmp(exited))
        call(0x84000009, 0, 0, 0);
    ck_assert_int_eq(exit_code, 102);
    areas[0].r.r[0] = 0x84000002;
    ck_assert(psci_call(&cpus[0], 0x84000002));
    ck_assert_ptr_eq(off, &cpus[0]);
    ck_assert_int_eq(cpus[0].power, VCPU_OFF);
    ck_assert(!psci_call(&cpus[0], 0x86000000));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_psci");
    TCase *t = tcase_create("psci");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, decode);
    tcase_add_test(t, version_and_features);
    tcase_add_test(t, cpu_on);
    tcase_add_test(t, state_of_a_cluster);
    tcase_add_test(t, reserved_bits_of_the_target);
    tcase_add_test(t, entry_where_no_ram_is);
    tcase_add_test(t, wide_forms_that_do_not_exist);
    tcase_add_test(t, suspend);
    tcase_add_test(t, suspend_of_all);
    tcase_add_test(t, ends);
    suite_add_tcase(s, t);
    return unit_run(s);
}
