// SPDX-License-Identifier: MIT
// What user programs give the kernel: words of memory, which are read once, and the fields of tags and flexpages.
#pragma once
#include <l4/sys/abi/cap.h>
#include <l4/sys/abi/fpage.h>
#include <l4/sys/abi/ipc.h>
#include <l4/sys/abi/proto.h>
#include <l4/sys/abi/utcb.h>
#include <stdbool.h>
#include <stdint.h>

// A value in memory that user programs can change at any moment (UTCBs, vCPU areas): exactly one load, so that what is
// checked is what is used.
#define READ_ONCE(x) (*(__typeof__(x) const volatile *)&(x))

static inline unsigned tag_words(uint64_t raw) { return raw & L4_MSGTAG_WORDS_MASK; }
static inline unsigned tag_items(uint64_t raw) { return (raw >> L4_MSGTAG_ITEMS_SHIFT) & L4_MSGTAG_ITEMS_MASK; }
static inline int64_t tag_label(uint64_t raw) { return (int64_t)raw >> L4_MSGTAG_LABEL_SHIFT; }
static inline uint64_t tag_make(int64_t label, unsigned words, unsigned items, unsigned flags)
{
    return ((uint64_t)label << L4_MSGTAG_LABEL_SHIFT) | flags | (items << L4_MSGTAG_ITEMS_SHIFT) | words;
}

static inline unsigned fpage_type(uint64_t fpage) { return (fpage >> L4_FPAGE_TYPE_SHIFT) & L4_FPAGE_TYPE_MASK; }
static inline unsigned fpage_order(uint64_t fpage) { return (fpage >> L4_FPAGE_SIZE_SHIFT) & L4_FPAGE_SIZE_MASK; }
static inline uint64_t fpage_address(uint64_t fpage) { return fpage & L4_FPAGE_ADDR_MASK; } // memory
static inline uint64_t fpage_index(uint64_t fpage) { return fpage >> L4_FPAGE_ADDR_SHIFT; } // capabilities

enum { IPC_RECV = L4_IPC_SND_ERR_MASK }; // makes the error of a send phase (L4_IPC_SE...) one of a receive phase
