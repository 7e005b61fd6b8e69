// SPDX-License-Identifier: MIT
#include "device/sp805_regs.h"

enum {
    LOAD = 0x000,
    VALUE = 0x004,
    CONTROL = 0x008,
    INTCLR = 0x00c,
    RIS = 0x010,
    MIS = 0x014,
    LOCK = 0xc00,
    ID_BASE = 0xfe0,
};

enum { INTEN = 1, RESEN = 2 };

#define UNLOCK 0x1acce551u

static uint8_t const ids[8] = {0x05, 0x18, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

void sp805_init(struct sp805_regs *r)
{
    *r = (struct sp805_regs){.load = ~0u, .value = ~0u};
}

static bool counts(struct sp805_regs const *r)
{
    return r->control & INTEN;
}

// At 0 it begins again. How often it has been there does not matter, but for the first time, and that is kept in `raw`;
// so with a reset enabled `end` stays where the second one is due.
static void update(struct sp805_regs *r, uint64_t now)
{
    uint64_t period = r->load + 1ull;
    if (!counts(r) || now < r->end)
        return;
    if (!r->raw) {
        r->raw = true;
        r->end += period;
    }
    if (now >= r->end && !(r->control & RESEN))
        r->end += (now - r->end) / period * period + period;
}

// It stands at 0 for one tick, then it is loaded.
static uint32_t value_at(struct sp805_regs const *r, uint64_t now)
{
    return now < r->end && r->end - now <= r->load ? (uint32_t)(r->end - now) : 0;
}

static void reload(struct sp805_regs *r, uint64_t now)
{
    r->value = r->load;
    r->end = now + r->load;
}

static void set_control(struct sp805_regs *r, uint32_t value, uint64_t now)
{
    bool counted = counts(r);
    if (counted && !(value & INTEN))
        r->value = value_at(r, now);
    r->control = value & (INTEN | RESEN);
    if (!counted && counts(r))
        reload(r, now);
}

uint32_t sp805_read(struct sp805_regs *r, uint32_t off, uint64_t now)
{
    update(r, now);
    switch (off) {
    case LOAD: return r->load;
    case VALUE: return counts(r) ? value_at(r, now) : r->value;
    case CONTROL: return r->control;
    case RIS: return r->raw;
    case MIS: return r->raw && counts(r);
    case LOCK: return r->locked;
    default: return off >= ID_BASE && off < 0x1000 && !(off & 3) ? ids[(off - ID_BASE) / 4] : 0;
    }
}

void sp805_write(struct sp805_regs *r, uint32_t off, uint32_t value, uint64_t now)
{
    update(r, now);
    if (off == LOCK)
        r->locked = value != UNLOCK;
    if (r->locked)
        return;
    switch (off) {
    case LOAD:
        r->load = value;
        reload(r, now);
        break;
    case CONTROL: set_control(r, value, now); break;
    case INTCLR:
        r->raw = false;
        reload(r, now);
        break;
    default: break;
    }
}

bool sp805_irq(struct sp805_regs *r, uint64_t now)
{
    update(r, now);
    return r->raw && counts(r);
}

bool sp805_reset(struct sp805_regs *r, uint64_t now)
{
    update(r, now);
    return counts(r) && (r->control & RESEN) && r->raw && now >= r->end;
}

uint64_t sp805_deadline(struct sp805_regs *r, uint64_t now)
{
    update(r, now);
    if (!counts(r) || (r->raw && !(r->control & RESEN)))
        return SP805_NEVER;
    return r->end;
}
