// SPDX-License-Identifier: MIT
// int64_t vcpu_run(l4_vcpu_state_t *v): resumes the vCPU and returns 0 at its next upcall out of
// user mode, or the (negative) error of the resume.
#include "offsets.h"
#include <l4/sys/abi/cap.h>
#include <l4/sys/abi/ipc.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/abi/proto.h>
    .text
    .globl  vcpu_run
vcpu_run:
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mov     x9, sp
    str     x9, [x0, #AREA_ENTRY_SP]
    adr     x9, 1f
    str     x9, [x0, #AREA_ENTRY_IP]
    mrs     x9, tpidrro_el0
    mov     x10, #L4_THREAD_VCPU_RESUME_OP
    str     x10, [x9]
    ldr     x0, =((L4_PROTO_THREAD << L4_MSGTAG_LABEL_SHIFT) | 1)
    mov     x1, #0
    mov     x2, #(L4_INVALID_CAP | L4_SYSF_CALL) // itself
    mov     x3, #0
    svc     #0
    asr     x0, x0, #L4_MSGTAG_LABEL_SHIFT
    b       2f
1:  mov     x0, #0
2:  ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #96
    ret
    .ltorg
