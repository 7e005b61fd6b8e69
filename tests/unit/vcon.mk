# SPDX-License-Identifier: MIT
TEST := vcon
SRCS := tests/unit/vcon_test.c kernel/object/vcon.c kernel/preempt/stopped.c kernel/uart/uart.c
INCS := kernel kernel/include tests/unit
LIBS := check
