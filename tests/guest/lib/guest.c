// SPDX-License-Identifier: MIT
#include "guest.h"

void guest_start(void const *tree);

void guest_start(void const *tree)
{
    cpus[0].up = true;
    platform_init(tree);
    interrupts_reset();
    gic_init();
    watchdog_start();
    guest_main();
    check_done();
}
