# SPDX-License-Identifier: MIT
FUZZER := uvmm_calls
FUZZED := $(addprefix userland/uvmm/vcpu/,smccc.c debug_regs.c ptimer.c stolen_time.c)
SRCS := tests/unit/uvmm_stubs.c userland/uvmm/vcpu/exception.c
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include
