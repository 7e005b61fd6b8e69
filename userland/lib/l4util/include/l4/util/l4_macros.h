// SPDX-License-Identifier: MIT
// Formats for printf.
#pragma once

#include <l4/sys/types.h>

#define l4_addr_fmt          "%016lx"
#define l4util_idfmt         "%lx"
#define l4util_idfmt_adjust  "%04lx"
#define l4util_idstr(tid)    ((tid) >> L4_CAP_SHIFT)
