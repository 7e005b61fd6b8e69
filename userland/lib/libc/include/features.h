// SPDX-License-Identifier: MIT
// What libstdc++ looks for: that the C library is not glibc.
#pragma once

#include <sys/features.h>

#define __GLIBC_PREREQ(major, minor) 0
