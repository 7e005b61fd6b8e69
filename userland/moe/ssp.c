// SPDX-License-Identifier: MIT
#include <l4/ssp/ssp.h>

#include "say.h"

void ssp_fail(char const *what, void const *pc)
{
    fatal("%s, before pc %p", what, pc);
}
