// SPDX-License-Identifier: MIT
// Where the kernel enters on a vCPU event, and the way back (kernel-abi 6.2, 6.3).
//
// On entry x0 = vCPU area, sp = entry_sp, x1..x30 = 0; TPIDR_EL0 and the FP registers still hold
// the guest's values.

#include "offsets.h"
#include <l4/sys/abi/cap.h>
#include <l4/sys/abi/ipc.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/abi/proto.h>
#include <l4/sys/abi/utcb.h>

#define RESUME_TAG  ((L4_PROTO_THREAD << L4_MSGTAG_LABEL_SHIFT) | 1)  // one word
#define RESUME_SELF (L4_INVALID_CAP | L4_SYSF_CALL)

    .section .text.vcpu_entry, "ax"
    .macro entry name, handler
    .globl \name
    .type \name, %function
\name:
    mrs     x1, tpidr_el0
    ldr     x2, [x0, #AREA_OWN_TLS]
    ldr     x3, [x0, #AREA_VCPU]
    str     x1, [x0, #AREA_GUEST_TLS]
    msr     tpidr_el0, x2
    mov     x0, x3
    bl      \handler                   // returns the area
    .endm

    entry   vcpu_entry_stepping, vcpu_handle_exit_stepping
    b       vcpu_enter
    entry   vcpu_entry, vcpu_handle_exit

    // void vcpu_enter(l4_vcpu_state_t *area): loads the guest's registers from the area.
    .globl vcpu_enter
    .type vcpu_enter, %function
vcpu_enter:
    mov     x19, x0
    ldr     x1, [x0, #AREA_GUEST_TLS]
    mrs     x4, tpidrro_el0
    mov     x5, #L4_THREAD_VCPU_RESUME_OP
    str     x5, [x4, #L4_UTCB_MSG_REGS_OFFSET]
    msr     tpidr_el0, x1
    ldr     x0, =RESUME_TAG
    mov     x1, xzr
    ldr     x2, =RESUME_SELF
    mov     x3, xzr
    svc     #0
    // Only on error: x0 = tag.
    ldr     x2, [x19, #AREA_OWN_TLS]
    ldr     x3, [x19, #AREA_VCPU]
    msr     tpidr_el0, x2
    mov     x1, x0
    mov     x0, x3
    bl      vcpu_resume_failed
    brk     #0
    .ltorg

    .section .text.fp_state, "ax"
    .arch   armv8-a+fp+simd
    .globl fp_state_save
    .type fp_state_save, %function
fp_state_save:
    st1     {v0.2d-v3.2d}, [x0], #64
    st1     {v4.2d-v7.2d}, [x0], #64
    st1     {v8.2d-v11.2d}, [x0], #64
    st1     {v12.2d-v15.2d}, [x0], #64
    st1     {v16.2d-v19.2d}, [x0], #64
    st1     {v20.2d-v23.2d}, [x0], #64
    st1     {v24.2d-v27.2d}, [x0], #64
    st1     {v28.2d-v31.2d}, [x0], #64
    mrs     x1, fpcr
    mrs     x2, fpsr
    stp     x1, x2, [x0]
    msr     fpcr, xzr                   // library code expects the default modes
    ret

    .globl fp_state_restore
    .type fp_state_restore, %function
fp_state_restore:
    ld1     {v0.2d-v3.2d}, [x0], #64
    ld1     {v4.2d-v7.2d}, [x0], #64
    ld1     {v8.2d-v11.2d}, [x0], #64
    ld1     {v12.2d-v15.2d}, [x0], #64
    ld1     {v16.2d-v19.2d}, [x0], #64
    ld1     {v20.2d-v23.2d}, [x0], #64
    ld1     {v24.2d-v27.2d}, [x0], #64
    ld1     {v28.2d-v31.2d}, [x0], #64
    ldp     x1, x2, [x0]
    msr     fpcr, x1
    msr     fpsr, x2
    ret

    // Guest code that reads the ID registers, which only EL1 may (see id_regs.c). In a page of its
    // own, mapped into the VM before the guest exists. HVC #0x4944 ("ID") hands over x0..x27.
    .section .text.id_probe, "ax"
    .balign 4096
    .globl id_probe_page
id_probe_page:
    .macro id_read reg, crm, op2
    mrs     x\reg, S3_0_C0_C\crm\()_\op2
    .endm
    id_read 0, 1, 0
    id_read 1, 1, 1
    id_read 2, 1, 2
    id_read 3, 1, 3
    id_read 4, 1, 4
    id_read 5, 1, 5
    id_read 6, 1, 6
    id_read 7, 1, 7
    id_read 8, 2, 0
    id_read 9, 2, 1
    id_read 10, 2, 2
    id_read 11, 2, 3
    id_read 12, 2, 4
    id_read 13, 2, 5
    id_read 14, 2, 6
    id_read 15, 2, 7
    id_read 16, 3, 0
    id_read 17, 3, 1
    id_read 18, 3, 2
    id_read 19, 3, 3
    id_read 20, 3, 4
    id_read 21, 3, 5
    id_read 22, 3, 6
    id_read 23, 3, 7
    id_read 24, 4, 0
    id_read 25, 4, 1
    id_read 26, 4, 2
    id_read 27, 4, 3
    hvc     #0x4944
    id_read 0, 4, 4
    id_read 1, 4, 5
    id_read 2, 4, 6
    id_read 3, 4, 7
    id_read 4, 5, 0
    id_read 5, 5, 1
    id_read 6, 5, 2
    id_read 7, 5, 3
    id_read 8, 5, 4
    id_read 9, 5, 5
    id_read 10, 5, 6
    id_read 11, 5, 7
    id_read 12, 6, 0
    id_read 13, 6, 1
    id_read 14, 6, 2
    id_read 15, 6, 3
    id_read 16, 6, 4
    id_read 17, 6, 5
    id_read 18, 6, 6
    id_read 19, 6, 7
    id_read 20, 7, 0
    id_read 21, 7, 1
    id_read 22, 7, 2
    id_read 23, 7, 3
    id_read 24, 7, 4
    id_read 25, 7, 5
    id_read 26, 7, 6
    id_read 27, 7, 7
    hvc     #0x4944
    b       .
    .balign 4096

    .section .note.GNU-stack, "", %progbits
