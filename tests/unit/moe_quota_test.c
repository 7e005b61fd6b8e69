// SPDX-License-Identifier: MIT
// Moe's quotas, asked by a client: slots, memory and names are of who uses them, and come back.
#include "moe_client.h"
#include "moe_server_test.h"

#include "dataspace.h"
#include "factory.h"

#include <stdio.h>
#include <string.h>

// Create objects without argument until there are no more; how many.
static unsigned fill(unsigned factory, long protocol)
{
    for (unsigned n = 0; n < CLIENT_SLOTS; n++) {
        long slot = create_plain(factory, protocol);
        if (slot < 0) {
            ck_assert_int_eq(slot, -L4_ENOMEM);
            return n;
        }
    }
    ck_abort_msg("a factory of a little memory has no end");
    return 0;
}

START_TEST(slots_are_of_the_quota)
{
    unsigned small = made(create_factory(CLIENT_MEM, 512 << 10)), other = made(create_factory(CLIENT_MEM, 512 << 10));
    unsigned before = moe_slots_used(), n = fill(small, L4RE_PROTO_DMA_SPACE);

    ck_assert_uint_ge(n, 100); // enough for what programs do
    ck_assert_uint_le(n, 200);
    ck_assert_uint_le(moe_slots_used() - before, n);
    // its own sub-factories do not help it, and others do not feel it
    ck_assert_int_eq(create_factory(small, 4096), -L4_ENOMEM);
    ck_assert_int_eq(fill(other, L4RE_PROTO_NAMESPACE), n);
    made(create_ds(CLIENT_MEM, 4096, 0, 0));
    client_drop(small);
    moe_settle();
    ck_assert_uint_eq(fill(made(create_factory(CLIENT_MEM, 512 << 10)), L4RE_PROTO_DMA_SPACE), n);
}
END_TEST

START_TEST(a_sub_factory_shares_its_parents_slots)
{
    unsigned f = made(create_factory(CLIENT_MEM, 2 * MOE_MIB)), n = 0;

    for (;;) {
        long sub = create_factory(f, 64 << 10);
        if (sub < 0)
            break;
        n += 1 + fill((unsigned)sub, L4RE_PROTO_DMA_SPACE);
    }
    ck_assert_uint_le(n, 128 + 2 * MOE_MIB / (32 << 10));
}
END_TEST

static long rm_reserve(unsigned rm, uint64_t start)
{
    struct request_text t = {0};

    put_word(&t, L4RE_RM_OP_RESERVE_AREA);
    put_word(&t, start);
    put_word(&t, 4096);
    put_word(&t, 0);
    return client_call(rm, L4RE_PROTO_RM, &t, 0);
}

START_TEST(regions_are_of_the_quota)
{
    uint64_t free = factory_info(CLIENT_MEM, 4);
    unsigned f = made(create_factory(CLIENT_MEM, 256 << 10)), rm = made(create_plain(f, L4RE_PROTO_RM)), n = 0;
    long err;

    do
        err = rm_reserve(rm, 0x10000 + n * UINT64_C(8192));
    while (err == 0 && ++n < 100000);
    ck_assert_int_eq(err, -L4_ENOMEM);
    ck_assert_uint_gt(n, 1000);
    ck_assert_uint_le(factory_info(f, 1), 256 << 10);
    ck_assert_uint_ge(fill(made(create_factory(CLIENT_MEM, 512 << 10)), L4RE_PROTO_RM), 50);
    client_drop(f);
    for (unsigned i = CLIENT_FIRST_FREE; i < CLIENT_SLOTS; i++)
        client_drop(i);
    moe_settle();
    ck_assert_uint_eq(factory_info(CLIENT_MEM, 4), free);
}
END_TEST

START_TEST(names_are_of_the_quota)
{
    unsigned f = made(create_factory(CLIENT_MEM, 512 << 10)), ns = made(create_plain(f, L4RE_PROTO_NAMESPACE)), n = 0;
    unsigned before = moe_slots_used(), foreign = client_free_slot();
    char name[16];
    long err;

    client_make_foreign(foreign);
    do {
        snprintf(name, sizeof(name), "%u", n);
        err = ns_register(ns, name, n % 2 ? ns : foreign, R);
    } while (err == 0 && ++n < 10000);
    ck_assert_int_eq(err, -L4_ENOMEM);
    ck_assert_uint_le(moe_slots_used() - before, 200);
    // placeholders take no slot, but memory
    do {
        snprintf(name, sizeof(name), "p%u", n);
        err = ns_register(ns, name, 0, R);
    } while (err == 0 && ++n < 100000);
    ck_assert_int_eq(err, -L4_ENOMEM);
    ck_assert_uint_le(factory_info(f, 1), 512 << 10);
    client_drop(f);
    client_drop(ns); // the namespace holds itself: its factory's end is its own
    moe_settle();
    ck_assert_uint_le(moe_slots_used(), before);
}
END_TEST

static char const *long_name(unsigned n, unsigned len)
{
    static char name[400];
    int digits = snprintf(name, sizeof(name), "%u", n);

    memset(name + digits, 'a', sizeof(name) - (size_t)digits);
    name[(unsigned)digits > len ? (unsigned)digits : len] = 0;
    return name;
}

START_TEST(memory_of_objects_comes_back)
{
    enum { SIZES = 8 };
    uint64_t before = factory_info(CLIENT_MEM, 4), used = factory_info(CLIENT_MEM, 1);
    unsigned f = made(create_factory(CLIENT_MEM, MOE_MIB)), ns = made(create_plain(f, L4RE_PROTO_NAMESPACE));

    for (unsigned size = 0; size < SIZES; size++) { // names of each length in turn fill what they can
        unsigned n = 0, len = 8 + 35 * size;
        while (ns_register(ns, long_name(n, len), 0, R) == 0 && ++n < 100000)
            ;
        ck_assert_uint_ge(factory_info(f, 1), MOE_MIB - (64 << 10));
        while (n--)
            ck_assert_int_eq(ns_unlink(ns, long_name(n, len)), 0);
        ck_assert_uint_le(factory_info(f, 1), 64 << 10);
    }
    client_drop(ns);
    client_drop(f);
    moe_settle();
    ck_assert_uint_eq(factory_info(CLIENT_MEM, 4), before);
    ck_assert_uint_eq(factory_info(CLIENT_MEM, 1), used);
}
END_TEST

START_TEST(quotas_are_reservations)
{
    uint64_t used = factory_info(CLIENT_MEM, 1);
    unsigned f = made(create_factory(CLIENT_MEM, 16 * MOE_MIB));

    ck_assert_uint_eq(factory_info(f, 0), 16 * MOE_MIB);
    ck_assert_uint_ge(factory_info(CLIENT_MEM, 1), used + 16 * MOE_MIB);
    ck_assert_int_eq(create_factory(f, 17 * MOE_MIB), -L4_ENOMEM);
    unsigned sub = made(create_factory(f, 10 * MOE_MIB));
    ck_assert_int_eq(create_factory(f, 10 * MOE_MIB), -L4_ENOMEM);
    ck_assert_int_eq(create_ds(f, 8 * MOE_MIB, 1, 0), -L4_ENOMEM); // though nobody uses it
    unsigned ds = made(create_ds(sub, 8 * MOE_MIB, 1, 0));
    ck_assert_int_eq(create_ds(sub, 2 * MOE_MIB, 1, 0), -L4_ENOMEM);
    ck_assert_int_eq(create_factory(CLIENT_MEM, (long)MOE_RAM), -L4_ENOMEM);
    ck_assert_int_eq(create_factory(CLIENT_MEM, INT64_MAX), -L4_ENOMEM);
    ck_assert_int_eq(create_factory(CLIENT_MEM, 0), -L4_EINVAL);
    ck_assert_int_eq(create_factory(CLIENT_MEM, -5), -L4_EINVAL);
    client_drop(sub); // and with it the dataspace
    moe_settle();
    ck_assert(!client_has(ds));
    made(create_factory(f, 10 * MOE_MIB));
    client_drop(f);
    moe_settle();
    ck_assert_uint_eq(factory_info(CLIENT_MEM, 1), used);
}
END_TEST

// As a region map does it with Private: a copy on write of another factory keeps its source.
START_TEST(what_others_refer_to_outlives_its_factory)
{
    uint64_t used = factory_info(CLIENT_MEM, 1);
    unsigned f = made(create_factory(CLIENT_MEM, 16 * MOE_MIB)), ds = made(create_ds(f, 12288, 0, 0));
    struct dataspace *copy;
    uint64_t size = 100, phys;

    ck_assert_int_eq(ds_map(ds, 4096, L4_FPAGE_RW), 0);
    *(char *)l4_fpage_memaddr(reply_memory) = 'x';
    ck_assert_int_eq(dataspace_copy_on_write(root_factory, dataspace_of_object(moe_object(ds)), 4096, 4096, &copy), 0);
    client_drop(f);
    moe_settle();
    ck_assert(!client_has(ds));
    ck_assert_uint_eq(client_mapped_pages(), 1); // that of the source, which stays where it was
    uint64_t kept = factory_info(CLIENT_MEM, 1) - used;
    ck_assert(kept > 12288 && kept < 64 << 10); // no reservation any more
    client_drop(made(create_factory(CLIENT_MEM, (long)MOE_RAM - 2 * MOE_MIB)));
    ck_assert_int_eq(dataspace_phys(copy, 0, &size, &phys), 0); // for a device that writes: of its own
    ck_assert_int_eq(*(char *)phys, 'x');
    ck_assert(!client_mapped(phys));
    *(char *)phys = 'y';
    object_put(dataspace_object(copy));
    ck_assert_uint_eq(client_mapped_pages(), 0);
    moe_settle();
    ck_assert_uint_eq(factory_info(CLIENT_MEM, 1), used);
}
END_TEST

START_TEST(shortage_finds_what_has_gone)
{
    unsigned f = made(create_factory(CLIENT_MEM, MOE_MIB));

    for (unsigned i = 0; i < 300; i++) { // moe has not yet heard of any of them
        unsigned ds = made(create_ds(f, 700 << 10, 1, 0));
        client_drop(ds);
        client_drop(made(create_plain(f, L4RE_PROTO_DMA_SPACE)));
    }
    for (unsigned i = 0; i < 10; i++)
        client_drop(made(create_factory(CLIENT_MEM, 40 * MOE_MIB)));
}
END_TEST

TCase *moe_quota_cases(void)
{
    TCase *t = tcase_create("quotas");
    tcase_add_test(t, slots_are_of_the_quota);
    tcase_add_test(t, a_sub_factory_shares_its_parents_slots);
    tcase_add_test(t, regions_are_of_the_quota);
    tcase_add_test(t, names_are_of_the_quota);
    tcase_add_test(t, memory_of_objects_comes_back);
    tcase_add_test(t, quotas_are_reservations);
    tcase_add_test(t, what_others_refer_to_outlives_its_factory);
    tcase_add_test(t, shortage_finds_what_has_gone);
    return t;
}
