# SPDX-License-Identifier: MIT
# Kernel tests: a program that runs as root task, without moe.
PROG := ktest
OFFSETS := offsets.c
SRCS := user_code.S main.c vcpu_run.S vcpu_run.c test_memory_functions.c test_ipc.c test_ipc_end.c \
        test_items.c test_long.c test_transfer.c test_caps.c test_memory.c test_irq.c test_iommu.c test_operations.c test_semaphore.c test_thread.c \
        test_exception.c test_fast.c test_sched.c test_quota.c test_vcpu.c guest_run.c test_guest.c \
        test_guest_registers.c test_guest_debug.c test_guest_resume.c test_guest_irq.c test_guest_hostile.c test_hostile.c test_stress.c
LINK := pie
CRT  := own
LIBS := harness mem
CFLAGS_EXTRA := -Ibuild/gen
