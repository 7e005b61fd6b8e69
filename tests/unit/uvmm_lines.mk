# SPDX-License-Identifier: MIT
TEST := uvmm_lines
SRCS := tests/unit/uvmm_lines_test.c userland/uvmm/line_writer.c
INCS := userland/uvmm
LIBS := check
