// SPDX-License-Identifier: MIT
// Sigma0 with the requests that L4Re's programs send, byte by byte (kernel-abi 9), and with some that are none.
#include "unit_run.h"

#include <check.h>
#include <l4/sys/err.h>
#include <l4/sys/ipc.h>
#include <l4/sys/utcb.h>
#include <setjmp.h>
#include <string.h>

void sigma0_main(void const *kip, uint64_t random);

void ssp_init(uint64_t random)
{
    ck_assert_uint_eq(random, 0);
}

enum { ROOT = 0x40, ROOT_S = ROOT | L4_CAP_FPAGE_S, OTHER = 0xc0 }; // labels of gates: client 4, the root task, and 12
#define PF (-2)
#define S0 (-6)
#define FACTORY (-15)

typedef unsigned char const message_bytes[16];

// What is sent, and what comes back: with an item its two words are in `reply`.
struct exchange {
    char const *what;
    l4_umword_t from;
    long label;
    message_bytes request;
    unsigned words;
    long result;
    unsigned items;
    message_bytes reply;
};

static struct exchange const exchanges[] = {
    {"RAM at an address, 1 MiB", ROOT, S0,
     {0x60, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10, 0x05, 0x50, 0x40}, 2, 0, 1,
     {0x38, 0x00, 0x50, 0x40, 0, 0, 0, 0, 0x17, 0x05, 0x50, 0x40}}, // cacheable, RWX
    {"the same again", ROOT, S0,
     {0x60, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10, 0x05, 0x50, 0x40}, 2, 0, 1,
     {0x38, 0x00, 0x50, 0x40, 0, 0, 0, 0, 0x17, 0x05, 0x50, 0x40}},
    {"somebody else's RAM", OTHER, S0,
     {0x60, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10, 0x05, 0x50, 0x40}, 2, -L4_ENOMEM, 0, {0}},
    {"any RAM, 64 KiB", ROOT, S0,
     {0x90, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10, 0x04, 0, 0}, 2, 0, 1,
     {0x38, 0x00, 0x40, 0x40, 0, 0, 0, 0, 0x17, 0x04, 0x40, 0x40}},
    {"any RAM, more than there is", ROOT, S0,
     {0x90, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x90, 0x07, 0, 0}, 2, -L4_ENOMEM, 0, {0}},
    {"device memory, a page", ROOT, S0,
     {0x70, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10, 0x03, 0, 0x09}, 2, 0, 1,
     {0x18, 0x00, 0, 0x09, 0, 0, 0, 0, 0x16, 0x03, 0, 0x09}}, // uncached, RW
    {"and cached, for another client", OTHER, S0,
     {0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10, 0x03, 0, 0x09}, 2, 0, 1,
     {0x38, 0x00, 0, 0x09, 0, 0, 0, 0, 0x16, 0x03, 0, 0x09}},
    {"RAM as device memory", ROOT, S0,
     {0x70, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10, 0x03, 0x60, 0x40}, 2, -L4_ENOMEM, 0, {0}},
    {"an address that is no multiple of the size", ROOT, S0,
     {0x60, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10, 0x05, 0x58, 0x40}, 2, -L4_EINVAL, 0, {0}},
    {"less than a page", ROOT, S0,
     {0x60, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xd0, 0x02, 0x60, 0x40}, 2, -L4_EINVAL, 0, {0}},
    {"no flexpage", ROOT, S0, {0x60, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 1, -L4_EINVAL, 0, {0}},
    {"a request of old", ROOT, S0, {0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 2, -L4_ENOSYS, 0, {0}},
    {"not the number of a request", ROOT, S0, {0x60}, 2, -L4_ENOSYS, 0, {0}},
    {"nothing", ROOT, S0, {0}, 0, -L4_ENOSYS, 0, {0}},
    {"another protocol", ROOT, 0x4000, {0}, 2, -L4_EBADPROTO, 0, {0}},
    {"a fault of the root task in what boot loaded", ROOT, PF, {0x27, 0x41, 0, 0x48, 0, 0, 0, 0, 0x34, 0x12}, 2, 0, 1,
     {0x38, 0x00, 0, 0x48, 0, 0, 0, 0, 0x17, 0x04, 0, 0x48}}, // 64 KiB of it
    {"another client's there", OTHER, PF, {0x27, 0x41, 0, 0x48, 0, 0, 0, 0, 0x34, 0x12}, 2, -L4_ENOMEM, 0, {0}},
    {"a fault where nothing is", ROOT, PF, {0x03, 0, 0, 0, 0, 0, 0, 0, 0x34, 0x12}, 2, -L4_ENOMEM, 0, {0}},
    {"a new client without S", ROOT, FACTORY, {0xfa, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 1, -L4_EPERM, 0, {0}},
    {"something else", ROOT_S, FACTORY, {0x00, 0x40}, 1, -L4_ENODEV, 0, {0}},
    {"a new client", ROOT_S, FACTORY, {0xfa, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 1, 0, 1,
     {0x08, 0, 0, 0, 0, 0, 0, 0, 0x37, 0xc0, 0x02}}, // its gate, with R, W and S
};
#define NUM_EXCHANGES (sizeof(exchanges) / sizeof(exchanges[0]))

static union {
    uint8_t bytes[L4_PAGESIZE];
} kip __attribute__((aligned(L4_PAGESIZE)));

static l4_utcb_t utcb;
static jmp_buf end;
static unsigned at;
static l4_umword_t gate_label;
static l4_msgtag_t claim_tags[2], kip_tag;
static l4_umword_t claimed[2][8], kip_item[2];

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

static void check_answer(struct exchange const *e, l4_msgtag_t tag)
{
    ck_assert_msg(l4_msgtag_label(tag) == e->result, "%s: %ld", e->what, l4_msgtag_label(tag));
    ck_assert_msg(l4_msgtag_words(tag) == 0 && l4_msgtag_items(tag) == e->items, "%s", e->what);
    ck_assert_msg(!e->items || !memcmp(utcb.msg.mr, e->reply, sizeof(e->reply)), "%s: %lx %lx", e->what, utcb.msg.mr[0],
                  utcb.msg.mr[1]);
}

static l4_msgtag_t next_message(l4_umword_t *label)
{
    unsigned n = at++;
    memset(utcb.msg.mr, 0x55, sizeof(utcb.msg.mr));
    if (n < NUM_EXCHANGES) {
        struct exchange const *e = &exchanges[n];
        memcpy(utcb.msg.mr, e->request, sizeof(e->request));
        *label = e->from;
        return l4_msgtag(e->label, e->words, 0, 0);
    }
    if (n == NUM_EXCHANGES + 3)
        longjmp(end, 1);
    *label = ROOT; // the information page, then all that is free, twice
    utcb.msg.mr[0] = n == NUM_EXCHANGES ? 0xffffffffffffffa0 : 0xfffffffffffffff0;
    return l4_msgtag(S0, 1, 0, 0);
}

static void keep_answer(unsigned n, l4_msgtag_t tag)
{
    if (n < NUM_EXCHANGES) {
        check_answer(&exchanges[n], tag);
    } else if (n == NUM_EXCHANGES) {
        kip_tag = tag;
        memcpy(kip_item, utcb.msg.mr, sizeof(kip_item));
    } else {
        claim_tags[n - NUM_EXCHANGES - 1] = tag;
        memcpy(claimed[n - NUM_EXCHANGES - 1], utcb.msg.mr, sizeof(claimed[0]));
    }
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)to;
    if (dest & L4_SYSF_OPEN_WAIT) {
        ck_assert_uint_eq(utcb.buf.br[0], 0); // it takes nothing from anybody
        if (dest & L4_SYSF_REPLY)
            keep_answer(at - 1, tag);
        return next_message(label);
    }
    if ((dest & L4_CAP_INDEX_MASK) == L4_BASE_FACTORY_CAP)
        gate_label = utcb.msg.mr[2];
    return l4_msgtag(0, 0, 0, 0); // texts and priorities as well
}

static void add_descriptor(uint64_t start, uint64_t last, unsigned type)
{
    uint32_t const offset = 0xe0;
    uint64_t const d[2] = {start | type, last};
    uint32_t count;
    memcpy(&count, kip.bytes + 0x58, 4);
    memcpy(kip.bytes + offset + count * 16, d, 16);
    count++;
    memcpy(kip.bytes + 0x54, &offset, 4);
    memcpy(kip.bytes + 0x58, &count, 4);
}

START_TEST(answers)
{
    memset(&utcb, 0x55, sizeof(utcb));
    add_descriptor(0x40000000, 0x4fffffff, 1);
    add_descriptor(0x40000000, 0x403fffff, 2);    // the kernel's
    add_descriptor(0x48000000, 0x480fffff, 0x7e); // of the root task
    if (!setjmp(end))
        sigma0_main(&kip, 0);
    ck_assert_uint_eq(at, NUM_EXCHANGES + 4);
    ck_assert_uint_eq(gate_label, OTHER);

    ck_assert_int_eq(l4_msgtag_label(kip_tag), 0);
    ck_assert_uint_eq(l4_msgtag_items(kip_tag), 1);
    ck_assert_uint_eq(kip_item[0], (l4_umword_t)&kip | 0x38);
    ck_assert_uint_eq(kip_item[1], (l4_umword_t)&kip | 0x315); // a page, RX

    static l4_umword_t const rest[] = {0x40410000, 0xf0000, 0x40600000, 0x7a00000, 0x48100000, 0x7f00000};
    ck_assert_int_eq(l4_msgtag_label(claim_tags[0]), 3);
    ck_assert_uint_eq(l4_msgtag_words(claim_tags[0]), 6);
    ck_assert_mem_eq(claimed[0], rest, sizeof(rest));
    ck_assert_int_eq(l4_msgtag_label(claim_tags[1]), 0);
    ck_assert_uint_eq(l4_msgtag_words(claim_tags[1]), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sigma0_wire");
    TCase *t = tcase_create("all");
    tcase_add_test(t, answers);
    suite_add_tcase(s, t);
    return unit_run(s);
}
