// SPDX-License-Identifier: MIT
#include "measure.h"
#include <l4/sys/ipc.h>
#include <stdio.h>

int main(void)
{
    report("reset-to-program", counter(), 1);
    l4_sleep(100); // ned and the others come to rest
    bench_ipc();
    bench_calls();
    bench_memory();
    bench_net();
    puts("BENCH done 0");
    return 0;
}
