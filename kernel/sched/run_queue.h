// SPDX-License-Identifier: MIT
// What can run on a CPU, by priority: threads, and the kernel's own work that does not fit into one kernel entry.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct cpu;

enum { PRIO_MAX = 255 };

struct run_entry {
    struct run_entry *next, *prev;   // circular: those of one priority
    void (*work)(struct cpu *cpu);   // does some of the kernel's work; NULL: a thread
    uint8_t prio;
    bool queued;
};

struct run_queue {
    uint64_t map[4];                 // bit n of word w: there are entries of priority 64 w + n
    uint32_t words;                  // bit w: word w of the map is not 0
    struct run_entry *first[PRIO_MAX + 1];
};

// Puts an entry among those of its priority: at the head, or else at the tail. The kernel's work stays before all threads.
void run_enqueue(struct run_queue *q, struct run_entry *e, bool head);
void run_dequeue(struct run_queue *q, struct run_entry *e);

// Highest priority in the queue, -1 when it is empty.
static inline int run_best_prio(struct run_queue const *q)
{
    if (!q->words)
        return -1;
    int w = 31 - __builtin_clz(q->words);
    return w * 64 + 63 - __builtin_clzll(q->map[w]);
}

// The first of the highest priority, or NULL. Does not take it out.
static inline struct run_entry *run_best(struct run_queue const *q)
{
    int p = run_best_prio(q);
    return p < 0 ? 0 : q->first[p];
}
