// SPDX-License-Identifier: MIT
#include "vcpu/decode.h"

static uint32_t field(uint32_t insn, unsigned low, unsigned bits)
{
    return insn >> low & ~(~0u << bits);
}

static int32_t signed_field(uint32_t insn, unsigned low, unsigned bits)
{
    return (int32_t)(insn << (32 - low - bits)) >> (32 - bits);
}

static bool is_fp(uint32_t insn)
{
    return insn >> 26 & 1;
}

static enum decoded address_alone(uint32_t insn, struct access_insn *a)
{
    a->base = BASE_SP_OR_XN;
    a->rn = (uint8_t)field(insn, 5, 5);
    return DECODED_ADDRESS;
}

// Load/store pair, all addressing modes, also without allocation.
static enum decoded pair(uint32_t insn, struct access_insn *a)
{
    enum { NO_ALLOCATE, POST, OFFSET, PRE };
    unsigned opc = field(insn, 30, 2), mode = field(insn, 23, 2);
    a->load = insn >> 22 & 1;
    if (opc == 3 || (!a->fp && opc == 1 && (!a->load || mode == NO_ALLOCATE))) // STGP, or none
        return DECODED_NOTHING;
    a->count = 2;
    a->size = (uint8_t)(a->fp ? 2 + opc : opc == 2 ? 3 : 2);
    a->sign = !a->fp && opc == 1 ? 64 : 0; // LDPSW
    a->rt[1] = (uint8_t)field(insn, 10, 5);
    int32_t imm = signed_field(insn, 15, 7) * (1 << a->size);
    a->offset = mode == POST ? 0 : imm;
    a->step = mode == POST || mode == PRE ? imm : 0;
    return DECODED_ACCESS;
}

static enum decoded literal(uint32_t insn, struct access_insn *a)
{
    unsigned opc = field(insn, 30, 2);
    if (opc == 3) // prefetch, or none
        return DECODED_NOTHING;
    a->load = true;
    a->size = (uint8_t)(a->fp ? 2 + opc : opc == 1 ? 3 : 2);
    a->sign = !a->fp && opc == 2 ? 64 : 0; // LDRSW
    a->base = BASE_PC;
    a->offset = signed_field(insn, 5, 19) * 4;
    return DECODED_ACCESS;
}

// What size and opc say of one register. False: prefetch, or no instruction.
static bool one_register(uint32_t insn, struct access_insn *a)
{
    unsigned size = field(insn, 30, 2), opc = field(insn, 22, 2);
    if (a->fp) {
        a->size = (uint8_t)((opc & 2) << 1 | size);
        a->load = opc & 1;
        return a->size <= 4;
    }
    a->size = (uint8_t)size;
    a->load = opc != 0;
    a->sign = opc == 2 ? 64 : opc == 3 ? 32 : 0;
    return opc < 2 || 8u << size < a->sign;
}

// Offsets of nine bits: unscaled and unprivileged, before or after.
static enum decoded short_offset(uint32_t insn, struct access_insn *a)
{
    enum { UNSCALED, POST, UNPRIVILEGED, PRE };
    unsigned mode = field(insn, 10, 2);
    int32_t imm = signed_field(insn, 12, 9);
    if (mode == UNPRIVILEGED && a->fp)
        return DECODED_NOTHING;
    a->offset = mode == POST ? 0 : imm;
    a->step = mode == POST || mode == PRE ? imm : 0;
    return DECODED_ACCESS;
}

static enum decoded register_offset(uint32_t insn, struct access_insn *a)
{
    a->has_index = true;
    a->rm = (uint8_t)field(insn, 16, 5);
    a->option = (uint8_t)field(insn, 13, 3);
    a->shift = insn >> 12 & 1 ? a->size : 0;
    return a->option & 2 ? DECODED_ACCESS : DECODED_NOTHING;
}

static enum decoded single(uint32_t insn, struct access_insn *a)
{
    bool second = insn >> 21 & 1;
    unsigned kind = field(insn, 10, 2);
    if (second && kind == 0 && !a->fp)
        return address_alone(insn, a); // atomic operation
    if ((second && kind != 2) || !one_register(insn, a))
        return DECODED_NOTHING;
    return second ? register_offset(insn, a) : short_offset(insn, a);
}

static enum decoded long_offset(uint32_t insn, struct access_insn *a)
{
    if (!one_register(insn, a))
        return DECODED_NOTHING;
    a->offset = (int32_t)(field(insn, 10, 12) << a->size);
    return DECODED_ACCESS;
}

// LDAPUR, STLUR
static enum decoded ordered(uint32_t insn, struct access_insn *a)
{
    if (a->fp || field(insn, 21, 1) || field(insn, 10, 2) || !one_register(insn, a))
        return DECODED_NOTHING;
    a->offset = signed_field(insn, 12, 9);
    return DECODED_ACCESS;
}

// SYS instructions with an address: data cache, instruction cache, address translation (CRn = 7).
static bool is_maintenance(uint32_t insn)
{
    return (insn & 0xfff8f000) == 0xd5087000;
}

enum decoded decode_access(uint32_t insn, struct access_insn *a)
{
    *a = (struct access_insn){.count = 1, .fp = is_fp(insn), .base = BASE_SP_OR_XN};
    a->rt[0] = (uint8_t)field(insn, 0, 5);
    a->rn = (uint8_t)field(insn, 5, 5);
    if (is_maintenance(insn)) {
        a->base = BASE_XN;
        a->rn = a->rt[0];
        return DECODED_ADDRESS;
    }
    switch (field(insn, 24, 6) & ~4u) { // without the bit for SIMD&FP
    case 0x08: // exclusives, CAS, LDAR; structures of SIMD registers
        return address_alone(insn, a);
    case 0x09:
        return a->fp ? address_alone(insn, a) : DECODED_NOTHING;
    case 0x18:
        return literal(insn, a);
    case 0x19:
        return ordered(insn, a);
    case 0x28:
    case 0x29:
        return pair(insn, a);
    case 0x38:
        return single(insn, a);
    case 0x39:
        return long_offset(insn, a);
    default:
        return DECODED_NOTHING;
    }
}

static uint64_t extended_index(struct access_insn const *a, uint64_t index)
{
    switch (a->option) {
    case 2: // UXTW
        return (uint32_t)index;
    case 6: // SXTW
        return (uint64_t)(int32_t)index;
    default:
        return index;
    }
}

uint64_t access_address(struct access_insn const *a, uint64_t base, uint64_t index)
{
    uint64_t offset = a->has_index ? extended_index(a, index) << a->shift : (uint64_t)a->offset;
    return base + offset;
}

uint64_t access_extend(struct access_insn const *a, uint64_t value)
{
    if (!a->sign)
        return value;
    unsigned shift = 64 - (8u << a->size);
    uint64_t extended = (uint64_t)((int64_t)(value << shift) >> shift);
    return a->sign == 64 ? extended : (uint32_t)extended;
}

bool decode_is_hint(uint32_t insn)
{
    return (insn & 0xfffff01f) == 0xd503201f;
}
