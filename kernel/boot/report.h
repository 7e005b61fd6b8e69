// SPDX-License-Identifier: MIT
// What boot has to say. Goes to the console UART as soon as one is known; unit tests bring their
// own.
//
// Formats: %s, %c, %%, %d %u %x with length none, l or ll, minimum width and leading 0 for numbers.
#pragma once

// A remark: boot goes on. Silent with -noserial.
void report_note(char const *format, ...) __attribute__((format(printf, 1, 2)));

// Something that boot cannot work with; whoever called decides when to stop. Never silent.
void report_problem(char const *format, ...) __attribute__((format(printf, 1, 2)));

// A problem, and the end.
void report_stop(char const *format, ...) __attribute__((format(printf, 1, 2), noreturn));
