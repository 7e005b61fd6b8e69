# SPDX-License-Identifier: MIT
# What no thread without a guest needs is missing.
TEST := sched_turns
SRCS := $(addprefix tests/unit/,sched_turns_test.c kernel_cpus.c) \
	$(addprefix kernel/sched/,cpu.c run_queue.c sched.c timeout.c) \
	$(addprefix kernel/ipc/,fast.c ipc.c sender_queue.c syscall.c) \
	$(addprefix kernel/lock/,cross_call.c lock.c lock_set.c) \
	$(addprefix kernel/object/,irq.c object.c operation.c thread.c) \
	kernel/preempt/work.c $(addprefix kernel/arch/arm64/,context.c guest_fast.c leave.c vcpu.c)
INCS := tests/unit/host_quiet kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
LDFLAGS_EXTRA := -no-pie -Wl,--unresolved-symbols=ignore-all
CFLAGS_EXTRA := -fno-pie
