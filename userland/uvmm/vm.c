// SPDX-License-Identifier: MIT
#include "vm.h"

#include "channel.h"
#include "device/console.h"
#include "vcpu/fp.h"
#include "vcpu/smccc.h"
#include "log.h"

#include <l4/re/c/rm.h>
#include <l4/re/env.h>
#include <l4/sys/task.h>
#include <stdlib.h>

struct vm vm;

void vm_claim_region(struct mmio_region const *r)
{
    unsigned long long first = r->start, last = r->end - 1;
    struct ram_region const *ram = ram_map_overlap(&vm.ram, r->start, r->end - r->start);
    char const *with = NULL;
    if (ram)
        fatal("%s [0x%llx-0x%llx] overlaps guest RAM [0x%llx-0x%llx]", r->name, first, last, (unsigned long long)ram->gpa,
              (unsigned long long)(ram->gpa + ram->size - 1));
    int err = mmio_map_add(&vm.mmio, r, &with);
    if (err == -2)
        fatal("%s [0x%llx-0x%llx] overlaps %s", r->name, first, last, with);
    if (err)
        fatal("%s [0x%llx-0x%llx]: empty, or more than %d devices", r->name, first, last, MMIO_MAX_REGIONS);
}

void vm_claim(uint64_t start, uint64_t size, char const *name, struct mmio_ops const *ops,
              void *ctx)
{
    vm_claim_region(&(struct mmio_region){.start = start, .end = start + size, .ops = ops, .ctx = ctx, .name = name});
}

int vm_attach(void **at, uint64_t size, unsigned flags, l4_cap_idx_t ds, uint64_t offset)
{
    *at = NULL;
    return l4re_rm_attach(at, size, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_EAGER_MAP | flags, ds, offset,
                          size >= L4_SUPERPAGESIZE ? L4_SUPERPAGESHIFT : L4_PAGESHIFT);
}

// Largest order (log2 of bytes) that both addresses are aligned to and `size` fills.
static unsigned piece_order(uint64_t gpa, uint64_t host, uint64_t size)
{
    unsigned order = 63 - (unsigned)__builtin_clzll(size);
    uint64_t bits = gpa | host;
    unsigned align = bits ? (unsigned)__builtin_ctzll(bits) : 63;
    return order < align ? order : align;
}

int vm_map_in(l4_cap_idx_t space, uint64_t gpa, void const *host, uint64_t size, unsigned rights, unsigned cache)
{
    uint64_t addr = (uint64_t)host;
    while (size) {
        unsigned order = piece_order(gpa, addr, size);
        if (order < L4_PAGESHIFT)
            return -L4_EINVAL;
        long err = l4_error(l4_task_map(space, L4RE_THIS_TASK_CAP, l4_fpage(addr, order, rights),
                                        l4_map_control(gpa, (unsigned char)cache,
                                                       L4_MAP_ITEM_MAP)));
        if (err < 0)
            return (int)err;
        gpa += 1ull << order;
        addr += 1ull << order;
        size -= 1ull << order;
    }
    return 0;
}

int vm_map(uint64_t gpa, void const *host, uint64_t size, unsigned rights, unsigned cache)
{
    return vm_map_in(vm.task, gpa, host, size, rights, cache);
}

void vm_unmap(uint64_t gpa, void const *host, uint64_t size)
{
    for (uint64_t addr = (uint64_t)host; size;) {
        unsigned order = piece_order(gpa, addr, size);
        l4_task_unmap(vm.task, l4_fpage(gpa, order, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
        gpa += 1ull << order;
        addr += 1ull << order;
        size -= 1ull << order;
    }
}

void vm_exit(int code, char const *why)
{
    fp_protect();
    smccc_flush();
    if (why)
        log_msg(LOG_QUIET, "%s", why);
    channel_flush_all();
    console_restore_all();
    exit(code);
}
