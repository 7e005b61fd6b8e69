// SPDX-License-Identifier: MIT
// The end of the line: a state that the kernel itself must never reach, or a machine that it cannot
// run on.
#pragma once

// Prints the text and stops this CPU for good.
_Noreturn void kernel_panic(char const *text);
