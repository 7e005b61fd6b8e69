// SPDX-License-Identifier: MIT
#include "arch/arm64/smmu_queue.h"
#include <arch/stage2.h>
#include <arch/timer.h>
#include "mem/kmem.h"
#include "panic.h"

enum { MAX_COMMAND_BITS = 8, MAX_EVENT_BITS = 7, PATIENCE_US = 1000000 };

// Polling: what is waited for is done by hardware alone, in less time than anything else that a lock is held for.
static bool wait_until(struct smmu const *s, enum smmu_register r, uint32_t mask, uint32_t value)
{
    uint64_t end = timer_now() + timer_us_to_ticks(PATIENCE_US);
    while ((smmu_read(s, r) & mask) != value)
        if (timer_now() > end)
            return (smmu_read(s, r) & mask) == value;
    return true;
}

bool smmu_write_acked(struct smmu const *s, enum smmu_register r, enum smmu_register ack, uint32_t v)
{
    smmu_write(s, r, v);
    return wait_until(s, ack, ~0u, v);
}

static unsigned at_most(unsigned bits, unsigned max)
{
    return bits < max ? bits : max;
}

bool smmu_queues_init(struct smmu *s)
{
    uint32_t id = smmu_read(s, SMMU_IDR1);
    s->command_bits = at_most(IDR1_CMDQS(id), MAX_COMMAND_BITS);
    s->event_bits = at_most(IDR1_EVENTQS(id), MAX_EVENT_BITS);
    s->commands = kmem_alloc(&quota_root, sizeof(*s->commands) << s->command_bits);
    s->events = kmem_alloc(&quota_root, sizeof(*s->events) << s->event_bits);
    if (!s->commands || !s->events)
        return false;
    s->produced = s->consumed = 0;
    smmu_write64(s, SMMU_CMDQ_BASE, kernel_virt_to_phys(s->commands) | BASE_ALLOCATE | s->command_bits);
    smmu_write(s, SMMU_CMDQ_PROD, 0);
    smmu_write(s, SMMU_CMDQ_CONS, 0);
    smmu_write64(s, SMMU_EVENTQ_BASE, kernel_virt_to_phys(s->events) | BASE_ALLOCATE | s->event_bits);
    smmu_write(s, SMMU_EVENTQ_PROD, 0);
    smmu_write(s, SMMU_EVENTQ_CONS, 0);
    return true;
}

// The index behind `i`, in a queue of 2^bits entries: with the bit that changes with each round.
static uint32_t behind(uint32_t i, unsigned bits)
{
    return (i + 1) & ((2u << bits) - 1);
}

static uint32_t place(uint32_t i, unsigned bits)
{
    return i & ((1u << bits) - 1);
}

static uint32_t taken(struct smmu const *s)
{
    return smmu_read(s, SMMU_CMDQ_CONS) & ((2u << s->command_bits) - 1);
}

static bool full(struct smmu const *s)
{
    return (taken(s) ^ s->produced) == 1u << s->command_bits;
}

// The commands are the kernel's own, with values that were checked: one that is refused is a bug, or the SMMU is broken.
static void all_taken(struct smmu const *s)
{
    uint32_t mask = (2u << s->command_bits) - 1;
    if (!wait_until(s, SMMU_CMDQ_CONS, mask, s->produced))
        kernel_panic("an SMMU takes no commands: nobody knows what its devices reach");
}

static void give(struct smmu const *s)
{
    asm volatile("dsb sy" ::: "memory"); // tables and commands are in memory before the SMMU is told to look
    smmu_write(s, SMMU_CMDQ_PROD, s->produced);
    all_taken(s);
}

void smmu_command(struct smmu *s, uint64_t w0, uint64_t w1)
{
    if (full(s))
        give(s);
    uint64_t *c = s->commands[place(s->produced, s->command_bits)];
    c[0] = w0;
    c[1] = w1;
    s->produced = behind(s->produced, s->command_bits);
}

void smmu_sync(struct smmu *s)
{
    smmu_command(s, CMD_SYNC, 0);
    give(s);
}

// An overflow is acknowledged, and no more: what is lost are repetitions (smmu.c).
bool smmu_event(struct smmu *s, uint64_t event[4])
{
    uint32_t produced = smmu_read(s, SMMU_EVENTQ_PROD), mask = (2u << s->event_bits) - 1;
    if ((produced & mask) == s->consumed)
        return false;
    asm volatile("dsb sy" ::: "memory"); // the entry is read after the index that shows it
    uint64_t const volatile *e = s->events[place(s->consumed, s->event_bits)];
    for (unsigned i = 0; i < 4; i++)
        event[i] = e[i];
    s->consumed = behind(s->consumed, s->event_bits);
    smmu_write(s, SMMU_EVENTQ_CONS, s->consumed | (produced & 1u << QUEUE_OVERFLOW_SHIFT));
    return true;
}
