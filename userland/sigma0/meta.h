// SPDX-License-Identifier: MIT
#pragma once

#include <l4/sys/ipc.h>

// Answer a request of the Meta protocol, which stands in the message registers.
l4_msgtag_t meta_answer(l4_utcb_t *u, l4_msgtag_t tag);
