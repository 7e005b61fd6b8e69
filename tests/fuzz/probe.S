// SPDX-License-Identifier: MIT
// Accesses that may fault: the supervisor then lets them return FAULT.
    .text
    .globl  probe_begin, probe_end, probe_load, probe_store, probe_exec
probe_begin:
probe_load:                     // (addr)
    ldr     x0, [x0]
    ret
probe_store:                    // (addr, value): the word behind addr that value & 7 tells
    and     x2, x1, #7
    add     x0, x0, x2, lsl #3
    str     x1, [x0, #64]
    mov     x0, #0
    ret
probe_exec:                     // (addr): calls it
    stp     x29, x30, [sp, #-16]!
    blr     x0
    ldp     x29, x30, [sp], #16
    ret
probe_end:

    .globl  chaos_entry         // of a hostile vCPU: x0 = its area, with stack and argument
chaos_entry:
    ldr     x9, [x0, #8]
    mov     sp, x9
    ldr     x0, [x0, #16]
    b       chaos_loop

    .section .rodata
    .balign 16
    .globl  guest_code, guest_code_end
guest_code:                     // position independent; x4: an address
    add     x0, x0, #1
    hvc     #5
    mrs     x1, cntvct_el0
    msr     tpidr_el1, x0
    svc     #1
    wfi
    str     w3, [x4]
    ldr     x5, [x4]
    b       guest_code
guest_code_end:
