// SPDX-License-Identifier: MIT
// Where vcpu/entry.S finds the user words of the vCPU area.
#include "vcpu/vcpu.h"
#include "mk/offsets.h"

void offsets(void)
{
    OFFSET(AREA_GUEST_TLS, L4_VCPU_OFFSET_EXT_USER + USER_GUEST_TLS * sizeof(l4_umword_t));
    OFFSET(AREA_OWN_TLS, L4_VCPU_OFFSET_EXT_USER + USER_OWN_TLS * sizeof(l4_umword_t));
    OFFSET(AREA_VCPU, L4_VCPU_OFFSET_EXT_USER + USER_VCPU * sizeof(l4_umword_t));
}
