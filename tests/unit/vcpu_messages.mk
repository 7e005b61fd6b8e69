# SPDX-License-Identifier: MIT
# What no message of an interrupt needs is missing.
TEST := vcpu_messages
SRCS := $(addprefix tests/unit/,vcpu_messages_test.c kernel_cpus.c) \
	$(addprefix kernel/sched/,cpu.c run_queue.c sched.c timeout.c) \
	$(addprefix kernel/ipc/,ipc.c sender_queue.c syscall.c) \
	$(addprefix kernel/lock/,cross_call.c lock.c lock_set.c) \
	$(addprefix kernel/object/,irq.c object.c operation.c thread.c) \
	kernel/preempt/work.c $(addprefix kernel/arch/arm64/,context.c guest_fast.c leave.c vcpu.c)
INCS := tests/unit/host_quiet kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
LDFLAGS_EXTRA := -no-pie -Wl,--unresolved-symbols=ignore-all
CFLAGS_EXTRA := -fno-pie
