// SPDX-License-Identifier: MIT
// Scheduler (kernel-abi 4.5).
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>

// gran_offset: CPU offset in bits 0..23, log2 of the granularity in bits 24..31. Bit n of map
// covers the CPUs offset + n * 2^gran and up.
typedef struct l4_sched_cpu_set_t {
    l4_umword_t gran_offset;
    l4_umword_t map;
} l4_sched_cpu_set_t;

typedef struct l4_sched_param_t {
    l4_sched_cpu_set_t affinity;
    l4_umword_t prio;    // 1..255
    l4_umword_t quantum; // microseconds, 0 = default
} l4_sched_param_t;

L4_INLINE l4_sched_cpu_set_t l4_sched_cpu_set(l4_umword_t offset, unsigned char granularity,
                                              l4_umword_t map)
{
    return (l4_sched_cpu_set_t){((l4_umword_t)granularity << L4_SCHED_CPU_GRAN_SHIFT) |
                                    (offset & L4_SCHED_CPU_OFFSET_MASK), map};
}

// Any CPU, given priority.
L4_INLINE l4_sched_param_t l4_sched_param(unsigned prio, l4_umword_t quantum)
{
    return (l4_sched_param_t){l4_sched_cpu_set(0, 255, 1), prio, quantum};
}

// `cpus`: in = the window, out map = CPUs present. `cpu_max` and `sched_classes` (out: L4_SCHEDULER_CLASS_* bits) may be NULL.
L4_INLINE l4_msgtag_t l4_scheduler_info_u(l4_cap_idx_t scheduler, l4_umword_t *cpu_max, l4_sched_cpu_set_t *cpus,
                                          l4_umword_t *sched_classes, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_SCHEDULER_INFO_OP;
    u->msg.mr[1] = cpus->gran_offset;
    l4_msgtag_t t = l4_ipc_call(scheduler, u, l4_msgtag(L4_PROTO_SCHEDULER, 2, 0, 0), L4_IPC_NEVER);
    if (l4_error_u(t, u) >= 0) {
        cpus->map = u->msg.mr[0];
        if (cpu_max)
            *cpu_max = u->msg.mr[1];
        if (sched_classes)
            *sched_classes = l4_msgtag_words(t) > 2 ? u->msg.mr[2] : L4_SCHEDULER_CLASS_FIXED_PRIO;
    }
    return t;
}

L4_INLINE l4_msgtag_t l4_scheduler_info(l4_cap_idx_t scheduler, l4_umword_t *cpu_max, l4_sched_cpu_set_t *cpus)
{
    return l4_scheduler_info_u(scheduler, cpu_max, cpus, 0, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_scheduler_info_with_classes(l4_cap_idx_t scheduler, l4_umword_t *cpu_max,
                                                     l4_sched_cpu_set_t *cpus, l4_umword_t *sched_classes)
{
    return l4_scheduler_info_u(scheduler, cpu_max, cpus, sched_classes, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_scheduler_run_thread_u(l4_cap_idx_t scheduler, l4_cap_idx_t thread,
                                                l4_sched_param_t const *sp, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_SCHEDULER_RUN_THREAD_OP;
    u->msg.mr[1] = sp->affinity.gran_offset;
    u->msg.mr[2] = sp->affinity.map;
    u->msg.mr[3] = sp->prio;
    u->msg.mr[4] = sp->quantum;
    return l4_ipc_call(scheduler, u,
                       l4_ipc_obj_request_u(L4_PROTO_SCHEDULER, 5, thread, L4_CAP_FPAGE_RWS, u),
                       L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_scheduler_run_thread(l4_cap_idx_t scheduler, l4_cap_idx_t thread, l4_sched_param_t const *sp)
{
    return l4_scheduler_run_thread_u(scheduler, thread, sp, l4_utcb());
}

// Idle time (us) of the first online CPU of the set.
L4_INLINE l4_msgtag_t l4_scheduler_idle_time_u(l4_cap_idx_t scheduler, l4_sched_cpu_set_t const *cpus,
                                               l4_kernel_clock_t *us, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_SCHEDULER_IDLE_TIME_OP;
    u->msg.mr[1] = cpus->gran_offset;
    u->msg.mr[2] = cpus->map;
    l4_msgtag_t t = l4_ipc_call(scheduler, u, l4_msgtag(L4_PROTO_SCHEDULER, 3, 0, 0), L4_IPC_NEVER);
    *us = u->msg.mr[0];
    return t;
}

L4_INLINE l4_msgtag_t l4_scheduler_idle_time(l4_cap_idx_t scheduler, l4_sched_cpu_set_t const *cpus,
                                             l4_kernel_clock_t *us)
{
    return l4_scheduler_idle_time_u(scheduler, cpus, us, l4_utcb());
}

L4_INLINE int l4_scheduler_is_online_u(l4_cap_idx_t scheduler, l4_umword_t cpu, l4_utcb_t *u)
{
    l4_sched_cpu_set_t s = l4_sched_cpu_set(cpu, 0, 1);
    return l4_error_u(l4_scheduler_info_u(scheduler, 0, &s, 0, u), u) >= 0 && (s.map & 1);
}

L4_INLINE int l4_scheduler_is_online(l4_cap_idx_t scheduler, l4_umword_t cpu)
{
    return l4_scheduler_is_online_u(scheduler, cpu, l4_utcb());
}
