// SPDX-License-Identifier: MIT
#include "measure.h"
#include <stdio.h>

int main(void)
{
    report("reset-to-program", counter(), 1);
    bench_ipc();
    bench_calls();
    bench_memory();
    puts("BENCH done 0");
    return 0;
}
