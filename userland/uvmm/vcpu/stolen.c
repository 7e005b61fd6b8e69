// SPDX-License-Identifier: MIT
#include "vcpu/stolen.h"

#include "log.h"
#include "vcpu/smccc.h"
#include "vm.h"

#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/sys/kip.h>
#include <l4/sys/thread.h>

#define PLACE_ALIGN 0x100000ull // the guest's pages may be larger than ours
#define PLACE_LIMIT (1ull << 40) // of the VM's address space (kernel-abi 6.6)

// As the guest reads it (DEN 0057, stolen time structure).
struct shared {
    uint32_t revision;   // 0
    uint32_t attributes; // 0
    uint64_t stolen_ns;
    uint64_t reserved[6];
};
_Static_assert(sizeof(struct shared) == 64, "aligned to 64 bytes, each");
_Static_assert(sizeof(struct shared) * VGIC_MAX_CPUS <= L4_PAGESIZE, "one page");

// What is mapped needs no exit: writes come here, and are ignored, and no CPU begins there.
static uint64_t page_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    (void)ctx, (void)v, (void)off, (void)size;
    return 0;
}

static void page_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    (void)ctx, (void)v, (void)off, (void)size, (void)value;
}

static struct mmio_ops const page_ops = {page_read, page_write};

static struct shared *page; // NULL: not offered
static uint64_t page_gpa;

static uint64_t highest_end(struct vm const *m)
{
    uint64_t end = ram_map_end(&m->ram);
    if (m->mmio.count && m->mmio.region[m->mmio.count - 1].end > end)
        end = m->mmio.region[m->mmio.count - 1].end;
    return end;
}

static void *create_page(void)
{
    void *at = NULL;
    l4_cap_idx_t ds = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(ds) || l4re_ma_alloc(L4_PAGESIZE, ds, 0) || vm_attach(&at, L4_PAGESIZE, L4RE_RM_F_RW, ds, 0))
        return NULL;
    return at;
}

void stolen_init(struct vm *m)
{
    uint64_t place = (highest_end(m) + PLACE_ALIGN - 1) & ~(PLACE_ALIGN - 1);
    if (place >= PLACE_LIMIT || m->mmio.count == MMIO_MAX_REGIONS) {
        log_info("no room for a page with stolen time behind 0x%llx", (unsigned long long)highest_end(m));
        return;
    }
    void *at = create_page();
    if (!at)
        fatal("no memory for a page with stolen time");
    vm_claim(place, L4_PAGESIZE, "stolen time", &page_ops, NULL);
    int err = vm_map(place, at, L4_PAGESIZE, L4_FPAGE_RO, L4_FPAGE_CACHEABLE);
    if (err)
        fatal("cannot map a page with stolen time: error %d", err);
    page = at;
    page_gpa = place;
}

int stolen_features(uint32_t fn)
{
    return page && (fn == SMCCC_PV_TIME_FEATURES || fn == SMCCC_PV_TIME_ST) ? 0 : -1;
}

static uint64_t now(void)
{
    return l4_kip_clock(l4_kip());
}

static uint64_t consumed(void)
{
    l4_kernel_clock_t us = 0;
    l4_thread_stats_time(L4_INVALID_CAP, &us); // of the calling thread: never fails
    return us;
}

void stolen_update(struct vcpu *v)
{
    uint64_t us = stolen_time_sum(&v->stolen, now(), consumed());
    __atomic_store_n(&page[v->id].stolen_ns, us * 1000, __ATOMIC_RELAXED); // the guest may be reading it, on another CPU
}

void stolen_slept(struct vcpu *v, uint64_t since, uint64_t deadline)
{
    stolen_time_sleep(&v->stolen, since, deadline, now());
    stolen_update(v);
}

int64_t stolen_start(struct vcpu *v)
{
    if (!page)
        return -1;
    if (!v->stolen_shown)
        stolen_time_begin(&v->stolen, now(), consumed());
    v->stolen_shown = true;
    v->area->saved_state |= L4_VCPU_F_PREEMPTION;
    return (int64_t)(page_gpa + v->id * sizeof(struct shared));
}
