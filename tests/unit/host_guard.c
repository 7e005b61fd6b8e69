// SPDX-License-Identifier: MIT
// The functions of l4/mem/guard.h for this machine: an access to memory that is not there is a signal, and jumps out of it.
// Programs under test take memory away by mprotect().
#include <l4/mem/guard.h>

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static sigjmp_buf lost;
static volatile sig_atomic_t guarded;
static struct sigaction before;

static void fault(int signal_number)
{
    if (guarded)
        siglongjmp(lost, 1);
    sigaction(signal_number, &before, NULL); // an access without guard: the sanitizer reports it, and the program ends
}

__attribute__((constructor)) static void catch_faults(void)
{
    struct sigaction const a = {.sa_handler = fault, .sa_flags = SA_NODEFER};
    if (sigaction(SIGSEGV, &a, &before))
        abort();
}

// An access, its value, or -1.
#define GUARDED(access)                                                                            \
    long volatile result = -1;                                                                     \
    if (!sigsetjmp(lost, 0)) {                                                                     \
        guarded = 1;                                                                               \
        result = (access);                                                                         \
    }                                                                                              \
    guarded = 0;                                                                                   \
    return result

long guard_copy(void *dst, void const *src, size_t n)
{
    GUARDED((memcpy(dst, src, n), 1));
}

long guard_load16(uint16_t const volatile *p)
{
    GUARDED(__atomic_load_n(p, __ATOMIC_RELAXED));
}

long guard_load16_acquire(uint16_t const volatile *p)
{
    GUARDED(__atomic_load_n(p, __ATOMIC_ACQUIRE));
}

struct guard_pair guard_load_pair(void const *p)
{
    struct guard_pair v;
    return guard_copy(&v, p, sizeof(v)) < 0 ? (struct guard_pair){~0ull, 0} : v;
}

long guard_load32(uint32_t const volatile *p)
{
    GUARDED(__atomic_load_n(p, __ATOMIC_RELAXED));
}

long guard_store16(uint16_t volatile *p, uint16_t v)
{
    GUARDED((__atomic_store_n(p, v, __ATOMIC_RELAXED), 1));
}

long guard_store16_release(uint16_t volatile *p, uint16_t v)
{
    GUARDED((__atomic_store_n(p, v, __ATOMIC_RELEASE), 1));
}

long guard_store32(uint32_t volatile *p, uint32_t v)
{
    GUARDED((__atomic_store_n(p, v, __ATOMIC_RELAXED), 1));
}

long guard_store64(void *p, uint64_t v)
{
    GUARDED((memcpy(p, &v, sizeof(v)), 1));
}

long guard_and32(uint32_t volatile *p, uint32_t mask)
{
    GUARDED((__atomic_fetch_and(p, mask, __ATOMIC_SEQ_CST), 1));
}
