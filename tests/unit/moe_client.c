// SPDX-License-Identifier: MIT
#include "moe_client.h"

#include <check.h>
#include <string.h>

long create(unsigned factory, struct request_text *t)
{
    unsigned slot = client_free_slot();
    long err = client_call(factory, L4_PROTO_FACTORY, t, slot);

    return err < 0 ? err : (long)slot;
}

long create_plain(unsigned factory, long protocol)
{
    struct request_text t = {0};

    put_word(&t, (l4_umword_t)protocol);
    return create(factory, &t);
}

long create_factory(unsigned factory, long bytes)
{
    struct request_text t = {0};

    put_word(&t, (l4_umword_t)L4_PROTO_FACTORY);
    put_int(&t, bytes);
    return create(factory, &t);
}

long create_ds(unsigned factory, long size, long flags, long align)
{
    struct request_text t = {0};

    put_word(&t, L4RE_PROTO_DATASPACE);
    put_int(&t, size);
    put_int(&t, flags);
    put_int(&t, align);
    return create(factory, &t);
}

unsigned made(long slot)
{
    ck_assert_int_gt(slot, 0);
    return (unsigned)slot;
}

unsigned copy(unsigned slot, unsigned rights)
{
    unsigned to = client_free_slot();

    client_copy(slot, to, rights);
    ck_assert(client_has(to));
    return to;
}

long ns_register(unsigned ns, char const *name, unsigned slot, unsigned flags)
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

struct request_text query_answer;

long ns_query(unsigned ns, char const *name, unsigned slot)
{
    query_answer = (struct request_text){0};
    put_word(&query_answer, L4RE_NS_OP_QUERY);
    put_name(&query_answer, name, (unsigned)strlen(name));
    return client_call(ns, L4RE_PROTO_NAMESPACE, &query_answer, slot);
}

long ns_unlink(unsigned ns, char const *name)
{
    struct request_text t = {0};

    put_word(&t, L4RE_NS_OP_UNLINK);
    put_name(&t, name, (unsigned)strlen(name));
    return client_call(ns, L4RE_PROTO_NAMESPACE, &t, 0);
}

long ds_map(unsigned ds, uint64_t offset, unsigned rights)
{
    struct request_text t = {0};

    put_word(&t, L4RE_DS_OP_MAP);
    put_word(&t, offset);
    put_word(&t, 0);
    put_word(&t, rights);
    return client_call(ds, L4RE_PROTO_DATASPACE, &t, 0);
}

long ds_range(unsigned ds, unsigned op, uint64_t offset, uint64_t size)
{
    struct request_text t = {0};

    put_word(&t, op);
    put_word(&t, offset);
    put_word(&t, size);
    return client_call(ds, L4RE_PROTO_DATASPACE, &t, 0);
}

long ds_copy_in(unsigned dst, unsigned src, uint64_t size)
{
    struct request_text t = {0};

    put_word(&t, L4RE_DS_OP_COPY_IN);
    put_word(&t, 0);
    put_word(&t, 0);
    put_word(&t, size);
    put_cap(&t, src, RWS);
    return client_call(dst, L4RE_PROTO_DATASPACE, &t, 0);
}

uint64_t ds_info(unsigned ds, unsigned word)
{
    struct request_text t = {0};

    put_word(&t, L4RE_DS_OP_INFO);
    ck_assert_int_eq(client_call(ds, L4RE_PROTO_DATASPACE, &t, 0), 0);
    return t.w[word];
}

uint64_t ds_size(unsigned ds)
{
    return ds_info(ds, 0);
}

uint64_t factory_info(unsigned factory, unsigned word)
{
    struct request_text t = {0};

    put_word(&t, L4RE_MA_OP_INFO);
    ck_assert_int_eq(client_call(factory, L4RE_PROTO_MEM_ALLOC, &t, 0), 0);
    ck_assert_uint_eq(t.words, 5);
    return t.w[word];
}
