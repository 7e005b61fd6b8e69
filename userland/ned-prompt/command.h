// SPDX-License-Identifier: MIT
// The command channel of ned as its client sees it (lua-api 11).
#pragma once

#include <l4/sys/types.h>

// What one message can bring back, and a NUL.
#define COMMAND_TEXT_SIZE 512

// Have ned execute a line of Lua on its channel. text (COMMAND_TEXT_SIZE bytes) gets what the line
// returned, with a NUL. Its length, or a negative error: -L4_EINVAL no valid Lua, -L4_EIO it failed,
// -L4_EMSGTOOLONG the line does not fit into a message.
long command_execute(l4_cap_idx_t channel, char const *line, char *text);
