# SPDX-License-Identifier: MIT
TEST := uvmm_log
SRCS := tests/unit/uvmm_log_test.c userland/uvmm/log.c
INCS := userland/uvmm userland/lib/l4re/include kernel/include
LIBS := check
