// SPDX-License-Identifier: MIT
#include "command.h"

#include <l4/re/protocols.h>
#include <l4/srv/msg.h>

long command_execute(l4_cap_idx_t channel, char const *line, char *text)
{
    struct msg_out out;
    struct msg_in in;

    text[0] = '\0';
    msg_out_init(&out, l4_utcb());
    msg_put_u32(&out, L4RE_NED_OP_EXECUTE);
    msg_put_string(&out, 8, line);
    long err = msg_call(channel, 0, &out, &in);
    if (err < 0)
        return err;
    unsigned n = msg_get_array(&in, 2, text, COMMAND_TEXT_SIZE - 1);
    if (in.err)
        return in.err;
    text[n] = '\0';
    return (long)n;
}
