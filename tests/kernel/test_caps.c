// SPDX-License-Identifier: MIT
// Capability tables: map, grant, rights, unmap, deletion, weak slots, overmapping
// (kernel-abi 2.2, 2.4, 4.3).
#include "harness.h"

static l4_cap_idx_t s[8];

static bool valid(l4_cap_idx_t c)
{
    return l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, c)) == 1;
}

static bool equal(l4_cap_idx_t a, l4_cap_idx_t b)
{
    return l4_error(l4_task_cap_equal(L4_BASE_TASK_CAP, a, b)) == 1;
}

static void copy(l4_cap_idx_t from, l4_cap_idx_t to, unsigned rights, unsigned attrs)
{
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(from, 0, rights),
                l4_map_obj_control(to, attrs));
}

static void new_irq(l4_cap_idx_t c)
{
    l4_factory_create_irq(L4_BASE_FACTORY_CAP, c);
}

static void rights(void)
{
    new_irq(s[0]);
    copy(s[0], s[1], L4_CAP_FPAGE_RWS, 0);
    check(valid(s[1]) && equal(s[0], s[1]), "a copy");
    copy(s[0], s[2], L4_CAP_FPAGE_RO, 0);
    check(valid(s[2]) && !equal(s[0], s[2]), "a copy with less rights is not equal");
    copy(s[2], s[3], L4_CAP_FPAGE_RWS, 0);
    check(equal(s[2], s[3]), "rights do not come back");
    copy(s[0], s[3], L4_CAP_FPAGE_W, 0);
    check(equal(s[2], s[3]), "without R nothing is mapped");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage(s[1], 0, L4_CAP_FPAGE_W), L4_FP_ALL_SPACES);
    check(valid(s[1]) && !equal(s[0], s[1]), "one right is taken");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage(s[1], 0, L4_CAP_FPAGE_RWSD), L4_FP_OTHER_SPACES);
    check(valid(s[1]), "unmap without the own task does nothing");
    l4_task_delete_obj(L4_BASE_TASK_CAP, s[1]);
    check(!valid(s[1]) && valid(s[0]), "delete without D releases");
    l4_task_release_cap(L4_BASE_TASK_CAP, s[0]);
    check(!valid(s[0]) && valid(s[2]), "release leaves the copies");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage(s[2], 0, L4_CAP_FPAGE_RWS), L4_FP_ALL_SPACES);
    l4_task_release_cap(L4_BASE_TASK_CAP, s[3]);
    new_irq(s[0]);
    copy(s[0], s[1], L4_CAP_FPAGE_RWSD, 0);
    l4_task_delete_obj(L4_BASE_TASK_CAP, s[1]);
    check(!valid(s[0]) && !valid(s[1]), "delete with D empties all slots");
    check(equal(s[0], s[1]), "empty slots are equal");
    check_eq(l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, L4_INVALID_CAP)), 0,
             "the invalid selector is not valid");
    check_eq(l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, 1ul << 50)), 0,
             "nor one beyond the table");
}

static void weak_slots(void)
{
    new_irq(s[0]);
    copy(s[0], s[1], L4_CAP_FPAGE_RWS, L4_FPAGE_C_NO_REF_CNT);
    check(valid(s[1]), "a weak copy");
    l4_task_release_cap(L4_BASE_TASK_CAP, s[0]);
    check(!valid(s[1]), "does not keep the object");
    new_irq(s[0]);
    copy(s[0], s[1], L4_CAP_FPAGE_RWS, 0);
    l4_task_release_cap(L4_BASE_TASK_CAP, s[0]);
    check(valid(s[1]), "a counted one does");
    l4_task_release_cap(L4_BASE_TASK_CAP, s[1]);
}

static void overmapping(void)
{
    new_irq(s[0]);
    copy(s[0], s[1], L4_CAP_FPAGE_RWS, 0);
    new_irq(s[0]); // its slot has D
    check(!valid(s[1]) && valid(s[0]),
          "a new object in an occupied slot with D deletes the old one");
    new_irq(s[2]);
    copy(s[2], s[1], L4_CAP_FPAGE_RWS, 0);
    copy(s[0], s[1], L4_CAP_FPAGE_RWS, 0);
    check(valid(s[2]) && equal(s[0], s[1]), "over a slot without D it is released only");
    copy(s[0], s[0], L4_CAP_FPAGE_RWSD, 0);
    check(!valid(s[0]) && !valid(s[1]), "a slot with D mapped onto itself is deleted");
    l4_task_delete_obj(L4_BASE_TASK_CAP, s[2]);
    // grant
    new_irq(s[0]);
    copy(s[0], s[1], L4_CAP_FPAGE_RWSD, L4_MAP_ITEM_GRANT);
    check(!valid(s[0]) && valid(s[1]), "grant moves");
    l4_task_delete_obj(L4_BASE_TASK_CAP, s[1]);
    check(!valid(s[1]), "with D");
}

static void ranges(void)
{
    l4_cap_idx_t base = 0x3800ul << L4_CAP_SHIFT, to = 0x3900ul << L4_CAP_SHIFT;
    for (unsigned i = 0; i < 16; i += 3)
        new_irq(base + i * L4_CAP_SIZE);
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(base, 4, L4_CAP_FPAGE_RWS),
                l4_map_obj_control(to, 0));
    bool good = true;
    for (unsigned i = 0; i < 16; i++)
        good &= valid(to + i * L4_CAP_SIZE) == (i % 3 == 0);
    check(good, "a range with holes");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage(base, 4, L4_CAP_FPAGE_RWSD), L4_FP_DELETE_OBJ);
    for (unsigned i = 0; i < 16; i++)
        good &= !valid(to + i * L4_CAP_SIZE) && !valid(base + i * L4_CAP_SIZE);
    check(good, "deleted as a range");
    // S of both task capabilities is needed to pass S on
    l4_cap_idx_t task = slot_alloc(), weak = slot_alloc();
    l4_fpage_t none = {0};
    l4_factory_create_task(L4_BASE_FACTORY_CAP, task, &none);
    copy(task, weak, L4_CAP_FPAGE_RW, 0);
    new_irq(s[0]);
    l4_task_map(weak, L4_BASE_TASK_CAP, l4_obj_fpage(s[0], 0, L4_CAP_FPAGE_RWS),
                l4_map_obj_control(s[0], 0));
    l4_task_map(L4_BASE_TASK_CAP, task, l4_obj_fpage(s[0], 0, L4_CAP_FPAGE_RWS),
                l4_map_obj_control(s[1], 0));
    check(valid(s[1]) && !equal(s[0], s[1]), "map through a task capability without S drops S");
    check_eq(l4_error(l4_rcv_ep_bind_thread(s[1], L4_BASE_THREAD_CAP, 1)), -L4_EPERM,
             "as the object sees");
    copy(task, weak, L4_CAP_FPAGE_RS, 0);
    check_eq(l4_error(l4_task_map(weak, L4_BASE_TASK_CAP, l4_obj_fpage(s[0], 0, L4_CAP_FPAGE_RWS),
                                  l4_map_obj_control(s[0], 0))),
             -L4_EPERM, "map needs W");
    check_eq(l4_error(l4_task_map(task, L4_BASE_LOG_CAP, l4_obj_fpage(s[0], 0, L4_CAP_FPAGE_RWS),
                                  l4_map_obj_control(s[0], 0))),
             -L4_EINVAL, "map from what is no task");
    // The end of a task deletes what it had with D
    l4_task_map(task, L4_BASE_TASK_CAP, l4_obj_fpage(s[0], 0, L4_CAP_FPAGE_RWSD),
                l4_map_obj_control(s[0], 0));
    slot_free(weak, false);
    slot_free(task, true);
    check(!valid(s[0]) && !valid(s[1]), "the end of a task deletes what it had with D");
    mr()[0] = 0x55;
    check_eq(l4_error(l4_ipc_call(L4_BASE_TASK_CAP, l4_utcb(), l4_msgtag(L4_PROTO_TASK, 1, 0, 0),
                                  L4_IPC_NEVER)),
             -L4_ENOSYS, "unknown operation");
    check_eq(
        l4_error(l4_ipc_call(L4_BASE_TASK_CAP, l4_utcb(), l4_msgtag(3, 1, 0, 0), L4_IPC_NEVER)),
        -L4_EBADPROTO, "unknown protocol");
}

void test_caps(void)
{
    for (unsigned i = 0; i < 8; i++)
        s[i] = slot_alloc();
    rights();
    weak_slots();
    overmapping();
    ranges();
    for (unsigned i = 0; i < 8; i++)
        slot_free(s[i], false);
}
