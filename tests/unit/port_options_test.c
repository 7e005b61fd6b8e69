// SPDX-License-Identifier: MIT
// Options of a port of the virtio network cable.
#include <check.h>
#include <string.h>

#include "options.h"
#include "unit_run.h"

START_TEST(good)
{
    struct port_options o;
    port_options_init(&o);
    ck_assert_uint_eq(o.ds_max, PORT_DS_MAX_DEFAULT);
    ck_assert_ptr_null(port_options_text(&o, "ds-max=80"));
    ck_assert_ptr_null(port_options_text(&o, "name=1234567890123456789"));
    ck_assert_ptr_null(port_options_text(&o, "mac=02:aB:00:ff:10:99"));
    ck_assert_uint_eq(o.ds_max, 80);
    ck_assert_str_eq(o.name, "1234567890123456789");
    ck_assert_mem_eq(o.mac, "\x02\xab\x00\xff\x10\x99", 6);
    ck_assert_ptr_null(port_options_ds_max(&o, 4));
    ck_assert_uint_eq(o.ds_max, 4);
}
END_TEST

START_TEST(bad)
{
    static char const *const t[] = {
        "", "ds-max", "ds-max=", "ds-max=0", "ds-max=81", "ds-max=4x", "ds-max=-1", "ds-max= 4",
        "ds-max=99999999999999999999", "name=", "name=12345678901234567890", "mac=",
        "mac=02:00:00:00:00:0", "mac=02-00-00-00-00-00", "mac=02:00:00:00:00:0g",
        "mac=01:00:00:00:00:00", "mac=02:00:00:00:00:00:", "vlan=access=1", "DS-MAX=4",
    };
    struct port_options o;
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        port_options_init(&o);
        ck_assert_msg(port_options_text(&o, t[i]) != NULL, "'%s' was taken", t[i]);
        ck_assert_uint_eq(o.ds_max, PORT_DS_MAX_DEFAULT);
    }
    ck_assert_ptr_nonnull(port_options_ds_max(&o, 0));
    ck_assert_ptr_nonnull(port_options_ds_max(&o, -5));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("port_options");
    TCase *t = tcase_create("all");
    tcase_add_test(t, good);
    tcase_add_test(t, bad);
    suite_add_tcase(s, t);
    return unit_run(s);
}
