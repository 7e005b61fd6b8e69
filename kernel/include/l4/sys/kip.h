// SPDX-License-Identifier: MIT
// Kernel information page (kernel-abi 5).
#pragma once

#include <l4/sys/memdesc.h>

#define L4_KERNEL_INFO_MAGIC  0x4be6344cu
#define L4_KIP_VERSION        0x87034444u
#define L4_KIP_VERSION_MASK   0xff00ffffu
#define L4_KIP_VERSION_FIASCO 0x87004444u
#define L4_KIP_MEM_DESCS      64
#define L4_KIP_OFFS_SYSCALL   0x800
#define L4_KIP_OFFS_READ_US   0x900
#define L4_KIP_OFFS_READ_NS   0x980
#define L4_KIP_STRINGS_SIZE   (L4_KIP_OFFS_SYSCALL - 0x4e0)

typedef struct l4_kernel_info_t {
    l4_uint32_t magic;
    l4_uint32_t version;
    l4_uint8_t offset_version_strings; // in units of 16 bytes
    l4_uint8_t fill0[3];
    l4_uint8_t kip_sys_calls;
    l4_uint8_t node;
    l4_uint8_t fill1[2];
    l4_uint64_t sigma0_ip;
    l4_uint64_t root_ip;
    volatile l4_uint64_t clock;
    l4_uint64_t frequency_cpu; // kHz
    l4_uint64_t acpi_rsdp_addr;
    l4_uint64_t dt_addr;
    l4_uint64_t user_ptr; // physical address of the module info
    l4_uint64_t reserved0;
    l4_uint32_t scheduler_granularity;
    l4_uint32_t mem_descs;     // offset of the descriptors
    l4_uint32_t mem_descs_num; // their number
    l4_uint32_t fill2;
    l4_uint64_t reserved1[2];
    char platform_name[16];
    l4_uint32_t is_mp;
    l4_uint32_t cpuinfo[23];
    l4_kernel_info_mem_desc_t mem[L4_KIP_MEM_DESCS];
    char strings[L4_KIP_STRINGS_SIZE];
    l4_uint64_t syscall_code;
    l4_uint64_t fill3[31];
    l4_uint8_t read_us_code[0x70];
    l4_uint64_t us_scaler, us_shift;
    l4_uint8_t read_ns_code[0x70];
    l4_uint64_t ns_scaler, ns_shift;
} l4_kernel_info_t;

#if __SIZEOF_POINTER__ == 8
_Static_assert(offsetof(l4_kernel_info_t, scheduler_granularity) == 0x50, "KIP");
_Static_assert(offsetof(l4_kernel_info_t, platform_name) == 0x70, "KIP");
_Static_assert(offsetof(l4_kernel_info_t, mem) == 0xe0, "KIP");
_Static_assert(offsetof(l4_kernel_info_t, strings) == 0x4e0, "KIP");
_Static_assert(offsetof(l4_kernel_info_t, syscall_code) == 0x800, "KIP");
_Static_assert(offsetof(l4_kernel_info_t, read_us_code) == 0x900, "KIP");
_Static_assert(offsetof(l4_kernel_info_t, us_scaler) == 0x970, "KIP");
_Static_assert(offsetof(l4_kernel_info_t, ns_scaler) == 0x9f0, "KIP");
#endif

// The page as mapped in this task. Supplied by userland's l4re library (or by a program of its own
// crt).
l4_kernel_info_t const *l4re_kip(void);
L4_INLINE l4_kernel_info_t const *l4_kip(void)
{
    return l4re_kip();
}

// Time in microseconds, resp. nanoseconds, from the code in the page. Unit tests on the host supply
// their own.
#if !defined(__aarch64__)
l4_kernel_clock_t l4_kip_clock(l4_kernel_info_t const *kip);
#else
L4_INLINE l4_kernel_clock_t l4_kip_clock(l4_kernel_info_t const *kip)
{
    return ((l4_uint64_t(*)(void))((l4_addr_t)kip + L4_KIP_OFFS_READ_US))();
}

L4_INLINE l4_uint64_t l4_kip_clock_ns(l4_kernel_info_t const *kip)
{
    return ((l4_uint64_t(*)(void))((l4_addr_t)kip + L4_KIP_OFFS_READ_NS))();
}
#endif

L4_INLINE char const *l4_kip_version_string(l4_kernel_info_t const *k)
{
    return (char const *)k + (unsigned)k->offset_version_strings * 16;
}

L4_INLINE l4_kernel_info_mem_desc_t const *l4_kip_memdescs(l4_kernel_info_t const *k)
{
    return (l4_kernel_info_mem_desc_t const *)(void const *)((char const *)k + k->mem_descs);
}

// 1 if the kernel lists the feature.
L4_INLINE int l4_kip_kernel_has_feature(l4_kernel_info_t const *k, char const *feature)
{
    char const *s = l4_kip_version_string(k);
    char const *end = (char const *)k + L4_KIP_OFFS_SYSCALL;
    while (s < end && *s)
        s++;
    for (s++; s < end && *s; s++) {
        char const *f = feature;
        while (s < end && *s && *s == *f)
            s++, f++;
        if (s < end && !*s && !*f)
            return 1;
        while (s < end && *s)
            s++;
    }
    return 0;
}
