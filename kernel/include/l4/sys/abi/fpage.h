// SPDX-License-Identifier: MIT
// Flexpages, and the items of messages that are made of them (kernel-abi 2.3 to 2.6).
#pragma once

#include <l4/sys/abi/number.h>

#define L4_PAGESHIFT          12
#define L4_PAGESIZE           (L4_UL(1) << L4_PAGESHIFT)
#define L4_PAGEMASK           (~(L4_PAGESIZE - 1))
#define L4_LOG2_PAGESIZE      L4_PAGESHIFT
#define L4_SUPERPAGESHIFT     21
#define L4_SUPERPAGESIZE      (L4_UL(1) << L4_SUPERPAGESHIFT)
#define L4_SUPERPAGEMASK      (~(L4_SUPERPAGESIZE - 1))
#define L4_LOG2_SUPERPAGESIZE L4_SUPERPAGESHIFT

// ---- the word: rights 0..3, type 4..5, order 6..11, then the address or the index of a capability ----
#define L4_FPAGE_RIGHTS_SHIFT 0
#define L4_FPAGE_RIGHTS_BITS 4
#define L4_FPAGE_RIGHTS_MASK L4_UL(0xf)
#define L4_FPAGE_RIGHTS_ALL  L4_FPAGE_RIGHTS_MASK
#define L4_FPAGE_TYPE_SHIFT  4
#define L4_FPAGE_TYPE_BITS   2
#define L4_FPAGE_TYPE_MASK   L4_UL(3)
#define L4_FPAGE_SIZE_SHIFT  6
#define L4_FPAGE_SIZE_BITS   6
#define L4_FPAGE_SIZE_MASK   L4_UL(0x3f)
#define L4_FPAGE_ADDR_SHIFT  12
#define L4_FPAGE_ADDR_BITS   52
#define L4_FPAGE_ADDR_MASK   (~L4_UL(0) << L4_FPAGE_ADDR_SHIFT)

#define L4_FPAGE_SPECIAL       L4_UL(0)
#define L4_FPAGE_MEMORY        L4_UL(1)
#define L4_FPAGE_IO            L4_UL(2)
#define L4_FPAGE_OBJ           L4_UL(3)
#define L4_WHOLE_ADDRESS_SPACE 63

// Rights of memory; those of capabilities: abi/cap.h.
#define L4_FPAGE_X   L4_U(1)
#define L4_FPAGE_W   L4_U(2)
#define L4_FPAGE_RO  L4_U(4)
#define L4_FPAGE_RX  L4_U(5)
#define L4_FPAGE_RW  L4_U(6)
#define L4_FPAGE_RWX L4_U(7)

// ---- map item: control 0..3, attributes 4..7, hot spot from bit 12; the second word is a flexpage ----
#define L4_ITEM_CONT       L4_U(1)
#define L4_MAP_ITEM_MAP    L4_U(0)
#define L4_MAP_ITEM_GRANT  L4_U(2)
#define L4_ITEM_MAP        L4_U(8)
#define L4_FPAGE_CONTROL_OFFSET_SHIFT 12
#define L4_FPAGE_CONTROL_MASK (~L4_UL(0) << L4_FPAGE_CONTROL_OFFSET_SHIFT)
#define L4_ITEM_ATTR_SHIFT 4
#define L4_ITEM_ATTR_MASK  L4_UL(0xf0)

// Attributes of memory, shifted; without bit 0 the type is that of the source. Of objects: abi/cap.h.
#define L4_FPAGE_CACHE_OPT   L4_U(1)
#define L4_FPAGE_UNCACHEABLE L4_U(1)
#define L4_FPAGE_CACHEABLE   L4_U(3)
#define L4_FPAGE_BUFFERABLE  L4_U(5)

// ---- receive item ----
#define L4_RCV_ITEM_FORWARD_MAPPINGS L4_U(1)
#define L4_RCV_ITEM_SMALL            L4_U(2)
#define L4_RCV_ITEM_SINGLE_CAP       (L4_ITEM_MAP | L4_RCV_ITEM_SMALL)
#define L4_RCV_ITEM_LOCAL_ID         L4_U(4)

// ---- what the kernel writes into a received item: result in bits 1..2, type and order of the sent flexpage ----
#define L4_RCV_ITEM_MAPPED      L4_U(0)
#define L4_RCV_ITEM_NOTHING     L4_U(2)
#define L4_RCV_ITEM_GATE_LABEL  L4_U(4)
#define L4_RCV_ITEM_FPAGE       L4_U(6)
#define L4_RCV_ITEM_RESULT_MASK L4_U(0x3e)
#define L4_RCV_OBJ_MAPPED       L4_U(0x38)
#define L4_RCV_OBJ_NOTHING      L4_U(0x3a)
#define L4_RCV_OBJ_LOCAL_ID     L4_U(0x3c)
#define L4_RCV_OBJ_FPAGE        L4_U(0x3e)
#define L4_RCV_MEM_MAPPED       L4_U(0x18)
#define L4_RCV_MEM_NOTHING      L4_U(0x1a)

// ---- buffer descriptor register: the first buffer register for each type of item ----
#define L4_BDR_MEM_SHIFT   0
#define L4_BDR_IO_SHIFT    5
#define L4_BDR_OBJ_SHIFT   10
#define L4_BDR_OFFSET_MASK L4_UL(0x1f)
#define L4_BDR_FPU         (L4_UL(1) << 24)

// ---- mask of an unmap ----
#define L4_FP_OTHER_SPACES L4_UL(0)
#define L4_FP_ALL_SPACES   L4_UL(0x80000000)
#define L4_FP_DELETE_OBJ   L4_UL(0xc0000000)

#ifndef __ASSEMBLER__
#include <l4/sys/abi/types.h>
L4_ABI_ASSERT(L4_RCV_OBJ_FPAGE == (L4_FPAGE_OBJ << L4_FPAGE_TYPE_SHIFT | L4_ITEM_MAP | L4_RCV_ITEM_FPAGE), "results");
L4_ABI_ASSERT(L4_RCV_OBJ_LOCAL_ID == (L4_RCV_OBJ_MAPPED | L4_RCV_ITEM_GATE_LABEL), "results");
L4_ABI_ASSERT(L4_RCV_OBJ_NOTHING == (L4_RCV_OBJ_MAPPED | L4_RCV_ITEM_NOTHING), "results");
L4_ABI_ASSERT(L4_RCV_MEM_MAPPED == (L4_FPAGE_MEMORY << L4_FPAGE_TYPE_SHIFT | L4_ITEM_MAP), "results");
L4_ABI_ASSERT(L4_RCV_MEM_NOTHING == (L4_RCV_MEM_MAPPED | L4_RCV_ITEM_NOTHING), "results");
#endif
