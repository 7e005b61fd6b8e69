// SPDX-License-Identifier: MIT
// Names of disks and partitions, who excludes whom, and what a client's options say.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <l4/sys/err.h>

#include "client.h"
#include "options.h"
#include "unit_run.h"
#include "volume.h"

static struct disk a = { .name = "1234:n1", .sectors = 1000 }, b = { .name = "other", .sectors = 500, .read_only = true },
                   same = { .name = "other", .sectors = 10 };
static struct volume v;

static void setup(void)
{
    static struct partition const on_a[] = {
        { 1, 100, 100, "a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf", "root" },
        { 2, 200, 100, "b3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf", "twice" },
        { 12, 300, 100, "c3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf", "other" },
        { 13, 400, 100, "d3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf", "other:1" },
    };
    static struct partition const on_b[] = { { 1, 10, 10, "1234abcd-01", "twice" }, { 5, 20, 10, "1234abcd-05", "" } };
    static struct partition pa[4], pb[2];
    memcpy(pa, on_a, sizeof(pa));
    memcpy(pb, on_b, sizeof(pb));
    struct partition_table ta = { pa, 4 }, tb = { pb, 2 }, none = { 0 };
    ck_assert_int_eq(volume_add_disk(&a, &ta), 0);
    ck_assert_int_eq(volume_add_disk(&b, &tb), 0);
    ck_assert_int_eq(volume_add_disk(&same, &none), -L4_EEXIST);
}

static void teardown(void)
{
    free(a.clients);
    free(b.clients);
}

START_TEST(names)
{
    static struct {
        char const *name;
        int result;
        uint64_t first, sectors;
    } const cases[] = {
        { "1234:n1", 0, 0, 1000 },
        { "1234:n1:1", 0, 100, 100 },
        { "1234:n1:12", 0, 300, 100 },
        { "1234:n1:3", -L4_ENODEV, 0, 0 },
        { "1234:n1:0", -L4_ENODEV, 0, 0 },
        { "1234:n1:01", -L4_ENODEV, 0, 0 },
        { "1234:n1:1x", -L4_ENODEV, 0, 0 },
        { "1234:n1:", -L4_ENODEV, 0, 0 },
        { "1234:n", -L4_ENODEV, 0, 0 },
        { "", -L4_ENODEV, 0, 0 },
        { "root", 0, 100, 100 },
        { "Root", -L4_ENODEV, 0, 0 },
        { "partlabel:root", 0, 100, 100 },
        { "partlabel:", -L4_ENODEV, 0, 0 },
        { "partlabel:1234:n1", -L4_ENODEV, 0, 0 },
        { "twice", -L4_EEXIST, 0, 0 },
        { "other", 0, 0, 500 }, // who writes a label takes no disk's name
        { "other:1", 0, 10, 10 },
        { "partlabel:other:1", 0, 400, 100 },
        { "partlabel:other", 0, 300, 100 },
        { "A3A2A1A0-A5A4-A7A6-A8A9-AAABACADAEAF", 0, 100, 100 },
        { "partuuid:b3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf", 0, 200, 100 },
        { "partuuid:1234ABCD-05", 0, 20, 10 },
        { "partuuid:root", -L4_EINVAL, 0, 0 },
        { "partuuid:", -L4_EINVAL, 0, 0 },
        { "partuuid:ffffffff-01", -L4_ENODEV, 0, 0 },
    };
    ck_assert_int_eq(volume_find(cases[_i].name, &v), cases[_i].result);
    if (cases[_i].result)
        return;
    ck_assert_uint_eq(v.area.first, cases[_i].first);
    ck_assert_uint_eq(v.area.sectors, cases[_i].sectors);
    ck_assert_int_eq(v.area.read_only, v.on->disk == &b);
}
END_TEST

static bool busy(char const *name, bool read_only)
{
    ck_assert_int_eq(volume_find(name, &v), 0);
    v.area.read_only |= read_only;
    return volume_busy(&v);
}

static void attach(struct blk_client *c, char const *name, bool read_only)
{
    ck_assert(!busy(name, read_only));
    volume_attach(&v, c);
}

START_TEST(exclusion)
{
    struct blk_client one = { .running = false }, two = one, three = one;
    attach(&one, "1234:n1:1", false);
    ck_assert(busy("1234:n1:1", true));
    ck_assert(busy("1234:n1", true));
    attach(&two, "1234:n1:2", false); // its neighbour
    attach(&three, "other:1", false); // read-only as its disk is
    ck_assert(!busy("other:1", false) && !busy("other:5", false));
    volume_detach(&one);
    ck_assert(busy("1234:n1", true));
    volume_detach(&two);
    attach(&one, "1234:n1", true); // only reads
    ck_assert(busy("1234:n1:12", false));
    attach(&two, "1234:n1:12", true);
    a.clients->turn = &two;
    volume_detach(&two);
    ck_assert_ptr_ne(a.clients->turn, &two);
    volume_detach(&one);
    ck_assert(!busy("1234:n1", false));
}
END_TEST

START_TEST(options)
{
    static struct {
        char const *text;
        bool ok;
    } const cases[] = {
        { "device=1234:n1", true }, { "device=", false },     { "ds-max=1", true },    { "ds-max=80", true },
        { "ds-max=81", false },     { "ds-max=0", false },    { "ds-max=-1", false },  { "ds-max=4x", false },
        { "ds-max= 4", false },     { "ds-max=", false },     { "read-only", true },   { "readonly", true },
        { "read-only=1", false },   { "Device=x", false },    { "", false },           { "ds-max=99999999999999999999", false },
    };
    struct client_options o;
    client_options_init(&o);
    ck_assert_uint_eq(o.ds_max, CLIENT_DS_MAX_DEFAULT);
    ck_assert(!o.read_only && !o.device[0]);
    ck_assert_int_eq(!client_options_text(&o, cases[_i].text), cases[_i].ok);
    char name[CLIENT_DEVICE_MAX + 2];
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = 0;
    ck_assert_ptr_nonnull(client_options_device(&o, name)); // one too long
    ck_assert_ptr_null(client_options_device(&o, name + 1));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("block_volumes");
    TCase *c = tcase_create("all");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, names, 0, 26);
    tcase_add_test(c, exclusion);
    tcase_add_loop_test(c, options, 0, 16);
    suite_add_tcase(s, c);
    return unit_run(s);
}
