// SPDX-License-Identifier: MIT
// Programs use the same memory functions as the kernel.
#include "../../../kernel/arch/arm64/string.S"
