// SPDX-License-Identifier: MIT
#include <l4/util/kip.h>
#include <stdlib.h>
#include <string.h>

int l4util_kip_kernel_has_feature(l4_kernel_info_t const *k, char const *str)
{
    return l4_kip_kernel_has_feature(k, str);
}

unsigned long l4util_kip_kernel_abi_version(l4_kernel_info_t const *k)
{
    static char const abiver[] = "abiver:";
    char const *s = l4_kip_version_string(k);
    l4_kip_for_each_feature(s)
        if (!strncmp(s, abiver, sizeof(abiver) - 1))
            return strtoul(s + sizeof(abiver) - 1, NULL, 0);
    return 0;
}
