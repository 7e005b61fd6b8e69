// SPDX-License-Identifier: MIT
// Moe's region maps as their clients see them: messages byte by byte, rights, and what is behind regions. Dataspaces are
// pretended.
#include "dataspace.h"
#include "factory.h"
#include "phys_mem.h"
#include "rm.h"
#include "rm_messages.h"
#include "say.h"
#include "unit_run.h"

#include <check.h>
#include <l4/re/c/rm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PHYS      0x80000000ul // of every dataspace's first byte, aligned like the largest flexpage
#define PAGES_MAX 1024u

enum kind { GIVEN, MADE, COPY };

struct dataspace {
    struct object obj;
    enum kind kind;
    unsigned rights;
    uint64_t size, offset;     // offset: of a copy, in its source
    struct dataspace *source;
    uint64_t written;          // a copy: bit of each page that is one
};

static struct object_ops const ds_ops = {.name = "a dataspace"};
static struct dataspace *given;
static struct dataspace *last_made;
static unsigned n_ds, charged;
static int create_error;
static l4_utcb_t utcb;
static struct object *rm;

// ---- moe's other parts ----

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)tag, (void)label, (void)dest, (void)to;
    ck_abort_msg("a region map asks nobody");
}

static char said[1024];

void say(unsigned level, char const *fmt, ...)
{
    size_t len = strlen(said);
    va_list ap;
    (void)level;
    va_start(ap, fmt);
    vsnprintf(said + len, sizeof(said) - len, fmt, ap);
    va_end(ap);
    strncat(said, "|", sizeof(said) - strlen(said) - 1);
}

void *factory_alloc(struct factory *f, size_t size)
{
    (void)f;
    charged += (unsigned)size;
    return calloc(1, size);
}

void factory_free(struct factory *f, void *p, size_t size)
{
    (void)f;
    charged -= (unsigned)size;
    free(p);
}

void phys_touch(uint64_t addr, uint64_t bytes)
{
    ck_assert_uint_ge(addr, PHYS);
    ck_assert_uint_le(addr + bytes, PHYS + PAGES_MAX * FRAME_SIZE);
}

void *object_create(struct object_ops const *ops, struct factory *f)
{
    struct object *o = calloc(1, ops->size);
    o->ops = ops;
    o->factory = f;
    o->refs = 1;
    return o;
}

void object_get(struct object *o)
{
    o->refs++;
}

void object_put(struct object *o)
{
    if (--o->refs)
        return;
    if (o->ops == &ds_ops) {
        struct dataspace *ds = (struct dataspace *)o;
        if (ds->source)
            object_put(&ds->source->obj);
        n_ds--;
    } else if (o->ops->destroy) {
        o->ops->destroy(o);
    }
    free(o);
}

static struct dataspace *make(enum kind kind, uint64_t size, unsigned rights)
{
    struct dataspace *ds = calloc(1, sizeof(*ds));
    *ds = (struct dataspace){.obj = {.ops = &ds_ops, .refs = 1}, .kind = kind, .rights = rights, .size = size};
    n_ds++;
    return last_made = ds;
}

int dataspace_create(struct factory *f, long size, unsigned long flags, unsigned long align, struct dataspace **ds)
{
    (void)f, (void)flags, (void)align;
    if (!create_error)
        *ds = make(MADE, (uint64_t)size, DS_R | DS_W | DS_X);
    return create_error;
}

int dataspace_copy_on_write(struct factory *f, struct dataspace *src, uint64_t offset, uint64_t size, struct dataspace **ds)
{
    (void)f;
    if (create_error)
        return create_error;
    *ds = make(COPY, size, DS_R | DS_W | DS_X);
    (*ds)->offset = offset;
    (*ds)->source = src;
    object_get(&src->obj);
    return 0;
}

struct object *dataspace_object(struct dataspace *ds)
{
    return &ds->obj;
}

struct dataspace *dataspace_of_item(struct msg_item const *item)
{
    return item->kind == MSG_ITEM_LOCAL && item->label == 0x1230 ? given : NULL;
}

unsigned dataspace_rights(struct dataspace const *ds)
{
    return ds->rights;
}

int dataspace_extent(struct dataspace *ds, uint64_t offset, unsigned want, unsigned max_order, struct ds_extent *e)
{
    (void)max_order;
    if (offset >= ds->size)
        return -L4_ERANGE;
    if (want & ~ds->rights)
        return -L4_EPERM;
    uint64_t page = offset & L4_PAGEMASK;
    *e = (struct ds_extent){page, page + FRAME_SIZE, PHYS + page, ds->rights};
    if (ds->kind != COPY)
        *e = (struct ds_extent){0, ds->size, PHYS, ds->rights};
    else if (want & DS_W)
        ds->written |= UINT64_C(1) << (page / FRAME_SIZE);
    else if (!(ds->written >> (page / FRAME_SIZE) & 1))
        e->rights &= ~(unsigned)DS_W;
    return 0;
}

// What the first pages of `given` hold.
static uint64_t content[2 * FRAME_SIZE / sizeof(uint64_t)];

int dataspace_phys(struct dataspace *ds, uint64_t offset, uint64_t *size, uint64_t *phys)
{
    if (ds != given || offset + *size > sizeof(content))
        return -L4_ERANGE;
    *phys = (uintptr_t)content + offset;
    return 0;
}

unsigned ds_extent_order(struct ds_extent const *e, uint64_t offset, uint64_t spot, uint64_t min, uint64_t max)
{
    uint64_t phys = e->phys + (offset - e->start), end = e->phys + (e->end - e->start);
    unsigned order = FRAME_SHIFT;
    for (; order < 30; order++) {
        uint64_t mask = (UINT64_C(2) << order) - 1;
        if (((phys ^ spot) & mask) >> FRAME_SHIFT || (phys & ~mask) < e->phys || (phys | mask) >= end
            || (spot & ~mask) < min || (spot | mask) > max)
            break;
    }
    return order;
}

// ---- requests ----

static void setup(void)
{
    static char factory; // who pays
    n_ds = charged = 0;
    create_error = 0;
    said[0] = 0;
    given = make(GIVEN, 0x20000, DS_R | DS_W | DS_X);
    rm = rm_create((struct factory *)&factory);
}

static void teardown(void)
{
    object_put(rm);
    ck_assert_uint_eq(given->obj.refs, 1); // regions have dropped what they had
    object_put(&given->obj);
    ck_assert_uint_eq(n_ds, 0);
    ck_assert_uint_eq(charged, 0);
}

static l4_umword_t local_rights = L4_CAP_FPAGE_W | L4_CAP_FPAGE_S;

static l4_msgtag_t send(long label, void const *bytes, unsigned size, void const *item)
{
    struct request r = {.u = &utcb, .tag = l4_msgtag(label, size / 8, item ? 1 : 0, 0), .rights = 3};
    memset(&utcb, 0x55, sizeof(utcb));
    memcpy(utcb.msg.mr, bytes, size);
    if (item) {
        memcpy(&utcb.msg.mr[size / 8], item, 16);
        if (utcb.msg.mr[size / 8]) { // one of moe's gates
            utcb.msg.mr[size / 8] = L4_RCV_OBJ_LOCAL_ID;
            utcb.msg.mr[size / 8 + 1] = 0x1230 | local_rights;
        }
    }
    msg_in_init(&r.in, &utcb, r.tag);
    return rm->ops->dispatch(rm, &r);
}

#define REQUEST(bytes, item) l4_msgtag_label(send(L4RE_PROTO_RM, bytes, sizeof(bytes), item))
#define CHECK_REPLY(bytes)   ck_assert_mem_eq(utcb.msg.mr, bytes, sizeof(bytes))

static long attach(uint64_t start, uint64_t size, uint32_t flags, uint64_t offset, void const *item)
{
    l4_umword_t words[10] = {L4RE_RM_OP_ATTACH, start, size, flags, offset, 12, 0x456000, 1, 0, 0};
    return REQUEST(words, item);
}

static long detach(uint64_t start, uint64_t size, unsigned flags)
{
    l4_umword_t words[4] = {L4RE_RM_OP_DETACH, start, size, flags};
    return REQUEST(words, NULL);
}

static long page_in(uint64_t min, uint64_t max, unsigned rights)
{
    l4_umword_t words[4] = {L4RE_RM_OP_PAGE_IN, min, max, rights};
    return REQUEST(words, NULL);
}

static l4_msgtag_t fault_tag;

// Rights of the memory that answers a fault at an address, or a negative error.
static long fault(l4_umword_t word)
{
    l4_umword_t words[2] = {word, 0x1234};
    l4_msgtag_t t = fault_tag = send(L4_PROTO_PAGE_FAULT, words, sizeof(words), NULL);
    return l4_msgtag_label(t) < 0 ? l4_msgtag_label(t) : (long)l4_fpage_rights((l4_fpage_t){utcb.msg.mr[1]});
}

START_TEST(test_bytes)
{
    ck_assert_int_eq(REQUEST(attach_request, attach_item), 0);
    CHECK_REPLY(attach_reply);
    ck_assert_int_eq(REQUEST(find_request, NULL), -L4_EPERM); // the in-task region map answers that
    ck_assert_int_eq(REQUEST(get_regions_request, NULL), 1);
    CHECK_REPLY(get_regions_reply);
    ck_assert_int_eq(REQUEST(reserve_request, NULL), 0);
    CHECK_REPLY(reserve_reply);
    ck_assert_int_eq(REQUEST(get_areas_request, NULL), 1);
    CHECK_REPLY(get_areas_reply);
    ck_assert_int_eq(REQUEST(free_area_request, NULL), 0);
    l4_msgtag_t t = send(L4RE_PROTO_RM, page_in_request, sizeof(page_in_request), NULL);
    ck_assert_int_eq(l4_msgtag_label(t), 0);
    ck_assert_uint_eq(l4_msgtag_words(t), sizeof(page_in_reply) / 8);
    ck_assert_uint_eq(l4_msgtag_items(t), 1);
    CHECK_REPLY(page_in_reply);
    ck_assert_uint_eq(utcb.msg.mr[1], 0x12348000 | L4_ITEM_MAP);
    ck_assert_uint_eq(utcb.msg.mr[2], l4_fpage(PHYS + 0x7000, 12, L4_FPAGE_RWX & (DS_R | DS_W)).raw);
    ck_assert_int_eq(REQUEST(detach_request, NULL), L4RE_RM_DETACHED_DS);
    CHECK_REPLY(detach_reply);
    ck_assert_int_eq(REQUEST(get_info_request, NULL), -L4_ENOSYS);
    ck_assert_int_eq(REQUEST(private_request, attach_item), 0);
    CHECK_REPLY(private_reply);
    ck_assert_int_eq(last_made->kind, COPY);
    ck_assert_uint_eq(last_made->offset, 0x7000);
    ck_assert_int_eq(REQUEST(anonymous_request, void_item), 0); // the next free place
    ck_assert_int_ne(last_made->kind, COPY);
    ck_assert_int_eq(detach(0x12345000, 0x10000, L4RE_RM_DETACH_EXACT), L4RE_RM_DETACHED_DS | L4RE_RM_DETACH_AGAIN);
    ck_assert_int_eq(detach(0x12345000, 0x10000, L4RE_RM_DETACH_EXACT), L4RE_RM_DETACHED_DS);
    ck_assert_int_eq(REQUEST(attach_named_request, attach_item), 0);
    for (unsigned words = 1; words < sizeof(attach_named_request) / 8; words++)
        ck_assert_int_eq(l4_msgtag_label(send(L4RE_PROTO_RM, attach_named_request, words * 8, attach_item)),
                         -L4_EMSGTOOSHORT);
    ck_assert_int_eq(REQUEST(attach_request, NULL), -L4_EMSGMISSARG);
}
END_TEST

START_TEST(test_refused)
{
    ck_assert_int_eq(attach(0x20000, 0x1000, L4RE_RM_F_RW | 1u << 16, 0, attach_item), -L4_EINVAL);
    ck_assert_int_eq(attach(0x20000, 0, L4RE_RM_F_RW, 0, attach_item), -L4_EINVAL);
    ck_assert_int_eq(attach(0x20000, ~0ull, L4RE_RM_F_RW, 0, attach_item), -L4_EINVAL);
    ck_assert_int_eq(attach(rm_max_addr, 0x2000, L4RE_RM_F_RW, 0, attach_item), -L4_EADDRNOTAVAIL);
    struct dataspace *keep = given;
    given = NULL; // another server's
    ck_assert_int_eq(attach(0x20000, 0x1000, L4RE_RM_F_RW, 0, attach_item), -L4_ENOENT);
    given = keep;
    ck_assert_uint_eq(given->obj.refs, 1);
}
END_TEST

// A capability without W, or memory without it, is never written through a region; a copy is.
START_TEST(test_rights)
{
    local_rights = L4_CAP_FPAGE_S;
    ck_assert_int_eq(attach(0x20000, 0x1000, L4RE_RM_F_RW, 0, attach_item), -L4_EPERM);
    ck_assert_int_eq(attach(0x20000, 0x1000, L4RE_RM_F_RX, 0, attach_item), 0);
    ck_assert_int_eq(fault(0x20000), DS_R | DS_X);
    ck_assert_int_eq(fault(0x20000 | L4_PF_WRITE), -L4_EACCESS);
    ck_assert_int_eq(page_in(0x20000, 0x20fff, DS_R | DS_W), -L4_EACCESS);
    ck_assert_int_eq(attach(0x30000, 0x1000, L4RE_RM_F_RW | L4RE_RM_F_PRIVATE, 0, attach_item), 0);
    local_rights = L4_CAP_FPAGE_W | L4_CAP_FPAGE_S;
    given->rights = DS_R;
    ck_assert_int_eq(attach(0x40000, 0x1000, L4RE_RM_F_RW, 0, attach_item), -L4_EPERM);
    ck_assert_int_eq(attach(0x40000, 0x1000, L4RE_RM_F_RWX | L4RE_RM_F_PRIVATE, 0, attach_item), -L4_EPERM);
    ck_assert_int_eq(attach(0x40000, 0x1000, L4RE_RM_F_R, 0, attach_item), 0);
}
END_TEST

// Bytes that a fault brings, all of them in [start, end].
static uint64_t brought(l4_umword_t addr, uint64_t start, uint64_t end)
{
    uint64_t sum = 0;
    ck_assert_int_ge(fault(addr), 0);
    for (unsigned i = 0; i < l4_msgtag_items(fault_tag); i++) {
        uint64_t size = UINT64_C(1) << l4_fpage_size((l4_fpage_t){utcb.msg.mr[2 * i + 1]});
        uint64_t spot = utcb.msg.mr[2 * i] & L4_PAGEMASK & ~(size - 1);
        ck_assert(spot >= start && spot + (size - 1) <= end);
        sum += size;
    }
    return sum;
}

// Though the memory goes on.
START_TEST(test_faults_end_with_the_region)
{
    ck_assert_int_eq(attach(0x20000, 0x3000, L4RE_RM_F_RW, 0, attach_item), 0);
    ck_assert_uint_eq(brought(0x22000, 0x20000, 0x22fff), 0x1000);
    ck_assert_uint_eq(brought(0x20000, 0x20000, 0x22fff), 0x2000);
    ck_assert_int_eq(attach(0x31000, 0x3000, L4RE_RM_F_RW, 0, attach_item), 0); // page by page
    ck_assert_uint_eq(brought(0x32000, 0x31000, 0x33fff), 0x2000);
    ck_assert_uint_eq(brought(0x31000, 0x31000, 0x33fff), 0x3000);
}
END_TEST

START_TEST(test_private)
{
    ck_assert_int_eq(attach(0x30000, 0x3000, L4RE_RM_F_RW | L4RE_RM_F_PRIVATE, 0x2000, attach_item), 0);
    struct dataspace *copy = last_made;
    ck_assert_int_eq(copy->kind, COPY);
    ck_assert_uint_eq(copy->offset, 0x2000);
    ck_assert_uint_eq(copy->size, 0x3000);
    // a page that is only read is not copied, and not writable
    ck_assert_int_eq(fault(0x31000), DS_R);
    ck_assert_uint_eq(copy->written, 0);
    ck_assert_int_eq(fault(0x31000 | L4_PF_WRITE), DS_R | DS_W);
    ck_assert_uint_eq(copy->written, 2);
    // it lives as long as a piece of the region
    ck_assert_int_eq(detach(0x31000, 0x1000, L4RE_RM_DETACH_EXACT), L4RE_RM_SPLIT_DS);
    ck_assert_int_eq(detach(0x30000, 1, L4RE_RM_DETACH_OVERLAP), L4RE_RM_DETACHED_DS);
    ck_assert_uint_eq(n_ds, 2);
    ck_assert_int_eq(fault(0x32000 | L4_PF_WRITE), DS_R | DS_W);
    ck_assert_uint_eq(copy->written, 6);
    ck_assert_int_eq(detach(0x32000, 1, L4RE_RM_DETACH_OVERLAP), L4RE_RM_DETACHED_DS);
    ck_assert_uint_eq(n_ds, 1);
    create_error = -L4_ENOMEM;
    ck_assert_int_eq(attach(0x30000, 0x3000, L4RE_RM_F_RW | L4RE_RM_F_PRIVATE, 0x2000, attach_item), -L4_ENOMEM);
    ck_assert_int_eq(fault(0x30000), -L4_ENOENT);
}
END_TEST

START_TEST(test_anonymous)
{
    ck_assert_int_eq(REQUEST(anonymous_request, void_item), 0);
    CHECK_REPLY(anonymous_reply);
    ck_assert_int_eq(last_made->kind, MADE);
    ck_assert_uint_eq(last_made->size, 0x2000);
    ck_assert_int_eq(fault(0x12345000), DS_R | DS_W); // at once: nothing is copied
    ck_assert_int_eq(REQUEST(anonymous_request, attach_item), -L4_EINVAL);
    create_error = -L4_ENOMEM;
    ck_assert_int_eq(REQUEST(anonymous_request, void_item), -L4_ENOMEM);
    ck_assert_int_eq(detach(0x12345000, 0x2000, L4RE_RM_DETACH_EXACT), L4RE_RM_DETACHED_DS);
    ck_assert_uint_eq(utcb.msg.mr[2], L4_INVALID_CAP);
    ck_assert_uint_eq(n_ds, 1);
}
END_TEST

START_TEST(test_region_without_memory)
{
    static uint32_t const flags[] = {0, L4RE_RM_F_RW | L4RE_RM_F_RESERVED, L4RE_RM_F_RW | L4RE_RM_F_KERNEL,
                                     L4RE_RM_F_RW | L4RE_RM_F_KERNEL | L4RE_RM_F_ANONYMOUS};
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(attach(0x20000 + i * 0x1000, 0x1000, flags[i], 0, i == 1 ? attach_item : void_item), 0);
        ck_assert_int_eq(fault(0x20000 + i * 0x1000), -L4_ENOENT);
    }
    ck_assert_uint_eq(n_ds, 1);
}
END_TEST

// Who pages in goes on behind what came: it begins where it was asked for, and ends in the range.
START_TEST(test_page_in)
{
    uint64_t min = 0x101000, max = 0x10afff;
    unsigned calls = 0;
    ck_assert_int_eq(attach(0x100000, 0x10000, L4RE_RM_F_RW, 0, attach_item), 0);
    for (; min < max; calls++) {
        ck_assert_int_eq(page_in(min, max, DS_R), 0);
        l4_fpage_t f = {utcb.msg.mr[2]};
        ck_assert_uint_eq(l4_fpage_memaddr(f), PHYS + (min - 0x100000));
        ck_assert_uint_eq(utcb.msg.mr[1] & L4_PAGEMASK, min);
        min += 1ul << l4_fpage_size(f);
        ck_assert_uint_le(min, max + 1);
    }
    ck_assert_uint_eq(calls, 5); // 1, 2, 4, 2, 1 pages
    ck_assert_int_eq(page_in(0x110000, 0x110fff, DS_R), -L4_ENOENT);
    ck_assert_int_eq(page_in(0x101fff, 0x100000, DS_R), -L4_EINVAL);
}
END_TEST

static l4_msgtag_t exception(l4_exc_regs_t const *regs, unsigned words)
{
    struct request r = {.u = &utcb, .tag = l4_msgtag(L4_PROTO_EXCEPTION, words, 0, 0), .rights = 3};
    *l4_utcb_exc_u(&utcb) = *regs;
    msg_in_init(&r.in, &utcb, r.tag);
    return rm->ops->dispatch(rm, &r);
}

static long rescue(l4_umword_t op, l4_umword_t begin, l4_umword_t end, l4_umword_t target)
{
    l4_umword_t words[4] = {op, begin, end, target};
    return REQUEST(words, NULL);
}

// The runtime reads what may be gone: it goes on where it has asked to, and nothing is said.
START_TEST(test_rescue)
{
    ck_assert_int_eq(rescue(L4RE_RM_OP_ADD_RESCUE_JUMP, 0x1230, 0x1240, 0x5550), 0);
    ck_assert_int_eq(fault(0x90000), -L4_ENOENT);
    ck_assert_str_eq(said, "");
    l4_msgtag_t t = exception(&(l4_exc_regs_t){.pc = 0x1234, .r = {7}}, L4_UTCB_EXCEPTION_REGS_SIZE);
    ck_assert_int_eq(l4_msgtag_label(t), 0);
    ck_assert_uint_eq(l4_msgtag_words(t), L4_UTCB_EXCEPTION_REGS_SIZE);
    ck_assert_uint_eq(l4_utcb_exc_u(&utcb)->pc, 0x5550);
    ck_assert_uint_eq(l4_utcb_exc_u(&utcb)->r[0], 7);
    ck_assert_str_eq(said, "");
    ck_assert_int_eq(rescue(L4RE_RM_OP_REMOVE_RESCUE_JUMP, 0x1234, 0, 0), 0);
    ck_assert_int_eq(fault(0x90000), -L4_ENOENT);
    ck_assert_str_ne(said, "");
    ck_assert_int_eq(rescue(L4RE_RM_OP_ADD_RESCUE_JUMP, 2, 2, 0), -L4_EINVAL);
    for (unsigned i = 0; i < RM_RESCUE_JUMPS; i++)
        ck_assert_int_eq(rescue(L4RE_RM_OP_ADD_RESCUE_JUMP, i, i + 1, 0), 0);
    ck_assert_int_eq(rescue(L4RE_RM_OP_ADD_RESCUE_JUMP, 8, 9, 0), -L4_ENOMEM);
}
END_TEST

// Otherwise its thread stops, and its calls are said: those of which the frame records can be read.
START_TEST(test_exception)
{
    ck_assert_int_eq(attach(0x20000, 0x1000, L4RE_RM_F_RX, 0x3000, attach_item), 0);
    ck_assert_int_eq(attach(0x30000, 0x4000, L4RE_RM_F_RW, 0, attach_item), 0);
    content[0x100 / 8] = 0x30200;
    content[0x108 / 8] = 0x20018;
    content[0x200 / 8] = 0x33000; // nothing of `content`
    content[0x208 / 8] = 0x77770;
    l4_exc_regs_t regs = {.pc = 0x20004, .sp = 0x30080};
    regs.r[29] = 0x30100;
    regs.r[30] = 0x20010;
    ck_assert_int_eq(l4_msgtag_label(exception(&regs, 4)), -L4_EMSGTOOSHORT);
    ck_assert(exception(&regs, L4_UTCB_EXCEPTION_REGS_SIZE).raw == NO_REPLY.raw);
    ck_assert_str_eq(strchr(said, '|'),
                     "|  #0 0x20004 l4re+0x3004|  lr 0x20010 l4re+0x3010|  #1 0x20018 l4re+0x3018|  #2 0x77770|");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moe_rm");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_bytes);
    tcase_add_test(tc, test_refused);
    tcase_add_test(tc, test_rights);
    tcase_add_test(tc, test_faults_end_with_the_region);
    tcase_add_test(tc, test_private);
    tcase_add_test(tc, test_anonymous);
    tcase_add_test(tc, test_region_without_memory);
    tcase_add_test(tc, test_page_in);
    tcase_add_test(tc, test_rescue);
    tcase_add_test(tc, test_exception);
    suite_add_tcase(s, tc);
    return unit_run(s);
}
