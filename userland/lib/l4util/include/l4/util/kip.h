// SPDX-License-Identifier: MIT
// Features of the kernel, from the information page.
#pragma once

#include <l4/sys/kip.h>

L4_BEGIN_DECLS

// 1 if the kernel lists the feature.
int l4util_kip_kernel_has_feature(l4_kernel_info_t const *k, char const *str);

// N of the feature "abiver:N", 0 if there is none.
unsigned long l4util_kip_kernel_abi_version(l4_kernel_info_t const *k);

L4_END_DECLS

#define l4util_kip_for_each_feature(s) l4_kip_for_each_feature(s)
