// SPDX-License-Identifier: MIT
// Moe's factories, dataspaces, namespaces and DMA spaces, asked by a client: rights, quotas,
// lifetimes, and what the messages look like.
#include "moe_kernel.h"
#include "unit_run.h"

#include "dataspace.h"
#include "factory.h"

#include <l4/re/c/namespace.h>
#include <l4/re/protocols.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/err.h>
#include <stdio.h>
#include <string.h>

#define RAM (UINT64_C(64) * MOE_MIB)
enum { R = L4_CAP_FPAGE_RO, W = L4_CAP_FPAGE_W, S = L4_CAP_FPAGE_S, RWS = L4_CAP_FPAGE_RWS };

static void boot(void)
{
    moe_boot(RAM);
}

// ---- requests as a client makes them ----

// Create an object without arguments. Returns its slot, or the error.
static long create(unsigned factory, long protocol, struct request_text *t)
{
    unsigned slot = client_free_slot();
    long err = client_call(factory, L4_PROTO_FACTORY, t, slot);

    (void)protocol;
    return err < 0 ? err : (long)slot;
}

static long create_plain(unsigned factory, long protocol)
{
    struct request_text t = {0};

    put_word(&t, (l4_umword_t)protocol);
    return create(factory, protocol, &t);
}

static long create_factory(unsigned factory, long bytes)
{
    struct request_text t = {0};

    put_word(&t, (l4_umword_t)L4_PROTO_FACTORY);
    put_int(&t, bytes);
    return create(factory, L4_PROTO_FACTORY, &t);
}

static long create_ds(unsigned factory, long size, long flags, long align)
{
    struct request_text t = {0};

    put_word(&t, L4RE_PROTO_DATASPACE);
    put_int(&t, size);
    put_int(&t, flags);
    put_int(&t, align);
    return create(factory, L4RE_PROTO_DATASPACE, &t);
}

static unsigned made(long slot)
{
    ck_assert_int_gt(slot, 0);
    return (unsigned)slot;
}

static unsigned copy(unsigned slot, unsigned rights)
{
    unsigned to = client_free_slot();

    client_copy(slot, to, rights);
    ck_assert(client_has(to));
    return to;
}

static long ns_register(unsigned ns, char const *name, unsigned slot, unsigned flags)
{
    struct request_text t = {0};

    put_word(&t, L4RE_NS_OP_REGISTER | (l4_umword_t)flags << 32);
    put_name(&t, name, (unsigned)strlen(name));
    if (slot)
        put_cap(&t, slot, RWS);
    else
        put_void(&t);
    return client_call(ns, L4RE_PROTO_NAMESPACE, &t, 0);
}

static struct request_text answer; // of the last query

static long ns_query(unsigned ns, char const *name, unsigned slot)
{
    answer = (struct request_text){0};
    put_word(&answer, L4RE_NS_OP_QUERY);
    put_name(&answer, name, (unsigned)strlen(name));
    return client_call(ns, L4RE_PROTO_NAMESPACE, &answer, slot);
}

static long ns_unlink(unsigned ns, char const *name)
{
    struct request_text t = {0};

    put_word(&t, L4RE_NS_OP_UNLINK);
    put_name(&t, name, (unsigned)strlen(name));
    return client_call(ns, L4RE_PROTO_NAMESPACE, &t, 0);
}

static long ds_map(unsigned ds, uint64_t offset, unsigned rights)
{
    struct request_text t = {0};

    put_word(&t, L4RE_DS_OP_MAP);
    put_word(&t, offset);
    put_word(&t, 0);
    put_word(&t, rights);
    return client_call(ds, L4RE_PROTO_DATASPACE, &t, 0);
}

static long ds_range(unsigned ds, unsigned op, uint64_t offset, uint64_t size)
{
    struct request_text t = {0};

    put_word(&t, op);
    put_word(&t, offset);
    put_word(&t, size);
    return client_call(ds, L4RE_PROTO_DATASPACE, &t, 0);
}

static long ds_copy_in(unsigned dst, unsigned src, uint64_t size)
{
    struct request_text t = {0};

    put_word(&t, L4RE_DS_OP_COPY_IN);
    put_word(&t, 0);
    put_word(&t, 0);
    put_word(&t, size);
    put_cap(&t, src, RWS);
    return client_call(dst, L4RE_PROTO_DATASPACE, &t, 0);
}

static uint64_t ds_size(unsigned ds)
{
    struct request_text t = {0};

    put_word(&t, L4RE_DS_OP_INFO);
    ck_assert_int_eq(client_call(ds, L4RE_PROTO_DATASPACE, &t, 0), 0);
    return t.w[0];
}

// Words of a factory's info: quota, used, memory of the machine, its used, its free.
static uint64_t factory_info(unsigned factory, unsigned word)
{
    struct request_text t = {0};

    put_word(&t, L4RE_MA_OP_INFO);
    ck_assert_int_eq(client_call(factory, L4RE_PROTO_MEM_ALLOC, &t, 0), 0);
    ck_assert_uint_eq(t.words, 5);
    return t.w[word];
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
}
END_TEST

START_TEST(a_dma_space_needs_its_manager)
{
    unsigned dma = made(create_plain(CLIENT_MEM, L4RE_PROTO_DMA_SPACE)), ds = made(create_ds(CLIENT_MEM, 8192, 1, 0));
    struct request_text map = {0}, unmap = {0}, t = {0};

    put_word(&map, L4RE_DMA_SPACE_OP_MAP);
    put_word(&map, 4096);
    put_word(&map, 8192);
    for (unsigned i = 0; i < 3; i++)
        put_word(&map, 0);
    put_cap(&map, ds, RWS);
    for (unsigned i = 0; i < 4; i++)
        put_word(&unmap, i == 0 ? L4RE_DMA_SPACE_OP_UNMAP : 0);
    struct request_text map2 = map, unmap2 = unmap;
    ck_assert_int_eq(client_call(dma, L4RE_PROTO_DMA_SPACE, &map, 0), -L4_EINVAL);
    ck_assert_int_eq(client_call(dma, L4RE_PROTO_DMA_SPACE, &unmap, 0), -L4_EINVAL);
    put_word(&t, L4RE_DMA_SPACE_MGR_OP_ASSOCIATE_PHYS);
    put_cap(&t, dma, R);
    struct request_text rw = t;
    ck_assert_int_eq(client_call(CLIENT_DMA_MANAGER, 0, &t, 0), -L4_EPERM);
    rw.items = 0;
    put_cap(&rw, dma, RWS);
    ck_assert_int_eq(client_call(CLIENT_DMA_MANAGER, 0, &rw, 0), 0);
    ck_assert_int_eq(client_call(dma, L4RE_PROTO_DMA_SPACE, &map2, 0), 0);
    ck_assert_uint_eq(map2.w[0], 4096);
    ck_assert_int_eq(ds_map(ds, 4096, L4_FPAGE_RO), 0);
    ck_assert_uint_eq(map2.w[1], l4_fpage_memaddr(reply_memory) + (l4_fpage_size(reply_memory) > 12 ? 4096 : 0));
    ck_assert_int_eq(client_call(dma, L4RE_PROTO_DMA_SPACE, &unmap2, 0), 0);
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
    unsigned s = made(create(CLIENT_MEM, L4_PROTO_SCHEDULER, &t));
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
    ck_assert_int_eq(create(CLIENT_MEM, L4_PROTO_LOG, &t), -L4_EINVAL); // it has no tag
    put_word(&t, (l4_umword_t)L4_PROTO_LOG);
    put_text(&t, "a tag that is longer than the eight letters shown");
    put_int(&t, 3);
    unsigned log = made(create(CLIENT_MEM, L4_PROTO_LOG, &t));
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
        ck_assert_int_eq(create(CLIENT_MEM, types[i], &none), -L4_EINVAL);
        put_word(&text, (l4_umword_t)types[i]);
        put_text(&text, "4096");
        ck_assert_int_eq(create(CLIENT_MEM, types[i], &text), -L4_EINVAL);
        put_word(&cut, (l4_umword_t)types[i]);
        put_word(&cut, L4_VARG_TYPE_MWORD | 8 << L4_VARG_SIZE_SHIFT); // and no value
        ck_assert_int_eq(create(CLIENT_MEM, types[i], &cut), -L4_EINVAL);
        put_word(&base, (l4_umword_t)types[i]);
        for (unsigned n = 0; n < 4; n++) // a physical address, too
            put_int(&base, n == 0 ? 4096 : 0);
        long err = create(CLIENT_MEM, types[i], &base);
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

// ---- quotas ----

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
    ck_assert_int_eq(create_factory(CLIENT_MEM, (long)RAM), -L4_ENOMEM);
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
    client_drop(made(create_factory(CLIENT_MEM, (long)RAM - 2 * MOE_MIB)));
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

// ---- namespaces ----

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
    ck_assert_uint_eq(answer.w[1], 1);
    memcpy(rest, &answer.w[2], 1);
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

// ---- dataspaces ----

START_TEST(alignments)
{
    static struct {
        long align;
        int bits; // or an error
    } const t[] = { { 0, 12 }, { 1, 12 }, { 12, 12 }, { 16, 16 }, { 21, 21 }, { 4096, 12 }, { 65536, 16 }, { 2 * MOE_MIB, 21 },
                    { 63, -L4_ENOMEM }, { 64, -L4_EINVAL }, { 4097, -L4_EINVAL }, { -1, -L4_EINVAL } };

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
    ck_assert_int_eq(create_ds(f, -(long)RAM, 1, 0), -L4_ENOMEM);
    ck_assert_int_eq(create_ds(f, INT64_MIN, 1, 0), -L4_ENOMEM);
    ck_assert_int_eq(create_ds(f, 0, 1, 0), -L4_ERANGE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moe server");
    TCase *t = tcase_create("all");
    suite_add_tcase(s, t);
    tcase_add_checked_fixture(t, boot, NULL);
    tcase_add_test(t, rights_do_not_grow_in_a_namespace);
    tcase_add_test(t, rights_of_factories_and_rom_do_not_grow);
    tcase_add_test(t, rights_of_other_servers_objects_do_not_grow);
    tcase_add_test(t, capabilities_that_nobody_keeps_are_dropped);
    tcase_add_test(t, rights_of_dataspaces);
    tcase_add_test(t, a_dma_space_needs_its_manager);
    tcase_add_test(t, scheduler_proxies_give_what_they_have);
    tcase_add_test(t, logs_do_not_answer);
    tcase_add_test(t, arguments_that_are_none);
    tcase_add_test(t, a_late_message_finds_nobody);
    tcase_add_test(t, memory_that_is_read_only_whatever_the_capability);
    tcase_add_test(t, slots_are_of_the_quota);
    tcase_add_test(t, a_sub_factory_shares_its_parents_slots);
    tcase_add_test(t, regions_are_of_the_quota);
    tcase_add_test(t, names_are_of_the_quota);
    tcase_add_test(t, memory_of_objects_comes_back);
    tcase_add_test(t, quotas_are_reservations);
    tcase_add_test(t, what_others_refer_to_outlives_its_factory);
    tcase_add_test(t, shortage_finds_what_has_gone);
    tcase_add_test(t, empty_parts_of_names_are_no_entries);
    tcase_add_test(t, namespaces_nest);
    tcase_add_test(t, entries_keep_their_objects);
    tcase_add_test(t, entries_whose_object_is_gone_wait);
    tcase_add_test(t, alignments);
    tcase_add_test(t, the_largest_piece);
    return unit_run(s);
}
