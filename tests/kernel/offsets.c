// SPDX-License-Identifier: MIT
// Offsets for user_code.S.
#include "mk/offsets.h"
#include <l4/sys/vcpu.h>

void offsets(void)
{
    OFFSET(AREA_ENTRY_SP, offsetof(l4_vcpu_state_t, entry_sp));
    OFFSET(AREA_ENTRY_IP, offsetof(l4_vcpu_state_t, entry_ip));
}
