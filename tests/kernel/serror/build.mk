# SPDX-License-Identifier: MIT
# Whose an error is that arrives late. Runs as root task, on a kernel with tests/kernel/fake_serror.c.
PROG := ktest-serror
OFFSETS := ../offsets.c
SRCS := main.c guest.S ../vcpu_run.S ../vcpu_run.c
LINK := pie
CRT  := own
LIBS := harness mem
CFLAGS_EXTRA := -Itests/kernel
