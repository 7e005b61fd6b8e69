// SPDX-License-Identifier: MIT
// What uvmm changes in the guest's device tree: overlays.
#include "boot/dt.h"
#include "boot/overlay.h"
#include "unit_run.h"

#include <check.h>
#include <libfdt.h>
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
    char up[100];
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
    suite_add_tcase(s, t);
    return unit_run(s);
}
