// SPDX-License-Identifier: MIT
// Registers of a controller. All accesses have 32 bits: some controllers know no others, and all know these.
#pragma once

#include <stdint.h>

struct sd_regs;

uint32_t sd_reg_read(struct sd_regs *regs, unsigned offset);
void sd_reg_write(struct sd_regs *regs, unsigned offset, uint32_t value);

// Sleeps.
void sd_pause_ms(unsigned ms);
