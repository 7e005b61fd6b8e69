// SPDX-License-Identifier: MIT
// Kernel memory of factories: used up, given back, nested (kernel-abi 4.2).
#include "harness.h"

enum { FIRST = 0x3100, MANY = 1500 };
static l4_cap_idx_t slot(unsigned i)
{
    return (l4_cap_idx_t)(FIRST + i) << L4_CAP_SHIFT;
}

// How many objects of a type the factory gives.
static unsigned fill(l4_cap_idx_t factory, long type, int64_t *error)
{
    unsigned n = 0;
    for (*error = 0; n < MANY; n++) {
        if (type == L4_PROTO_TASK) {
            l4_fpage_t f = l4_fpage(TASK_UTCB, 12, L4_FPAGE_RW);
            *error = l4_error(l4_factory_create_task(factory, slot(n), &f));
        } else {
            *error = l4_error(l4_factory_create(factory, type, slot(n)));
        }
        if (*error)
            break;
    }
    return n;
}

static void empty(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        l4_task_delete_obj(L4_BASE_TASK_CAP, slot(i));
}

// Kernel-user pages that one task of the factory can have.
static unsigned pages_of(l4_cap_idx_t factory)
{
    l4_cap_idx_t task = slot_alloc();
    unsigned n = 0;
    l4_fpage_t area = l4_fpage(TASK_UTCB, L4_PAGESHIFT, L4_FPAGE_RW);
    if (!l4_error(l4_factory_create_task(factory, task, &area)))
        for (int64_t error = 0; !error; n++) {
            area = l4_fpage(TASK_UTCB + (n + 1ul) * L4_PAGESIZE, L4_PAGESHIFT, L4_FPAGE_RW);
            error = l4_error(l4_task_add_ku_mem(task, &area));
        }
    slot_free(task, true);
    return n;
}

// A factory keeps one object in each page of four sizes. Another one, which has all the rest of the kernel's memory, gets
// as many pages then as before.
static void one_object_a_page(void)
{
    enum { QUOTA = 256 << 10 };
    static struct {
        long type;
        unsigned in_page;
    } const kinds[] = {{L4_PROTO_THREAD, 4}, {L4_PROTO_IRQ_SENDER, 16}, {0, 32}, {L4_PROTO_SEMAPHORE, 16}};
    l4_cap_idx_t f = slot_alloc(), rest = slot_alloc();
    check_eq(l4_error(l4_factory_create_factory(L4_BASE_FACTORY_CAP, f, QUOTA)), 0, "a factory of 256 KiB");
    uint64_t limit = 0;
    for (uint64_t bit = 1ul << 40; bit >= L4_PAGESIZE; bit >>= 1) {
        if (l4_error(l4_factory_create_factory(L4_BASE_FACTORY_CAP, rest, limit + bit)))
            continue;
        limit += bit;
        l4_task_delete_obj(L4_BASE_TASK_CAP, rest);
    }
    check_eq(l4_error(l4_factory_create_factory(L4_BASE_FACTORY_CAP, rest, limit)), 0,
             "and one with the rest of the kernel's memory");
    unsigned before = pages_of(rest), kept = 0;
    check(before * (uint64_t)L4_PAGESIZE > limit / 2, "which is there");
    for (unsigned k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
        unsigned n = 0, first = kept;
        while (first + n < MANY && !l4_error(l4_factory_create(f, kinds[k].type, slot(first + n))))
            n++;
        for (unsigned i = 0; i < n; i++) {
            if (i % kinds[k].in_page)
                l4_task_delete_obj(L4_BASE_TASK_CAP, slot(first + i));
            else
                kept = first + i + 1;
        }
    }
    check_eq(pages_of(rest), before, "one object in each page takes nothing from others");
    empty(kept);
    slot_free(rest, true);
    slot_free(f, true);
}

void test_quota(void)
{
    static long const types[] = {
        L4_PROTO_TASK, L4_PROTO_THREAD, L4_PROTO_IRQ_SENDER, L4_PROTO_SEMAPHORE, 0, L4_PROTO_VM};
    l4_cap_idx_t f = slot_alloc(), inner = slot_alloc(), weak = slot_alloc();
    check_eq(l4_error(l4_factory_create_factory(L4_BASE_FACTORY_CAP, f, 1ul << 62)), -L4_ENOMEM,
             "more than there is");
    check_eq(l4_error(l4_factory_create_factory(L4_BASE_FACTORY_CAP, f, 100000)), 0,
             "a factory with 100000 bytes");
    check_eq(l4_error(l4_factory_create_factory(f, inner, 200000)), -L4_ENOMEM,
             "an inner one cannot have more");
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        int64_t error;
        unsigned n = fill(f, types[i], &error);
        check(n > 0 && n < MANY && error == -L4_ENOMEM, "objects until the quota is used up");
        empty(n);
        unsigned again = fill(f, types[i], &error);
        check_eq(again, n, "after deletion the same number again");
        empty(again);
    }
    check_eq(l4_error(l4_factory_create_factory(f, inner, 60000)), 0, "an inner factory");
    int64_t error;
    unsigned less = fill(f, L4_PROTO_THREAD, &error);
    empty(less);
    l4_task_delete_obj(L4_BASE_TASK_CAP, inner);
    unsigned more = fill(f, L4_PROTO_THREAD, &error);
    empty(more);
    check(more > less, "an inner factory's quota comes back with it");
    // Objects outlive their factory
    check_eq(l4_error(l4_factory_create_factory(f, inner, 60000)), 0, "an inner factory again");
    check_eq(l4_error(l4_factory_create(inner, L4_PROTO_IRQ_SENDER, slot(0))), 0,
             "an object of it");
    l4_task_delete_obj(L4_BASE_TASK_CAP, inner);
    check(l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, slot(0))) == 1, "outlives it");
    check_eq(l4_error(l4_factory_create_factory(f, inner, 60000)), -L4_ENOMEM,
             "and holds its quota");
    empty(1);
    check_eq(l4_error(l4_factory_create_factory(f, inner, 60000)), 0, "until it is deleted");
    l4_task_delete_obj(L4_BASE_TASK_CAP, inner);
    // Memory of tasks: page tables, capability tables, mapping nodes
    static char page[4096] __attribute__((aligned(4096)));
    l4_fpage_t area = l4_fpage(TASK_UTCB, 12, L4_FPAGE_RW);
    check_eq(l4_error(l4_factory_create_task(f, inner, &area)), 0, "a task");
    unsigned mapped = 0;
    int64_t r = 0;
    for (; mapped < 200 && r >= 0; mapped++)
        r = l4_error(
            l4_task_map(inner, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)page, 12, L4_FPAGE_RO),
                        l4_map_control(0x10000000ul + mapped * 0x200000ul, L4_FPAGE_CACHEABLE, 0)));
    check(mapped > 2 && mapped < 200, "its page tables count");
    check_eq(r, -(L4_EIPC_LO + L4_IPC_SEMAPFAILED), "a map beyond the quota fails");
    l4_task_delete_obj(L4_BASE_TASK_CAP, inner);
    more = fill(f, L4_PROTO_THREAD, &error);
    empty(more);
    check(more > less, "its tables come back with it");
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(f, 0, L4_CAP_FPAGE_RW),
                l4_map_obj_control(weak, 0));
    check_eq(l4_error(l4_factory_create(weak, L4_PROTO_IRQ_SENDER, slot(0))), -L4_EPERM,
             "a factory without S");
    check_eq(l4_error(l4_factory_create(f, 5, slot(0))), -L4_ENODEV, "an unknown type");
    check_eq(l4_error(l4_factory_create(f, L4_PROTO_SCHEDULER, slot(0))), -L4_ENODEV,
             "a type that is not there");
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t t = l4_factory_create_start(L4_PROTO_IRQ_SENDER, slot(0));
    u->buf.br[0] = 0;
    check_eq(ipc_err(l4_factory_create_commit(f, t)), L4_IPC_REMSGCUT,
             "no buffer for the capability");
    t = l4_factory_create_start(0, slot(0));
    l4_factory_create_add_uint(0x11, &t);
    l4_sndfpage_add(l4_obj_fpage(L4_BASE_THREAD_CAP, 0, L4_CAP_FPAGE_RWS), 0, &t);
    check_eq(l4_error(l4_factory_create_commit(f, t)), -L4_EINVAL, "a gate's label with low bits");
    slot_free(weak, false);
    slot_free(f, true);
    // All memory of the whole kernel many times over: nothing leaks
    bool good = true;
    for (unsigned i = 0; i < 8; i++) {
        good &= l4_error(l4_factory_create_factory(L4_BASE_FACTORY_CAP, f, 4 << 20)) == 0;
        unsigned n = fill(f, L4_PROTO_TASK, &error);
        good &= n > 20;
        l4_task_delete_obj(L4_BASE_TASK_CAP, f);
        empty(n);
    }
    check(good, "tasks made and deleted a thousand times");
    one_object_a_page();
}
