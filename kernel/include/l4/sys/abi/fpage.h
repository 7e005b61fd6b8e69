// SPDX-License-Identifier: MIT
// Flexpages, and the items of messages that are made of them (kernel-abi 2.3 to 2.6).
#pragma once

#define L4_PAGESHIFT          12
#define L4_PAGESIZE           (1ul << L4_PAGESHIFT)
#define L4_PAGEMASK           (~(L4_PAGESIZE - 1))
#define L4_LOG2_PAGESIZE      L4_PAGESHIFT
#define L4_SUPERPAGESHIFT     21
#define L4_SUPERPAGESIZE      (1ul << L4_SUPERPAGESHIFT)
#define L4_SUPERPAGEMASK      (~(L4_SUPERPAGESIZE - 1))
#define L4_LOG2_SUPERPAGESIZE L4_SUPERPAGESHIFT

// ---- the word: rights 0..3, type 4..5, order 6..11, then the address or the index of a capability ----
#define L4_FPAGE_RIGHTS_MASK 0xful
#define L4_FPAGE_TYPE_SHIFT  4
#define L4_FPAGE_TYPE_MASK   3ul
#define L4_FPAGE_SIZE_SHIFT  6
#define L4_FPAGE_SIZE_MASK   0x3ful
#define L4_FPAGE_ADDR_SHIFT  12
#define L4_FPAGE_ADDR_MASK   (~0ul << L4_FPAGE_ADDR_SHIFT)

#define L4_FPAGE_SPECIAL       0ul
#define L4_FPAGE_MEMORY        1ul
#define L4_FPAGE_IO            2ul
#define L4_FPAGE_OBJ           3ul
#define L4_WHOLE_ADDRESS_SPACE 63

// Rights of memory; those of capabilities: abi/cap.h.
#define L4_FPAGE_X   1u
#define L4_FPAGE_W   2u
#define L4_FPAGE_RO  4u
#define L4_FPAGE_RX  5u
#define L4_FPAGE_RW  6u
#define L4_FPAGE_RWX 7u

// ---- map item: control 0..3, attributes 4..7, hot spot from bit 12; the second word is a flexpage ----
#define L4_ITEM_CONT       1u
#define L4_MAP_ITEM_MAP    0u
#define L4_MAP_ITEM_GRANT  2u
#define L4_ITEM_MAP        8u
#define L4_ITEM_ATTR_SHIFT 4
#define L4_ITEM_ATTR_MASK  0xf0ul

// Attributes of memory, shifted; without bit 0 the type is that of the source. Of objects: abi/cap.h.
#define L4_FPAGE_UNCACHEABLE 1u
#define L4_FPAGE_CACHEABLE   3u
#define L4_FPAGE_BUFFERABLE  5u

// ---- receive item ----
#define L4_RCV_ITEM_FORWARD_MAPPINGS 1u
#define L4_RCV_ITEM_SMALL            2u
#define L4_RCV_ITEM_SINGLE_CAP       (L4_ITEM_MAP | L4_RCV_ITEM_SMALL)
#define L4_RCV_ITEM_LOCAL_ID         4u

// ---- what the kernel writes into a received item: result in bits 1..2, type and order of the sent flexpage ----
#define L4_RCV_ITEM_MAPPED      0u
#define L4_RCV_ITEM_NOTHING     2u
#define L4_RCV_ITEM_GATE_LABEL  4u
#define L4_RCV_ITEM_FPAGE       6u
#define L4_RCV_ITEM_RESULT_MASK 0x3eu
#define L4_RCV_OBJ_MAPPED       0x38u
#define L4_RCV_OBJ_NOTHING      0x3au
#define L4_RCV_OBJ_LOCAL_ID     0x3cu
#define L4_RCV_OBJ_FPAGE        0x3eu
#define L4_RCV_MEM_MAPPED       0x18u
#define L4_RCV_MEM_NOTHING      0x1au

// ---- buffer descriptor register: the first buffer register for each type of item ----
#define L4_BDR_MEM_SHIFT   0
#define L4_BDR_IO_SHIFT    5
#define L4_BDR_OBJ_SHIFT   10
#define L4_BDR_OFFSET_MASK 0x1ful
#define L4_BDR_FPU         (1ul << 24)

// ---- mask of an unmap ----
#define L4_FP_OTHER_SPACES 0ul
#define L4_FP_ALL_SPACES   0x80000000ul
#define L4_FP_DELETE_OBJ   0xc0000000ul

#ifndef __ASSEMBLER__
#include <l4/sys/abi/types.h>
L4_ABI_ASSERT(L4_RCV_OBJ_FPAGE == (L4_FPAGE_OBJ << L4_FPAGE_TYPE_SHIFT | L4_ITEM_MAP | L4_RCV_ITEM_FPAGE), "results");
L4_ABI_ASSERT(L4_RCV_OBJ_LOCAL_ID == (L4_RCV_OBJ_MAPPED | L4_RCV_ITEM_GATE_LABEL), "results");
L4_ABI_ASSERT(L4_RCV_OBJ_NOTHING == (L4_RCV_OBJ_MAPPED | L4_RCV_ITEM_NOTHING), "results");
L4_ABI_ASSERT(L4_RCV_MEM_MAPPED == (L4_FPAGE_MEMORY << L4_FPAGE_TYPE_SHIFT | L4_ITEM_MAP), "results");
L4_ABI_ASSERT(L4_RCV_MEM_NOTHING == (L4_RCV_MEM_MAPPED | L4_RCV_ITEM_NOTHING), "results");
#endif
