// SPDX-License-Identifier: MIT
#include "tree_builder.h"

#include <check.h>
#include <libfdt.h>
#include <stdarg.h>
#include <string.h>

_Alignas(8) char tree_blob[65536];

void tree_begin(void)
{
    memset(tree_blob, 0, sizeof tree_blob);
    ck_assert_int_eq(fdt_create(tree_blob, sizeof tree_blob), 0);
    ck_assert_int_eq(fdt_finish_reservemap(tree_blob), 0);
}

void tree_open(char const *name)
{
    ck_assert_int_eq(fdt_begin_node(tree_blob, name), 0);
}

void tree_close(void)
{
    ck_assert_int_eq(fdt_end_node(tree_blob), 0);
}

void tree_finish(void)
{
    ck_assert_int_eq(fdt_finish(tree_blob), 0);
}

void tree_string(char const *name, char const *value)
{
    ck_assert_int_eq(fdt_property_string(tree_blob, name, value), 0);
}

void tree_cells(char const *name, unsigned n, ...)
{
    fdt32_t value[32];
    va_list args;
    ck_assert_uint_le(n, sizeof value / sizeof *value);
    va_start(args, n);
    for (unsigned i = 0; i < n; i++)
        value[i] = cpu_to_fdt32(va_arg(args, unsigned));
    va_end(args);
    tree_bytes(name, value, 4 * n);
}

void tree_bytes(char const *name, void const *value, unsigned size)
{
    ck_assert_int_eq(fdt_property(tree_blob, name, value, (int)size), 0);
}
