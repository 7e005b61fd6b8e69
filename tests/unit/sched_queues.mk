# SPDX-License-Identifier: MIT
TEST := sched_queues
SRCS := tests/unit/sched_queues_test.c kernel/sched/run_queue.c kernel/sched/timeout.c kernel/ipc/sender_queue.c \
        kernel/sched/cpu.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
