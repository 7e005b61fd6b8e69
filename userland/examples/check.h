// SPDX-License-Identifier: MIT
// What the examples say: "NAME: ok", or where they failed.
#pragma once

#include <stdio.h>
#include <stdlib.h>

// Ends the program when something is not as it should be.
#define CHECK(condition) check(!!(condition), #condition, __FILE__, __LINE__)

static inline void check(int ok, char const *condition, char const *file, int line)
{
    if (ok)
        return;
    printf("%s:%d: failed: %s\n", file, line, condition);
    exit(1);
}
