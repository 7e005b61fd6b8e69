// SPDX-License-Identifier: MIT
// Where the messages of a receive endpoint go: with this kernel, to a thread.
#pragma once

#include <l4/sys/types.h>
