# SPDX-License-Identifier: MIT
# The entry paths cross several files: link-time optimisation takes a tenth off IPC and VM exits.
KERNEL_CFLAGS_EXTRA := -flto=1 -flto-partition=one
KERNEL_SRCS := main.c \
    arch/arm64/start.S arch/arm64/cpu_reset.S arch/arm64/entry.S arch/arm64/fpu.S arch/arm64/context.c \
    arch/arm64/errata.c arch/arm64/exception.c arch/arm64/leave.c arch/arm64/hardening.c arch/arm64/serror.c \
    arch/arm64/guest.c arch/arm64/guest_debug.c arch/arm64/guest_fast.c arch/arm64/vcpu.c arch/arm64/vgic.c arch/arm64/vgic_v2.c arch/arm64/vgic_v3.c \
    arch/arm64/smmu.c arch/arm64/smmu_queue.c arch/arm64/smp.c arch/arm64/stage2.c arch/arm64/tlb.c arch/arm64/kernel_map.c arch/arm64/gic.c \
    arch/arm64/leave_check.c arch/arm64/gicv2.c arch/arm64/gicv3.c arch/arm64/preempt.c arch/arm64/timer.c arch/arm64/traps.c \
    arch/arm64/psci.c \
    debug/assert.c debug/console.c debug/log.c debug/print.c ipc/fast.c ipc/fault.c ipc/ipc.c ipc/sender_queue.c ipc/syscall.c ipc/transfer.c \
    lock/cross_call.c lock/lock.c lock/lock_set.c \
    mem/kmem.c mem/mapping.c mem/mapping_tree.c \
    object/cap_argument.c object/cap_space.c object/dma_space.c object/factory.c object/gate.c object/icu.c object/iommu.c object/irq.c object/object.c \
    object/operation.c object/platform_control.c object/scheduler.c object/semaphore.c \
    object/task.c object/thread.c object/vcon.c \
    preempt/restart.c preempt/stopped.c preempt/work.c \
    sched/cpu.c sched/run_queue.c sched/sched.c sched/timeout.c \
    panic.c stack_guard.c arch/arm64/kip.c arch/arm64/kip_clock.S arch/arm64/string.S
# A UART driver is one file that nothing else names.
KERNEL_SRCS += $(patsubst kernel/%,%,$(sort $(wildcard kernel/uart/*.c)))
