// SPDX-License-Identifier: MIT
// DMA spaces and the SMMU (kernel-abi 4.20), with a device that copies memory: QEMU's "edu", behind the SMMU of its virt
// machine. On other machines there is nothing to be tested but that there is nothing.
#include "harness.h"
#include <l4/sys/iommu.h>

enum { EDU = 0x11e81234, BAR = 0x10000000, COMMAND = 1, BAR0 = 4, MEMORY_AND_MASTER = 6 };
#define ECAM 0x4010000000ul
enum { DMA_FROM = 0x80, DMA_TO = 0x88, DMA_COUNT = 0x90, DMA_COMMAND = 0x98 }; // of the device
enum { START = 1, TO_MEMORY = 2 };
enum { BUFFER = 0x40000, WHERE = 0x100000, FAR_AWAY = 0x300000 }; // addresses that the device uses

static uint64_t page[3][512] __attribute__((aligned(4096)));
static unsigned stream;

static uint32_t volatile *config(unsigned device)
{
    return (uint32_t volatile *)(ECAM + device * 0x8000ul);
}

static bool find_device(void)
{
    for (stream = 1; stream < 32; stream++)
        if (iomem_map(ECAM + stream * 0x8000ul) && *config(stream) == EDU) {
            config(stream)[BAR0] = BAR;
            config(stream)[COMMAND] = MEMORY_AND_MASTER;
            stream *= 8; // its bus is 0, its function too
            return iomem_map(BAR);
        }
    return false;
}

static void reg(unsigned offset, uint64_t v)
{
    *(uint64_t volatile *)(uintptr_t)(BAR + offset) = v;
}

// What is at an address of memory, as far as the device reaches it, goes into its buffer, or the other way.
static void copy(uint64_t address, bool to_memory)
{
    reg(DMA_FROM, to_memory ? BUFFER : address);
    reg(DMA_TO, to_memory ? address : BUFFER);
    reg(DMA_COUNT, sizeof page[0]);
    reg(DMA_COMMAND, START | (to_memory ? TO_MEMORY : 0));
    for (unsigned i = 0; i < 5000 && (*(uint64_t volatile *)(uintptr_t)(BAR + DMA_COMMAND) & START); i++)
        l4_usleep(1000);
}

static void fill(unsigned i, uint64_t v)
{
    for (unsigned k = 0; k < 512; k++)
        page[i][k] = v + k;
    asm volatile("dsb sy" ::: "memory");
}

static bool filled(unsigned i, uint64_t v)
{
    asm volatile("dsb sy" ::: "memory");
    for (unsigned k = 0; k < 512; k++)
        if (((uint64_t volatile *)page[i])[k] != v + k)
            return false;
    return true;
}

// Whether the device can read page 0 at `from` and write page 1 at `to`.
static bool reads_and_writes(uint64_t from, uint64_t to)
{
    static uint64_t value = 0x1000;
    value += 0x10000;
    fill(0, value);
    fill(1, 7);
    copy(from, false);
    copy(to, true);
    return filled(1, value);
}

static l4_cap_idx_t make_space(void)
{
    l4_cap_idx_t space = slot_alloc();
    check_eq(l4_error(l4_factory_create(L4_BASE_FACTORY_CAP, L4_PROTO_DMA_SPACE, space)), 0, "DMA space created");
    return space;
}

static int64_t map(l4_cap_idx_t space, unsigned i, uint64_t address, unsigned rights)
{
    return l4_error(l4_task_map(space, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)page[i], L4_PAGESHIFT, rights),
                                l4_map_control(address, 0, 0)));
}

static void unmap(l4_cap_idx_t space, uint64_t address)
{
    l4_task_unmap(space, l4_fpage(address, L4_PAGESHIFT, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
}

static int64_t bind(uint64_t source, l4_cap_idx_t space)
{
    return l4_error(l4_iommu_bind(L4_BASE_IOMMU_CAP, source, space));
}

// ---- what a space is not ----

static void refusals(l4_cap_idx_t space)
{
    l4_cap_idx_t t = thread_make(NULL, NULL, LOW, 0), weak = slot_alloc();
    l4_msgtag_t tag = l4_task_map(space, L4_BASE_TASK_CAP, l4_obj_fpage(L4_BASE_LOG_CAP, 0, L4_CAP_FPAGE_RWS),
                                  l4_map_obj_control(0x1000, 0));
    check_eq(l4_error(tag), -L4_EINVAL, "no capabilities in a DMA space");
    l4_fpage_t ku = l4_fpage(0x100000, L4_PAGESHIFT, L4_FPAGE_RW);
    check_eq(l4_error(l4_task_add_ku_mem(space, &ku)), -L4_ENOSYS, "nor memory of the kernel");
    check_eq(l4_error(l4_task_map(L4_BASE_TASK_CAP, space, l4_fpage(WHERE, L4_PAGESHIFT, L4_FPAGE_RW),
                                  l4_map_control(WHERE, 0, 0))), -L4_EINVAL, "nothing is mapped out of it");
    thread_delete(t);
    check_eq(bind(1ull << 32, space), -L4_EINVAL, "no second SMMU");
    check_eq(bind(0xffffffff, space), -L4_ERANGE, "a stream that is none");
    check_eq(bind(stream, L4_BASE_TASK_CAP), -L4_EINVAL, "a task is no DMA space");
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(space, 0, L4_CAP_FPAGE_RO), l4_map_obj_control(weak, 0));
    check_eq(bind(stream, weak), -L4_EPERM, "nor one without a right to it");
    check_eq(l4_error(l4_iommu_unbind(L4_BASE_IOMMU_CAP, stream, space)), 0, "unbind of what is not bound");
    slot_free(weak, true);
}

// ---- a device and its space ----

static void device(void)
{
    fill(2, 99);
    check(!reads_and_writes((uint64_t)page[0], (uint64_t)page[1]), "a device that belongs to nobody reaches no memory");
    l4_cap_idx_t space = make_space();
    refusals(space);
    check_eq(bind(stream, space), 0, "bind");
    check_eq((int64_t)l4_utcb()->msg.mr[1], (1ll << 40) - 1, "it can use 40 bits");
    check(!reads_and_writes(WHERE, WHERE + 4096), "an empty space");
    check_eq(map(space, 0, WHERE, L4_FPAGE_RO), 0, "a page to read");
    check_eq(map(space, 1, WHERE + 4096, L4_FPAGE_RW), 0, "a page to write");
    check(reads_and_writes(WHERE, WHERE + 4096), "the device copies between them");
    check(!reads_and_writes(WHERE, (uint64_t)page[1]), "but not to where they are");
    check_eq(bind(stream, space), 0, "bound once more: what it does is told again");
    fill(1, 1);
    copy(WHERE + 4096, false);
    copy(WHERE, true);
    check(!filled(0, 1), "nor into the page that is to be read");
    check(reads_and_writes(WHERE, WHERE + 4096), "after faults it goes on");

    unmap(space, WHERE + 4096);
    check(!reads_and_writes(WHERE, WHERE + 4096), "what was unmapped is out of reach at once");
    check_eq(map(space, 1, FAR_AWAY, L4_FPAGE_RW), 0, "mapped elsewhere");
    check(reads_and_writes(WHERE, FAR_AWAY), "it is there");

    l4_cap_idx_t other = make_space();
    map(other, 0, WHERE, L4_FPAGE_RO);
    map(other, 2, FAR_AWAY, L4_FPAGE_RW);
    check_eq(bind(stream, other), 0, "another space");
    check(!reads_and_writes(WHERE, FAR_AWAY), "takes the place of the first");
    check(!filled(2, 99), "which the device sees no more");
    check_eq(l4_error(l4_iommu_unbind(L4_BASE_IOMMU_CAP, stream, space)), 0, "unbind by the first");
    fill(2, 99);
    reads_and_writes(WHERE, FAR_AWAY);
    check(!filled(2, 99), "changes nothing");
    check_eq(l4_error(l4_iommu_unbind(L4_BASE_IOMMU_CAP, stream, other)), 0, "unbind");
    fill(2, 99);
    reads_and_writes(WHERE, FAR_AWAY);
    check(filled(2, 99), "the device reaches nothing");

    check_eq(bind(stream, space), 0, "bound again");
    check(reads_and_writes(WHERE, FAR_AWAY), "it is as before");
    l4_task_delete_obj(L4_BASE_TASK_CAP, space);
    check(!reads_and_writes(WHERE, FAR_AWAY), "a space that is deleted takes its device along");
    l4_task_delete_obj(L4_BASE_TASK_CAP, other);
    slot_free(space, true);
    slot_free(other, true);
}

// The memory that a space took, its VMID, and what was bound to it come back.
static void leaves_nothing(void)
{
    enum { ROOM = 128 * 1024, TIMES = 300 }; // for a few; more than there are VMIDs
    l4_cap_idx_t factory = slot_alloc(), space = slot_alloc();
    check_eq(l4_error(l4_factory_create_factory(L4_BASE_FACTORY_CAP, factory, ROOM)), 0, "a factory with little memory");
    unsigned made = 0;
    for (unsigned i = 0; i < TIMES; i++) {
        made += !l4_error(l4_factory_create(factory, L4_PROTO_DMA_SPACE, space)) && !map(space, 0, WHERE, L4_FPAGE_RO) &&
                !bind(stream, space) && !bind(stream + 8, space);
        l4_task_delete_obj(L4_BASE_TASK_CAP, space);
    }
    check_eq(made, TIMES, "spaces come and go");
    slot_free(space, false);
    slot_free(factory, true);
}

void test_iommu(void)
{
    if (!l4_msgtag_label(l4_task_cap_valid(L4_BASE_TASK_CAP, L4_BASE_IOMMU_CAP))) {
        l4_cap_idx_t space = slot_alloc();
        check_eq(l4_error(l4_factory_create(L4_BASE_FACTORY_CAP, L4_PROTO_DMA_SPACE, space)), -L4_ENODEV,
                 "no DMA spaces without an SMMU");
        slot_free(space, true);
        return;
    }
    if (!find_device()) {
        check(false, "an SMMU, and a device behind it");
        return;
    }
    print("# with an SMMU\n");
    device();
    leaves_nothing();
}
