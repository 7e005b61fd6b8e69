# SPDX-License-Identifier: MIT
TEST := boot_args
SRCS := tests/unit/boot_args_test.c tests/unit/boot_report.c kernel/boot/boot_args.c
INCS := tests/unit kernel/boot
LIBS := check
