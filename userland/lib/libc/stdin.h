// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

// Read from the log's input; waits for the first byte. Number of bytes, 0 at the end (a log without
// input).
ssize_t stdin_read(char *buf, size_t size);
