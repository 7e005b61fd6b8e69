// SPDX-License-Identifier: MIT
// Shared memory in chunks: what it promises, and another side that writes what it likes.
#include "layout.h"
#include "unit_run.h"

#include <check.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 4096, NS = 3 << L4_CAP_SHIFT };

static void *memory; // of the one area
static int registered, signals;
static long alloc_result, register_result;
static unsigned slots, sleeps;
static l4_utcb_t utcb;

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

// Only sleeping.
l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)dest, (void)to;
    sleeps++;
    return tag;
}

l4_cap_idx_t l4re_env_get_cap(char const *name)
{
    return strcmp(name, "area") ? L4_INVALID_CAP : NS;
}

l4_cap_idx_t l4re_util_cap_alloc(void)
{
    return (l4_cap_idx_t)(10 + slots++) << L4_CAP_SHIFT;
}

void l4re_util_cap_free_um(l4_cap_idx_t cap)
{
    (void)cap;
    slots--;
}

long l4re_ma_alloc(unsigned long size, l4re_ds_t mem, unsigned long flags)
{
    (void)mem, (void)flags;
    if (alloc_result < 0)
        return alloc_result;
    ck_assert_uint_eq(size, SIZE);
    memory = calloc(1, size);
    return 0;
}

int l4re_rm_attach(void **start, unsigned long size, l4re_rm_flags_t flags, l4re_ds_t mem, l4re_rm_offset_t offs,
                   unsigned char align)
{
    (void)flags, (void)mem, (void)offs, (void)align;
    ck_assert_uint_eq(size, SIZE);
    *start = memory;
    return 0;
}

int l4re_rm_detach(void *addr)
{
    ck_assert_ptr_eq(addr, memory);
    return 0;
}

l4re_ds_size_t l4re_ds_size(l4re_ds_t ds)
{
    (void)ds;
    return SIZE;
}

long l4re_ns_query_to_srv(l4re_namespace_t srv, char const *name, l4_cap_idx_t cap, unsigned timeout_ms)
{
    (void)cap, (void)timeout_ms;
    ck_assert(srv == NS && !strcmp(name, AREA_ENTRY));
    return registered ? 0 : -L4_ENOENT;
}

long l4re_ns_register_obj_srv(l4re_namespace_t srv, char const *name, l4_cap_idx_t obj, unsigned flags)
{
    (void)obj;
    ck_assert(srv == NS && !strcmp(name, AREA_ENTRY) && flags == L4RE_NS_REGISTER_RWS);
    ck_assert_uint_eq(((struct l4shmc_area_head *)memory)->magic, AREA_MAGIC); // ready before others see it
    if (register_result >= 0)
        registered = 1;
    return register_result;
}

long l4shmc_trigger(l4shmc_signal_t *signal)
{
    (void)signal;
    signals++;
    return 0;
}

long l4shmc_enable_signal(l4shmc_signal_t *signal)
{
    (void)signal;
    return 0;
}

long l4shmc_wait_signal_to(l4shmc_signal_t *signal, l4_timeout_t timeout)
{
    (void)signal, (void)timeout;
    return l4_ipc_to_errno(L4_IPC_RETIMEOUT);
}

static l4shmc_area_t area;

static void setup(void)
{
    registered = signals = 0;
    alloc_result = register_result = 0;
    slots = sleeps = 0;
    ck_assert_int_eq(l4shmc_create("area", SIZE), 0);
    ck_assert_uint_eq(slots, 1);
    ck_assert_int_eq(l4shmc_attach("area", &area), 0);
}

static void teardown(void)
{
    free(memory);
}

START_TEST(areas)
{
    l4shmc_area_t other;
    ck_assert_int_eq(l4shmc_create("nothing", SIZE), -L4_ENOENT);
    ck_assert_int_eq(l4shmc_create("area", 8), -L4_EINVAL);
    ck_assert_int_eq(l4shmc_create("area", ~0ul - 4), -L4_EINVAL);
    alloc_result = -L4_ENOMEM;
    ck_assert_int_eq(l4shmc_create("area", SIZE), -L4_ENOMEM);
    alloc_result = 0;
    register_result = -L4_EEXIST;
    void *first = memory;
    ck_assert_int_eq(l4shmc_create("area", SIZE), -L4_EEXIST);
    free(memory);
    memory = first;
    ck_assert_uint_eq(slots, 2); // of the area that was made, and of `area`
    ck_assert_int_eq(l4shmc_area_size(&area), SIZE);

    registered = 0;
    ck_assert_int_eq(l4shmc_attach_to("area", 50, &other), -L4_ENOENT);
    ck_assert_uint_eq(sleeps, 5);
    registered = 1;
    area.head->magic++;
    ck_assert_int_eq(l4shmc_attach("area", &other), -L4_EINVAL);
    ck_assert_uint_eq(slots, 2);
}
END_TEST

START_TEST(chunks)
{
    l4shmc_chunk_t a, b, found;
    char const *name = NULL;
    ck_assert_int_eq(l4shmc_add_chunk(&area, "", 10, &a), -L4_EINVAL);
    ck_assert_int_eq(l4shmc_add_chunk(&area, "a name too long.", 10, &a), -L4_ENAMETOOLONG);
    ck_assert_int_eq(l4shmc_add_chunk(&area, "a", 100, &a), 0);
    ck_assert_int_eq(l4shmc_add_chunk(&area, "a", 100, &b), -L4_EEXIST);
    long left = l4shmc_area_size_free(&area) - l4shmc_chunk_overhead();
    ck_assert_int_eq(l4shmc_add_chunk(&area, "b", (l4_umword_t)left + 1, &b), -L4_ENOMEM);
    ck_assert_int_eq(l4shmc_add_chunk(&area, "b", ~0ul, &b), -L4_ENOMEM);
    ck_assert_int_eq(l4shmc_add_chunk(&area, "fifteen letters", (l4_umword_t)left, &b), 0);
    ck_assert_int_eq(l4shmc_area_size_free(&area), 0);
    memset(l4shmc_chunk_ptr(&a), 1, 100);
    memset(l4shmc_chunk_ptr(&b), 2, (size_t)left);

    long offs = l4shmc_iterate_chunk(&area, &name, 0);
    ck_assert(offs > 0 && !strcmp(name, "a"));
    offs = l4shmc_iterate_chunk(&area, &name, offs);
    ck_assert(offs > 0 && !strcmp(name, "fifteen letters"));
    ck_assert_int_eq(l4shmc_iterate_chunk(&area, &name, offs), 0);
    ck_assert_int_eq(l4shmc_get_chunk_to(&area, "a", 0, &found), 0);
    ck_assert_ptr_eq(l4shmc_chunk_ptr(&found), l4shmc_chunk_ptr(&a));
    ck_assert_int_eq(l4shmc_get_chunk_to(&area, "c", 30, &found), -L4_ENOENT);
}
END_TEST

START_TEST(states)
{
    l4shmc_chunk_t c;
    l4shmc_signal_t signal;
    ck_assert_int_eq(l4shmc_add_chunk(&area, "c", 100, &c), 0);
    ck_assert(l4shmc_is_chunk_clear(&c) && !l4shmc_is_chunk_ready(&c) && l4shmc_check_magic(&c));
    ck_assert_int_eq(l4shmc_chunk_consumed(&c), -L4_EINVAL);
    ck_assert_int_eq(l4shmc_chunk_try_to_take(&c), 0);
    ck_assert_int_eq(l4shmc_chunk_try_to_take(&c), -L4_EAGAIN);
    ck_assert_int_eq(l4shmc_chunk_ready(&c, 101), -L4_EINVAL);
    ck_assert_int_eq(l4shmc_wait_chunk(&c), -L4_EINVAL); // nothing to wait for
    ck_assert_int_eq(l4shmc_connect_chunk_signal(&c, &signal), 0);
    ck_assert_int_eq(l4shmc_wait_chunk_try(&c), l4_ipc_to_errno(L4_IPC_RETIMEOUT));
    ck_assert_int_eq(l4shmc_chunk_ready_sig(&c, 100), 0);
    ck_assert(signals == 1 && l4shmc_wait_chunk(&c) == 0 && l4shmc_chunk_size(&c) == 100);
    ck_assert_int_eq(l4shmc_chunk_consumed(&c), 0);
    ck_assert_int_eq(l4shmc_chunk_try_to_take(&c), 0);
}
END_TEST

// Words of the memory become anything; what is found stays inside it (the sanitizer looks).
START_TEST(hostile_memory)
{
    l4shmc_chunk_t c;
    srand(1);
    for (int round = 0; round < 20000; round++) {
        char const *name = NULL;
        memset(memory, 0, SIZE);
        *area.head = (struct l4shmc_area_head){.magic = AREA_MAGIC, .used = AREA_FIRST};
        ck_assert_int_eq(l4shmc_add_chunk(&area, "a", 200, &c), 0);
        ck_assert_int_eq(l4shmc_add_chunk(&area, "b", 300, &c), 0);
        l4_umword_t values[] = {0, 1, 15, 16, SIZE - 1, SIZE, SIZE + 16, ~0ul, ~0ul - 15, 1ul << 63, (l4_umword_t)rand()};
        for (int i = rand() % 4; i >= 0; i--) {
            l4_umword_t *words = memory, value = values[(size_t)rand() % (sizeof(values) / sizeof(values[0]))];
            words[1 + rand() % 80] = rand() % 2 ? value : words[1 + rand() % 80];
        }
        area.head->lock = 0;
        if (l4shmc_get_chunk_to(&area, rand() % 2 ? "a" : "b", 0, &c) == 0) {
            ck_assert(c.capacity <= SIZE);
            memset(l4shmc_chunk_ptr(&c), 0, c.capacity);
            ck_assert_int_le(l4shmc_chunk_size(&c), (long)c.capacity);
        }
        for (long offs = 0, n = 0; (offs = l4shmc_iterate_chunk(&area, &name, offs)) > 0; n++)
            ck_assert(strlen(name) < L4SHMC_NAME_MAX && n < SIZE);
        if (l4shmc_add_chunk(&area, "new", (l4_umword_t)rand() % SIZE, &c) == 0)
            memset(l4shmc_chunk_ptr(&c), 0, c.capacity);
        ck_assert_int_le(l4shmc_area_size_free(&area), SIZE);
    }
    // a lock that nobody gives back
    area.head->lock = 1;
    ck_assert_int_eq(l4shmc_add_chunk(&area, "late", 1, &c), -L4_EBUSY);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("shmc");
    TCase *c = tcase_create("shmc");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, areas);
    tcase_add_test(c, chunks);
    tcase_add_test(c, states);
    tcase_add_test(c, hostile_memory);
    suite_add_tcase(s, c);
    return unit_run(s);
}
