// SPDX-License-Identifier: MIT
// All that a topic needs. A topic is one file with a guest_main.
#pragma once

#include "check.h"
#include "cpu.h"
#include "exception.h"
#include "gic.h"
#include "interrupt.h"
#include "platform.h"
#include "psci.h"
#include "smp.h"
#include "timer.h"

void guest_main(void);
