// SPDX-License-Identifier: MIT
// Sigma0 protocol (kernel-abi 9), label L4_PROTO_SIGMA0: MR0 = request, MR1 = flexpage.
#pragma once

#include <l4/sys/types.h>

#define SIGMA0_REQ_MAGIC   (~0xfful)
#define SIGMA0_REQ_MASK    (~0xfful)
#define SIGMA0_REQ_ID_MASK 0xfful

enum l4_sigma0_req {
    SIGMA0_REQ_ID_FPAGE_RAM = 0x60,
    SIGMA0_REQ_ID_FPAGE_IOMEM = 0x70,
    SIGMA0_REQ_ID_FPAGE_IOMEM_CACHED = 0x80,
    SIGMA0_REQ_ID_FPAGE_ANY = 0x90,
    SIGMA0_REQ_ID_KIP = 0xa0,
    SIGMA0_REQ_ID_DEBUG_DUMP = 0xc0,
    // Ours: all free RAM becomes the caller's, none of it is mapped (pages come by page fault).
    // Reply: label = number n of ranges, 0 when nothing is left; words = n times {start, size}.
    SIGMA0_REQ_ID_CLAIM_RAM = 0xf0,
};

#define SIGMA0_REQ(id)         (SIGMA0_REQ_MAGIC | (l4_umword_t)(id))
#define SIGMA0_IS_MAGIC_REQ(d) (((d)&SIGMA0_REQ_MASK) == SIGMA0_REQ_MAGIC)
