// SPDX-License-Identifier: MIT
// The index of a device tree gives the answers of libfdt.
#include "dt/dt_index.h"
#include "tree_builder.h"
#include "unit_run.h"

#include <check.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

static void controller(char const *name, char const *phandle_name, unsigned phandle)
{
    tree_open(name);
    tree_string("compatible", name);
    tree_cells(phandle_name, 1, phandle);
    tree_close();
}

static void close_and_finish(void)
{
    tree_close();
    tree_finish();
}

// Nodes with and without children, a type, a list; the names of the top also stand further down.
static void sample(void)
{
    tree_begin();
    tree_open("");
    tree_string("compatible", "test,board");
    tree_open("soc");
    controller("gic", "phandle", 1);
    tree_open("chosen");
    tree_close();
    tree_open("bus");
    tree_bytes("compatible", "a\0b", 4);
    controller("x,gpio", "linux,phandle", 2);
    tree_close();
    controller("x,last", "phandle", 3);
    tree_close();
    tree_open("chosen");
    tree_close();
    tree_open("memory@0");
    tree_string("device_type", "memory");
    tree_close();
    close_and_finish();
}

static int either(int node)
{
    return node < 0 ? -1 : node;
}

static void check_children(int parent)
{
    int child, expected = fdt_first_subnode(tree_blob, parent);
    dt_for_each_child(child, tree_blob, parent) {
        ck_assert_int_eq(child, expected);
        expected = fdt_next_subnode(tree_blob, expected);
    }
    ck_assert_int_lt(expected, 0);
}

static void check_node(int node)
{
    int len, expected_len;
    char const *list = dt_compatible(tree_blob, node, &len);
    char const *expected = fdt_getprop(tree_blob, node, "compatible", &expected_len);
    ck_assert_ptr_eq(list, expected);
    ck_assert(!list || len == expected_len);
    ck_assert_int_eq(either(dt_parent(tree_blob, node)), either(fdt_parent_offset(tree_blob, node)));
    ck_assert_int_eq(dt_has_type(tree_blob, node, "memory"),
                     !strcmp(fdt_get_name(tree_blob, node, NULL), "memory@0"));
    check_children(node);
}

static void check_tree(void)
{
    int node = -1, expected = -1;
    do {
        node = either(dt_next(tree_blob, node));
        expected = either(fdt_next_node(tree_blob, expected, NULL));
        ck_assert_int_eq(node, expected);
        if (node >= 0)
            check_node(node);
    } while (node >= 0);
    for (uint32_t phandle = 0; phandle < 5; phandle++)
        ck_assert_int_eq(either(dt_by_phandle(tree_blob, phandle)),
                         either(fdt_node_offset_by_phandle(tree_blob, phandle)));
    ck_assert_int_lt(dt_by_phandle(tree_blob, ~0u), 0);
    ck_assert_int_eq(dt_top(tree_blob, "chosen"), fdt_path_offset(tree_blob, "/chosen"));
    ck_assert_int_lt(dt_top(tree_blob, "gic"), 0);
}

START_TEST(test_same_answers)
{
    sample();
    check_tree();
    ck_assert_int_eq(dt_index_build(tree_blob), 0);
    check_tree();
    // they came from the index: libfdt sees no nodes any more
    memset(tree_blob + fdt_off_dt_struct(tree_blob), 0, 8);
    ck_assert_int_gt(dt_next(tree_blob, dt_next(tree_blob, -1)), 0);
    dt_index_forget();
    ck_assert_int_lt(dt_next(tree_blob, -1), 0);
}
END_TEST

START_TEST(test_more_nodes_than_fit)
{
    tree_begin();
    tree_open("");
    for (unsigned i = 0; i < DT_INDEX_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%x", i);
        tree_open(name);
        tree_close();
    }
    tree_open("chosen");
    tree_close();
    close_and_finish();
    ck_assert_int_eq(dt_index_build(tree_blob), 0);
    check_children(0);
    ck_assert_int_eq(dt_top(tree_blob, "chosen"), fdt_path_offset(tree_blob, "/chosen"));
}
END_TEST

START_TEST(test_property_without_a_name)
{
    sample();
    memset(tree_blob + fdt_off_dt_strings(tree_blob), 0, fdt_size_dt_strings(tree_blob));
    ck_assert_int_eq(dt_index_build(tree_blob), -FDT_ERR_TRUNCATED);
    ck_assert_int_eq(either(dt_parent(tree_blob, 0)), -1);
}
END_TEST

// libfdt lets it pass.
START_TEST(test_property_outside_of_the_nodes)
{
    tree_begin();
    tree_open("");
    tree_string("compatible", "x");
    close_and_finish();
    // [root, property, end] becomes [property, root, end]
    uint32_t *s = (uint32_t *)(tree_blob + fdt_off_dt_struct(tree_blob)), root[2];
    memcpy(root, s, sizeof root);
    memmove(s, s + 2, 16);
    memcpy(s + 4, root, sizeof root);
    ck_assert_int_eq(dt_index_build(tree_blob), 0);
    int len;
    ck_assert_ptr_null(dt_compatible(tree_blob, dt_next(tree_blob, -1), &len));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dt_index");
    TCase *c = tcase_create("index");
    tcase_add_test(c, test_same_answers);
    tcase_add_test(c, test_more_nodes_than_fit);
    tcase_add_test(c, test_property_without_a_name);
    tcase_add_test(c, test_property_outside_of_the_nodes);
    suite_add_tcase(s, c);
    return unit_run(s);
}
