// SPDX-License-Identifier: MIT
#pragma once

#include <l4/sys/compiler.h>

// Ends the program with status 128 + SIGABRT; the in-task runtime prints the calls that led here.
L4_NORETURN void abort_here(void);
