// SPDX-License-Identifier: MIT
// How a program tells the in-task runtime that it has aborted: by this breakpoint instruction. The runtime prints the calls,
// not the registers, and the program ends with status 128 + SIGABRT (6).
#pragma once

#define L4RE_BRK_ABORT 0xab04
