// SPDX-License-Identifier: MIT
#include "kip.h"
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <arch/timer.h>
#include "mem/kmem.h"
#include "mem/mapping.h"
#include "panic.h"
#include <l4/sys/cache.h>
#include <l4/sys/kip.h>

uint64_t kip_phys;

extern uint8_t const kip_clock_code[0x80];

static char const strings[] = "Ashlar\0abiver:3\0arm:hyp\0mapdb\0fi_gr_cputime\0";

static void add_memory(l4_kernel_info_t *kip, uint64_t start, uint64_t end, unsigned type,
                       unsigned subtype, bool is_virtual)
{
    if (kip->mem_descs_num == L4_KIP_MEM_DESCS)
        kernel_panic("kip: more memory ranges than the page has room for");
    l4_kip_memdesc_set(&kip->mem[kip->mem_descs_num++], start, end, type, subtype, is_virtual);
}

// Later descriptors are carved out of earlier ones.
static void fill_memory(l4_kernel_info_t *kip, struct boot_info const *bi)
{
    enum { SUBTYPE_IMAGE, SUBTYPE_HEAP };
    for (unsigned i = 0; i < bi->num_mem && i < BOOT_MAX_MEM; i++)
        add_memory(kip, bi->mem[i].start, bi->mem[i].end, bi->mem[i].type, bi->mem[i].subtype,
                   false);
    add_memory(kip, bi->kernel_phys, bi->kernel_phys + bi->kernel_size - 1, l4_mem_type_reserved,
               SUBTYPE_IMAGE, false);
    add_memory(kip, bi->heap_start, bi->heap_end - 1, l4_mem_type_reserved, SUBTYPE_HEAP, false);
    add_memory(kip, 0, (1ull << S2_BITS) - 1, l4_mem_type_conventional, 0, true);
}

static void fill_cpu(l4_kernel_info_t *kip)
{
    uint64_t const regs[] = {
        sysreg_read(midr_el1),
        sysreg_read(ctr_el0),
        0 /* TCMTR */,
        0 /* TLBTR */,
        sysreg_read(mpidr_el1),
        sysreg_read(revidr_el1),
        sysreg_read(id_pfr0_el1),
        sysreg_read(id_pfr1_el1),
        sysreg_read(id_dfr0_el1),
        sysreg_read(id_afr0_el1),
        sysreg_read(id_mmfr0_el1),
        sysreg_read(id_mmfr1_el1),
        sysreg_read(id_mmfr2_el1),
        sysreg_read(id_mmfr3_el1),
        sysreg_read(id_isar0_el1),
        sysreg_read(id_isar1_el1),
        sysreg_read(id_isar2_el1),
        sysreg_read(id_isar3_el1),
        sysreg_read(id_isar4_el1),
        sysreg_read(id_isar5_el1),
    };
    for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
        kip->cpuinfo[i] = (uint32_t)regs[i];
}

// Factor and shift for `per_second` units: the largest factor below 2^63 with a shift distance of
// at most 63.
static void clock_constants(uint64_t per_second, uint64_t *scaler, uint64_t *shift)
{
    // per_second * 2^distance / hz, one binary digit at a time
    uint64_t q = per_second / timer_hz, r = per_second % timer_hz;
    unsigned distance = 0;
    while (distance < 63 && !(q >> 62)) {
        r *= 2;
        q = q * 2 + (r >= timer_hz);
        if (r >= timer_hz)
            r -= timer_hz;
        distance++;
    }
    *scaler = q;
    *shift = 32 - (uint64_t)distance;
}

static void fill_clock(l4_kernel_info_t *kip)
{
    enum { CODE_SIZE = sizeof(kip->read_us_code) };
    __builtin_memcpy(kip->read_us_code, kip_clock_code, CODE_SIZE);
    __builtin_memcpy(kip->read_ns_code, kip_clock_code, CODE_SIZE);
    clock_constants(1000000, &kip->us_scaler, &kip->us_shift);
    clock_constants(1000000000, &kip->ns_scaler, &kip->ns_shift);
}

// The page contains instructions: they must reach the instruction caches, at whatever address programs have it.
static void sync_code(l4_kernel_info_t const *kip)
{
    l4_cache_clean_data((uintptr_t)kip, (uintptr_t)(kip + 1));
    asm volatile("ic ialluis; dsb ish; isb" ::: "memory");
}

void kip_init(struct boot_info const *bi)
{
    l4_kernel_info_t *kip = kmem_alloc(&quota_root, L4_PAGESIZE);
    if (!kip)
        kernel_panic("kip: out of memory");
    kip_phys = kernel_virt_to_phys(kip);
    kip->magic = L4_KERNEL_INFO_MAGIC;
    kip->version = L4_KIP_VERSION;
    kip->offset_version_strings = L4_KIP_OFFS_STRINGS / L4_KIP_VERSION_UNIT;
    kip->sigma0_ip = bi->sigma0_entry;
    kip->root_ip = bi->root_entry;
    kip->frequency_cpu = timer_hz / 1000;
    kip->dt_addr = bi->device_tree;
    kip->user_ptr = bi->module_info;
    kip->scheduler_granularity = 1;
    kip->mem_descs = offsetof(l4_kernel_info_t, mem);
    kip->is_mp = bi->num_cpus > 1;
    for (unsigned i = 0; i < sizeof(kip->platform_name) - 1; i++)
        kip->platform_name[i] = bi->platform[i];
    fill_memory(kip, bi);
    fill_cpu(kip);
    __builtin_memcpy(kip->strings, strings, sizeof(strings));
    kip->syscall_code = L4_KIP_SYSCALL_CODE;
    fill_clock(kip);
    sync_code(kip);
    mem_allow_kip(kip_phys);
}
