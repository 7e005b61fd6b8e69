// SPDX-License-Identifier: MIT
#include "vcpu/id_regs.h"

#include "log.h"
#include "vcpu/vcpu.h"
#include "vm.h"

#include <l4/re/env.h>
#include <l4/sys/semaphore.h>
#include <l4/sys/task.h>

extern char const id_probe_page[]; // vcpu/entry.S

enum { ROUND = 28 }; // registers a probe HVC carries

void id_probe_map(void)
{
    // Present in this address space first: the kernel maps only what is there.
    (void)*(char const volatile *)id_probe_page;
    int err = vm_map((uint64_t)id_probe_page, id_probe_page, L4_PAGESIZE, L4_FPAGE_RX, 0);
    if (err)
        fatal("cannot map the ID register probe into the VM: error %d", err);
}

void id_probe_unmap(void)
{
    l4_task_unmap(vm.task, l4_fpage((l4_addr_t)id_probe_page, L4_PAGESHIFT, L4_FPAGE_RWX),
                  L4_FP_ALL_SPACES);
}

uint64_t id_probe_start(void)
{
    return (uint64_t)id_probe_page;
}

void id_probe_hvc(struct vcpu *v)
{
    unsigned first = (v->probe - 1u) * ROUND;
    for (unsigned i = 0; i < ROUND; i++) {
        unsigned n = first + i;
        v->id_regs[n] = id_reg_masked(n / 8 + 1, n % 8, v->area->r.r[i]);
    }
    vcpu_skip_call(v);
    if (v->probe++ < L4_VCPU_ID_REGS / ROUND)
        return;
    l4_vcpu_ext_id(v->area)->answered = (1ull << L4_VCPU_ID_REGS) - 1;
    v->probe = 0;
    l4_semaphore_up(v->ready);
    vcpu_wait_for_power(v);
}

bool id_has_wfxt(struct vcpu const *v)
{
    enum { ISAR2 = (6 - 1) * 8 + 2 };
    return v->id_regs[ISAR2] & 0xf;
}
