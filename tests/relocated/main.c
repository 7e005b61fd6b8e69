// SPDX-License-Identifier: MIT
// Says, by pointers that only a relocation makes right, that it was loaded to where it is.
#include <l4/sys/ipc.h>
#include <l4/sys/vcon.h>

void runtime_main(void);

static char const first[] = "runtime: relocated constants\n", second[] = "runtime: relocated variables\n";
static char const *const volatile constant = first;
static char const *volatile variable = second;

void runtime_main(void)
{
    l4_vcon_write(L4_BASE_LOG_CAP, constant, sizeof(first) - 1);
    l4_vcon_write(L4_BASE_LOG_CAP, variable, sizeof(second) - 1);
    for (;;)
        l4_sleep_forever();
}
