// SPDX-License-Identifier: MIT
#include <l4/re/c/log.h>
#include <l4/re/env.h>
#include <l4/sys/vcon.h>
#include <string.h>

void l4re_log_printn_srv(l4_cap_idx_t logcap, char const *string, int len)
{
    // A log line may be written while a message is being read or written: its registers stay.
    l4_utcb_t *u = l4_utcb();
    l4_msg_regs_t keep;
    size_t used = (len < 0                    ? 0
                   : len > L4_VCON_WRITE_SIZE ? L4_VCON_WRITE_SIZE
                                              : (size_t)len) +
                  3 * 8;
    if (len <= 0)
        return;
    if (used > sizeof(keep))
        used = sizeof(keep);
    memcpy(&keep, &u->msg, used);
    l4_vcon_write(logcap, string, (unsigned)len);
    memcpy(&u->msg, &keep, used);
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
