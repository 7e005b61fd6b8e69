// SPDX-License-Identifier: MIT
#include "device/pl031_regs.h"

enum {
    DR = 0x00,
    MR = 0x04,
    LR = 0x08,
    CR = 0x0c,
    IMSC = 0x10,
    RIS = 0x14,
    MIS = 0x18,
    ICR = 0x1c,
    ID_BASE = 0xfe0,
};

static uint8_t const ids[8] = {0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static uint32_t clock_of(struct pl031_regs const *r, uint32_t now)
{
    return r->offset + now;
}

// Nobody looks at the clock each second: it has matched when it has passed the match value. What is half of all values or
// more ahead is taken to be behind.
static void update(struct pl031_regs *r, uint32_t now)
{
    if (r->armed && clock_of(r, now) - r->match < 1u << 31) {
        r->armed = false;
        r->raw = true;
    }
}

// Only from now on: a value in the past does not match.
static void arm(struct pl031_regs *r, uint32_t now)
{
    uint32_t ahead = r->match - clock_of(r, now);
    r->armed = ahead < 1u << 31;
}

void pl031_init(struct pl031_regs *r, uint32_t time, uint32_t now)
{
    *r = (struct pl031_regs){.offset = time - now, .load = time};
}

uint32_t pl031_read(struct pl031_regs *r, uint32_t off, uint32_t now)
{
    update(r, now);
    switch (off) {
    case DR: return clock_of(r, now);
    case MR: return r->match;
    case LR: return r->load;
    case CR: return 1; // always runs
    case IMSC: return r->mask;
    case RIS: return r->raw;
    case MIS: return r->raw && r->mask;
    default: return off >= ID_BASE && off < 0x1000 && !(off & 3) ? ids[(off - ID_BASE) / 4] : 0;
    }
}

void pl031_write(struct pl031_regs *r, uint32_t off, uint32_t value, uint32_t now)
{
    update(r, now);
    switch (off) {
    case MR:
        r->match = value;
        arm(r, now);
        break;
    case LR:
        r->load = value;
        r->offset = value - now;
        arm(r, now);
        break;
    case IMSC: r->mask = value & 1; break;
    case ICR:
        if (value & 1)
            r->raw = false;
        break;
    default: break;
    }
    update(r, now); // the match value may be the present second
}

bool pl031_irq(struct pl031_regs *r, uint32_t now)
{
    update(r, now);
    return r->raw && r->mask;
}

bool pl031_alarm(struct pl031_regs *r, uint32_t now, uint32_t *seconds)
{
    update(r, now);
    *seconds = r->match - clock_of(r, now);
    return r->armed && r->mask && !r->raw;
}
