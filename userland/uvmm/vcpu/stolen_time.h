// SPDX-License-Identifier: MIT
// How long a vCPU could have run while others had its CPU: all that passed and in which it neither ran nor slept. Logic without
// system calls; times in microseconds, of clocks that may be read a little too early or too late.
#pragma once

#include <stdint.h>

struct stolen_time {
    uint64_t begin;    // when counting began
    uint64_t consumed; // CPU time of the thread then
    uint64_t slept;    // since then
    uint64_t told;     // never less afterwards
};

static inline void stolen_time_begin(struct stolen_time *s, uint64_t now, uint64_t consumed)
{
    *s = (struct stolen_time){.begin = now, .consumed = consumed};
}

// A sleep from `since` on is over, which would have lasted until `deadline` (or for ever, if no event had ended it): what comes
// after the deadline is no sleep.
void stolen_time_sleep(struct stolen_time *s, uint64_t since, uint64_t deadline, uint64_t now);

// What is stolen until now.
uint64_t stolen_time_sum(struct stolen_time *s, uint64_t now, uint64_t consumed);
