// SPDX-License-Identifier: MIT
// The end of the machine, for who has the capability `pfc` with the right S.
#include "server.h"

#include <l4/re/env.h>
#include <l4/sys/err.h>
#include <l4/sys/platform_control.h>

static l4_cap_idx_t platform_control;

static char const *end_machine(bool restart)
{
    long err = l4_error(l4_platform_ctl_system_shutdown(platform_control, restart));
    return l4sys_errtostr(err < 0 ? err : -L4_ENOSYS);
}

void machine_init(void)
{
    platform_control = l4re_env_get_cap("pfc");
    if (l4_is_valid_cap(platform_control))
        server.cons.host.end_machine = end_machine;
}
