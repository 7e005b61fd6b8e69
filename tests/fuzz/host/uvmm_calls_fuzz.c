// SPDX-License-Identifier: MIT
// A guest's HVC and SMC, and its accesses to debug registers and to the physical timer.
#include "uvmm_smccc_test.c"

#include "input.h"
#include "vcpu/debug_regs.h"
#include "vcpu/ptimer.h"
#include "vcpu/stolen_time.h"

static struct debug_regs debug;
static struct ptimer timer;
static struct stolen_time stolen;
static uint64_t now;

static void call_smccc(struct input *in)
{
    static uint32_t const known[] = {SMCCC_VERSION, SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1, SMCCC_ARCH_WORKAROUND_2,
                                     SMCCC_ARCH_WORKAROUND_3, SMCCC_PV_TIME_FEATURES, SMCCC_PV_TIME_ST, 0x86000000, 0xc6000000};
    enum { KNOWN = sizeof(known) / sizeof(known[0]) };
    struct vcpu *v = &cpus[0];
    uint8_t const f = in_u8(in), x1 = in_u8(in), imm = in_u8(in);
    v->area->r.r[0] = f < KNOWN ? known[f] : in_number(in);
    v->area->r.r[1] = x1 < KNOWN ? known[x1] : x1;
    v->probe = imm & 0x80;
    if (imm & 0x40)
        features(imm & 3, imm >> 2 & 3, imm >> 4 & 3);
    shown[0] = 0;
    for (unsigned repeat = 1 + in_u8(in); repeat; repeat--)
        smccc_call(v, imm & 1 ? SMCCC_HVC : SMCCC_SMC, imm & 0x20 ? 1 : imm & 0x10 ? in_u16(in) : 0);
    if (imm & 2)
        smccc_flush();
    ck_assert_uint_lt(v->print.size, sizeof(v->print.text));
}

static void access_debug(struct input *in)
{
    uint16_t const name = in_u16(in);
    struct debug_name const n = {name & 7, name >> 3 & 15, name >> 7 & 15, name >> 11 & 7};
    uint64_t value;
    if (name & 0x8000)
        debug_write(&debug, n, in_number(in));
    else if (name & 0x4000)
        debug_reset(&debug, debug_id(in_u64(in)));
    debug_read(&debug, n, &value);
    ck_assert(debug.breakpoints <= L4_VCPU_BREAKPOINTS && debug.watchpoints <= L4_VCPU_WATCHPOINTS);
    debug_effective(&debug);
}

static void access_timer(struct input *in)
{
    uint8_t const what = in_u8(in);
    now += in_number(in);
    if (what & 1)
        ptimer_write(&timer, what >> 1 & 3, in_number(in), now);
    else
        ptimer_read(&timer, what >> 1 & 3, now);
    uint64_t const next = ptimer_deadline(&timer, now);
    ck_assert(next == PTIMER_NEVER || (next > now && ptimer_level(&timer, next)));
}

static void steal(struct input *in)
{
    uint64_t const told = stolen.told, since = now - in_u8(in);
    now += in_u16(in);
    stolen_time_sleep(&stolen, since, since + in_u16(in), now);
    ck_assert_uint_ge(stolen_time_sum(&stolen, now, in_u16(in)), told);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void (*const steps[])(struct input *) = {call_smccc, access_debug, access_timer, steal};
    setup();
    now = 1 << 20;
    debug_reset(&debug, debug_id(in_u64(&in)));
    timer = (struct ptimer){0};
    stolen_time_begin(&stolen, now, 0);
    while (in_more(&in))
        steps[in_below(&in, 4)](&in);
    return 0;
}
