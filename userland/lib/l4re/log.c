// SPDX-License-Identifier: MIT
#include <l4/re/c/log.h>
#include <l4/re/env.h>
#include <l4/sys/vcon.h>
#include <string.h>

void l4re_log_printn_srv(l4_cap_idx_t logcap, char const *string, int len)
{
    if (len > 0)
        l4_vcon_write(logcap, string, (unsigned)len);
}

void l4re_log_print_srv(l4_cap_idx_t logcap, char const *string)
{
    l4re_log_printn_srv(logcap, string, (int)strlen(string));
}

void l4re_log_printn(char const *string, int len)
{
    l4re_log_printn_srv(l4re_env() ? l4re_env()->log : (l4_cap_idx_t)L4RE_LOG_CAP, string, len);
}

void l4re_log_print(char const *string)
{
    l4re_log_printn(string, (int)strlen(string));
}
