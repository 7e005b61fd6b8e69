// SPDX-License-Identifier: MIT
#include "regs.h"

#include <l4/sys/ipc.h>

static uint32_t volatile *at(struct sd_regs *regs, unsigned offset)
{
    return (uint32_t volatile *)regs + offset / sizeof(uint32_t);
}

uint32_t sd_reg_read(struct sd_regs *regs, unsigned offset)
{
    return *at(regs, offset);
}

void sd_reg_write(struct sd_regs *regs, unsigned offset, uint32_t value)
{
    *at(regs, offset) = value;
}

void sd_pause_ms(unsigned ms)
{
    l4_ipc_sleep_ms(ms);
}
