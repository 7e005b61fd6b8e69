# SPDX-License-Identifier: MIT
TEST := vcon
SRCS := tests/unit/vcon_test.c kernel/object/vcon.c kernel/object/operation.c kernel/debug/console.c \
        kernel/debug/log.c kernel/debug/print.c kernel/uart/uart.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
