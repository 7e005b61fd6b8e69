// SPDX-License-Identifier: MIT
#include <l4/sys/abi/cap.h>
#include <l4/sys/abi/ipc.h>
    .globl  crowd_entry
crowd_entry:                    // sp -> { tag, label, destination, timeouts }
    mov     x9, sp
    ldp     x0, x1, [x9]
    ldp     x2, x3, [x9, #16]
    svc     #0
1:  mov     x0, #0
    mov     x2, #(L4_INVALID_CAP | L4_SYSF_RECV) // from nobody, for ever
    mov     x3, #0
    svc     #0
    b       1b
