// SPDX-License-Identifier: MIT
#include "kernel_fakes.h"
#include "mapping_model.h"
#include "mapping_setup.h"
#include "mem/kmem.h"
#include <string.h>

struct task sigma0, task[TASKS];
struct mapping marker;

void mapping_setup(void)
{
    fake_heap_init(FAKE_HEAP);
    fake_preempt_every = 0;
    memset(&sigma0, 0, sizeof(sigma0));
    memset(task, 0, sizeof(task));
    memset(mapping_roots, 0, sizeof(mapping_roots));
    memset(&marker, 0, sizeof(marker));
    sigma0.is_sigma0 = true;
    sigma0.obj.quota = &quota_root;
    stage2_init(&sigma0.space, &quota_root);
    sigma0.space.vttbr = 1;
    for (unsigned i = 0; i < TASKS; i++) {
        task[i].obj.quota = &quota_root;
        stage2_init(&task[i].space, &quota_root);
        task[i].space.vttbr = 1;
    }
    fake_tlb_reset();
    model_reset();
}

enum map_result map_mem(struct mem_mapping m)
{
    struct progress p = {.marker = &marker};
    enum map_result r;
    while ((r = mem_map(&m, &p)) == MAP_STOPPED)
        ;
    return r;
}

unsigned unmap_mem(struct task *t, uint64_t addr, unsigned order, unsigned rights, bool self)
{
    struct progress p = {.marker = &marker};
    unsigned stops = 0;
    while (!mem_unmap(t, addr, order, rights, self, &p))
        stops++;
    return stops;
}

struct mem_mapping mapping(unsigned from, uint64_t sa, unsigned to, uint64_t da, unsigned order, unsigned rights)
{
    return (struct mem_mapping){.src = &task[from], .dst = &task[to], .src_addr = sa, .dst_addr = da, .order = order,
                                .rights = rights};
}

enum map_result map(unsigned from, uint64_t sa, unsigned to, uint64_t da, unsigned order, unsigned rights)
{
    return map_mem(mapping(from, sa, to, da, order, rights));
}

enum map_result map_ram(uint64_t phys, unsigned to, uint64_t da, unsigned order)
{
    return map_mem((struct mem_mapping){.src = &sigma0, .dst = &task[to], .src_addr = phys, .dst_addr = da,
                                        .order = order, .rights = MEM_RWX, .type = MEM_NORMAL});
}

uint64_t at(unsigned t, uint64_t addr)
{
    return mem_lookup(&task[t], addr, NULL);
}

unsigned rights_at(unsigned t, uint64_t addr)
{
    unsigned r = 99;
    return mem_lookup(&task[t], addr, &r) == ABSENT ? 99 : r;
}

unsigned order_at(unsigned t, uint64_t addr)
{
    return stage2_walk(&task[t].space, addr).order;
}
