// SPDX-License-Identifier: MIT
// Client library against a pretended dataspace and a pretended namespace.
#include "unit_run.h"

#include <check.h>
#include <l4/re/c/dataspace.h>
#include <l4/re/c/namespace.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/re/mutex.h>
#include <l4/re/random.h>
#include <l4/sys/ipc.h>
#include <stdbool.h>
#include <string.h>

#define PAGES 4096u
#define BASE  0x40000000ul

static l4_utcb_t utcb;
static l4re_env_t env;
static l4_uint64_t page_offset[PAGES]; // what is mapped at BASE + n pages; ~0 = nothing
static unsigned map_calls, max_order, fake_order;
static enum { DS_GOOD, DS_EMPTY, DS_LIES } ds_mode;
static char const *ns_rest;
static unsigned ns_calls, ns_again, sem_downs, sem_ups, slept_ms;

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

// Maps naturally aligned pieces of at most max_order; offset and window position must agree in it.
static l4_msgtag_t ds_map(void)
{
    l4_uint64_t offset = utcb.msg.mr[1], spot = utcb.msg.mr[2];
    l4_fpage_t win = {utcb.buf.br[1]};
    unsigned order = l4_fpage_size(win) < max_order ? l4_fpage_size(win) : max_order;
    l4_addr_t addr = l4_fpage_memaddr(win) + spot;
    map_calls++;
    ck_assert_uint_eq(utcb.buf.br[0], L4_ITEM_MAP);
    ck_assert_uint_eq(l4_fpage_memaddr(win) & ((1ul << l4_fpage_size(win)) - 1), 0);
    ck_assert_uint_lt(spot, 1ul << l4_fpage_size(win));
    ck_assert_uint_eq((offset ^ spot) & ((1ul << order) - 1), 0);
    if (ds_mode == DS_EMPTY)
        return l4_msgtag(0, 0, 0, 0);
    for (l4_addr_t a = l4_trunc_size(addr, order); a < l4_trunc_size(addr, order) + (1ul << order);
         a += 4096) {
        ck_assert(a >= BASE && a < BASE + PAGES * 4096ul);
        page_offset[(a - BASE) >> 12] = offset + (a - addr);
    }
    utcb.msg.mr[0] = L4_RCV_MEM_MAPPED | ((ds_mode == DS_LIES ? fake_order : order) << 6);
    return l4_msgtag(0, 0, 1, 0);
}

static l4_msgtag_t ns_query(void)
{
    ns_calls++;
    if (ns_again) {
        ns_again--;
        return l4_msgtag(-L4_EAGAIN, 0, 0, 0);
    }
    utcb.msg.mr[3] = L4_RCV_OBJ_MAPPED;
    if (ns_rest) {
        utcb.msg.mr[1] = strlen(ns_rest);
        ns_rest = NULL;
        return l4_msgtag(L4RE_NS_PARTLY_RESOLVED, 3, 1, 0);
    }
    return l4_msgtag(0, 3, 1, 0);
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label;
    if ((dest & L4_SYSF_MASK) == L4_SYSF_RECV) { // from nobody: a sleep
        slept_ms += ((to.p.rcv.t & L4_TIMEOUT_MAN_MASK) << (to.p.rcv.t >> L4_TIMEOUT_EXP_SHIFT & L4_TIMEOUT_EXP_MASK)) / 1000;
        return l4_msgtag(0, 0, 0, L4_MSGTAG_ERROR);
    }
    switch (l4_msgtag_label(tag)) {
    case L4RE_PROTO_DATASPACE:
        return ds_map();
    case L4RE_PROTO_NAMESPACE:
        return ns_query();
    case L4_PROTO_SEMAPHORE:
        sem_downs++;
        return l4_msgtag(0, 0, 0, 0);
    case L4_PROTO_IRQ:
        sem_ups++;
        return tag;
    default:
        memset(utcb.msg.mr, 0x55, sizeof(utcb.msg.mr));
        return l4_msgtag(0, 0, 0, 0);
    }
}

static void setup(void)
{
    memset(page_offset, 0xff, sizeof(page_offset));
    map_calls = ns_calls = ns_again = sem_downs = sem_ups = slept_ms = 0;
    ds_mode = DS_GOOD;
    ns_rest = NULL;
    env = (l4re_env_t){.first_free_cap = 0x100, .factory = 0x2000};
    l4re_global_env = &env;
}

// SipHash-2-4 of 8 bytes 0, then 1, with the key of its reference vectors; made by another implementation, which was held
// against these.
START_TEST(test_random)
{
    l4re_random_init((l4_uint64_t[]){0, 0});
    ck_assert_uint_eq(l4re_random(), 0);
    l4re_random_init((l4_uint64_t[]){0x0706050403020100, 0x0f0e0d0c0b0a0908});
    ck_assert_uint_eq(l4re_random(), 0x39d3851ca07681a7);
    ck_assert_uint_eq(l4re_random(), 0x2b91b2b085e6d1f6);
}
END_TEST

START_TEST(test_map_region)
{
    unsigned seed = 7;
    for (unsigned round = 0; round < 300; round++) {
        seed = seed * 1103515245u + 12345u;
        unsigned first = (seed >> 8) % (PAGES / 2), n = (seed >> 4) % (PAGES / 2) + 1;
        l4_uint64_t offset = ((seed >> 16) % 3 ? first * 4096ull : 0x3000) + 0x10000000;
        max_order = 12 + (seed >> 12) % 14;
        memset(page_offset, 0xff, sizeof(page_offset));
        l4_addr_t a = BASE + first * 4096ul;
        ck_assert_int_eq(l4re_ds_map_region(0x9000, L4RE_DS_F_RW, offset, a, a + n * 4096ul), 0);
        bool ok = true;
        for (unsigned i = 0; i < PAGES; i++) {
            l4_uint64_t want = i >= first && i < first + n ? offset + (i - first) * 4096ull : ~0ull;
            ok = ok && page_offset[i] == want;
        }
        ck_assert(ok);
    }
}
END_TEST

START_TEST(test_map_large_pieces)
{
    max_order = 40;
    ck_assert_int_eq(l4re_ds_map_region(0x9000, L4RE_DS_F_RW, 0, BASE, BASE + PAGES * 4096ul), 0);
    ck_assert_uint_eq(map_calls, 1);
}
END_TEST

START_TEST(test_broken_server)
{
    ds_mode = DS_EMPTY;
    ck_assert_int_eq(l4re_ds_map(0x9000, L4RE_DS_F_R, 0, BASE, BASE, BASE + 4096), -L4_EIO);
    ck_assert_int_eq(l4re_ds_map_region(0x9000, L4RE_DS_F_R, 0, BASE, BASE + 8192), -L4_EIO);
    ds_mode = DS_LIES;
    max_order = 12;
    fake_order = 63;
    // At most the window.
    ck_assert_int_eq(l4re_ds_map_order(0x9000, L4RE_DS_F_R, 0, BASE, BASE, BASE + 8192), 13);
    fake_order = 0;
    // Always gets on.
    ck_assert_int_eq(l4re_ds_map_order(0x9000, L4RE_DS_F_R, 0, BASE, BASE, BASE + 8192), 12);
}
END_TEST

START_TEST(test_namespace)
{
    ns_rest = "c";
    ck_assert_int_eq(l4re_ns_query_srv(0x9000, "a/b/c", 0xa000), 0);
    ck_assert_uint_eq(ns_calls, 2);
    ns_rest = "longer than asked";
    ck_assert_int_eq(l4re_ns_query_srv(0x9000, "a/b", 0xa000), -L4_EINVAL);
    ns_rest = "";
    ck_assert_int_eq(l4re_ns_query_srv(0x9000, "a/b", 0xa000), -L4_EINVAL);
    ck_assert_int_eq(l4re_ns_query_srv(0x9000, "", 0xa000), -L4_ENOENT);
}
END_TEST

START_TEST(test_namespace_waits)
{
    ns_again = 6;
    ck_assert_int_eq(l4re_ns_query_srv(0x9000, "a", 0xa000), 0);
    ck_assert_uint_eq(ns_calls, 7);
    ck_assert(slept_ms > 440 && slept_ms <= 10 + 20 + 40 + 80 + 160 + 160);
    ns_again = 100;
    slept_ms = ns_calls = 0;
    ck_assert_int_eq(l4re_ns_query_to_srv(0x9000, "a", 0xa000, 100), -L4_EAGAIN);
    ck_assert_uint_eq(ns_calls, 5);
    ck_assert(slept_ms > 90 && slept_ms <= 100);
    ck_assert_int_eq(l4re_ns_query_to_srv(0x9000, "a", 0xa000, 0), -L4_EAGAIN);
    ck_assert_uint_eq(ns_calls, 6);
    ns_again = 100000; // nobody says how long: an hour
    slept_ms = 0;
    ck_assert_int_eq(l4re_ns_query_srv(0x9000, "a", 0xa000), -L4_EAGAIN);
    ck_assert(slept_ms > 3500000 && slept_ms <= 3600000);
}
END_TEST

START_TEST(test_env)
{
    l4re_env_cap_entry_t caps[] = {
        {0x16000, 0, "rom"},
        {0x17000, 0, "0123456789abcdef"},
        {0x18000, 0, "ro"},
        {0, L4RE_ENV_CAPS_END, ""},
    };
    env.caps = caps;
    ck_assert_uint_eq(l4re_env_get_cap("rom"), 0x16000);
    ck_assert_uint_eq(l4re_env_get_cap("ro"), 0x18000);
    ck_assert_uint_eq(l4re_env_get_cap("0123456789abcdef"), 0x17000);
    ck_assert(l4_is_invalid_cap(l4re_env_get_cap("0123456789abcdef0")));
    ck_assert(l4_is_invalid_cap(l4re_env_get_cap("r")));
    ck_assert(l4_is_invalid_cap(l4re_env_get_cap("")));
}
END_TEST

START_TEST(test_cap_alloc)
{
    static unsigned char seen[0x8000];
    unsigned n = 0;
    l4_cap_idx_t c, last = 0;
    while (l4_is_valid_cap(c = l4re_util_cap_alloc())) {
        unsigned i = (unsigned)(c >> L4_CAP_SHIFT);
        ck_assert(i >= 0x100 && i < sizeof(seen) && !seen[i]);
        seen[i] = 1;
        last = c;
        n++;
    }
    ck_assert_uint_ge(n, 4096);
    l4re_util_cap_free(L4_INVALID_CAP);
    l4re_util_cap_free(0x5000); // not ours
    l4re_util_cap_free(0xffffful << 12);
    ck_assert(l4_is_invalid_cap(l4re_util_cap_alloc()));
    l4re_util_cap_free(0x200ul << 12);
    l4re_util_cap_free_um(last);
    ck_assert(l4_is_valid_cap(l4re_util_cap_alloc()));
    ck_assert(l4_is_valid_cap(l4re_util_cap_alloc()));
    ck_assert(l4_is_invalid_cap(l4re_util_cap_alloc()));
    for (unsigned i = 0x100; i < sizeof(seen); i++)
        if (seen[i])
            l4re_util_cap_free((l4_cap_idx_t)i << L4_CAP_SHIFT);
}
END_TEST

START_TEST(test_mutex)
{
    l4re_mutex_t m = L4RE_MUTEX_INIT;
    l4re_mutex_lock(&m);
    ck_assert_int_eq(l4re_mutex_trylock(&m), 0);
    l4re_mutex_unlock(&m);
    ck_assert_uint_eq(m.sem, 0); // nobody waited: no kernel object
    utcb.msg.mr[0] = 0x1234;
    l4re_mutex_lock(&m);
    l4re_mutex_lock(&m); // a second thread would wait here
    ck_assert_uint_eq(sem_downs, 1);
    l4re_mutex_unlock(&m);
    l4re_mutex_unlock(&m);
    ck_assert_uint_eq(sem_ups, 1);
    ck_assert_uint_eq(utcb.msg.mr[0], 0x1234);
    ck_assert_int_eq(l4re_mutex_trylock(&m), 1);
    l4re_mutex_unlock(&m);
    l4re_mutex_destroy(&m);
}
END_TEST

START_TEST(test_timeouts)
{
    ck_assert_uint_eq(l4_timeout_from_us(0).t, 0x400);
    ck_assert_uint_eq(l4_timeout_from_us(1).t, 1);
    ck_assert_uint_eq(l4_timeout_from_us(~0ull).t, 0);
    for (l4_uint64_t us = 1; us < 1ull << 40; us = us * 3 + 1) {
        unsigned t = l4_timeout_from_us(us).t;
        l4_uint64_t got = (l4_uint64_t)(t & 0x3ff) << (t >> 10);
        ck_assert(got >= us && got <= us + us / 256); // never early, never much too late
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("l4re_client");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, test_random);
    tcase_add_test(tc, test_map_region);
    tcase_add_test(tc, test_map_large_pieces);
    tcase_add_test(tc, test_broken_server);
    tcase_add_test(tc, test_namespace);
    tcase_add_test(tc, test_namespace_waits);
    tcase_add_test(tc, test_env);
    tcase_add_test(tc, test_cap_alloc);
    tcase_add_test(tc, test_mutex);
    tcase_add_test(tc, test_timeouts);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
