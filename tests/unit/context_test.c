// SPDX-License-Identifier: MIT
// A CPU goes from one thread to another: whose registers it has then, and what PSTATE they may have.
#include <arch/context.h>
#include <arch/guest.h>
#include <arch/stage2.h>
#include "arch/arm64/serror.h"
#include "lock/held.h"
#include "mem/kmem.h"
#include "object/task.h"
#include "unit_run.h"
#include <l4/sys/abi/vcpu.h>
#include <stdlib.h>
#include <string.h>

// Two CPUs would be two threads; there is one.
_Thread_local struct cpu *host_cpu;
struct quota quota_root = {.refs = 1};

struct fpu_state {
    uint8_t v[32][16];
    uint64_t fpcr, fpsr;
};

static struct cpu cpu;
static struct task tasks[2];
static struct thread a, b;
static l4_vcpu_state_t area;
static struct fpu_state fpu; // the CPU's
static bool out_of_memory;
static unsigned guests_loaded, guests_left, el1_released;
static uint64_t late_error;

void fpu_save(struct fpu_state *s);
void fpu_load(struct fpu_state *s);

void fpu_save(struct fpu_state *s)
{
    *s = fpu;
}

void fpu_load(struct fpu_state *s)
{
    fpu = *s;
}

void *kmem_alloc(struct quota *q, size_t size)
{
    (void)q;
    return out_of_memory ? NULL : calloc(1, size);
}

bool local_lock_held(struct cpu const *c)
{
    return c == &cpu;
}

static uint64_t next_vttbr;

void vmid_assign(struct space *s)
{
    s->vttbr = next_vttbr++;
}

uint64_t stage2_empty_vttbr(void)
{
    return 0xe000;
}

void guest_load(struct cpu *c, struct thread *t)
{
    (void)c, (void)t;
    guests_loaded++;
}

void guest_unload(struct cpu *c, struct thread *t)
{
    (void)c, (void)t;
    guests_left++;
}

void guest_quiet(struct cpu *c)
{
    (void)c;
}

void guest_el1_release(struct cpu *c)
{
    c->el1_owner = NULL;
    el1_released++;
}

uint64_t serror_collect(struct cpu *c)
{
    (void)c;
    uint64_t esr = late_error;
    late_error = 0;
    return esr;
}

static void setup(void)
{
    memset(&cpu, 0, sizeof(cpu));
    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
    memset(&area, 0, sizeof(area));
    memset(&fpu, 0, sizeof(fpu));
    host_cpu = &cpu;
    struct thread *const threads[] = {&a, &b};
    for (unsigned i = 0; i < 2; i++) {
        tasks[i].space = (struct space){.root = (struct ptab *)&tasks[i], .vttbr = 0x1000 + i};
        threads[i]->task = &tasks[i];
        threads[i]->cpu = &cpu;
        threads[i]->state = THREAD_READY;
        threads[i]->regs.tpidrurw = 0x10 + i;
        threads[i]->regs.tpidruro = 0x20 + i;
    }
    next_vttbr = 0x42;
    late_error = 0;
    out_of_memory = false;
    sysreg_write(cptr_el2, CPTR_ALWAYS | CPTR_TFP);
}

static void enter(struct thread *t)
{
    cpu.current = t;
    context_enter(&cpu, t);
}

static void leave(void)
{
    context_leave(&cpu, cpu.current);
}

static bool fpu_traps(void)
{
    return sysreg_read(cptr_el2) & CPTR_TFP;
}

START_TEST(thread_registers)
{
    enter(&a);
    ck_assert_uint_eq(sysreg_read(tpidr_el0), 0x10);
    ck_assert_uint_eq(sysreg_read(tpidrro_el0), 0x20);
    ck_assert_uint_eq(sysreg_read(vttbr_el2), 0x1000);
    ck_assert_ptr_eq(cpu.frame, &a.regs);
    sysreg_write(tpidr_el0, 0x77); // by the program
    leave();
    enter(&b);
    ck_assert_uint_eq(a.regs.tpidrurw, 0x77);
    ck_assert_uint_eq(sysreg_read(tpidr_el0), 0x11);
    ck_assert_uint_eq(sysreg_read(tpidrro_el0), 0x21);
    ck_assert_uint_eq(sysreg_read(vttbr_el2), 0x1001);
    sysreg_write(tpidr_el0, 0x88);
    context_switch_plain(&cpu, &b, &a);
    ck_assert_uint_eq(b.regs.tpidrurw, 0x88);
    ck_assert_uint_eq(sysreg_read(tpidr_el0), 0x77);
    ck_assert_uint_eq(sysreg_read(tpidrro_el0), 0x20);
    ck_assert_uint_eq(sysreg_read(vttbr_el2), 0x1000);
    ck_assert(cpu.current == &a && cpu.frame == &a.regs);
    context_idle(&cpu); // the last one's tables may be freed now
    ck_assert_uint_eq(sysreg_read(vttbr_el2), 0xe000);
    ck_assert_ptr_null(cpu.space);
}
END_TEST

START_TEST(spaces_without_a_number)
{
    tasks[0].space.vttbr = 0;
    ck_assert(context_needs_global_lock(&a));
    enter(&a);
    ck_assert_uint_eq(sysreg_read(vttbr_el2), 0x42);
    ck_assert(!context_needs_global_lock(&a));
    a.raise_exception = true;
    ck_assert(context_needs_global_lock(&a));
    b.vcpu.user_mode = true;
    b.vcpu.user_task = &tasks[0];
    ck_assert(!context_needs_global_lock(&b));
    tasks[0].space.vttbr = 0; // a new generation
    ck_assert(context_needs_global_lock(&b));
    enter(&a);
    ck_assert_uint_eq(sysreg_read(vttbr_el2), 0x43); // though it was loaded
}
END_TEST

START_TEST(fp_registers_are_the_owners)
{
    enter(&a);
    ck_assert(fpu_traps());
    ck_assert(fpu_switch(&cpu, &a));
    ck_assert(!fpu_traps());
    memset(&fpu, 0xaa, sizeof(fpu));
    leave();
    enter(&b);
    ck_assert(fpu_traps()); // they are a's still
    ck_assert(fpu_switch(&cpu, &b));
    ck_assert_uint_eq(fpu.v[0][0], 0);
    fpu.v[0][0] = 0xbb;
    context_switch_plain(&cpu, &b, &a);
    ck_assert(fpu_traps());
    ck_assert(fpu_switch(&cpu, &a));
    ck_assert_uint_eq(fpu.v[0][0], 0xaa);
    context_switch_plain(&cpu, &a, &b);
    context_switch_plain(&cpu, &b, &a); // nobody has used them meanwhile
    ck_assert(!fpu_traps());
    fpu.v[31][15] = 0xac;
    context_switch_plain(&cpu, &a, &b);
    context_release(&cpu, &a); // goes to another CPU
    ck_assert_ptr_null(cpu.fpu_owner);
    ck_assert(fpu_traps());
    ck_assert_uint_eq(((struct fpu_state *)a.fpu)->v[31][15], 0xac);
    ck_assert(fpu_switch(&cpu, &b));
    ck_assert_uint_eq(fpu.v[0][0], 0xbb);
    free(a.fpu);
    free(b.fpu);
}
END_TEST

START_TEST(no_memory_for_fp_registers)
{
    out_of_memory = true;
    enter(&a);
    ck_assert(!fpu_switch(&cpu, &a));
    ck_assert(fpu_traps());
    ck_assert_ptr_null(cpu.fpu_owner);
}
END_TEST

START_TEST(guests)
{
    b.vcpu.user_mode = true;
    b.vcpu.area = &area;
    enter(&b);
    ck_assert_uint_eq(guests_loaded, 1);
    ck_assert(fpu_switch(&cpu, &b));
    cpu.guest_loaded = true;
    leave();
    ck_assert_uint_eq(guests_left, 1);
    cpu.guest_loaded = false;
    enter(&b);
    ck_assert(fpu_traps()); // the VMM has not let it
    area.state = L4_VCPU_F_FPU_ENABLED;
    enter(&b);
    ck_assert(!fpu_traps());
    cpu.current = &a;
    cpu.el1_owner = &b;
    context_release(&cpu, &b);
    ck_assert_uint_eq(el1_released, 1);
    context_release(&cpu, &b);
    ck_assert_uint_eq(el1_released, 1);
    free(b.fpu);
}
END_TEST

START_TEST(late_errors)
{
    enter(&a);
    late_error = 0xbe000011;
    leave();
    ck_assert(a.raise_exception && a.slow && a.raise_esr == 0xbe000011);
    enter(&b);
    late_error = 0xbe000012;
    context_switch_plain(&cpu, &b, &a);
    ck_assert(b.raise_exception && b.raise_esr == 0xbe000012);
    ck_assert_uint_eq(a.raise_esr, 0xbe000011);
}
END_TEST

START_TEST(pstate_of_programs)
{
    uint64_t const flags = 0xf0000000, il = SPSR_IL, masks = 0x3c0;
    ck_assert_uint_eq(pstate_user(flags | masks), flags | masks);
    ck_assert_uint_eq(pstate_user(il), il);
    ck_assert_uint_eq(pstate_user(~0ull & ~SPSR_MODE_MASK), flags | il | masks);
    for (uint64_t mode = 1; mode <= SPSR_MODE_MASK; mode++) // EL1, EL2, and AArch32
        ck_assert_uint_eq(pstate_user(flags | masks | mode), flags | il);
}
END_TEST

START_TEST(pstate_of_guests)
{
    uint64_t const flags = 0xf0000000, masked = 0x3c0;
    for (uint64_t mode = 0; mode <= SPSR_MODE_MASK; mode++) {
        bool own = mode == SPSR_EL0T || mode == SPSR_EL1T || mode == SPSR_EL1H;
        ck_assert_uint_eq(pstate_guest(flags | mode), own ? flags | mode : flags | SPSR_IL | SPSR_EL1H | masked);
    }
    ck_assert_uint_eq(pstate_guest(~0ull << 32 | SPSR_EL1H), SPSR_EL1H);
}
END_TEST

START_TEST(pstate_of_guests_with_aarch32)
{
    sysreg_write(id_aa64pfr0_el1, 2);
    ck_assert_uint_eq(pstate_guest(0x10), 0x10);
    ck_assert_uint_eq(pstate_guest(0x13), SPSR_IL | SPSR_EL1H | 0x3c0); // of EL1
}
END_TEST

int main(void)
{
    Suite *s = suite_create("context");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, thread_registers);
    tcase_add_test(t, spaces_without_a_number);
    tcase_add_test(t, fp_registers_are_the_owners);
    tcase_add_test(t, no_memory_for_fp_registers);
    tcase_add_test(t, guests);
    tcase_add_test(t, late_errors);
    tcase_add_test(t, pstate_of_programs);
    tcase_add_test(t, pstate_of_guests);
    tcase_add_test(t, pstate_of_guests_with_aarch32);
    suite_add_tcase(s, t);
    return unit_run(s);
}
