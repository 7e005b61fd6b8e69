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

// The low word of the time: words have 64 bits.
L4_INLINE l4_umword_t l4_kip_clock_lw(l4_kernel_info_t const *kip)
{
    return l4_kip_clock(kip);
}

// The version that tells of the interface: L4_KIP_VERSION_FIASCO.
L4_INLINE l4_umword_t l4_kip_version(l4_kernel_info_t const *kip)
{
    return kip->version & L4_KIP_VERSION_FIASCO_MASK;
}

// Bytes from the page's start to the version strings.
L4_INLINE int l4_kernel_info_version_offset(l4_kernel_info_t const *kip)
{
    return kip->offset_version_strings * L4_KIP_VERSION_UNIT;
}

L4_INLINE char const *l4_kip_version_string(l4_kernel_info_t const *k)
{
    return (char const *)k + l4_kernel_info_version_offset(k);
}

// for (char const *s = l4_kip_version_string(k); ...): the features, which are strings behind the version, up to an empty one.
#define l4_kip_for_each_feature(s) for (s += __builtin_strlen(s) + 1; *s; s += __builtin_strlen(s) + 1)

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
