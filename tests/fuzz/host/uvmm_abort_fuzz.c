// SPDX-License-Identifier: MIT
// Aborts of a guest: any instruction with any registers, and translation tables that may be anything.
#include "uvmm_abort_test.c"

#include "input.h"
#include "vcpu/decode.h"

static void set_registers(struct input *in)
{
    for (unsigned i = 0; i < 4; i++)
        area.r.r[i] = DEVICE + in_number(in);
    area.r.r[30] = area.r.sp = DEVICE + in_number(in);
    el1.sp_el1 = DEVICE + in_number(in);
    uint8_t const mode = in_u8(in);
    area.r.pstate = (mode & 3) == 0 ? EL0 : (mode & 3) == 1 ? EL1H : in_u32(in);
    vm.opt.fault_mode = mode & 0x80 ? FAULT_HALT : 0;
}

// Tables in RAM, of which all entries that are not written are invalid.
static void set_tables(struct input *in)
{
    el1.sctlr = in_u8(in) | (uint64_t)in_u8(in) << 24;
    el1.tcr = in_u64(in);
    el1.ttbr0 = RAM + in_u16(in);
    el1.ttbr1 = RAM + in_u16(in);
    for (unsigned n = in_u8(in) % 8; n; n--) {
        uint64_t const entry = in_u8(in) & 0x80 ? in_u64(in) : RAM + in_u16(in);
        memcpy(ram + (in_u16(in) & 0xfff8), &entry, sizeof(entry));
    }
}

static void execute(struct input *in)
{
    uint32_t const insn = in_u32(in);
    uint8_t const how = in_u8(in);
    memcpy(ram + 0x100, &insn, sizeof(insn));
    area.r.pc = how & 0x80 ? in_number(in) : PC;
    area.r.pfa = how & 0x40 ? in_number(in) : DEVICE + in_u16(in);
    uint32_t const esr = (how & 0x20 ? in_u32(in) & 0x1ffffff : TRANSLATION | (how & 1 ? STORE : 0));
    logged = 0;
    if (how & 0x10)
        abort_fetch(&cpu, IABT | esr);
    else
        abort_data(&cpu, DABT | esr);
    ck_assert_uint_le(logged, 4);
    decode_is_hint(insn);
    exception_condition(esr, area.r.pstate);
    area.r.pc = exception_next_pc(area.r.pc, esr);
    area.r.pstate = exception_next_pstate(area.r.pstate);
}

static void take_exception(struct input *in)
{
    struct exception_features const shown = {in_u8(in) & 1, in_u8(in) & 1, in_u8(in) & 1, in_u8(in) & 1};
    uint64_t const pstate = in_u32(in);
    ck_assert_uint_lt(exception_vector(pstate), 0x800);
    ck_assert(!(exception_pstate(pstate, in_u64(in), &shown) & PSTATE_AARCH32));
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    static struct input in; // what is on the stack, longjmp() may undo
    in = input_of(data, size);
    setup();
    set_registers(&in);
    while (in_more(&in))
        if (!setjmp(fatal_end))
            switch (in_u8(&in) & 7) {
            case 0: set_tables(&in); break;
            case 1: set_registers(&in); break;
            case 2: take_exception(&in); break;
            default: execute(&in); break;
            }
    return 0;
}
