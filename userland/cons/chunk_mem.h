// SPDX-License-Identifier: MIT
// Memory for kept output: one dataspace per chunk, allocated when needed.
#pragma once

#include "outbuf.h"

extern struct outbuf_mem chunk_mem;
