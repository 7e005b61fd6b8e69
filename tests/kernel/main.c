// SPDX-License-Identifier: MIT
#include "harness.h"
#include <l4/sys/platform_control.h>

extern unsigned passed, failed;
int main(void);

int main(void)
{
    print("kernel tests, CPUs: ");
    print_num(cpus_online());
    print("\n");
    test_ipc();
    test_memory_functions();
    print("done: ");
    print_num(passed);
    print(" passed, ");
    print_num(failed);
    print(" failed\n");
    l4_platform_ctl_system_shutdown(L4_BASE_ICU_CAP, 0);
    for (;;)
        l4_ipc_sleep(L4_IPC_NEVER);
}
