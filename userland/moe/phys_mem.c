// SPDX-License-Identifier: MIT
#include "phys_mem.h"

#include <l4/sys/cache.h>
#include <l4/sys/task.h>

#include "object.h"
#include "ram.h"
#include "say.h"

struct frames phys_frames;

void clear_memory(void *start, size_t bytes); // clear.S

enum { MIN_RANGE = 64 << 10 }; // below that the bookkeeping is not worth it

// One range of RAM; its bookkeeping is put at its beginning.
static void add_ram(uint64_t start, uint64_t size)
{
    if (start == 0 && size >= FRAME_SIZE) { // address 0 stays a null pointer
        start += FRAME_SIZE;
        size -= FRAME_SIZE;
    }
    if (size < MIN_RANGE)
        return;
    uint64_t meta = (frames_meta_size(start, size) + FRAME_SIZE - 1) & ~(FRAME_SIZE - 1);
    if (!frames_add(&phys_frames, start + meta, size - meta, phys_ptr(start)))
        say(DBG_WARN, "too many RAM ranges, 0x%llx is not used", (unsigned long long)start);
}

void phys_init(void)
{
    ram_take(add_ram);
    if (phys_frames.total == 0)
        fatal("sigma0 owns no free RAM");
}

uint64_t phys_alloc(uint64_t count, unsigned align)
{
    uint64_t addr = frames_alloc(&phys_frames, count, align);

    if (addr == FRAMES_NONE && object_collect()) // clients' objects that died unnoticed
        addr = frames_alloc(&phys_frames, count, align);
    return addr;
}

// Revoke from everybody else, in flexpages of natural size.
static void revoke(uint64_t addr, uint64_t bytes)
{
    l4_fpage_t fp[32];
    unsigned n = 0;

    while (bytes) {
        unsigned order = addr ? (unsigned)__builtin_ctzll(addr) : 47;
        unsigned fit = 63 - (unsigned)__builtin_clzll(bytes);
        if (order > fit)
            order = fit;
        fp[n++] = l4_fpage(addr, order, L4_FPAGE_RWX);
        addr += UINT64_C(1) << order;
        bytes -= UINT64_C(1) << order;
        if (n == 32 || !bytes) {
            l4_task_unmap_batch(L4_BASE_TASK_CAP, fp, n, L4_FP_OTHER_SPACES);
            n = 0;
        }
    }
}

void phys_free(uint64_t addr, uint64_t count)
{
    revoke(addr, count << FRAME_SHIFT);
    frames_free(&phys_frames, addr, count);
}

void phys_clear(uint64_t addr, uint64_t bytes)
{
    clear_memory(phys_ptr(addr), bytes);
}

void phys_clean(uint64_t addr, uint64_t bytes)
{
    l4_cache_clean_code(addr, addr + bytes);
}

void phys_touch(uint64_t addr, uint64_t bytes)
{
    for (uint64_t a = addr; a < addr + bytes; a += FRAME_SIZE)
        (void)*(unsigned char const volatile *)phys_ptr(a);
}
