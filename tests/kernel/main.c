// SPDX-License-Identifier: MIT
#include "harness.h"

int main(void);

static void (*const tests[])(void) = {
    test_memory_functions,
    test_ipc,
    test_ipc_end,
    test_items,
    test_long,
    test_transfer,
    test_caps,
    test_memory,
    test_irq,
    test_iommu,
    test_operations,
    test_semaphore,
    test_thread,
    test_exception,
    test_fast,
    test_sched,
    test_quota,
    test_vcpu,
    test_guest,
    test_guest_registers,
    test_guest_debug,
    test_guest_resume,
    test_guest_irq,
    test_guest_hostile,
    test_hostile,
    test_stress,
};

int main(void)
{
    tests_run("kernel tests", tests, sizeof tests / sizeof *tests);
}
