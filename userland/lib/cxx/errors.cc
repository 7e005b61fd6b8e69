// SPDX-License-Identifier: MIT
// What the library's headers call to throw.
#include "errors.h"

#include <bits/functexcept.h>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <exception>

void cxx_end(char const *what)
{
    std::fprintf(stderr, "C++: %s\n", what);
    std::abort();
}

namespace std {

void terminate() noexcept
{
    cxx_end("terminate");
}

void __throw_bad_alloc()
{
    cxx_end("out of memory");
}

void __throw_bad_array_new_length()
{
    cxx_end("bad array length");
}

void __throw_bad_function_call()
{
    cxx_end("an empty function was called");
}

void __throw_logic_error(char const *what)
{
    cxx_end(what);
}

void __throw_domain_error(char const *what)
{
    cxx_end(what);
}

void __throw_invalid_argument(char const *what)
{
    cxx_end(what);
}

void __throw_length_error(char const *what)
{
    cxx_end(what);
}

void __throw_out_of_range(char const *what)
{
    cxx_end(what);
}

void __throw_out_of_range_fmt(char const *format, ...)
{
    // The library's own formats: %zu and %s.
    char text[160];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    cxx_end(text);
}

void __throw_runtime_error(char const *what)
{
    cxx_end(what);
}

void __throw_range_error(char const *what)
{
    cxx_end(what);
}

void __throw_overflow_error(char const *what)
{
    cxx_end(what);
}

void __throw_underflow_error(char const *what)
{
    cxx_end(what);
}

void __throw_system_error(int error)
{
    char text[40];
    snprintf(text, sizeof(text), "system error %d", error);
    cxx_end(text);
}

} // namespace std
