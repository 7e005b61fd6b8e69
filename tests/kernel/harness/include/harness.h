// SPDX-License-Identifier: MIT
// What the kernel tests share: output, checks, slots, threads, tasks. The tests run on CPU 0 with
// priority MAIN_PRIO.
#pragma once
#include <l4/sys/factory.h>
#include <l4/sys/icu.h>
#include <l4/sys/ipc.h>
#include <l4/sys/ipc_gate.h>
#include <l4/sys/irq.h>
#include <l4/sys/rcv_endpoint.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/semaphore.h>
#include <l4/sys/task.h>
#include <l4/sys/thread.h>
#include <stdbool.h>
#include <stdint.h>

enum { MAIN_PRIO = 10, LOW = 5, HIGH = 20, MAX_THREADS = 64, STACK_SIZE = 8192 };

void print(char const *s);
void print_num(int64_t n);

// The tests of a program, one after the other; then its result, and the machine goes off. `what` begins its output.
_Noreturn void tests_run(char const *what, void (*const tests[])(void), unsigned count);
// Reports one test; `name` in the field's terms.
void check(bool ok, char const *name);
// Reports `got == want` and shows both when not.
void check_eq(int64_t got, int64_t want, char const *name);

l4_cap_idx_t slot_alloc(void);
// Empties the slot and gives it back; with `del` the object is destroyed.
void slot_free(l4_cap_idx_t slot, bool del);

// A thread in this task that runs fn(arg) with the given priority on CPU `cpu`; returns its
// capability.
l4_cap_idx_t thread_run(void (*fn)(void *), void *arg, unsigned prio, unsigned cpu);
// The same without starting it.
l4_cap_idx_t thread_make(void (*fn)(void *), void *arg, unsigned prio, unsigned cpu);
void thread_start(l4_cap_idx_t t);
// Destroys the thread; its stack and UTCB can be used again.
void thread_delete(l4_cap_idx_t t);
l4_utcb_t *thread_utcb(l4_cap_idx_t t);
void thread_place(l4_cap_idx_t t, unsigned prio, unsigned cpu);
// Puts the calling main thread back to CPU 0 and its usual priority.
void main_place(unsigned prio, unsigned cpu);
void thread_entry(void);

// A second task with kernel-user memory of one page at TASK_UTCB, and a thread of this program in
// it, whose page faults `pager` (a thread, or L4_INVALID_CAP = a 1:1 pager of the harness) answers.
// Slots in the new task: 1 task, 3 thread, 4 pager, 5 a gate or thread of the caller's choice.
enum { TASK_UTCB = 0x60000000 };
struct other {
    l4_cap_idx_t task, thread;
};
struct other other_create(void (*fn)(void *), void *arg, l4_cap_idx_t pager, l4_cap_idx_t partner,
                          unsigned prio, unsigned cpu);
void other_delete(struct other *o);
extern volatile unsigned pager_faults; // answered by the 1:1 pager

unsigned cpus_online(void);
// A CPU that is not 0, or 0 when there is only one.
unsigned second_cpu(void);
uint64_t now_us(void);
// Waits until every CPU has been idle for a moment: whatever could block has blocked by then. Gives up after 200 ms
// (somebody spins).
void settle(void);
// Waits until *v == want, at most `ms` milliseconds of a machine that has its host for itself.
bool wait_value(unsigned volatile *v, unsigned want, unsigned ms);
// Waits until *v != old, as long at most.
bool wait_change(unsigned volatile *v, unsigned old, unsigned ms);
// 2^order bytes of RAM, aligned to their size, mapped.
void *ram_alloc(unsigned order);
// Maps 4 KiB of device memory 1:1; false when sigma0 refuses.
bool iomem_map(uintptr_t phys);
uint64_t random_next(void);

// At most so long takes what comes at once, on a busy host.
enum { LIMIT_US = 10000000 };

static inline l4_timeout_t recv_us(uint64_t us)
{
    return l4_timeout(L4_IPC_TIMEOUT_NEVER, l4_timeout_from_us(us));
}

static inline l4_timeout_t send_us(uint64_t us)
{
    return l4_timeout(l4_timeout_from_us(us), L4_IPC_TIMEOUT_NEVER);
}

static inline l4_timeout_t both_us(uint64_t us)
{
    return l4_timeout(l4_timeout_from_us(us), l4_timeout_from_us(us));
}

static inline int64_t ipc_err(l4_msgtag_t tag)
{
    return (int64_t)l4_ipc_error(tag, l4_utcb());
}

static inline l4_umword_t *mr(void)
{
    return l4_utcb_mr()->mr;
}

void test_memory_functions(void);
void test_ipc(void);
void test_ipc_end(void);
void test_items(void);
void test_long(void);
void test_transfer(void);
void test_caps(void);
void test_memory(void);
void test_thread(void);
void test_exception(void);
void test_fast(void);
void test_migration(void);
void test_irq(void);
void test_iommu(void);
void test_operations(void);
void test_semaphore(void);
void test_sched(void);
void test_quota(void);
void test_vcpu(void);
void test_guest(void);
void test_guest_registers(void);
void test_guest_debug(void);
void test_guest_resume(void);
void test_guest_irq(void);
void test_guest_hostile(void);
void test_hostile(void);
void test_stress(void);
