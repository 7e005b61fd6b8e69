// SPDX-License-Identifier: MIT
// Accesses that come without a syndrome: what reaches a device, what registers have afterwards, and which exception the
// guest gets when they cannot be emulated.
#include "unit_run.h"
#include "vcpu/abort.h"
#include "vcpu/vcpu.h"
#include "vm.h"

#include <check.h>
#include <l4/sys/ipc.h>
#include <l4/sys/thread.h>
#include <setjmp.h>
#include <string.h>

#define RAM 0x40000000ull
#define PC (RAM + 0x100)
#define DEVICE 0x10000ull
#define DEVICE_SIZE 0x1800ull
#define HOLE 0x30000000ull
#define DABT (0x24u << 26 | 1u << 25)
#define IABT (0x20u << 26 | 1u << 25)
#define FNV (1u << 10)
#define TRANSLATION 6u // status
enum { EL0 = 0, EL1H = 5, USER32 = 0x10, LOAD = 0, STORE = 1 << 6, S1PTW = 1 << 7, CM = 1 << 8 };

struct vm vm;
static _Alignas(64) uint8_t ram[0x10000];
static l4_vcpu_state_t area;
static struct vcpu cpu;
static l4_vcpu_el1_regs_t el1;
static l4_utcb_t utcb;

static unsigned injections, slowed;
static uint32_t injected_esr;
static uint64_t injected_far;
static jmp_buf fatal_end;

static struct { char kind; unsigned size; uint64_t off, value; } accesses[8];
static unsigned logged;

l4_utcb_t *l4_utcb(void) { return &utcb; }
void fp_protect(void) {}
void vcpu_slow_down(struct vcpu *v) { (void)v; slowed++; }

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)tag, (void)label, (void)dest, (void)to;
    uint64_t *regs = (uint64_t *)&el1, *mr = utcb.msg.mr;
    if (mr[0] == L4_THREAD_VCPU_EL1_READ) {
        memcpy(mr, regs, sizeof(el1));
        return l4_msgtag(0, L4_VCPU_EL1_REGS, 0, 0);
    }
    ck_assert_uint_eq(mr[0], L4_THREAD_VCPU_EL1_WRITE);
    for (unsigned i = 0; i < L4_VCPU_EL1_REGS; i++)
        if (mr[1] >> i & 1)
            regs[i] = mr[2 + i];
    return l4_msgtag(0, 0, 0, 0);
}

void vcpu_inject(struct vcpu *v, uint32_t esr, uint64_t far)
{
    injections++;
    injected_esr = esr;
    injected_far = far;
    v->area->r.pc = el1.vbar + 0x200;
    v->area->r.pstate = PSTATE_EL1H_MASKED;
}

void vcpu_fatal(struct vcpu *v, char const *fmt, ...)
{
    (void)v, (void)fmt;
    longjmp(fatal_end, 1);
}

static uint64_t device_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    ck_assert_ptr_eq(v, &cpu);
    ck_assert_ptr_null(ctx);
    accesses[logged].kind = 'r';
    accesses[logged].off = off;
    accesses[logged++].size = size;
    return 0xf1f2f3f4f5f6f700 + off;
}

static void device_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    ck_assert_ptr_eq(v, &cpu);
    ck_assert_ptr_null(ctx);
    accesses[logged].kind = 'w';
    accesses[logged].off = off;
    accesses[logged].value = value;
    accesses[logged++].size = size;
}

static struct mmio_ops const ops = {device_read, device_write};

static void setup(void)
{
    struct ram_region r = {.gpa = RAM, .size = sizeof(ram), .host = ram};
    struct mmio_region m = {.start = DEVICE, .end = DEVICE + DEVICE_SIZE, .ops = &ops, .name = "device"};
    char const *with;
    memset(&vm, 0, sizeof(vm));
    memset(&cpu, 0, sizeof(cpu));
    memset(&area, 0, sizeof(area));
    memset(&el1, 0, sizeof(el1));
    memset(ram, 0, sizeof(ram));
    cpu.area = &area;
    ck_assert_int_eq(ram_map_add(&vm.ram, &r), 0);
    ck_assert_int_eq(mmio_map_add(&vm.mmio, &m, &with), 0);
    area.r.pstate = EL1H;
    el1.vbar = RAM + 0x800;
    logged = injections = slowed = 0;
}

// One instruction that faults at this guest physical address.
static void run(uint32_t insn, unsigned flags, uint64_t pfa)
{
    memcpy(ram + 0x100, &insn, sizeof(insn));
    logged = injections = 0;
    area.r.pc = PC;
    area.r.pfa = pfa;
    area.r.err = DABT | TRANSLATION | flags;
    abort_data(&cpu, (uint32_t)area.r.err);
}

static void done(unsigned count)
{
    ck_assert_uint_eq(injections, 0);
    ck_assert_uint_eq(logged, count);
    ck_assert_uint_eq(area.r.pc, PC + 4);
}

static void access_is(unsigned i, char kind, uint64_t off, unsigned size, uint64_t value)
{
    ck_assert_int_eq(accesses[i].kind, kind);
    ck_assert_uint_eq(accesses[i].off, off);
    ck_assert_uint_eq(accesses[i].size, size);
    if (kind == 'w')
        ck_assert_uint_eq(accesses[i].value, value);
}

static void aborted(uint32_t esr, uint64_t far)
{
    ck_assert_uint_eq(logged, 0);
    ck_assert_uint_eq(injections, 1);
    ck_assert_uint_eq(injected_esr, esr);
    ck_assert_uint_eq(injected_far, far);
}

START_TEST(load_pair)
{
    area.r.r[3] = DEVICE + 8;
    run(0x297f0861, LOAD, DEVICE); // ldp w1, w2, [x3, #-8]
    done(2);
    access_is(0, 'r', 0, 2, 0);
    access_is(1, 'r', 4, 2, 0);
    ck_assert_uint_eq(area.r.r[1], 0xf5f6f700);
    ck_assert_uint_eq(area.r.r[2], 0xf5f6f704);
    ck_assert_uint_eq(area.r.r[3], DEVICE + 8);
    area.r.r[6] = DEVICE + 0x10;
    run(0x68e014c4, LOAD, DEVICE + 0x10); // ldpsw x4, x5, [x6], #-256
    done(2);
    ck_assert_uint_eq(area.r.r[4], 0xfffffffff5f6f710);
    ck_assert_uint_eq(area.r.r[5], 0xfffffffff5f6f714);
    ck_assert_uint_eq(area.r.r[6], DEVICE + 0x10 - 256);
}
END_TEST

START_TEST(store_pair)
{
    area.r.r[0] = DEVICE;
    run(0xa9017c1f, STORE, DEVICE + 16); // stp xzr, xzr, [x0, #16]
    done(2);
    access_is(0, 'w', 16, 3, 0);
    access_is(1, 'w', 24, 3, 0);
    area.r.r[3] = DEVICE;
    area.r.r[1] = 0x1111222233334444;
    area.r.r[2] = 0x5555666677778888;
    run(0x28000861, STORE, DEVICE); // stnp w1, w2, [x3]
    done(2);
    access_is(0, 'w', 0, 2, 0x33334444);
    access_is(1, 'w', 4, 2, 0x77778888);
}
END_TEST

START_TEST(writeback)
{
    area.r.r[2] = DEVICE + 4;
    run(0xb85fcc41, LOAD, DEVICE); // ldr w1, [x2, #-4]!
    done(1);
    ck_assert_uint_eq(area.r.r[1], 0xf5f6f700);
    ck_assert_uint_eq(area.r.r[2], DEVICE);
    run(0x384ff441, LOAD, DEVICE); // ldrb w1, [x2], #255
    done(1);
    access_is(0, 'r', 0, 0, 0);
    ck_assert_uint_eq(area.r.r[1], 0);
    ck_assert_uint_eq(area.r.r[2], DEVICE + 255);
    area.r.r[2] = DEVICE + 1;
    run(0x38801441, LOAD, DEVICE + 1); // ldrsb x1, [x2], #1
    ck_assert_uint_eq(area.r.r[1], 1);
    area.r.r[2] = DEVICE + 0x80;
    run(0x38c01441, LOAD, DEVICE + 0x80); // ldrsb w1, [x2], #1
    ck_assert_uint_eq(area.r.r[1], 0xffffff80);
    area.r.r[2] = DEVICE + 6;
    area.r.r[1] = 0x12345678;
    run(0x78002c41, STORE, DEVICE + 8); // strh w1, [x2, #2]!
    done(1);
    access_is(0, 'w', 8, 1, 0x5678);
    ck_assert_uint_eq(area.r.r[2], DEVICE + 8);
}
END_TEST

START_TEST(stack_pointers)
{
    el1.sp_el1 = DEVICE;
    area.r.sp = DEVICE + 0x40;
    run(0xa8c27bfd, LOAD, DEVICE); // ldp x29, x30, [sp], #32
    done(2);
    ck_assert_uint_eq(el1.sp_el1, DEVICE + 32);
    ck_assert_uint_eq(area.r.sp, DEVICE + 0x40);
    ck_assert_uint_eq(area.r.r[30], 0xf1f2f3f4f5f6f708);
    area.r.pstate = EL0;
    run(0xa8c27bfd, LOAD, DEVICE + 0x40);
    done(2);
    ck_assert_uint_eq(el1.sp_el1, DEVICE + 32);
    ck_assert_uint_eq(area.r.sp, DEVICE + 0x60);
    area.r.pstate = 4; // EL1t
    run(0xa8c27bfd, LOAD, DEVICE + 0x60);
    ck_assert_uint_eq(area.r.sp, DEVICE + 0x80);
}
END_TEST

static uint64_t q(unsigned reg, unsigned half)
{
    uint64_t value;
    memcpy(&value, &cpu.fp.q[reg][half * 8], sizeof(value));
    return value;
}

START_TEST(fp_registers)
{
    memset(&cpu.fp, 0xee, sizeof(cpu.fp));
    area.r.r[1] = DEVICE + 1024;
    run(0xade00c22, LOAD, DEVICE); // ldp q2, q3, [x1, #-1024]!
    done(4);
    for (unsigned i = 0; i < 4; i++)
        access_is(i, 'r', 8 * i, 3, 0);
    ck_assert_uint_eq(q(2, 0), 0xf1f2f3f4f5f6f700);
    ck_assert_uint_eq(q(2, 1), 0xf1f2f3f4f5f6f708);
    ck_assert_uint_eq(q(3, 1), 0xf1f2f3f4f5f6f718);
    ck_assert_uint_eq(area.r.r[1], DEVICE);
    run(0x3d400020, LOAD, DEVICE); // ldr b0, [x1]: the rest of the register becomes 0
    done(1);
    ck_assert_uint_eq(q(0, 0), 0);
    ck_assert_uint_eq(q(0, 1), 0);
    run(0x3c810424, STORE, DEVICE); // str q4, [x1], #16
    done(2);
    access_is(1, 'w', 8, 3, 0xeeeeeeeeeeeeeeee);
    area.r.r[9] = DEVICE;
    run(0x6c001524, STORE, DEVICE); // stnp d4, d5, [x9]
    done(2);
    access_is(0, 'w', 0, 3, 0xeeeeeeeeeeeeeeee);
    ck_assert_uint_eq(area.r.r[4], 0); // not the general purpose ones
}
END_TEST

// Nothing of an access that is not in one page of one device is emulated.
START_TEST(not_in_one_piece)
{
    area.r.r[3] = DEVICE + DEVICE_SIZE - 8;
    run(0xa9400861, LOAD, DEVICE + DEVICE_SIZE - 8); // ldp x1, x2, [x3]
    aborted(0x25u << 26 | 1u << 25 | 0x10, DEVICE + DEVICE_SIZE - 8);
    area.r.r[3] = DEVICE + 0xff8;
    run(0xa9400861, LOAD, DEVICE + 0xff8);
    aborted(0x25u << 26 | 1u << 25 | 0x10, DEVICE + 0xff8);
    area.r.r[3] = RAM + 0xff8; // the second half is the device's
    run(0xa9400861, LOAD, DEVICE);
    aborted(0x25u << 26 | 1u << 25 | 0x10, RAM + 0x1000);
    area.r.r[3] = DEVICE + 0xff0;
    run(0xa9400861, LOAD, DEVICE + 0xff0);
    done(2);
}
END_TEST

// What lies at the pc is not what left the guest: another CPU has written there.
START_TEST(another_instruction)
{
    area.r.r[3] = DEVICE + 0x100;
    run(0xa9400861, STORE, DEVICE + 0x100); // ldp
    aborted(0x25u << 26 | 1u << 25 | STORE | 0x10, DEVICE + 0x100);
    run(0xa9400861, LOAD, DEVICE + 0x200);
    aborted(0x25u << 26 | 1u << 25 | FNV | 0x10, 0);
    run(0x8b020020, LOAD, DEVICE); // add
    aborted(0x25u << 26 | 1u << 25 | FNV | 0x10, 0);
}
END_TEST

START_TEST(instruction_not_found)
{
    area.r.pfa = DEVICE;
    area.r.pc = HOLE;
    abort_data(&cpu, DABT | TRANSLATION);
    aborted(0x25u << 26 | 1u << 25 | FNV | 0x10, 0);
    uint32_t insn;
    area.r.pc = HOLE;
    ck_assert(!abort_instruction(&cpu, &insn));
    area.r.pc = PC;
    ck_assert(abort_instruction(&cpu, &insn));
    area.r.pstate = USER32;
    ck_assert(!abort_instruction(&cpu, &insn));
    run(0xa9400861, LOAD, DEVICE);
    aborted(DABT | FNV | 0x10, 0);
}
END_TEST

// The program is in a flash, which is a device as well.
START_TEST(instruction_in_flash)
{
    enum { FLASH = 0x50000 };
    static uint32_t const code[] = {0xd503201f, 0xb8004401}; // str w1, [x0], #4
    struct mmio_region m = {.start = FLASH, .end = FLASH + 0x1000, .ops = &ops, .name = "flash",
                            .memory = (uint8_t const *)code, .memory_size = sizeof(code)};
    char const *with;
    ck_assert_int_eq(mmio_map_add(&vm.mmio, &m, &with), 0);
    ck_assert_ptr_null(vm_memory(FLASH + 4, 8));
    ck_assert_ptr_null(vm_memory(FLASH + 8, 1));
    area.r.r[0] = DEVICE;
    area.r.r[1] = 0x1234;
    area.r.pc = FLASH + 4;
    area.r.pfa = DEVICE;
    area.r.err = DABT | TRANSLATION | STORE;
    abort_data(&cpu, (uint32_t)area.r.err);
    ck_assert_uint_eq(injections, 0);
    access_is(0, 'w', 0, 2, 0x1234);
    ck_assert_uint_eq(area.r.r[0], DEVICE + 4);
    ck_assert_uint_eq(area.r.pc, FLASH + 8);
}
END_TEST

START_TEST(not_emulated)
{
    area.r.r[2] = DEVICE + 8;
    run(0xc85f7c41, LOAD, DEVICE + 8); // ldxr x1, [x2]
    aborted(0x25u << 26 | 1u << 25 | 0x10, DEVICE + 8);
    area.r.pstate = EL0;
    run(0xc85f7c41, LOAD, DEVICE + 8);
    aborted(DABT | 0x10, DEVICE + 8);
    area.r.r[7] = DEVICE + 0x34;
    run(0xd50b7427, STORE, DEVICE); // dc zva, x7
    aborted(0x25u << 26 | 1u << 25 | STORE | 0x10, DEVICE + 0x34);
    run(0xd50b7e28, STORE | CM, DEVICE); // dc civac, x8
    done(0);
}
END_TEST

START_TEST(hole)
{
    area.r.r[2] = HOLE;
    run(0xf8408441, LOAD, HOLE); // ldr x1, [x2], #8
    aborted(0x25u << 26 | 1u << 25 | 0x10, HOLE);
    ck_assert_uint_eq(area.r.r[2], HOLE); // the instruction has not happened
    ck_assert_uint_eq(area.r.r[1], 0);
    run(0xf8408441, LOAD, ~0ull); // the kernel does not know where: the address is known all the same
    aborted(0x25u << 26 | 1u << 25 | 0x10, HOLE);
    vm.opt.fault_mode = FAULT_HALT;
    bool ended = setjmp(fatal_end);
    if (!ended)
        run(0xf8408441, LOAD, HOLE);
    ck_assert(ended);
    ck_assert_uint_eq(injections, 0);
}
END_TEST

START_TEST(errors_of_the_memory_system)
{
    area.r.r[3] = DEVICE;
    area.r.pc = PC;
    run(0xa9400861, 0x200 | 0x10, ~0ull); // bit 4 of the status besides 6: parity error of a walk, level 2
    aborted(0x25u << 26 | 1u << 25 | 0x200 | 0x16, DEVICE);
    area.r.pc = PC;
    injections = 0;
    abort_fetch(&cpu, IABT | 0x200 | 0x10);
    aborted(0x21u << 26 | 1u << 25 | 0x200 | 0x10, PC);
}
END_TEST

// Level 1 of 39 bits: RAM mapped to itself, a table in a hole, a table in RAM without entries.
static void tables(void)
{
    uint64_t *table = (uint64_t *)(ram + 0x1000);
    el1.sctlr = 1;
    el1.tcr = 25;
    el1.ttbr0 = RAM + 0x1000;
    table[1] = 0x40000401;
    table[2] = HOLE | 3;
}

START_TEST(table_in_a_hole)
{
    tables();
    area.r.r[3] = 0x80000128;
    run(0xa9400861, LOAD | S1PTW, HOLE + 0x128);
    aborted(0x25u << 26 | 1u << 25 | 0x16, 0x80000128);
    run(0xa8810861, STORE | S1PTW | CM, HOLE + 0x128); // stp x1, x2, [x3], #16
    aborted(0x25u << 26 | 1u << 25 | STORE | CM | 0x16, 0x80000128);
    area.r.pc = 0x80002000;
    area.r.pfa = HOLE;
    injections = 0;
    abort_fetch(&cpu, IABT | S1PTW | TRANSLATION);
    aborted(0x21u << 26 | 1u << 25 | 0x16, 0x80002000);
    el1.ttbr0 = HOLE;
    area.r.pc = 0x80002000;
    injections = 0;
    abort_fetch(&cpu, IABT | S1PTW | TRANSLATION);
    aborted(0x21u << 26 | 1u << 25 | 0x15, 0x80002000);
    ck_assert_uint_eq(slowed, 0);
}
END_TEST

START_TEST(translated)
{
    tables();
    uint64_t *table = (uint64_t *)(ram + 0x1000);
    table[3] = 0x401; // the device
    area.r.r[3] = 0xc0000000 + DEVICE;
    run(0xa9400861, LOAD, DEVICE);
    done(2);
    ck_assert_uint_eq(area.r.r[2], 0xf1f2f3f4f5f6f708);
}
END_TEST

START_TEST(jump_to_a_hole)
{
    area.r.pc = area.r.pfa = HOLE;
    abort_fetch(&cpu, IABT | TRANSLATION);
    aborted(0x21u << 26 | 1u << 25 | 0x10, HOLE);
    ck_assert_uint_eq(slowed, 0);
    area.r.pstate = USER32 | 0x20;
    area.r.pc = HOLE - 2;
    area.r.pfa = HOLE;
    injections = 0;
    abort_fetch(&cpu, IABT | TRANSLATION);
    aborted(IABT | 0x10, HOLE);
    el1.vbar = HOLE; // and so are the vectors
    area.r.pc = area.r.pfa = HOLE + 0x200;
    area.r.pstate = PSTATE_EL1H_MASKED;
    abort_fetch(&cpu, IABT | TRANSLATION);
    ck_assert_uint_eq(slowed, 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_abort");
    TCase *t = tcase_create("abort");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, load_pair);
    tcase_add_test(t, store_pair);
    tcase_add_test(t, writeback);
    tcase_add_test(t, stack_pointers);
    tcase_add_test(t, fp_registers);
    tcase_add_test(t, not_in_one_piece);
    tcase_add_test(t, another_instruction);
    tcase_add_test(t, instruction_not_found);
    tcase_add_test(t, instruction_in_flash);
    tcase_add_test(t, not_emulated);
    tcase_add_test(t, hole);
    tcase_add_test(t, errors_of_the_memory_system);
    tcase_add_test(t, table_in_a_hole);
    tcase_add_test(t, translated);
    tcase_add_test(t, jump_to_a_hole);
    suite_add_tcase(s, t);
    return unit_run(s);
}
