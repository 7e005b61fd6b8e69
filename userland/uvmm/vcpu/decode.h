// SPDX-License-Identifier: MIT
// A64 loads and stores that leave the guest without a syndrome: pairs, forms with writeback, SIMD&FP registers (Arm ARM
// C4.1, "Loads and Stores"; ESR_EL2, ISV). Logic alone.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum access_base { BASE_SP_OR_XN /* 31 is SP */, BASE_XN /* 31 is 0 */, BASE_PC };

struct access_insn {
    bool load, fp;
    uint8_t count;  // 1 or 2 registers, at ascending addresses
    uint8_t size;   // log2 of the bytes of each, 0..4
    uint8_t sign;   // a load's sign is extended to so many bits, 0: it is not
    uint8_t rt[2];
    uint8_t base;   // enum access_base
    uint8_t rn;
    int32_t offset; // from the base
    int32_t step;   // what the base is changed by, 0: no writeback
    bool has_index; // a register is added, too
    uint8_t rm, option, shift;
};

enum decoded {
    DECODED_NOTHING,
    DECODED_ADDRESS, // base and rn alone: exclusives, atomics, structures, maintenance by address
    DECODED_ACCESS,
};

enum decoded decode_access(uint32_t insn, struct access_insn *a);

// The address of the first byte: `base` and `index` are the values of their registers.
uint64_t access_address(struct access_insn const *a, uint64_t base, uint64_t index);

// What a register has of a value that was read.
uint64_t access_extend(struct access_insn const *a, uint64_t value);

// An instruction that a CPU without the feature takes for a NOP (Arm ARM, "Hints").
bool decode_is_hint(uint32_t insn);
