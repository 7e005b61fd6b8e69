// SPDX-License-Identifier: MIT
#pragma once

// What ssp_fail() calls the program.
void ssp_set_program(char const *name);
