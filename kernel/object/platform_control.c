// SPDX-License-Identifier: MIT
#include "object/platform_control.h"
#include "arch/arm64/psci.h"
#include "debug/console.h"
#include "ipc/invocation.h"
#include "object/item.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

static uint64_t op_shutdown(struct invocation *in)
{
    if (tag_words(in->tag) != 2)
        return result_tag(-L4_EINVAL, 0);
    console_flush(); // what was said last
    if (in->w[1] == 1)
        psci_system_reset();
    else
        psci_system_off();
    return result_tag(-L4_ENOSYS, 0);
}

uint64_t platform_control(struct invocation *in)
{
    if (!(in->rights & CAP_S))
        return result_tag(-L4_EPERM, 0);
    if (!tag_words(in->tag))
        return result_tag(-L4_EMSGTOOSHORT, 0);
    switch (in->w[0] & L4_PLATFORM_CTL_OPCODE_MASK) {
    case L4_PLATFORM_CTL_SYS_SHUTDOWN_OP:
        return op_shutdown(in);
    case L4_PLATFORM_CTL_CPU_ALLOW_SHUTDOWN_OP:
        return result_tag(0, 0);
    default:
        return result_tag(-L4_ENOSYS, 0);
    }
}
