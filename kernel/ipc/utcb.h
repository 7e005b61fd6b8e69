// SPDX-License-Identifier: MIT
// The user-level thread control block as the kernel sees it (kernel-abi 3.2), tags, flexpages and timeouts.
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { UTCB_MRS = 63, UTCB_BRS = 58, UTCB_SIZE = 1024 };

struct utcb {
    uint64_t mr[UTCB_MRS];
    uint64_t reserved;
    uint64_t bdr;
    uint64_t br[UTCB_BRS];
    uint64_t error;
    uint64_t free_marker;
    uint64_t user[3];
};
_Static_assert(sizeof(struct utcb) == UTCB_SIZE, "UTCB layout");

// A value in memory that user programs can change at any moment (UTCBs, vCPU areas): exactly one load, so that what is
// checked is what is used.
#define READ_ONCE(x) (*(__typeof__(x) const volatile *)&(x))

enum { // operation flags in the low bits of the capability selector
    SYS_SEND = 1, SYS_RECV = 2, SYS_OPEN_WAIT = 4, SYS_REPLY = 8,
};

enum {
    TAG_FPU = 0x1000,
    TAG_SCHEDULE = 0x2000,
    TAG_PROPAGATE = 0x4000,
    TAG_ERROR = 0x8000,
};

static inline unsigned tag_words(uint64_t raw) { return raw & 0x3f; }
static inline unsigned tag_items(uint64_t raw) { return (raw >> 6) & 0x3f; }
static inline int64_t tag_label(uint64_t raw) { return (int64_t)raw >> 16; }
static inline uint64_t tag_make(int64_t label, unsigned words, unsigned items, unsigned flags)
{
    return ((uint64_t)label << 16) | flags | (items << 6) | words;
}

static inline unsigned fpage_type(uint64_t fpage) { return (fpage >> 4) & 3; } // L4_FPAGE_*
static inline unsigned fpage_order(uint64_t fpage) { return (fpage >> 6) & 0x3f; }
static inline uint64_t fpage_address(uint64_t fpage) { return fpage & ~0xfffull; } // memory
static inline uint64_t fpage_index(uint64_t fpage) { return fpage >> 12; }         // capabilities

enum ipc_error { // the error word; bit 0 = receive phase
    IPC_TIMEOUT = 2,
    IPC_NOT_EXISTENT = 4,
    IPC_CANCELED = 6,
    IPC_CUT = 8,
    IPC_ABORTED = 0xe,
    IPC_MAP_FAILED = 0x10,
    IPC_RECV = 1,
};

enum { TIMEOUT_NEVER = 0, TIMEOUT_ZERO = 0x400 };
