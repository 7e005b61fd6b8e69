// SPDX-License-Identifier: MIT
// Power state coordination: calls of several CPUs with any function and arguments.
#include "uvmm_psci_test.c"

#include "input.h"

static uint32_t a_function(struct input *in)
{
    uint8_t const f = in_u8(in);
    return f < 0xf0 ? 0x84000000u | (f & 0x1f) | (f & 0x20u) << 25 : in_u32(in);
}

static void call_of(struct input *in)
{
    struct vcpu *v = &cpus[in_below(in, 3)];
    uint32_t const fn = a_function(in);
    for (unsigned i = 1; i < 4; i++)
        v->area->r.r[i] = in_u8(in) & 0x80 ? a_function(in) : in_number(in);
    sleeps = 0;
    vm.gic.version = in_u8(in) & 1 ? 3 : 2;
    vm.gic.cpu[v->id].asleep = in_u8(in) & 1;
    psci_call(v, fn);
    if (woken) {
        ck_assert_int_eq(woken->power, VCPU_ON_PENDING);
        woken->power = in_u8(in) & 1 ? VCPU_ON : VCPU_ON_PENDING;
    }
    woken = NULL;
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    static struct input in; // what is on the stack, longjmp() may undo
    in = input_of(data, size);
    setup();
    while (in_more(&in))
        if (!setjmp(exited))
            call_of(&in);
    return 0;
}
