// SPDX-License-Identifier: MIT
#include "kernel_fakes.h"
#include "mem/kmem.h"
#include "debug/print.h"
#include "lock/held.h"
#include "panic.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned fake_preempt_every;

void fake_heap_init(size_t size)
{
    static void *heap;
    free(heap);
    heap = aligned_alloc(1 << 20, size);
    kmem_init(heap, (char *)heap + size);
}

bool fake_unlocked;

bool global_lock_held(void)
{
    return !fake_unlocked;
}

bool preempt_pending(void)
{
    static unsigned calls;
    return fake_preempt_every && ++calls % fake_preempt_every == 0;
}

static struct work *works[4096]; // oldest first
static unsigned num_works;

static void push(struct work *w, bool first)
{
    if (num_works == sizeof(works) / sizeof(*works))
        abort();
    memmove(&works[first], &works[0], first ? num_works * sizeof(*works) : 0);
    works[first ? 0 : num_works] = w;
    num_works++;
}

void work_defer_here(struct work *w, bool (*step)(struct work *w))
{
    if (!w->step)
        push(w, false);
    w->step = step;
}

void work_defer(struct cpu *cpu, struct work *w, bool (*step)(struct work *w), unsigned prio)
{
    (void)cpu, (void)prio;
    work_defer_here(w, step);
}

bool fake_work_waits(void)
{
    return num_works;
}

bool fake_work_do(void)
{
    while (num_works) {
        struct work *w = works[0];
        bool (*step)(struct work *) = w->step;
        memmove(&works[0], &works[1], --num_works * sizeof(*works));
        w->step = NULL;
        if (!step(w)) {
            push(w, true);
            w->step = step;
            return false;
        }
        if (num_works && preempt_pending())
            return false;
    }
    return true;
}

char fake_print[4096];

void log_print(char const *format, ...)
{
    size_t used = strlen(fake_print);
    va_list args;
    va_start(args, format);
    vsnprintf(fake_print + used, sizeof(fake_print) - used, format, args);
    va_end(args);
}

void kernel_panic(char const *text)
{
    fprintf(stderr, "kernel panic: %s\n", text);
    abort();
}

uint64_t kernel_virt_to_phys(void const *kva)
{
    return (uintptr_t)kva;
}

void *kernel_phys_to_virt(uint64_t phys)
{
    return (void *)(uintptr_t)phys;
}

enum { MAX_FLUSHES = 1 << 16 };
static struct {
    struct space *space;
    uint64_t addr; // ~0: all
} flushes[MAX_FLUSHES];
static unsigned flush_count;

static void flush_note(struct space *s, uint64_t addr)
{
    if (flush_count == MAX_FLUSHES)
        abort();
    flushes[flush_count].space = s;
    flushes[flush_count++].addr = addr;
}

void tlb_flush_page(struct space *s, uint64_t addr)
{
    flush_note(s, addr);
}

void tlb_flush_space(struct space *s)
{
    flush_note(s, ~(uint64_t)0);
}

void tlb_publish(void)
{
}

unsigned fake_icache_count;

void icache_prepare(void)
{
    fake_icache_count++;
}

void space_forget(struct space *s)
{
    tlb_flush_space(s);
}

void fake_tlb_reset(void)
{
    flush_count = 0;
}

bool fake_tlb_flushed(struct space *s, uint64_t addr)
{
    for (unsigned i = 0; i < flush_count; i++)
        if (flushes[i].space == s &&
            (flushes[i].addr == ~(uint64_t)0 || flushes[i].addr >> 12 == addr >> 12))
            return true;
    return false;
}

unsigned fake_tlb_count(void)
{
    return flush_count;
}
