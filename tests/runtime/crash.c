// SPDX-License-Identifier: MIT
// Programs that crash or abort, for their backtraces: in calls of calls, in a function without a frame record of its own, in
// another thread, through a wild pointer, by abort() and assert(), and with a chain of frame records that leads astray.
#include "parts.h"

#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/thread.h>
#include <l4/re/env.h>
#include <l4/sys/task.h>
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#define NOINLINE __attribute__((noinline))

// Not to be seen through by the compiler.
static int *volatile nowhere = (int *)0x40;
static void (*volatile no_code)(void) = (void (*)(void))0x80;
static int volatile sink;

NOINLINE static int crash_leaf(int *p)
{
    return *p = 1;
}

// With a frame record, and a link register that a call has left.
NOINLINE static int crash_inner(int depth)
{
    int own = depth;
    crash_leaf(&own);
    *nowhere = own;
    return crash_leaf(&own) + depth;
}

NOINLINE static int crash_middle(int depth)
{
    return crash_inner(depth + 1) + sink;
}

NOINLINE static int crash_outer(int depth)
{
    return crash_middle(depth + 1) + sink;
}

void part_crash(void)
{
    sink = crash_outer(sink) + 1;
}

void part_crash_leaf(void)
{
    sink = crash_leaf(nowhere) + 1;
}

void part_crash_wild(void)
{
    no_code();
    sink = 1;
}

static void *crash_in_thread(void *arg)
{
    (void)arg;
    sink = crash_outer(sink) + 1;
    return NULL;
}

void part_crash_thread(void)
{
    struct l4re_thread t;
    if (l4re_thread_create(&t, crash_in_thread, NULL, NULL) < 0)
        check(false, "a thread");
    else
        l4re_thread_join(&t, NULL);
}

// ---- programs that end themselves ----

NOINLINE static int give_up(int depth)
{
    if (depth)
        abort();
    return sink;
}

void part_abort(void)
{
    sink = give_up(sink + 1) + 1;
}

NOINLINE static int insist(int depth)
{
    assert(depth == 0);
    return sink;
}

void part_assert(void)
{
    sink = insist(sink + 1) + 1;
}

// ---- chains that lead astray ----

struct record {
    struct record *next;
    l4_addr_t pc;
};

// What the wrong records say, so that it is seen which of them were believed.
static l4_addr_t believed(void)
{
    return (l4_addr_t)part_crash + 4;
}

NOINLINE static void crash_with_record(struct record *next)
{
    struct record *own = __builtin_frame_address(0);
    own->next = next;
    own->pc = believed();
    sink = crash_inner(sink);
}

// Whoever believes it goes round for ever.
void part_chain_loop(void)
{
    crash_with_record(__builtin_frame_address(0) - sizeof(struct record));
}

// A page of the stack that is not there any more. The stack begins in the middle of its region.
enum { STACK_PAGES = 16, USED_PAGES = 4, LOST_PAGE = 10 };
static l4_addr_t stack;

static void on_big_stack(void)
{
    crash_with_record((struct record *)(stack + LOST_PAGE * L4_PAGESIZE));
}

void part_chain_hole(void)
{
    l4re_ds_t ds = l4re_util_cap_alloc();
    void *at = NULL;
    if (l4re_ma_alloc(STACK_PAGES * L4_PAGESIZE, ds, 0) < 0 ||
        l4re_rm_attach(&at, STACK_PAGES * L4_PAGESIZE, L4RE_RM_F_RW | L4RE_RM_F_SEARCH_ADDR, ds, 0, L4_PAGESHIFT) < 0) {
        check(false, "memory for a stack");
        return;
    }
    stack = (l4_addr_t)at;
    l4_task_unmap(L4RE_THIS_TASK_CAP, l4_fpage(stack + LOST_PAGE * L4_PAGESIZE, L4_PAGESHIFT, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    __asm__ volatile("mov sp, %0\n\tmov x29, xzr\n\tblr %1"
                     : : "r"(stack + USED_PAGES * L4_PAGESIZE), "r"(on_big_stack) : "memory", "x30");
}

// Memory that is the program's, but not the stack; the records there are good.
void part_chain_elsewhere(void)
{
    static struct record elsewhere[2];
    elsewhere[0] = (struct record){&elsewhere[1], believed()};
    elsewhere[1] = (struct record){NULL, believed()};
    crash_with_record(elsewhere);
}
