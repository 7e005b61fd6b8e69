// SPDX-License-Identifier: MIT
// Where moe's stack goes: page by page to addresses with nothing below.
#include "stack.h"
#include "unit_run.h"

#include <l4/sys/err.h>
#include <l4/sys/task.h>

enum { PAGES = 4, SIZE = PAGES * L4_PAGESIZE };

_Alignas(L4_PAGESIZE) char moe_stack[SIZE];
extern char moe_stack_end[];
__asm__(".globl moe_stack_end\n.set moe_stack_end, moe_stack + 4 * 4096");
_Static_assert(SIZE == 4 * 4096, "moe_stack_end");

static l4_utcb_t utcb;
static unsigned maps, fails_at;
static l4_addr_t lowest, next;

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

// The kernel: each page comes to the address behind the one before.
l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)tag, (void)label, (void)to;
    ck_assert_uint_eq(dest & L4_CAP_INDEX_MASK, L4_BASE_TASK_CAP);
    ck_assert_uint_eq(utcb.msg.mr[0], L4_TASK_MAP_OP);
    if (maps == fails_at)
        return l4_msgtag(-L4_ENOMEM, 0, 0, 0);
    l4_addr_t spot = utcb.msg.mr[1] & L4_PAGEMASK;
    l4_fpage_t page = {.raw = utcb.msg.mr[2]};
    ck_assert_uint_eq(l4_fpage_memaddr(page), (l4_addr_t)moe_stack + maps * L4_PAGESIZE);
    ck_assert_uint_eq(l4_fpage_size(page), L4_PAGESHIFT);
    ck_assert_uint_eq(l4_fpage_rights(page), L4_FPAGE_RW);
    if (!maps)
        lowest = spot;
    else
        ck_assert_uint_eq(spot, next);
    next = spot + L4_PAGESIZE;
    maps++;
    return l4_msgtag(0, 0, 0, 0);
}

START_TEST(nothing_lies_below)
{
    maps = 0;
    fails_at = PAGES;
    ck_assert_uint_eq(stack_with_guard(), next);
    ck_assert_uint_eq(maps, PAGES);
    ck_assert_uint_eq(next - lowest, SIZE);
    ck_assert_uint_ge(lowest, STACK_AT);
    ck_assert_uint_le(next, (1ull << 40) - (64 << 10)); // UTCBs
}
END_TEST

START_TEST(no_memory)
{
    for (fails_at = 0; fails_at < PAGES; fails_at++) {
        maps = 0;
        ck_assert_uint_eq(stack_with_guard(), (l4_addr_t)moe_stack_end);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moe_stack");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, nothing_lies_below);
    tcase_add_test(tc, no_memory);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
