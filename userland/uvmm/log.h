// SPDX-License-Identifier: MIT
// Messages of uvmm, and the end of it. They are whole lines, and do not cut one of a guest that writes to the same log
// (line_writer.h); errors come at once, all others soon.
//
// All of these may be called on a vCPU thread: they save the guest's FP registers first (fp.h).
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

enum log_level { LOG_QUIET = -1, LOG_ERROR = 0, LOG_WARN = 1, LOG_INFO = 2, LOG_TRACE = 3 };

void log_set_level(int level);
int log_get_level(void);

// Where lines go, with their newline; to stdout until this is called. waits: a line may, while a guest writes one of its own.
typedef void log_output(char const *text, unsigned size, bool waits);
void log_set_output(log_output *output);

// Prints "VMM: " + text + newline when `level` is enabled.
void log_msg(int level, char const *fmt, ...) __attribute__((format(printf, 2, 3)));

// For what a guest can bring about as often as it likes: a place in the code has LOG_LIMIT messages, the last one says so.
#define LOG_LIMIT 32
void log_limited(atomic_uint *count, int level, char const *fmt, ...) __attribute__((format(printf, 3, 4)));
#define log_guest(level, ...)                          \
    do {                                               \
        static atomic_uint count_;                     \
        log_limited(&count_, level, __VA_ARGS__);      \
    } while (0)

// Prints text + newline, whatever the level: a line that is not uvmm's own.
void log_line(char const *fmt, ...) __attribute__((format(printf, 1, 2)));

// Prints "VMM: error: " + text and ends uvmm with exit code 1.
void fatal(char const *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#define log_error(...) log_msg(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_msg(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_msg(LOG_INFO, __VA_ARGS__)
#define log_trace(...) log_msg(LOG_TRACE, __VA_ARGS__)
