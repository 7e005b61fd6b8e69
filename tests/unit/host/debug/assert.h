// SPDX-License-Identifier: MIT
// kernel/debug/assert.h for tests on the build machine.
#pragma once
#include <assert.h>
