// SPDX-License-Identifier: MIT
// Moe asked by a client: what rights are worth, what is no request, and dataspaces. Quotas and namespaces are in files of their
// own.
#include "moe_client.h"
#include "moe_server_test.h"
#include "unit_run.h"

#include <stdio.h>
#include <string.h>

static void boot(void)
{
    moe_boot(MOE_RAM);
}

// ---- rights ----

START_TEST(rights_do_not_grow_in_a_namespace)
{
    unsigned ds = made(create_ds(CLIENT_MEM, 8192, 0, 0)), ns = made(create_plain(CLIENT_MEM, L4RE_PROTO_NAMESPACE));
    unsigned ro = copy(ds, R), got = client_free_slot();

    ck_assert_int_eq(ds_map(ro, 0, L4_FPAGE_RW), -L4_EPERM);
    ck_assert_int_eq(ns_register(ns, "x", ro, L4RE_NS_REGISTER_RW), -L4_EPERM);
    ck_assert_int_eq(ns_query(ns, "x", got), -L4_ENOENT);
    ck_assert_int_eq(ns_register(ns, "x", ro, L4RE_NS_REGISTER_RO), 0);
    ck_assert_int_eq(ns_query(ns, "x", got), 0);
    ck_assert_uint_eq(client_rights(got), R);
    ck_assert_int_eq(ds_map(got, 0, L4_FPAGE_RW), -L4_EPERM);
    ck_assert_int_eq(ds_map(got, 0, L4_FPAGE_RO), 0);
    // a name that exists is not worth more either
    ck_assert_int_eq(ns_register(ns, "x", ro, L4RE_NS_REGISTER_RW | L4RE_NS_REGISTER_OVERWRITE), -L4_EPERM);
    ck_assert_int_eq(ns_register(ns, "x", ds, L4RE_NS_REGISTER_RW | L4RE_NS_REGISTER_OVERWRITE), 0);
    client_drop(got);
    ck_assert_int_eq(ns_query(ns, "x", got), 0);
    ck_assert_int_eq(ds_map(got, 0, L4_FPAGE_RW), 0);
    // who may only look names up takes none away
    ck_assert_int_eq(ns_unlink(copy(ns, R), "x"), -L4_EPERM);
    ck_assert_int_eq(ns_register(copy(ns, R), "y", ds, R), -L4_EPERM);
    ck_assert_int_eq(ns_query(ns, "x", got), 0);
}
END_TEST

START_TEST(rights_of_factories_and_rom_do_not_grow)
{
    unsigned ns = made(create_plain(CLIENT_MEM, L4RE_PROTO_NAMESPACE)), got = client_free_slot();
    unsigned factory = made(create_factory(CLIENT_MEM, MOE_MIB)), no_s = copy(factory, R | W), rom = copy(CLIENT_ROM, R);

    ck_assert_int_eq(ns_register(ns, "f", no_s, RWS), -L4_EPERM);
    ck_assert_int_eq(ns_register(ns, "f", no_s, R | W), 0);
    ck_assert_int_eq(ns_register(ns, "rom", rom, R | W), -L4_EPERM);
    ck_assert_int_eq(ns_register(ns, "rom", rom, R), 0);
    ck_assert_int_eq(ns_query(ns, "rom", got), 0);
    ck_assert_int_eq(ns_register(got, "mine", factory, R), -L4_EPERM);
    client_drop(got);
    ck_assert_int_eq(ns_query(ns, "f", got), 0);
    ck_assert_uint_eq(client_rights(got), R | W);
    // what such a factory creates comes without S
    unsigned ds = made(create_ds(got, 4096, 0, 0));
    ck_assert_uint_eq(client_rights(ds) & S, 0);
    // and S needs a channel with S
    unsigned channel = copy(ns, R | W);
    ck_assert_int_eq(ns_register(channel, "g", factory, RWS), -L4_EPERM);
}
END_TEST

START_TEST(rights_of_other_servers_objects_do_not_grow)
{
    unsigned ns = made(create_plain(CLIENT_MEM, L4RE_PROTO_NAMESPACE)), got = client_free_slot(), thing;

    thing = client_free_slot();
    client_make_foreign(thing);
    unsigned ro = copy(thing, R);
    ck_assert_int_eq(ns_register(ns, "x", ro, RWS), 0);
    ck_assert_int_eq(ns_query(ns, "x", got), 0);
    ck_assert(client_same(got, thing));
    ck_assert_uint_eq(client_rights(got), R);
    ck_assert_int_eq(ns_register(ns, "y", thing, R | W), 0);
    client_drop(got);
    ck_assert_int_eq(ns_query(ns, "y", got), 0);
    ck_assert_uint_eq(client_rights(got), R | W);
}
END_TEST

START_TEST(capabilities_that_nobody_keeps_are_dropped)
{
    unsigned ns = made(create_plain(CLIENT_MEM, L4RE_PROTO_NAMESPACE)), thing = client_free_slot(), before = moe_slots_used();

    client_make_foreign(thing);
    ck_assert_int_eq(ns_register(ns, "a/b", thing, R), -L4_EINVAL);
    ck_assert_uint_eq(moe_slots_used(), before);
    ck_assert_int_eq(ns_register(ns, "a", thing, R), 0);
    ck_assert_int_eq(ns_register(ns, "a", thing, R), -L4_EEXIST);
    ck_assert_uint_eq(moe_slots_used(), before + 1);
    ck_assert_int_eq(ds_copy_in(made(create_ds(CLIENT_MEM, 4096, 0, 0)), thing, 10), -L4_EINVAL);
    ck_assert_uint_eq(moe_slots_used(), before + 2);
}
END_TEST

START_TEST(rights_of_dataspaces)
{
    unsigned ds = made(create_ds(CLIENT_MEM, 8192, 0, 0)), ro = copy(ds, R), file = client_free_slot();

    ck_assert_int_eq(ns_query(CLIENT_ROM, "file", file), 0);
    ck_assert_uint_eq(ds_info(ds, 1), L4_FPAGE_RWX);
    ck_assert_uint_eq(ds_info(ro, 1), L4_FPAGE_RX);
    ck_assert_uint_eq(ds_info(file, 1), L4_FPAGE_RX);
    ck_assert_int_eq(ds_copy_in(ro, ds, 100), -L4_EACCESS);
    ck_assert_int_eq(ds_range(ro, L4RE_DS_OP_CLEAR, 0, 100), -L4_EACCESS);
    ck_assert_int_eq(ds_range(ro, L4RE_DS_OP_ALLOCATE, 0, 100), -L4_EPERM);
    ck_assert_int_eq(ds_copy_in(file, ds, 100), -L4_EACCESS);
    ck_assert_int_eq(ds_map(file, 0, L4_FPAGE_RW), -L4_EPERM);
    ck_assert_int_eq(ds_map(file, 0, L4_FPAGE_RX), 0);
    ck_assert_int_eq(ds_copy_in(ds, file, 100), 0);
    ck_assert_int_eq(ds_map(ds, 0, L4_FPAGE_RW), 0);
    ck_assert_str_eq((char *)l4_fpage_memaddr(reply_memory), moe_file);
    ck_assert_int_eq(ds_range(file, L4RE_DS_OP_ALLOCATE, 0, 8192), 0); // it is there
    ck_assert_int_eq(ds_range(file, L4RE_DS_OP_ALLOCATE, 0, 8193), -L4_ERANGE);
    ck_assert_int_eq(ds_range(file, L4RE_DS_OP_ALLOCATE, 4096, -4096ul), -L4_ERANGE); // its end wraps around
}
END_TEST

static long dma_map(unsigned dma, unsigned ds, uint64_t offset, struct request_text *t)
{
    *t = (struct request_text){0};
    put_word(t, L4RE_DMA_SPACE_OP_MAP);
    put_word(t, offset);
    put_word(t, 8192);
    for (unsigned i = 0; i < 3; i++)
        put_word(t, 0);
    put_cap(t, ds, RWS);
    return client_call(dma, L4RE_PROTO_DMA_SPACE, t, 0);
}

static long dma_unmap(unsigned dma, uint64_t address, uint64_t size)
{
    struct request_text t = {0};
    put_word(&t, L4RE_DMA_SPACE_OP_UNMAP);
    put_word(&t, address);
    put_word(&t, size);
    put_word(&t, 0);
    return client_call(dma, L4RE_PROTO_DMA_SPACE, &t, 0);
}

static uint64_t dma_id;

static long dma_associate(unsigned dma, unsigned rights)
{
    struct request_text t = {0};

    put_word(&t, L4RE_DMA_SPACE_MGR_OP_ASSOCIATE_PHYS);
    put_cap(&t, dma, rights);
    long r = client_call(CLIENT_DMA_MANAGER, 0, &t, 0);
    dma_id = r < 0 ? 0 : t.w[0];
    return r;
}

START_TEST(a_dma_space_needs_its_manager)
{
    unsigned dma = made(create_plain(CLIENT_MEM, L4RE_PROTO_DMA_SPACE)), ds = made(create_ds(CLIENT_MEM, 8192, 1, 0));
    struct request_text map;

    ck_assert_int_eq(dma_map(dma, ds, 4096, &map), -L4_EINVAL);
    ck_assert_int_eq(dma_unmap(dma, 0, 8192), -L4_EINVAL);
    ck_assert_int_eq(dma_associate(dma, R), -L4_EPERM);
    ck_assert_int_eq(dma_associate(dma, RWS), 0);
    ck_assert_int_eq(dma_map(dma, ds, 4096, &map), 0);
    ck_assert_uint_eq(map.w[0], 4096);
    ck_assert_int_eq(ds_map(ds, 4096, L4_FPAGE_RO), 0);
    uint64_t address = l4_fpage_memaddr(reply_memory) + (l4_fpage_size(reply_memory) > 12 ? 4096 : 0);
    ck_assert_uint_eq(map.w[1], address);
    ck_assert_int_eq(dma_unmap(dma, address, 8192), -L4_ENOENT);
    ck_assert_int_eq(dma_unmap(dma, address, 4096), 0);
    ck_assert_int_eq(dma_unmap(dma, address, 4096), -L4_ENOENT);
}
END_TEST

static long dma_disassociate(unsigned dma)
{
    struct request_text t = {0};
    put_word(&t, L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE);
    put_cap(&t, dma, RWS);
    return client_call(CLIENT_DMA_MANAGER, 0, &t, 0);
}

static long dma_disassociate_id(uint64_t id)
{
    struct request_text t = {0};
    put_word(&t, L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE);
    put_word(&t, id);
    return client_call(CLIENT_DMA_MANAGER, 0, &t, 0);
}

// What a device may still write to is nobody else's, until io says so.
START_TEST(memory_of_devices_outlives_their_driver)
{
    enum { SIZE = 4 * MOE_MIB };
    for (unsigned way = 0; way < 4; way++) {
        moe_settle();
        uint64_t free = factory_info(CLIENT_MEM, 4);
        unsigned f = made(create_factory(CLIENT_MEM, 16 * MOE_MIB)), of = way == 3 ? f : CLIENT_MEM;
        unsigned dma = made(create_plain(of, L4RE_PROTO_DMA_SPACE)), ds = made(create_ds(of, SIZE, 1, 0));
        unsigned kept = copy(dma, RWS);
        struct request_text map;
        ck_assert_int_eq(dma_associate(dma, RWS), 0);
        uint64_t id = dma_id;
        for (unsigned i = 0; i < 3; i++)
            ck_assert_int_eq(dma_map(dma, ds, 0, &map), 0); // 8 KiB of it
        client_drop(ds);
        client_drop(dma);
        if (way == 3)
            client_drop(f); // all that the driver had is gone
        moe_settle();
        ck_assert_uint_le(factory_info(CLIENT_MEM, 4), free - SIZE);
        if (way == 0) {
            ck_assert_int_eq(dma_disassociate(kept), 0);
        } else if (way < 3) {
            for (unsigned i = 0; i < 3; i++) {
                ck_assert_uint_le(factory_info(CLIENT_MEM, 4), free - SIZE);
                ck_assert_int_eq(dma_unmap(kept, map.w[1], 8192), 0);
            }
            ck_assert_int_eq(dma_unmap(kept, map.w[1], 8192), -L4_ENOENT);
        }
        client_drop(kept);
        if (way != 3)
            client_drop(f);
        moe_settle();
        ck_assert_int_eq(dma_disassociate_id(id), way ? 0 : -L4_ENOENT);
        ck_assert_int_eq(dma_disassociate_id(id), -L4_ENOENT);
        ck_assert_uint_eq(factory_info(CLIENT_MEM, 4), free);
    }
}
END_TEST

static unsigned given_up;

static void give_up(void)
{
    client_drop(given_up);
}

// It goes in the middle of the call that maps it, when moe has to look for what nobody uses any more.
START_TEST(a_dataspace_that_goes_while_it_is_mapped)
{
    enum { SIZE = 2 * MOE_MIB };
    unsigned f = made(create_factory(CLIENT_MEM, 8 * MOE_MIB)), dma = made(create_plain(f, L4RE_PROTO_DMA_SPACE));
    unsigned ds = made(create_ds(f, SIZE, 1, 0)), eater = made(create_ds(f, 16 * MOE_MIB, 0, 0));
    struct request_text map;
    ck_assert_int_eq(dma_associate(dma, RWS), 0);
    for (uint64_t at = 0; !ds_range(eater, L4RE_DS_OP_ALLOCATE, at, 4096);)
        at += 4096;
    for (unsigned i = 0; !dma_map(dma, eater, 4096ul * i, &map);)
        i++; // up to the last byte of the quota
    given_up = ds;
    client_meanwhile = give_up;
    uint64_t free = factory_info(CLIENT_MEM, 4);
    long r = dma_map(dma, ds, 0, &map);
    ck_assert_ptr_null(client_meanwhile);
    moe_settle();
    uint64_t now = factory_info(CLIENT_MEM, 4) - (r ? SIZE : 0); // mapped and there, or neither
    ck_assert_uint_le(now, free + SIZE / 8);
    ck_assert_int_eq(dma_disassociate(dma), 0);
    moe_settle();
    ck_assert_uint_ge(factory_info(CLIENT_MEM, 4), free + SIZE);
}
END_TEST

START_TEST(a_space_has_so_many_mappings)
{
    unsigned dma = made(create_plain(CLIENT_MEM, L4RE_PROTO_DMA_SPACE)), ds = made(create_ds(CLIENT_MEM, 4100 * 4096, 1, 0));
    struct request_text map;
    long r = 0;
    unsigned n = 0;
    ck_assert_int_eq(dma_associate(dma, RWS), 0);
    while (n < 4100 && !(r = dma_map(dma, ds, 4096ul * n, &map)))
        n++;
    ck_assert_uint_eq(n, 4096);
    ck_assert_int_eq(r, -L4_ENOMEM);
    ck_assert_int_eq(dma_map(dma, ds, 0, &map), 0); // one that is there
    ck_assert_int_eq(dma_disassociate(dma), 0);
    ck_assert_int_eq(dma_map(dma, ds, 0, &map), -L4_EINVAL);
    ck_assert_int_eq(dma_associate(dma, RWS), 0);
    ck_assert_int_eq(dma_map(dma, ds, 0, &map), 0);
    ck_assert_int_eq(dma_unmap(dma, map.w[1] + 4096, 8192), -L4_ENOENT);
}
END_TEST

// The device could write where its driver cannot.
START_TEST(devices_have_no_more_rights_than_drivers)
{
    unsigned dma = made(create_plain(CLIENT_MEM, L4RE_PROTO_DMA_SPACE)), ds = made(create_ds(CLIENT_MEM, 8192, 1, 0));
    unsigned paged = made(create_ds(CLIENT_MEM, 8192, 0, 0)), file = client_free_slot();
    struct request_text map;

    ck_assert_int_eq(ns_query(CLIENT_ROM, "file", file), 0);
    ck_assert_int_eq(dma_associate(dma, RWS), 0);
    ck_assert_int_eq(dma_map(dma, copy(ds, R), 0, &map), -L4_EPERM);
    ck_assert_uint_eq(map.words, 0); // and no address
    ck_assert_int_eq(dma_map(dma, copy(ds, R | S), 0, &map), -L4_EPERM);
    ck_assert_int_eq(dma_map(dma, copy(paged, R), 0, &map), -L4_EPERM);
    ck_assert_int_eq(dma_map(dma, file, 0, &map), -L4_EPERM);
    ck_assert_int_eq(dma_map(dma, CLIENT_KIP, 0, &map), -L4_EPERM); // whatever the capability
    ck_assert_int_eq(dma_map(dma, copy(ds, R | W), 0, &map), 0);
    ck_assert_int_eq(dma_map(dma, paged, 0, &map), 0);
}
END_TEST

static long run_thread(unsigned scheduler, l4_umword_t cpus, l4_umword_t prio, unsigned thread)
{
    struct request_text t = {0};

    memset(&scheduled, 0, sizeof(scheduled));
    put_word(&t, L4_SCHEDULER_RUN_THREAD_OP);
    put_word(&t, 0);
    put_word(&t, cpus);
    put_word(&t, prio);
    put_word(&t, 5000);
    if (thread)
        put_cap(&t, thread, RWS);
    return client_call(scheduler, L4_PROTO_SCHEDULER, &t, 0);
}

START_TEST(scheduler_proxies_give_what_they_have)
{
    struct request_text t = {0}, info = {0}, idle = {0};
    unsigned thread = client_free_slot();

    client_make_foreign(thread);
    put_word(&t, (l4_umword_t)L4_PROTO_SCHEDULER);
    put_int(&t, 20); // at most
    put_int(&t, 10); // added
    put_int(&t, 0x6); // CPUs 1 and 2 of 0 to 3
    struct request_text by_other = t; // priorities are for the holder of all memory to give
    ck_assert_int_eq(create(made(create_factory(CLIENT_MEM, MOE_MIB)), &by_other), -L4_ENODEV);
    unsigned s = made(create(CLIENT_MEM, &t));
    ck_assert_int_eq(run_thread(s, 0xf, 5, thread), 0);
    ck_assert(scheduled.granularity == 0 && scheduled.map == 0x6 && scheduled.prio == 15 && scheduled.quantum == 5000);
    ck_assert_int_eq(run_thread(s, 0x2, 255, thread), 0);
    ck_assert(scheduled.map == 0x2 && scheduled.prio == 20);
    ck_assert_int_eq(run_thread(s, 0x2, INT64_MAX, thread), 0);
    ck_assert_uint_eq(scheduled.prio, 20);
    ck_assert_int_eq(run_thread(s, 0x2, (l4_umword_t)-2, thread), -L4_ERANGE);
    ck_assert_int_eq(run_thread(s, 0x9, 5, thread), -L4_EINVAL);
    ck_assert_int_eq(run_thread(s, 0x2, 5, 0), -L4_EINVAL);
    ck_assert_uint_eq(scheduled.prio, 0);
    put_word(&info, L4_SCHEDULER_INFO_OP);
    put_word(&info, 0);
    ck_assert_int_eq(client_call(s, L4_PROTO_SCHEDULER, &info, 0), 0);
    ck_assert_uint_eq(info.w[0], 0x6);
    put_word(&idle, L4_SCHEDULER_IDLE_TIME_OP);
    put_word(&idle, 0);
    put_word(&idle, 1);
    ck_assert_int_eq(client_call(s, L4_PROTO_SCHEDULER, &idle, 0), -L4_ENOSYS);
}
END_TEST

START_TEST(logs_do_not_answer)
{
    struct request_text t = {0}, write = {0}, read = {0};

    put_word(&t, (l4_umword_t)L4_PROTO_LOG);
    ck_assert_int_eq(create(CLIENT_MEM, &t), -L4_EINVAL); // it has no tag
    put_word(&t, (l4_umword_t)L4_PROTO_LOG);
    put_text(&t, "a tag that is longer than the eight letters shown");
    put_int(&t, 3);
    unsigned log = made(create(CLIENT_MEM, &t));
    put_word(&write, L4_VCON_WRITE_OP);
    put_word(&write, ~0ul); // more than the message has
    put_word(&write, 0x0a6f6c6c6568);
    client_call(log, L4_PROTO_LOG, &write, 0);
    ck_assert(!reply_sent);
    put_word(&read, L4_VCON_READ_OP);
    ck_assert_int_eq(client_call(log, L4_PROTO_LOG, &read, 0), -L4_ENOSYS);
    ck_assert(reply_sent);
}
END_TEST

START_TEST(arguments_that_are_none)
{
    static long const types[] = { L4RE_PROTO_DATASPACE, L4_PROTO_SCHEDULER, L4_PROTO_FACTORY };

    for (unsigned i = 0; i < sizeof(types) / sizeof(*types); i++) {
        struct request_text none = {0}, text = {0}, cut = {0}, base = {0};
        put_word(&none, (l4_umword_t)types[i]);
        ck_assert_int_eq(create(CLIENT_MEM, &none), -L4_EINVAL);
        put_word(&text, (l4_umword_t)types[i]);
        put_text(&text, "4096");
        ck_assert_int_eq(create(CLIENT_MEM, &text), -L4_EINVAL);
        put_word(&cut, (l4_umword_t)types[i]);
        put_word(&cut, L4_VARG_TYPE_MWORD | 8 << L4_VARG_SIZE_SHIFT); // and no value
        ck_assert_int_eq(create(CLIENT_MEM, &cut), -L4_EINVAL);
        put_word(&base, (l4_umword_t)types[i]);
        for (unsigned n = 0; n < 4; n++) // a physical address, too
            put_int(&base, n == 0 ? 4096 : 0);
        long err = create(CLIENT_MEM, &base);
        ck_assert_int_eq(err < 0 ? err : 0, types[i] == L4_PROTO_SCHEDULER ? -L4_ERANGE
                                            : types[i] == L4RE_PROTO_DATASPACE ? -L4_EINVAL : 0);
    }
    struct request_text empty = {0};
    ck_assert_int_eq(client_call(CLIENT_MEM, L4_PROTO_FACTORY, &empty, 0), -L4_EMSGTOOSHORT);
}
END_TEST

START_TEST(a_late_message_finds_nobody)
{
    unsigned ds = made(create_ds(CLIENT_MEM, 4096, 0, 0));
    struct request_text t = {0};

    put_word(&t, L4RE_DS_OP_INFO);
    client_queue(ds);
    client_drop(ds);
    moe_settle();
    ds = made(create_ds(CLIENT_MEM, 8192, 0, 0)); // in the same slot of moe's
    ck_assert_int_eq(client_send_queued(L4RE_PROTO_DATASPACE, &t), -L4_ENOENT);
    t = (struct request_text){0};
    put_word(&t, L4RE_DS_OP_INFO);
    client_queue(ds);
    ck_assert_int_eq(client_send_queued(L4RE_PROTO_DATASPACE, &t), 0);
    ck_assert_uint_eq(t.w[0], 8192);
}
END_TEST

START_TEST(memory_that_is_read_only_whatever_the_capability)
{
    unsigned ds = made(create_ds(CLIENT_MEM, 4096, 0, 0));

    ck_assert_int_eq(ds_map(CLIENT_KIP, 0, L4_FPAGE_RW), -L4_EPERM);
    ck_assert_int_eq(ds_map(CLIENT_KIP, 0, L4_FPAGE_RO), 0);
    ck_assert_int_eq(ds_map(CLIENT_KIP, 4096, L4_FPAGE_RO), -L4_ERANGE);
    ck_assert_int_eq(ds_copy_in(CLIENT_KIP, ds, 100), -L4_EPERM);
    ck_assert_int_eq(ds_range(CLIENT_KIP, L4RE_DS_OP_CLEAR, 0, 100), -L4_EACCESS);
}
END_TEST

// ---- dataspaces ----

START_TEST(alignments)
{
    static struct {
        long align;
        int bits; // or an error
    } const t[] = { { 0, 12 }, { 1, 12 }, { 12, 12 }, { 16, 16 }, { 21, 21 }, { 4096, 12 }, { 65536, 16 }, { 2 * MOE_MIB, 21 },
                    { 63, -L4_ENOMEM }, { 64, -L4_EINVAL }, { 4097, -L4_EINVAL }, { 12288, -L4_EINVAL },
                    { -1, -L4_EINVAL } };

    for (unsigned i = 0; i < sizeof(t) / sizeof(*t); i++) {
        long ds = create_ds(CLIENT_MEM, 12288, 1, t[i].align);
        if (t[i].bits < 0) {
            ck_assert_int_eq(ds, t[i].bits);
            continue;
        }
        ck_assert_int_eq(ds_map(made(ds), 0, L4_FPAGE_RO), 0);
        ck_assert_uint_eq(l4_fpage_memaddr(reply_memory) & ((UINT64_C(1) << t[i].bits) - 1), 0);
    }
}
END_TEST

START_TEST(the_largest_piece)
{
    for (unsigned round = 0; round < 3; round++) {
        uint64_t free = factory_info(CLIENT_MEM, 4);
        unsigned ds = made(create_ds(CLIENT_MEM, -1, 1, 0)); // all, but for the rest of a superpage or two
        ck_assert_uint_ge(ds_size(ds), free - 6 * MOE_MIB);
        ck_assert_uint_eq(ds_size(ds) % 4096, 0);
        ck_assert_int_eq(ds_map(ds, ds_size(ds) - 4096, L4_FPAGE_RW), 0);
        client_drop(ds);
        moe_settle();
        ck_assert_uint_eq(factory_info(CLIENT_MEM, 4), free);
        ds = made(create_ds(CLIENT_MEM, -(20 * MOE_MIB), 1, 0)); // all but so much
        ck_assert_uint_ge(factory_info(CLIENT_MEM, 4), 20 * MOE_MIB);
        ck_assert_uint_le(factory_info(CLIENT_MEM, 4), 26 * MOE_MIB);
        client_drop(ds);
        moe_settle();
    }
    unsigned f = made(create_factory(CLIENT_MEM, 5 * MOE_MIB)), ds = made(create_ds(f, -1, 1, 0));
    ck_assert_uint_ge(ds_size(ds), 5 * MOE_MIB - (64 << 10)); // as much as the quota has
    ck_assert_int_eq(create_ds(f, -1, 0, 0), -L4_ERANGE);
    ck_assert_int_eq(create_ds(f, -(long)MOE_RAM, 1, 0), -L4_ENOMEM);
    ck_assert_int_eq(create_ds(f, INT64_MIN, 1, 0), -L4_ENOMEM);
    ck_assert_int_eq(create_ds(f, 0, 1, 0), -L4_ERANGE);
}
END_TEST

static TCase *moe_server_cases(void)
{
    TCase *t = tcase_create("rights and dataspaces");
    tcase_add_test(t, rights_do_not_grow_in_a_namespace);
    tcase_add_test(t, rights_of_factories_and_rom_do_not_grow);
    tcase_add_test(t, rights_of_other_servers_objects_do_not_grow);
    tcase_add_test(t, capabilities_that_nobody_keeps_are_dropped);
    tcase_add_test(t, rights_of_dataspaces);
    tcase_add_test(t, a_dma_space_needs_its_manager);
    tcase_add_test(t, memory_of_devices_outlives_their_driver);
    tcase_add_test(t, a_space_has_so_many_mappings);
    tcase_add_test(t, a_dataspace_that_goes_while_it_is_mapped);
    tcase_add_test(t, devices_have_no_more_rights_than_drivers);
    tcase_add_test(t, scheduler_proxies_give_what_they_have);
    tcase_add_test(t, logs_do_not_answer);
    tcase_add_test(t, arguments_that_are_none);
    tcase_add_test(t, a_late_message_finds_nobody);
    tcase_add_test(t, memory_that_is_read_only_whatever_the_capability);
    tcase_add_test(t, alignments);
    tcase_add_test(t, the_largest_piece);
    return t;
}

int main(void)
{
    Suite *s = suite_create("moe server");
    TCase *cases[] = {moe_server_cases(), moe_quota_cases(), moe_names_cases()};
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tcase_add_checked_fixture(cases[i], boot, NULL);
        suite_add_tcase(s, cases[i]);
    }
    return unit_run(s);
}
