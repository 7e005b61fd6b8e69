// SPDX-License-Identifier: MIT
#include "vcpu/stage1.h"

#define SCTLR_M (1ull << 0)
#define SCTLR_EE (1ull << 25)
#define TCR_TBI0 (1ull << 37)
#define TCR_EPD0 (1ull << 7)
#define TCR_EPD1 (1ull << 23)
#define TCR_DS (1ull << 59)
#define DESCRIPTOR_VALID 1u
#define DESCRIPTOR_TABLE 2u // page at the last level
#define LEAF_LEVEL 3
#define BITS(high, low) (~0ull >> (63 - (high)) & ~0ull << (low))

// What TCR_EL1 says of the half of the address space that an address is in.
struct half {
    unsigned granule; // log2 of bytes, 0: no granule
    unsigned bits;    // of the addresses
    bool wide;        // output addresses of 52 bits in descriptors and TTBR
    uint64_t ttbr;
};

// TG0 and TG1 number the granules differently (TCR_EL1).
static unsigned granule(uint64_t tcr, bool upper)
{
    static uint8_t const tg0[4] = {12, 16, 14, 0}, tg1[4] = {0, 14, 12, 16};
    return upper ? tg1[tcr >> 30 & 3] : tg0[tcr >> 14 & 3];
}

// False: the half is switched off, or its description is none.
static bool find_half(struct stage1 const *s, bool upper, struct half *h)
{
    unsigned size = (unsigned)(s->tcr >> (upper ? 16 : 0)) & 0x3f;
    bool ds = s->tcr & TCR_DS;
    h->granule = granule(s->tcr, upper);
    h->bits = 64 - size;
    h->wide = h->granule == 16 ? (s->tcr >> 32 & 7) >= 6 : ds; // FEAT_LPA by IPS, FEAT_LPA2 by DS
    h->ttbr = upper ? s->ttbr1 : s->ttbr0;
    unsigned most = h->granule == 16 || ds ? 52 : 48;
    return h->granule && !(s->tcr & (upper ? TCR_EPD1 : TCR_EPD0)) && h->bits <= most && h->bits > h->granule;
}

// Bits 63 to `bits` of an address repeat bit 55, but for a top byte that is ignored.
static bool is_canonical(uint64_t va, unsigned bits, bool top_ignored)
{
    uint64_t above = BITS(top_ignored ? 55 : 63, bits);
    return (va & above) == (va >> 55 & 1 ? above : 0);
}

// The address in a descriptor, of what begins at a multiple of 2^low.
static uint64_t output(struct half const *h, uint64_t descriptor, unsigned low)
{
    if (!h->wide)
        return descriptor & BITS(47, low);
    if (h->granule == 16)
        return (descriptor & BITS(47, low)) | (descriptor >> 12 & 0xf) << 48;
    return (descriptor & BITS(49, low)) | (descriptor >> 8 & 3) << 50;
}

// The first table is aligned to its size, and to 64 bytes where its address has more than 48 bits (TTBR0_EL1, BADDR).
static uint64_t first_table(struct half const *h, unsigned index_bits)
{
    unsigned low = index_bits + 3;
    if (!h->wide)
        return h->ttbr & BITS(47, low);
    return (h->ttbr & BITS(47, low < 6 ? 6 : low)) | (h->ttbr >> 2 & 0xf) << 48;
}

static bool has_blocks(struct half const *h, int level)
{
    int highest = h->granule == 12 ? 1 : 2;
    return level >= (h->wide ? highest - 1 : highest);
}

static bool read_descriptor(struct stage1 const *s, uint64_t address, uint64_t *value)
{
    if (!s->read(s->ctx, address, value))
        return false;
    if (s->sctlr & SCTLR_EE)
        *value = __builtin_bswap64(*value);
    return true;
}

static enum stage1_result walk(struct stage1 const *s, struct half const *h, uint64_t va, uint64_t *address, int *level)
{
    unsigned stride = h->granule - 3;
    unsigned levels = (h->bits - h->granule + stride - 1) / stride;
    unsigned index_bits = h->bits - h->granule - (levels - 1) * stride; // of the first table
    uint64_t table = first_table(h, index_bits);
    for (*level = LEAF_LEVEL + 1 - (int)levels;; ++*level) {
        unsigned low = h->granule + (unsigned)(LEAF_LEVEL - *level) * stride;
        uint64_t d, index = va >> low & ~(~0ull << index_bits);
        if (!read_descriptor(s, table + index * 8, &d))
            return STAGE1_NO_TABLE;
        bool last = *level == LEAF_LEVEL, more = d & DESCRIPTOR_TABLE;
        if (!(d & DESCRIPTOR_VALID) || (!more && (last || !has_blocks(h, *level))))
            return STAGE1_FAULT;
        if (last || !more) {
            *address = output(h, d, low) | (va & ~(~0ull << low));
            return STAGE1_OK;
        }
        table = output(h, d, h->granule);
        index_bits = stride;
    }
}

enum stage1_result stage1_walk(struct stage1 const *s, uint64_t va, uint64_t *address, int *level)
{
    bool upper = va >> 55 & 1;
    bool top_ignored = s->tcr & (upper ? TCR_TBI0 << 1 : TCR_TBI0);
    struct half h;
    *level = 0;
    if (!(s->sctlr & SCTLR_M)) { // the address itself, of 52 bits at most
        *address = va & BITS(51, 0);
        return va & BITS(top_ignored ? 55 : 63, 52) ? STAGE1_FAULT : STAGE1_OK;
    }
    if (!find_half(s, upper, &h) || !is_canonical(va, h.bits, top_ignored))
        return STAGE1_FAULT;
    return walk(s, &h, va, address, level);
}
