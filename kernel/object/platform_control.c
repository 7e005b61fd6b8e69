// SPDX-License-Identifier: MIT
#include "object/platform_control.h"
#include <arch/psci.h>
#include "debug/console.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

static uint64_t op_shutdown(struct invocation *in)
{
    console_flush(); // what was said last
    if (in->w[1] == 1)
        psci_system_reset();
    else
        psci_system_off();
    return result_tag(-L4_ENOSYS, 0);
}

static uint64_t op_allow_cpu_off(struct invocation *in)
{
    (void)in;
    return result_tag(0, 0); // no CPU is switched off
}

static uint64_t op_not_there(struct invocation *in)
{
    (void)in;
    return result_tag(-L4_ENOSYS, 0);
}

struct operation const platform_operations[PLATFORM_OPERATIONS] = {
    [L4_PLATFORM_CTL_SYS_SUSPEND_OP] = {op_not_there, AT_LEAST(1), CAP_S, .name = "suspend"},
    [L4_PLATFORM_CTL_SYS_SHUTDOWN_OP] = {op_shutdown, EXACTLY(2), CAP_S, .errors = OP_SHORT_INVALID, .name = "shutdown"},
    [L4_PLATFORM_CTL_CPU_ALLOW_SHUTDOWN_OP] = {op_allow_cpu_off, AT_LEAST(1), CAP_S, .name = "cpu_allow_shutdown"},
    [L4_PLATFORM_CTL_CPU_ENABLE_OP] = {op_not_there, AT_LEAST(1), CAP_S, .name = "cpu_enable"},
    [L4_PLATFORM_CTL_CPU_DISABLE_OP] = {op_not_there, AT_LEAST(1), CAP_S, .name = "cpu_disable"},
};
