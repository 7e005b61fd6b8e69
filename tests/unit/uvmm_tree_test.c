// SPDX-License-Identifier: MIT
// What uvmm changes in the guest's device tree: overlays, CPUs that are not there, compatible strings.
#include "boot/dt.h"
#include "boot/dt_cpus.h"
#include "boot/overlay.h"
#include "unit_run.h"

#include <check.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(8) char tree[16384];
static _Alignas(8) char over[8192];

static void cells(void *fdt, int node, char const *name, unsigned n, uint32_t const *v)
{
    uint32_t be[32];
    ck_assert_uint_le(n, 32);
    for (unsigned i = 0; i < n; i++)
        be[i] = cpu_to_fdt32(v[i]);
    ck_assert_int_eq(fdt_setprop(fdt, node, name, be, (int)(4 * n)), 0);
}

#define CELLS(fdt, node, name, ...)                                                                \
    cells(fdt, node, name, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})

static int child(void *fdt, int parent, char const *name)
{
    int node = fdt_subnode_offset(fdt, parent, name);
    if (node < 0)
        node = fdt_add_subnode(fdt, parent, name);
    ck_assert_int_ge(node, 0);
    return node;
}

// The node of a path; its parents exist.
static int add_path(void *fdt, char const *path)
{
    char up[1000];
    size_t len = (size_t)(strrchr(path, '/') - path);
    memcpy(up, path, len);
    up[len] = 0;
    int parent = len ? fdt_path_offset(fdt, up) : 0;
    ck_assert_int_ge(parent, 0);
    return child(fdt, parent, path + len + 1);
}

static int at(void const *fdt, char const *path)
{
    int node = fdt_path_offset(fdt, path);
    ck_assert_msg(node >= 0, "there is no %s", path);
    return node;
}

// ---------------------------------------------------------------- overlays

// A clock with phandle 0x8000, a device that uses it.
static void make_base(void)
{
    ck_assert_int_eq(fdt_create_empty_tree(tree, sizeof(tree)), 0);
    int clock = add_path(tree, "/clock");
    CELLS(tree, clock, "phandle", 0x8000);
    int dev = add_path(tree, "/rtc");
    CELLS(tree, dev, "clocks", 0x8000);
    int other = add_path(tree, "/other");
    CELLS(tree, other, "phandle", 3);
    int symbols = add_path(tree, "/__symbols__");
    fdt_setprop_string(tree, symbols, "other", "/other");
}

// An overlay for the root that names the base's clock again, as a node that it has a label for (or
// a phandle), and adds a device that uses it and one of its own.
static void make_overlay(void)
{
    ck_assert_int_eq(fdt_create_empty_tree(over, sizeof(over)), 0);
    int fragment = add_path(over, "/fragment@2"); // libfdt puts new nodes in front: the last one
    fdt_setprop_string(over, fragment, "target-path", "/");
    add_path(over, "/fragment@2/__overlay__");
    fragment = add_path(over, "/fragment@0");
    fdt_setprop_string(over, fragment, "target-path", "/");
    add_path(over, "/fragment@0/__overlay__");
    int clock = add_path(over, "/fragment@0/__overlay__/clock");
    CELLS(over, clock, "clock-frequency", 24000000);
    CELLS(over, clock, "phandle", 1);
    int own = add_path(over, "/fragment@0/__overlay__/own-clock");
    CELLS(over, own, "phandle", 2);
    int dev = add_path(over, "/fragment@0/__overlay__/uart");
    CELLS(over, dev, "clocks", 2, 1, 2, 0xffffffff);
    add_path(over, "/__local_fixups__");
    add_path(over, "/__local_fixups__/fragment@0");
    add_path(over, "/__local_fixups__/fragment@0/__overlay__");
    int fix = add_path(over, "/__local_fixups__/fragment@0/__overlay__/uart");
    CELLS(over, fix, "clocks", 0, 4, 8);
    int fixups = add_path(over, "/__fixups__");
    fdt_setprop_string(over, fixups, "other", "/fragment@0/__overlay__/uart:clocks:12");
}

static void *apply(void)
{
    void *result = NULL;
    ck_assert_int_eq(fdt_check_full(over, sizeof(over)), 0);
    ck_assert_int_eq(overlay_apply(tree, over, 4096, &result), 0);
    ck_assert_int_eq(fdt_check_full(result, fdt_totalsize(result)), 0);
    return result;
}

// Cell `index` of clocks leads to the node with that path.
static void leads_to(void const *fdt, char const *dev, unsigned index, char const *path)
{
    int len;
    uint32_t const *p = fdt_getprop(fdt, at(fdt, dev), "clocks", &len);
    ck_assert_ptr_nonnull(p);
    ck_assert_int_gt(len, (int)(4 * index));
    int node = fdt_node_offset_by_phandle(fdt, fdt32_to_cpu(p[index]));
    ck_assert_msg(node >= 0, "%s: cell %u dangles: 0x%x", dev, index, fdt32_to_cpu(p[index]));
    ck_assert_int_eq(node, at(fdt, path));
}

START_TEST(overlay_keeps_phandles_of_the_base)
{
    make_base();
    make_overlay();
    void *t = apply();
    ck_assert_uint_eq(dt_u32(t, at(t, "/clock"), "clock-frequency", 0), 24000000);
    ck_assert_uint_eq(fdt_get_phandle(t, at(t, "/clock")), 0x8000);
    leads_to(t, "/rtc", 0, "/clock");
    leads_to(t, "/uart", 0, "/own-clock");
    leads_to(t, "/uart", 1, "/clock");
    leads_to(t, "/uart", 2, "/own-clock");
    leads_to(t, "/uart", 3, "/other");
    free(t);
}
END_TEST

// The property that older trees have instead of phandle, or beside it.
START_TEST(overlay_keeps_old_phandles)
{
    make_base();
    fdt_delprop(tree, at(tree, "/clock"), "phandle");
    CELLS(tree, at(tree, "/clock"), "linux,phandle", 0x8000);
    make_overlay();
    CELLS(over, at(over, "/fragment@0/__overlay__/clock"), "linux,phandle", 1);
    void *t = apply();
    leads_to(t, "/rtc", 0, "/clock");
    leads_to(t, "/uart", 0, "/own-clock");
    leads_to(t, "/uart", 1, "/clock");
    free(t);
}
END_TEST

// Two fragments for one node, each with a label of its own; a third whose target is that label.
START_TEST(overlay_names_a_node_twice)
{
    make_base();
    make_overlay();
    int fragment = add_path(over, "/fragment@1");
    fdt_setprop_string(over, fragment, "target-path", "/clock");
    int node = add_path(over, "/fragment@1/__overlay__");
    CELLS(over, node, "phandle", 7);
    fragment = add_path(over, "/fragment@2");
    fdt_delprop(over, fragment, "target-path");
    CELLS(over, fragment, "target", 7);
    node = add_path(over, "/fragment@2/__overlay__");
    CELLS(over, node, "clocks", 1, 7, 2);
    int fix = add_path(over, "/__local_fixups__/fragment@2");
    CELLS(over, fix, "target", 0);
    fix = add_path(over, "/__local_fixups__/fragment@2/__overlay__");
    CELLS(over, fix, "clocks", 0, 4, 8);
    void *t = apply();
    leads_to(t, "/rtc", 0, "/clock");
    leads_to(t, "/uart", 1, "/clock");
    leads_to(t, "/clock", 0, "/clock");
    leads_to(t, "/clock", 1, "/clock");
    leads_to(t, "/clock", 2, "/own-clock");
    free(t);
}
END_TEST

// A second overlay meets what the first one has made.
START_TEST(overlay_on_overlay)
{
    make_base();
    make_overlay();
    void *first = apply(), *t = NULL;
    ck_assert_int_eq(overlay_apply(first, over, 4096, &t), 0);
    leads_to(t, "/rtc", 0, "/clock");
    leads_to(t, "/uart", 0, "/own-clock");
    leads_to(t, "/uart", 1, "/clock");
    leads_to(t, "/uart", 3, "/other");
    ck_assert_uint_eq(fdt_get_phandle(t, at(t, "/own-clock")),
                      fdt_get_phandle(first, at(first, "/own-clock")));
    free(first);
    free(t);
}
END_TEST

// Nodes whose names differ in the unit address alone are different ones.
START_TEST(overlay_adds_a_node_of_nearly_the_same_name)
{
    make_base();
    make_overlay();
    int node = add_path(over, "/fragment@0/__overlay__/other@1");
    CELLS(over, node, "phandle", 9);
    int dev = at(over, "/fragment@0/__overlay__/uart");
    CELLS(over, dev, "clocks", 2, 1, 9, 0xffffffff);
    void *t = apply();
    leads_to(t, "/uart", 2, "/other@1");
    ck_assert_uint_eq(fdt_get_phandle(t, at(t, "/other@1")), 0x8009);
    free(t);
}
END_TEST

START_TEST(overlay_hostile)
{
    void *t = NULL;
    make_base();
    make_overlay();
    CELLS(over, at(over, "/__local_fixups__/fragment@0/__overlay__/uart"), "clocks", 0, 4, 0x7fffffff);
    ck_assert_int_lt(overlay_apply(tree, over, 4096, &t), 0);
    CELLS(over, at(over, "/__local_fixups__/fragment@0/__overlay__/uart"), "clocks", 0, 14);
    ck_assert_int_lt(overlay_apply(tree, over, 4096, &t), 0);
    fdt_setprop(over, at(over, "/__local_fixups__/fragment@0/__overlay__/uart"), "clocks", "12345", 5);
    ck_assert_int_lt(overlay_apply(tree, over, 4096, &t), 0);
    make_overlay();
    fdt_setprop_string(over, at(over, "/fragment@0"), "target-path", "/nowhere");
    ck_assert_int_lt(overlay_apply(tree, over, 4096, &t), 0);
    ck_assert_ptr_null(t);
    make_overlay(); // a label that nobody refers to
    fdt_del_node(over, at(over, "/__local_fixups__"));
    t = apply();
    leads_to(t, "/rtc", 0, "/clock");
    free(t);
}
END_TEST

// libfdt raises phandles, and references to them, while it follows the places that the overlay names. A place that is such a
// number itself would lead anywhere.
START_TEST(overlay_changes_its_own_places)
{
    static char const *const levels[] = {"/__local_fixups__/__local_fixups__", "/fragment@0", "/__overlay__", "/uart"};
    char path[128] = "";
    void *t = NULL;
    make_base();
    CELLS(tree, at(tree, "/other"), "phandle", 0x7f000000);
    make_overlay();
    add_path(over, "/__local_fixups__/fragment@0/__overlay__/own-clock");
    CELLS(over, at(over, "/__local_fixups__/fragment@0/__overlay__/own-clock"), "phandle", 0);
    ck_assert_int_lt(overlay_apply(tree, over, 4096, &t), 0);
    make_overlay();
    for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        strcat(path, levels[i]);
        add_path(over, path);
    }
    CELLS(over, at(over, path), "clocks", 0);
    ck_assert_int_lt(overlay_apply(tree, over, 4096, &t), 0);
    ck_assert_ptr_null(t);
}
END_TEST

// ---------------------------------------------------------------- CPUs

// Nodes are made back to front, libfdt puts new ones before the others.
static void make_cpus(unsigned count)
{
    char path[64];
    ck_assert_int_eq(fdt_create_empty_tree(tree, sizeof(tree)), 0);
    CELLS(tree, 0, "interrupt-parent", 99);
    int gic = add_path(tree, "/gic");
    fdt_setprop_string(tree, gic, "compatible", "arm,gic-v3");
    CELLS(tree, gic, "#interrupt-cells", 3);
    CELLS(tree, gic, "phandle", 99);
    add_path(tree, "/cpus");
    add_path(tree, "/aliases");
    add_path(tree, "/__symbols__");
    for (unsigned i = count; i-- > 0;) {
        snprintf(path, sizeof(path), "/cpus/cpu@%u", i);
        int cpu = add_path(tree, path);
        fdt_setprop_string(tree, cpu, "device_type", "cpu");
        CELLS(tree, cpu, "reg", i);
        CELLS(tree, cpu, "phandle", 10 + i);
        snprintf(path + strlen(path), 20, "/cache");
        cpu = add_path(tree, path);
        CELLS(tree, cpu, "phandle", 50 + i);
    }
}

static unsigned count_cpus(void)
{
    unsigned n = 0;
    for (int cpu = dt_next_cpu(tree, -1); cpu >= 0; cpu = dt_next_cpu(tree, cpu))
        n++;
    return n;
}

static bool there(char const *path)
{
    return fdt_path_offset(tree, path) >= 0;
}

static unsigned entries(char const *path, char const *name)
{
    int len;
    return fdt_getprop(tree, at(tree, path), name, &len) ? (unsigned)len / 4 : 0;
}

static uint32_t entry(char const *path, char const *name, unsigned i)
{
    ck_assert_uint_lt(i, entries(path, name));
    return fdt32_ld((fdt32_t const *)fdt_getprop(tree, at(tree, path), name, NULL) + i);
}

START_TEST(cpus_surplus_ones_go)
{
    make_cpus(4);
    fdt_setprop_string(tree, at(tree, "/cpus/cpu@1"), "status", "fail"); // no CPU of this machine
    fdt_setprop_string(tree, at(tree, "/aliases"), "boot-cpu", "/cpus/cpu@0");
    fdt_setprop_string(tree, at(tree, "/aliases"), "last", "/cpus/cpu@3");
    fdt_setprop_string(tree, at(tree, "/__symbols__"), "l2", "/cpus/cpu@3/cache");
    fdt_setprop_string(tree, at(tree, "/__symbols__"), "l3", "/cpus/cpu@30");
    ck_assert_int_eq(dt_remove_cpus(tree, 3), 0);
    ck_assert_int_eq(dt_remove_cpus(tree, 2), 1);
    ck_assert(there("/cpus/cpu@0") && there("/cpus/cpu@1") && there("/cpus/cpu@2") && !there("/cpus/cpu@3"));
    ck_assert_uint_eq(count_cpus(), 2);
    ck_assert_ptr_nonnull(dt_string(tree, at(tree, "/aliases"), "boot-cpu"));
    ck_assert_ptr_null(dt_string(tree, at(tree, "/aliases"), "last"));
    ck_assert_ptr_null(dt_string(tree, at(tree, "/__symbols__"), "l2"));
    ck_assert_ptr_nonnull(dt_string(tree, at(tree, "/__symbols__"), "l3"));
    ck_assert_int_eq(dt_remove_cpus(tree, 0), 2);
    ck_assert_uint_eq(count_cpus(), 0);
    ck_assert_int_eq(dt_remove_cpus(tree, 0), 0);
    ck_assert_int_eq(fdt_check_full(tree, sizeof(tree)), 0);
}
END_TEST

// Two clusters of two cores, in the order in which a tree is written.
static void make_map(uint32_t const cpu[4])
{
    static char const *const core[] = {"/cpus/cpu-map/cluster0/core0", "/cpus/cpu-map/cluster0/core1",
                                       "/cpus/cpu-map/cluster1/core0", "/cpus/cpu-map/cluster1/core1"};
    add_path(tree, "/cpus/cpu-map");
    add_path(tree, "/cpus/cpu-map/cluster1");
    add_path(tree, "/cpus/cpu-map/cluster0");
    for (unsigned i = 4; i-- > 0;)
        CELLS(tree, add_path(tree, core[i]), "cpu", cpu[i]);
}

START_TEST(cpus_leave_the_map)
{
    make_cpus(4);
    make_map((uint32_t[]){10, 11, 12, 13});
    ck_assert_int_eq(dt_remove_cpus(tree, 3), 1);
    ck_assert(there("/cpus/cpu-map/cluster1/core0") && !there("/cpus/cpu-map/cluster1/core1"));
    ck_assert_int_eq(dt_remove_cpus(tree, 1), 2);
    ck_assert(there("/cpus/cpu-map/cluster0/core0") && !there("/cpus/cpu-map/cluster0/core1"));
    ck_assert(!there("/cpus/cpu-map/cluster1"));
    ck_assert_int_eq(dt_remove_cpus(tree, 0), 1);
    ck_assert(!there("/cpus/cpu-map"));
}
END_TEST

// What is left is numbered anew, or a guest would stop at the gap.
START_TEST(cpus_leave_no_gap_in_the_map)
{
    make_cpus(4);
    make_map((uint32_t[]){12, 13, 11, 10});
    ck_assert_int_eq(dt_remove_cpus(tree, 2), 2);
    ck_assert(!there("/cpus/cpu-map/cluster1"));
    ck_assert_uint_eq(entry("/cpus/cpu-map/cluster0/core0", "cpu", 0), 11);
    ck_assert_uint_eq(entry("/cpus/cpu-map/cluster0/core1", "cpu", 0), 10);
    ck_assert_int_eq(dt_remove_cpus(tree, 1), 1);
    ck_assert_uint_eq(entry("/cpus/cpu-map/cluster0/core0", "cpu", 0), 10);
    ck_assert(!there("/cpus/cpu-map/cluster0/core1"));
}
END_TEST

START_TEST(cpus_leave_affinities)
{
    make_cpus(4);
    CELLS(tree, at(tree, "/cpus/cpu@0"), "next-level-cache", 53);
    CELLS(tree, at(tree, "/cpus/cpu@1"), "next-level-cache", 50);
    int pmu = add_path(tree, "/pmu"); // an interrupt for each CPU
    CELLS(tree, pmu, "interrupts", 0, 1, 4, 0, 2, 4, 0, 3, 4, 0, 4, 4);
    CELLS(tree, pmu, "interrupt-affinity", 13, 10, 12, 11);
    pmu = add_path(tree, "/pmu-private"); // one interrupt of all
    CELLS(tree, pmu, "interrupts", 1, 7, 4);
    CELLS(tree, pmu, "interrupt-affinity", 10, 11, 12, 13);
    pmu = add_path(tree, "/pmu-last");
    CELLS(tree, pmu, "interrupts", 0, 9, 4);
    CELLS(tree, pmu, "interrupt-affinity", 13);
    pmu = add_path(tree, "/pmu-extended");
    CELLS(tree, pmu, "interrupts-extended", 99, 0, 1, 4, 99, 0, 2, 4);
    CELLS(tree, pmu, "interrupt-affinity", 12, 11);
    ck_assert_int_eq(dt_remove_cpus(tree, 2), 2);
    ck_assert_uint_eq(entries("/pmu", "interrupt-affinity"), 2);
    ck_assert_uint_eq(entry("/pmu", "interrupt-affinity", 0), 10);
    ck_assert_uint_eq(entry("/pmu", "interrupt-affinity", 1), 11);
    ck_assert_uint_eq(entries("/pmu", "interrupts"), 6);
    ck_assert_uint_eq(entry("/pmu", "interrupts", 1), 2);
    ck_assert_uint_eq(entry("/pmu", "interrupts", 4), 4);
    ck_assert_uint_eq(entries("/pmu-private", "interrupts"), 3);
    ck_assert_uint_eq(entries("/pmu-private", "interrupt-affinity"), 2);
    ck_assert(!dt_enabled(tree, at(tree, "/pmu-last")));
    ck_assert_uint_eq(entries("/pmu-last", "interrupt-affinity"), 0);
    ck_assert_uint_eq(entries("/pmu-extended", "interrupts-extended"), 4);
    ck_assert_uint_eq(entry("/pmu-extended", "interrupts-extended", 2), 2);
    ck_assert_uint_eq(entries("/cpus/cpu@0", "next-level-cache"), 0);
    ck_assert_uint_eq(entries("/cpus/cpu@1", "next-level-cache"), 1);
}
END_TEST

START_TEST(cpus_hostile)
{
    char path[1000] = "/cpus/cpu-map";
    make_cpus(2);
    fdt_delprop(tree, at(tree, "/cpus/cpu@1"), "phandle"); // nobody can mean it
    fdt_setprop(tree, at(tree, "/aliases"), "odd", "/cpus/cpu@1", 5);
    int pmu = add_path(tree, "/pmu");
    fdt_setprop(tree, pmu, "interrupt-affinity", "\0\0\0\013\0", 5);
    CELLS(tree, pmu, "interrupts", 0, 1);
    add_path(tree, path);
    for (unsigned i = 0; i < 60; i++) { // deeper than any map
        strcat(path, "/cluster0");
        add_path(tree, path);
    }
    CELLS(tree, at(tree, path), "cpu", 10);
    ck_assert_int_eq(dt_remove_cpus(tree, 1), 1);
    ck_assert_int_eq(dt_remove_cpus(tree, 0), 1);
    ck_assert_int_eq(fdt_check_full(tree, sizeof(tree)), 0);
    ck_assert_int_eq(fdt_create_empty_tree(tree, sizeof(tree)), 0);
    ck_assert_int_eq(dt_remove_cpus(tree, 0), 0);
}
END_TEST

// ---------------------------------------------------------------- compatible

static void compatible_becomes(char const *old, int old_len, char const *want, int want_len)
{
    int len;
    ck_assert_int_eq(fdt_create_empty_tree(tree, sizeof(tree)), 0);
    int node = add_path(tree, "/gic");
    if (old)
        fdt_setprop(tree, node, "compatible", old, old_len);
    ck_assert_int_eq(dt_set_compatible(tree, node, "arm,gic-400", "arm,gic-v3"), 0);
    char const *p = fdt_getprop(tree, node, "compatible", &len);
    ck_assert_int_eq(len, want_len);
    ck_assert_mem_eq(p, want, (size_t)len);
}

#define COMPATIBLE(old, want) compatible_becomes(old, sizeof(old), want, sizeof(want))

START_TEST(compatible_keeps_older_names)
{
    compatible_becomes(NULL, 0, "arm,gic-400", 12);
    COMPATIBLE("arm,gic-v3", "arm,gic-400");
    COMPATIBLE("arm,cortex-a15-gic", "arm,gic-400\0arm,cortex-a15-gic");
    COMPATIBLE("arm,gic-v3\0arm,cortex-a15-gic", "arm,gic-400\0arm,cortex-a15-gic");
    COMPATIBLE("arm,cortex-a15-gic\0arm,gic-400\0arm,cortex-a9-gic\0arm,cortex-a15-gic",
               "arm,gic-400\0arm,cortex-a15-gic\0arm,cortex-a9-gic");
    compatible_becomes("arm,cortex-a15-gic", 5, "arm,gic-400", 12); // no end
}
END_TEST

START_TEST(compatible_finds_enabled_nodes)
{
    make_base();
    ck_assert_int_lt(dt_find_compatible(tree, "l4rtc"), 0);
    int clock = at(tree, "/rtc");
    fdt_setprop_string(tree, clock, "compatible", "l4rtc2");
    ck_assert_int_lt(dt_find_compatible(tree, "l4rtc"), 0);
    fdt_setprop(tree, clock, "compatible", "other\0l4rtc", 12);
    ck_assert_int_eq(dt_find_compatible(tree, "l4rtc"), at(tree, "/rtc"));
    fdt_setprop_string(tree, clock, "status", "disabled");
    ck_assert_int_lt(dt_find_compatible(tree, "l4rtc"), 0);
    fdt_setprop_string(tree, at(tree, "/clock"), "compatible", "l4rtc");
    fdt_setprop_string(tree, at(tree, "/other"), "compatible", "l4rtc");
    fdt_setprop_string(tree, at(tree, "/other"), "status", "okay");
    int first = at(tree, "/clock") < at(tree, "/other") ? at(tree, "/clock") : at(tree, "/other");
    ck_assert_int_eq(dt_find_compatible(tree, "l4rtc"), first);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_tree");
    TCase *t = tcase_create("tree");
    tcase_add_test(t, overlay_keeps_phandles_of_the_base);
    tcase_add_test(t, overlay_keeps_old_phandles);
    tcase_add_test(t, overlay_names_a_node_twice);
    tcase_add_test(t, overlay_on_overlay);
    tcase_add_test(t, overlay_adds_a_node_of_nearly_the_same_name);
    tcase_add_test(t, overlay_hostile);
    tcase_add_test(t, overlay_changes_its_own_places);
    tcase_add_test(t, cpus_surplus_ones_go);
    tcase_add_test(t, cpus_leave_the_map);
    tcase_add_test(t, cpus_leave_no_gap_in_the_map);
    tcase_add_test(t, cpus_leave_affinities);
    tcase_add_test(t, cpus_hostile);
    tcase_add_test(t, compatible_keeps_older_names);
    tcase_add_test(t, compatible_finds_enabled_nodes);
    suite_add_tcase(s, t);
    return unit_run(s);
}
