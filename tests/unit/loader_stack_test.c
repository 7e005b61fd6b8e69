// SPDX-License-Identifier: MIT
// The initial stack of a new task, read back as the in-task runtime reads it.
#include "stack.h"
#include "unit_run.h"

#include <l4/re/env.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

// The structures that the runtime uses must be what stack.c writes.
_Static_assert(sizeof(l4re_env_t) == ENV_WORDS * 8, "environment");
_Static_assert(offsetof(l4re_env_t, caps) == ENV_CAPS * 8, "environment");
_Static_assert(offsetof(l4re_env_t, first_free_cap) == ENV_FIRST_FREE_CAP * 8, "environment");
_Static_assert(offsetof(l4re_env_t, itas) == ENV_ITAS * 8, "environment");
_Static_assert(sizeof(l4re_env_cap_entry_t) == 32, "capability entry");

static uint64_t aux(uint64_t const *v, uint64_t type)
{
    for (; v[0]; v += 2)
        if (v[0] == type)
            return v[1];
    return 0;
}

START_TEST(layout)
{
    char const *argv[] = { "rom/hello", "-v" }, *envv[] = { "A=b" };
    struct stack_cap caps[] = { { "rom", 0x16000, 0 }, { "sixteen_char_nam", 0x17000, 0 } };
    struct stack_desc d = {
        .argv = argv, .argc = 2, .envv = envv, .envc = 1, .binary = "rom/hello",
        .caps = caps, .num_caps = 2, .kip_ds = 0x14000, .dbg = 2, .ldr_flags = 1,
        .load_base = ~0ull, .kip_addr = 0xb2000000, .phdr = 0xc0000040, .phnum = 4,
    };
    d.env[ENV_FIRST_FREE_CAP] = 0x18;
    size_t size = stack_size(&d);
    ck_assert_uint_eq(size % 16, 0);
    uint64_t *sp = aligned_alloc(16, size);
    stack_build(&d, sp, size, (uint64_t)sp); // at its own address, so that pointers can be followed

    ck_assert_uint_eq(sp[0], 2);
    ck_assert_str_eq((char *)sp[1], "rom/hello");
    ck_assert_str_eq((char *)sp[2], "-v");
    ck_assert_uint_eq(sp[3], 0);
    ck_assert_str_eq((char *)sp[4], "A=b");
    ck_assert_uint_eq(sp[5], 0);
    uint64_t const *v = sp + 6;
    ck_assert_uint_eq(aux(v, L4RE_AT_PHDR), 0xc0000040);
    ck_assert_uint_eq(aux(v, L4RE_AT_PHNUM), 4);
    ck_assert_uint_eq(aux(v, L4RE_AT_PAGESZ), 4096);
    ck_assert_uint_eq(aux(v, L4RE_AT_KIP), 0xb2000000);
    l4re_env_t const *env = (void const *)aux(v, L4RE_AT_ENV);
    ck_assert_uint_eq(env->first_free_cap, 0x18);
    ck_assert_uint_eq(env->caps[0].cap, 0x16000);
    ck_assert_str_eq(env->caps[0].name, "rom");
    ck_assert(memcmp(env->caps[1].name, "sixteen_char_nam", 16) == 0);
    ck_assert_uint_eq(env->caps[2].flags, L4RE_ENV_CAPS_END);
    l4re_aux_t const *a = (void const *)aux(v, L4RE_AT_AUX);
    ck_assert_str_eq(a->binary, "rom/hello");
    ck_assert_uint_eq(a->kip_ds, 0x14000);
    ck_assert_uint_eq(a->ldr_base, ~0ull);
    ck_assert_uint_eq(aux(v, L4RE_AT_RANDOM), 0);
    free(sp);

    d.random[0] = 1;
    d.random[1] = 2ull << 60;
    ck_assert_uint_eq(stack_size(&d) % 16, 0);
    sp = aligned_alloc(16, stack_size(&d));
    stack_build(&d, sp, stack_size(&d), (uint64_t)sp);
    ck_assert(!memcmp((void const *)aux(sp + 6, L4RE_AT_RANDOM), d.random, sizeof(d.random)));
    ck_assert_str_eq(((l4re_aux_t const *)aux(sp + 6, L4RE_AT_AUX))->binary, "rom/hello");
    free(sp);
}
END_TEST

START_TEST(empty)
{
    struct stack_desc d = { .binary = "" };
    size_t size = stack_size(&d);
    uint64_t *sp = aligned_alloc(16, size);

    stack_build(&d, sp, size, (uint64_t)sp);
    ck_assert_uint_eq(sp[0], 0);
    ck_assert_uint_eq(aux(sp + 3, L4RE_AT_PHDR), 0);
    ck_assert_uint_eq(aux(sp + 3, L4RE_AT_PAGESZ), 4096);
    free(sp);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("loader stack");
    TCase *t = tcase_create("all");
    suite_add_tcase(s, t);
    tcase_add_test(t, layout);
    tcase_add_test(t, empty);
    return unit_run(s);
}
