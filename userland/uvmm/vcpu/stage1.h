// SPDX-License-Identifier: MIT
// Where the guest's tables put an address: the EL1&0 translation regime of VMSAv8-64 (Arm ARM D8), as far as it takes to
// read an instruction that the CPU has just executed. Logic alone; the tables may be anything.
//
// Permissions and the access flag are not looked at: the CPU has done so, and who runs the guest may read all of its memory.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct stage1 {
    uint64_t sctlr, tcr, ttbr0, ttbr1; // of EL1
    // The eight bytes at this guest physical address, a multiple of 8, as they lie there. False: there is no memory.
    bool (*read)(void *ctx, uint64_t address, uint64_t *value);
    void *ctx;
};

enum stage1_result {
    STAGE1_OK,
    STAGE1_FAULT,    // the guest's own: translation, address size
    STAGE1_NO_TABLE, // the table of this level lies where no memory is
};

// *address: the guest physical address, valid with STAGE1_OK. *level: of the last lookup, -1..3.
enum stage1_result stage1_walk(struct stage1 const *s, uint64_t va, uint64_t *address, int *level);
