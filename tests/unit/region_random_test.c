// SPDX-License-Identifier: MIT
// Random operations on a region map against the model. CALLS: how many, in all; SEED: of the first map.
#include "region_model.h"

#include <check.h>
#include <l4/re/c/rm.h>
#include <l4/sys/err.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_DEFAULT 20000
#define RUN_CALLS     500 // calls on one map
#define PAGE          ((uint64_t)L4_PAGESIZE)

struct memory {
    unsigned refs;
};

static struct memory memories[MODEL_MEMORY]; // [0] is none
static struct model model;
static struct region_map map;
static uint64_t random_state;

static unsigned below(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((random_state >> 33) % n);
}

static void get(void *memory)
{
    struct memory *m = memory;
    m->refs++;
}

static unsigned number_of(void const *memory)
{
    return memory ? (unsigned)((struct memory const *)memory - memories) : 0;
}

static void *grow(void *ctx, void *old, size_t old_bytes, size_t new_bytes)
{
    (void)ctx;
    if (model.full)
        return NULL;
    void *p = malloc(new_bytes);
    memcpy(p, old ? old : "", old_bytes);
    free(old);
    return p;
}

// Addresses around the space, mostly in it, mostly at pages.
static uint64_t random_address(void)
{
    uint64_t a = model.base + (uint64_t)below(MODEL_PAGES + 4) * PAGE - 2 * PAGE;

    if (below(4) == 0)
        a += below(PAGE);
    if (below(60) == 0)
        a = below(2) ? 0 : ~(uint64_t)0 - below(3 * PAGE);
    return a;
}

static uint64_t random_size(void)
{
    uint64_t size = (uint64_t)(1 + below(below(5) ? 6 : MODEL_PAGES)) * PAGE;

    if (below(4) == 0)
        size -= below(PAGE);
    if (below(60) == 0)
        size = below(3) ? (uint64_t)0 - below(3 * PAGE) : below(2);
    return size;
}

static uint32_t random_flags(void)
{
    static uint32_t const attach[] = {0, L4RE_RM_F_SEARCH_ADDR, L4RE_RM_F_IN_AREA,
                                      L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_IN_AREA, L4RE_RM_F_EAGER_MAP};
    static uint32_t const region[] = {0, L4RE_RM_F_PRIVATE, L4RE_RM_F_ANONYMOUS | L4RE_RM_F_PRIVATE, L4RE_RM_F_RESERVED,
                                      L4RE_RM_F_CACHE_UNCACHED, L4RE_RM_F_KERNEL};
    uint32_t flags = attach[below(5)] | region[below(6)] | below(8);

    return below(50) ? flags : flags | 1u << below(32);
}

static unsigned random_align(void)
{
    return below(10) ? 12 + below(4) : below(20) ? below(70) : 255;
}

static void run_attach(void)
{
    struct region_attach a = {.start = random_address(), .size = random_size(), .flags = random_flags(),
                              .align = random_align(), .offset = below(20) ? below(1u << 20) : ~(uint64_t)0 - below(1u << 18),
                              .client_cap = below(1000), .has_memory = below(3), .rights = below(8)};
    unsigned memory = below(MODEL_MEMORY);
    uint64_t start = 0;
    struct region r;
    int want = model_attach(&model, &a, memory, &start), got = region_map_plan(&map, &a, &r);

    ck_assert_int_eq(got, want);
    if (got < 0)
        return;
    ck_assert_uint_eq(r.start, start);
    r.memory = memory ? &memories[memory] : NULL;
    memories[memory].refs++;
    region_map_enter(&map, &r);
}

static void run_detach(void)
{
    uint64_t at = random_address(), size = random_size(), want_size = 0, want_start = 0;
    unsigned flags = below(4);
    struct model_page page;
    struct region gone;
    int want = model_detach(&model, at, size, flags, &page, &want_size, &want_start);

    ck_assert_int_eq(region_map_detach(&map, at, size, flags, &gone), want);
    if (want < 0)
        return;
    ck_assert_uint_eq(gone.start, want_start);
    ck_assert_uint_eq(gone.end - gone.start + 1, want_size);
    ck_assert_uint_eq(gone.offset, page.offset);
    ck_assert_uint_eq(gone.flags, page.flags);
    ck_assert_uint_eq(gone.client_cap, page.client_cap);
    ck_assert_uint_eq(number_of(gone.memory), page.memory);
    memories[page.memory].refs--;
}

static void run_areas(void)
{
    uint64_t at = random_address(), size = random_size(), want_at = at;
    uint32_t flags = below(4) ? L4RE_RM_F_SEARCH_ADDR * below(2) : random_flags();
    unsigned align = below(3) ? random_align() : below(12);

    if (below(3) == 0) {
        int want = model_free_area(&model, at);
        ck_assert_int_eq(region_map_free_area(&map, at), want);
        return;
    }
    if (model.areas == MODEL_AREAS)
        return;
    int want = model_reserve(&model, &want_at, size, flags, align);
    ck_assert_int_eq(region_map_reserve(&map, &at, size, flags, align), want);
    ck_assert_uint_eq(at, want_at);
}

static void run_overlap(void)
{
    uint64_t at = random_address(), size = random_size(), last = at + size - 1;
    struct region const *want = NULL, *want_area = NULL;

    for (unsigned i = 0; size && last >= at && !want && i < map.regions.count; i++)
        if (map.regions.r[i].start <= last && map.regions.r[i].end >= at)
            want = &map.regions.r[i];
    for (unsigned i = 0; size && last >= at && !want_area && i < map.areas.count; i++)
        if (map.areas.r[i].start <= last && map.areas.r[i].end >= at)
            want_area = &map.areas.r[i];
    ck_assert_ptr_eq(region_map_overlap(&map, at, size), want);
    ck_assert_ptr_eq(region_map_overlap_area(&map, at, size), want_area);
}

static void one_map(unsigned seed, unsigned calls)
{
    static uint64_t const bases[] = {0x10000, 0x7fffff0000, (uint64_t)0 - MODEL_PAGES * 0x1000, 0};

    random_state = seed;
    model_init(&model, bases[below(4)]);
    memset(memories, 0, sizeof(memories));
    map = (struct region_map){.min = model.base, .max = model.base + (MODEL_PAGES * PAGE - 1), .grow = grow, .get = get};
    for (unsigned i = 0; i < calls; i++) {
        model.full = below(8) == 0;
        model.region_room = map.regions.capacity;
        model.area_room = map.areas.capacity;
        unsigned what = below(16);
        if (what < 8)
            run_attach();
        else if (what < 12)
            run_detach();
        else if (what < 15)
            run_areas();
        else
            run_overlap();
        char const *differs = model_compare(&model, &map, number_of);
        ck_assert_msg(!differs, "seed %u call %u: %s", seed, i, differs);
        for (unsigned m = 1; m < MODEL_MEMORY; m++)
            ck_assert_msg(memories[m].refs == model_references(&model, m), "seed %u call %u: references", seed, i);
    }
    free(map.regions.r);
    free(map.areas.r);
}

static unsigned long from_environment(char const *name, unsigned long otherwise)
{
    char const *value = getenv(name);

    return value && *value ? strtoul(value, NULL, 0) : otherwise;
}

START_TEST(random_against_model)
{
    unsigned long calls = from_environment("CALLS", CALLS_DEFAULT);

    for (unsigned seed = (unsigned)from_environment("SEED", 1); calls; seed++) {
        unsigned n = calls < RUN_CALLS ? (unsigned)calls : RUN_CALLS;
        one_map(seed, n);
        calls -= n;
    }
}
END_TEST

TCase *region_random_cases(void);
TCase *region_random_cases(void)
{
    TCase *t = tcase_create("region_random");
    tcase_set_timeout(t, 600);
    tcase_add_test(t, random_against_model);
    return t;
}
