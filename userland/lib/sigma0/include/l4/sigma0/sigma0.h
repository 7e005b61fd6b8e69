// SPDX-License-Identifier: MIT
// Memory from sigma0 (kernel-abi 9), or from a server that speaks for it, as io's capability `sigma0` does.
#pragma once

#include <l4/sys/kip.h>
#include <l4/sys/sigma0.h>

#define SIGMA0_REQ_FPAGE_RAM          SIGMA0_REQ(SIGMA0_REQ_ID_FPAGE_RAM)
#define SIGMA0_REQ_FPAGE_IOMEM        SIGMA0_REQ(SIGMA0_REQ_ID_FPAGE_IOMEM)
#define SIGMA0_REQ_FPAGE_IOMEM_CACHED SIGMA0_REQ(SIGMA0_REQ_ID_FPAGE_IOMEM_CACHED)
#define SIGMA0_REQ_FPAGE_ANY          SIGMA0_REQ(SIGMA0_REQ_ID_FPAGE_ANY)
#define SIGMA0_REQ_KIP                SIGMA0_REQ(SIGMA0_REQ_ID_KIP)
#define SIGMA0_REQ_DEBUG_DUMP         SIGMA0_REQ(SIGMA0_REQ_ID_DEBUG_DUMP)

// Results of the functions below that return int: 0, or one of these negated.
enum l4sigma0_return_flags_t {
    L4SIGMA0_OK = 0,
    L4SIGMA0_NOTALIGNED = 1,   // physical and virtual address have no common page offset
    L4SIGMA0_IPCERROR = 2,     // the call failed
    L4SIGMA0_NOFPAGE = 3,      // sigma0 has, or gives, no such memory
    L4SIGMA0_SMALLERFPAGE = 6, // it gave less than was asked for
};

L4_BEGIN_DECLS

// Map the kernel information page at `addr`, a page; `log2_size` is that of the window there, at least 12. `addr`, or NULL.
l4_kernel_info_t *l4sigma0_map_kip(l4_cap_idx_t sigma0, void *addr, unsigned log2_size);

// Map [phys, phys + size) at `virt`: RAM, or a device's registers, cached or not. What was mapped before an error stays.
int l4sigma0_map_mem(l4_cap_idx_t sigma0, l4_addr_t phys, l4_addr_t virt, l4_addr_t size);
int l4sigma0_map_iomem(l4_cap_idx_t sigma0, l4_addr_t phys, l4_addr_t virt, l4_addr_t size, int cached);

// Map 2^log2_map_size bytes of any RAM into the window of 2^log2_size bytes at `map_area`; *base is their physical address.
int l4sigma0_map_anypage(l4_cap_idx_t sigma0, l4_addr_t map_area, unsigned log2_map_size, l4_addr_t *base, unsigned log2_size);

// Let sigma0 print what it has.
void l4sigma0_debug_dump(l4_cap_idx_t sigma0);

// A text for a result, never NULL.
char const *l4sigma0_map_errstr(int err);

L4_END_DECLS
