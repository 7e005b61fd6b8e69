// SPDX-License-Identifier: MIT
#include "memory_map.h"

static char const *obstacle(unsigned type, unsigned subtype)
{
    switch (type) {
    case l4_mem_type_conventional:
        return "it covers RAM";
    case l4_mem_type_reserved:
        return subtype == 2 ? "the kernel uses that device" : "it covers memory of the kernel";
    case l4_mem_type_dedicated:
    case l4_mem_type_shared:
    case l4_mem_type_kernel_tmp:
    case l4_mem_type_bootloader:
        return "it covers RAM that is in use";
    default:
        return 0;
    }
}

char const *memory_map_check(l4_kernel_info_mem_desc_t const *desc, unsigned n, uint64_t start,
                             uint64_t end)
{
    for (unsigned i = 0; i < n; i++) {
        l4_kernel_info_mem_desc_t const *d = &desc[i];
        char const *what = obstacle(l4_kip_memdesc_type(d), l4_kip_memdesc_subtype(d));
        if (what && !l4_kip_memdesc_is_virtual(d) && l4_kip_memdesc_start(d) <= end
            && l4_kip_memdesc_end(d) >= start)
            return what;
    }
    return 0;
}
