// SPDX-License-Identifier: MIT
// Moe's namespaces, asked by a client: names, and how long they and their objects last.
#include "moe_client.h"
#include "moe_server_test.h"

#include <string.h>

START_TEST(empty_parts_of_names_are_no_entries)
{
    static char const *const bad[] = { "", "/", "//", "/file", "file/", "file//x", "nothing" };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        ck_assert_int_eq(ns_query(CLIENT_ROM, bad[i], 0), -L4_ENOENT);
    unsigned ns = made(create_plain(CLIENT_MEM, L4RE_PROTO_NAMESPACE));
    ck_assert_int_eq(ns_register(ns, "", ns, R), -L4_EINVAL);
    ck_assert_int_eq(ns_register(ns, "a/b", ns, R), -L4_EINVAL);
}
END_TEST

START_TEST(namespaces_nest)
{
    unsigned ns = made(create_plain(CLIENT_MEM, L4RE_PROTO_NAMESPACE));
    unsigned sub = made(create_plain(CLIENT_MEM, L4RE_PROTO_NAMESPACE));
    unsigned ds = made(create_ds(CLIENT_MEM, 4096, 0, 0)), got = client_free_slot();
    unsigned last = client_free_slot();
    char rest[8] = "";

    ck_assert_int_eq(ns_register(sub, "b", ds, R | W), 0);
    ck_assert_int_eq(ns_register(ns, "a", sub, RWS), 0);
    client_drop(sub); // the entry is what is left of it
    client_drop(ds);
    moe_settle();
    ck_assert_int_eq(ns_query(ns, "a/b", got), L4RE_NS_PARTLY_RESOLVED);
    ck_assert_uint_eq(query_answer.w[1], 1);
    memcpy(rest, &query_answer.w[2], 1);
    ck_assert_str_eq(rest, "b");
    ck_assert_int_eq(ns_query(got, rest, last), 0);
    ck_assert_int_eq(ds_map(last, 0, L4_FPAGE_RW), 0);
}
END_TEST

START_TEST(entries_keep_their_objects)
{
    unsigned f = made(create_factory(CLIENT_MEM, MOE_MIB)), ns = made(create_plain(CLIENT_MEM, L4RE_PROTO_NAMESPACE));
    unsigned ds = made(create_ds(f, 4096, 0, 0)), got = client_free_slot();

    ck_assert_int_eq(ns_register(ns, "x", ds, R | W), 0);
    client_drop(ds);
    moe_settle();
    ck_assert_int_eq(ns_query(ns, "x", got), 0);
    ck_assert_int_eq(ds_map(got, 0, L4_FPAGE_RW), 0);
    *(char *)l4_fpage_memaddr(reply_memory) = 'x';
    client_drop(got);
    moe_settle();
    ck_assert_int_eq(ns_register(ns, "x", f, R), -L4_EEXIST);
    ck_assert_int_eq(ns_query(ns, "x", got), 0);
    ck_assert_int_eq(ds_map(got, 0, L4_FPAGE_RO), 0);
    ck_assert_int_eq(*(char *)l4_fpage_memaddr(reply_memory), 'x');
    // with its last name it goes
    client_drop(got);
    ck_assert_int_eq(ns_unlink(ns, "x"), 0);
    moe_settle();
    ck_assert_uint_eq(client_mapped_pages(), 0);
    ck_assert_int_eq(ns_query(ns, "x", got), -L4_ENOENT);
}
END_TEST

START_TEST(entries_whose_object_is_gone_wait)
{
    unsigned f = made(create_factory(CLIENT_MEM, MOE_MIB)), ns = made(create_plain(CLIENT_MEM, L4RE_PROTO_NAMESPACE));
    unsigned ds = made(create_ds(f, 4096, 0, 0)), got = client_free_slot(), foreign, slots = 0;

    for (unsigned round = 0; round < 2; round++) {
        ck_assert_int_eq(ns_register(ns, "x", ds, R | W), 0);
        if (round == 0)
            client_drop(f); // deletes what it has made
        else
            client_delete(ds);
        moe_settle();
        ck_assert_int_eq(ns_query(ns, "x", got), -L4_EAGAIN);
        ck_assert_int_eq(ns_query(ns, "x/y", got), -L4_EAGAIN);
        if (round == 0)
            slots = moe_slots_used();
        ds = made(create_ds(CLIENT_MEM, 4096, 0, 0));
    }
    ck_assert_uint_eq(moe_slots_used(), slots + 1);
    ck_assert_int_eq(ns_register(ns, "x", ds, R), 0); // nothing is to be overwritten
    foreign = client_free_slot();
    client_make_foreign(foreign);
    ck_assert_int_eq(ns_register(ns, "y", foreign, R), 0);
    client_delete(foreign);
    ck_assert_int_eq(ns_query(ns, "y", got), -L4_EAGAIN);
    ck_assert_int_eq(ns_register(ns, "y", 0, R), 0);
    ck_assert_int_eq(ns_query(ns, "y", got), -L4_EAGAIN);
    ck_assert_int_eq(ns_unlink(ns, "y"), 0);
    ck_assert_int_eq(ns_unlink(ns, "y"), -L4_ENOENT);
    ck_assert_int_eq(ns_unlink(CLIENT_ROM, "file"), -L4_EACCESS);
    ck_assert_int_eq(ns_register(CLIENT_ROM, "file", ds, R | L4RE_NS_REGISTER_OVERWRITE), -L4_EEXIST);
}
END_TEST

TCase *moe_names_cases(void)
{
    TCase *t = tcase_create("namespaces");
    tcase_add_test(t, empty_parts_of_names_are_no_entries);
    tcase_add_test(t, namespaces_nest);
    tcase_add_test(t, entries_keep_their_objects);
    tcase_add_test(t, entries_whose_object_is_gone_wait);
    return t;
}
