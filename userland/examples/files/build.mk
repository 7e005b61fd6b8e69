# SPDX-License-Identifier: MIT
# Files and directories of rom/, mapped files, helpers of l4util.
PROG := example-files
SRCS := main.c
LIBS := l4util l4re libc
