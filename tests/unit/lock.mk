# SPDX-License-Identifier: MIT
TEST := lock
SRCS := tests/unit/lock_test.c tests/unit/host_cpus.c kernel/lock/lock.c kernel/lock/lock_set.c \
	kernel/lock/cross_call.c kernel/sched/cpu.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
SANITIZE := thread
