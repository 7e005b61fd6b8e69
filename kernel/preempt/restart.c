// SPDX-License-Identifier: MIT
#include "object/thread.h"
#include "preempt/stopped.h"

uint64_t syscall_restart(struct invocation *in)
{
    in->caller->regs.pc -= 4;
    in->caller->alien_pass = in->caller->alien; // its handler has been told
    return NO_RESULT;
}
