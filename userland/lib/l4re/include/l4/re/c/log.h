// SPDX-License-Identifier: MIT
// Output to the program's log.
#pragma once

#include <l4/sys/types.h>

L4_BEGIN_DECLS

void l4re_log_print(char const *string);
void l4re_log_printn(char const *string, int len);
void l4re_log_print_srv(l4_cap_idx_t logcap, char const *string);
void l4re_log_printn_srv(l4_cap_idx_t logcap, char const *string, int len);

L4_END_DECLS
