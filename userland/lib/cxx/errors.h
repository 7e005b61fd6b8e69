// SPDX-License-Identifier: MIT
#pragma once

// Prints what went wrong and aborts.
[[noreturn]] void cxx_end(char const *what);
