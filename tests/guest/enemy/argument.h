// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

// The number in NAME=NUMBER of the command line (/chosen/bootargs).
uint64_t argument(char const *name, uint64_t otherwise);
