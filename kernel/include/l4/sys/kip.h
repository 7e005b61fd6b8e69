// SPDX-License-Identifier: MIT
// Kernel information page (kernel-abi 5).
#pragma once

#include <l4/sys/memdesc.h>

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
    return (char const *)k + (unsigned)k->offset_version_strings * L4_KIP_VERSION_UNIT;
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
