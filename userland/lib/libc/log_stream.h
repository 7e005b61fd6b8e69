// SPDX-License-Identifier: MIT
// Output to the log: collected to lines per thread.
#pragma once

#include <stddef.h>

// Send what the calling thread has collected.
void log_stream_flush(void);

// The same, and what threads without thread-local storage have collected.
void log_stream_flush_all(void);

// Send bytes at once. The message registers keep their content.
void log_stream_write(char const *buf, size_t len);
