// SPDX-License-Identifier: MIT
// No program can read which features CPUs have; it can try, where an exception is expected.
#include "rndr.h"

#include <l4/re/rescue.h>

extern char const rndr_try[], rndr_tried[], rndr_none[]; // the instruction, and where an exception in it continues

int rndr_init(void)
{
    return l4re_rm_add_rescue_jump((l4_addr_t)rndr_try, (l4_addr_t)rndr_tried, (l4_addr_t)rndr_none);
}
