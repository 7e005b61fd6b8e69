// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    for (;;) {
        puts("Hello World!");
        sleep(1);
    }
}
