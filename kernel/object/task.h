// SPDX-License-Identifier: MIT
// A task: an address space (stage-2 table), a capability space, and the kernel-user memory in it.
#pragma once
#include "debug/assert.h"
#include "mem/mapping.h"
#include "object/object.h"

struct ptab; // a page table with its shadow table of mapping nodes (arch/stage2.h)

struct space { // the architecture's part of an address space
    struct ptab *root;
    uint64_t vttbr; // VTTBR_EL2 value with the VMID, 0 = it has none now
    uint16_t device_vmid; // the VMID that devices have which use it (arch/smmu.h), 0: none has
};

struct ku_mem {
    struct ku_mem *next;
    char *kva;
    unsigned order;
};

struct task {
    struct space space; // first: its address is the task's
    struct cap_space caps;
    struct ku_mem *ku_mem;
    uint32_t threads; // bound threads and vCPUs that use it as user task: its memory stays until
                      // they are gone
    struct mapping marker;
    struct progress cleared; // of its address space, when it ends
    bool is_sigma0;
    bool is_vm; // a guest's address space: may hold GICV, and has vCPUs but no threads
    bool dead; // destroyed: spaces are empty (but for kernel-user memory) and stay so
    struct object obj;
};

extern struct object_ops const task_ops;

static inline struct task *task_of(struct object *o)
{
    assert(o->type == OBJ_TASK || o->type == OBJ_DMA_SPACE);
    return (struct task *)((char *)o - offsetof(struct task, obj));
}

// Maps and unmaps, for tasks and DMA spaces (kernel-abi 4.3).
uint64_t task_op_map(struct invocation *in);
uint64_t task_op_unmap(struct invocation *in);

// Makes a task without capabilities; NULL when out of quota.
struct task *task_create(struct quota *q);
// Adds 2^order bytes of zeroed kernel-user memory at `addr` (page aligned). 0, -L4_EEXIST,
// -L4_EINVAL, -L4_ENOMEM.
int task_add_ku_mem(struct task *t, uint64_t addr, unsigned order);
// Kernel address of [addr, addr + size) if it lies in the task's kernel-user memory, and there side by side, else NULL.
void *task_ku_mem_find(struct task *t, uint64_t addr, uint64_t size);
// A thread of the task (or a vCPU that used it) is gone; a destroyed task goes with its last
// thread, as deferred work.
void task_thread_gone(struct task *t);
