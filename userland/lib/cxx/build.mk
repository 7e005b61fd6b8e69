# SPDX-License-Identifier: MIT
# What C++ programs need beside headers: memory, and what the compiler and its library's headers call. There are no exceptions:
# where one would be thrown the program says so and aborts.
LIB := cxx
SRCS := new.cc abi.cc errors.cc library.cc
LIBS := libc
