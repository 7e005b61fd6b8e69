// SPDX-License-Identifier: MIT
#include "harness.h"
#include <l4/sys/platform_control.h>

extern unsigned passed, failed;
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
    test_operations,
    test_semaphore,
    test_thread,
    test_exception,
    test_sched,
    test_quota,
    test_vcpu,
    test_guest,
    test_hostile,
    test_stress,
};

int main(void)
{
    print("kernel tests, CPUs: ");
    print_num(cpus_online());
    print("\n");
    main_place(MAIN_PRIO, 0);
    random_next();
    for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) {
        uint64_t begin = now_us();
        tests[i]();
        print("# ");
        print_num((int64_t)(now_us() - begin) / 1000);
        print(" ms\n");
    }
    print("done: ");
    print_num(passed);
    print(" passed, ");
    print_num(failed);
    print(" failed\n");
    l4_platform_ctl_system_shutdown(L4_BASE_ICU_CAP, 0);
    for (;;)
        l4_ipc_sleep(L4_IPC_NEVER);
}
