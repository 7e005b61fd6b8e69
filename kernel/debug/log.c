// SPDX-License-Identifier: MIT
#include "debug/log.h"
#include <arch/timer.h>
#include "debug/print.h"
#include <stdint.h>

enum { RECORDS = 32 };

struct record {
    uint32_t ready;    // its line is complete
    uint32_t left_out; // lines before this one
    uint32_t len;
    char text[LOG_LINE];
};

static struct record records[RECORDS];
static uint32_t head, tail; // next to be put, next to be taken; modulo 2^32
static uint32_t left_out;   // since the last line that was put
static uint64_t paid_until; // the budget: each line moves it on by an interval, to a burst beyond the present at most

static bool affordable(void)
{
    uint64_t interval = timer_us_to_ticks(LOG_INTERVAL_US), now = timer_now();
    uint64_t was = __atomic_load_n(&paid_until, __ATOMIC_RELAXED), from;
    do {
        from = was > now ? was : now;
        if (from - now > (LOG_BURST - 1) * interval)
            return false;
    } while (!__atomic_compare_exchange_n(&paid_until, &was, from + interval, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return true;
}

// A free record; NULL: the line is so slow that there is none.
static struct record *claim(void)
{
    uint32_t n = __atomic_load_n(&head, __ATOMIC_RELAXED);
    do {
        if (n - __atomic_load_n(&tail, __ATOMIC_ACQUIRE) >= RECORDS)
            return NULL;
    } while (!__atomic_compare_exchange_n(&head, &n, n + 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return &records[n % RECORDS];
}

void log_put(char const *text, size_t len)
{
    struct record *r = affordable() ? claim() : NULL;
    if (!r) {
        __atomic_fetch_add(&left_out, 1, __ATOMIC_SEQ_CST);
        return;
    }
    r->left_out = __atomic_exchange_n(&left_out, 0, __ATOMIC_RELAXED);
    r->len = (uint32_t)(len < LOG_LINE ? len : LOG_LINE);
    __builtin_memcpy(r->text, text, r->len);
    if (len >= LOG_LINE)
        r->text[LOG_LINE - 1] = '\n';
    __atomic_store_n(&r->ready, 1, __ATOMIC_SEQ_CST);
}

bool log_waits(void)
{
    return __atomic_load_n(&head, __ATOMIC_SEQ_CST) != tail || __atomic_load_n(&left_out, __ATOMIC_SEQ_CST);
}

static size_t print_left_out(char *to, uint32_t n)
{
    return n ? print_to(to, LOG_TAKE_MAX - LOG_LINE, "kernel: %u lines left out\n", n) : 0;
}

size_t log_take(char *to)
{
    struct record *r = &records[tail % RECORDS];
    if (__atomic_load_n(&head, __ATOMIC_RELAXED) == tail) { // none follows that would tell
        bool tell = __atomic_load_n(&left_out, __ATOMIC_RELAXED) && affordable();
        return tell ? print_left_out(to, __atomic_exchange_n(&left_out, 0, __ATOMIC_RELAXED)) : 0;
    }
    if (!__atomic_load_n(&r->ready, __ATOMIC_ACQUIRE))
        return 0;
    size_t n = print_left_out(to, r->left_out);
    __builtin_memcpy(to + n, r->text, r->len);
    n += r->len;
    r->ready = 0;
    __atomic_store_n(&tail, tail + 1, __ATOMIC_RELEASE);
    return n;
}
