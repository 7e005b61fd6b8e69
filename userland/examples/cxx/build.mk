# SPDX-License-Identifier: MIT
# A server in C++.
PROG := example-cxx
SRCS := main.cc
LIBS := cxx l4re libc
