// SPDX-License-Identifier: MIT
// Entry of the image by the Linux arm64 boot protocol: x0 = physical address of the device tree.
// Sets up the exception level, relocates itself, turns on MMU and caches, and calls C.
//
// x19 device tree, x20 start of the image, x21 exception level (1 or 2), x22 boot flags, x23 SCTLR
// at entry.

#include <arch/cpu_reset.h>

#define SCTLR_ON        0x1005      // I, C, M

#define BOOT_FROM_EL3   1           // as in cpu.h
#define BOOT_MISALIGNED 2
#define BOOT_MMU_WAS_ON 4

    .section .text.head, "ax"
    .globl _start
    .hidden _end, _rela_start, _rela_end, _bss_start, _data_start
_start:
    b       entry
    .long   0
    .quad   0                       // text_offset
    .quad   _end - _start           // image_size; the image tool adds the modules
    .quad   0xa                     // little endian, 4 KiB pages, anywhere in memory
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0
boot_size:
    .long   _end - _start

entry:
    msr     daifset, #15
    mov     x19, x0
    adr     x20, _start
    mov     x22, #0
    mov     x23, #0
    mrs     x1, CurrentEL
    lsr     x21, x1, #2
    cmp     x21, #3
    b.eq    from_el3
    cmp     x21, #2
    b.eq    2f

    mrs     x23, sctlr_el1
    b       3f
2:  mrs     x23, sctlr_el2
3:  tbz     x23, #0, aligned_or_not
    orr     x22, x22, #BOOT_MMU_WAS_ON
    // Firmware left the MMU on (mapped 1:1): what it wrote may still be in the cache only.
    mov     x0, x20
    ldr     x1, [x20, #16]
    bl      dcache_clean_inval
    mov     x0, x19
    cbz     x0, 4f
    mov     x1, #0x200000           // the largest device tree of the boot protocol
    bl      dcache_clean_inval
4:  cmp     x21, #2
    b.eq    5f
    mov32   x0, SCTLR_EL1_OFF
    msr     sctlr_el1, x0
    isb
    tlbi    vmalle1
    b       6f
5:  mov32   x0, SCTLR_EL2_OFF
    msr     sctlr_el2, x0
    isb
    tlbi    alle2
6:  dsb     sy
    isb

aligned_or_not:
    // Code and tables need at least page alignment. An image that has not even that moves itself
    // (without its modules) up to the next page, only to be able to say so.
    tst     x20, #0xfff
    b.eq    on_a_page
    orr     x22, x22, #BOOT_MISALIGNED
    add     x1, x20, #0xfff
    and     x1, x1, #~0xfff
    adr     x3, boot_size
    ldr     w3, [x3]
    sub     x2, x1, x20             // distance, to be added to the return address
    mov     x4, x3
7:  sub     x4, x4, #4              // upwards and overlapping: copy from the end
    ldr     w5, [x20, x4]
    str     w5, [x1, x4]
    cbnz    x4, 7b
    mov     x20, x1
    mov     x0, x1
    mov     x1, x3
    bl      dcache_clean_inval
    ic      iallu
    dsb     sy
    isb
    adr     x1, on_a_page
    add     x1, x1, x2
    br      x1

on_a_page:
    cmp     x21, #2
    b.ne    8f
    bl      cpu_init_el2
8:  bl      relocate

    // Clear .bss with the MMU off; the file has zeros there, but a loader may not have.
    adrp    x0, _bss_start
    add     x0, x0, :lo12:_bss_start
    adrp    x1, _end
    add     x1, x1, :lo12:_end
9:  stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.lo    9b

    msr     spsel, #1
    adrp    x0, boot_stack_top
    add     x0, x0, :lo12:boot_stack_top
    mov     sp, x0
    adrp    x0, boot_vectors
    add     x0, x0, :lo12:boot_vectors
    cmp     x21, #2
    b.eq    10f
    msr     vbar_el1, x0
    mov     x0, #(3 << 20)          // CPACR_EL1.FPEN
    msr     cpacr_el1, x0
    b       11f
10: msr     vbar_el2, x0
11: isb

    mov     x0, x19
    bl      boot_early              // builds the first page tables; gives the root table
    mov     x24, x0

    // All writes so far went past the caches: lines that are there are stale.
    adrp    x0, _data_start
    add     x0, x0, :lo12:_data_start
    adrp    x1, _end
    add     x1, x1, :lo12:_end
    sub     x1, x1, x0
    bl      dcache_inval
    ic      iallu
    mov     x0, x24
    bl      mmu_on

    mov     x0, x19
    mov     x1, x21
    mov     x2, x22
    bl      boot_main
    b       boot_stop

// EL3: nobody is above us who could offer PSCI. Stay reachable by SMC until the GIC is opened for
// the non-secure side (boot_el3_call), go down to EL2.
from_el3:
    orr     x22, x22, #BOOT_FROM_EL3
    mrs     x0, sctlr_el3
    tbz     x0, #0, 1f
    mov     x0, x20
    ldr     x1, [x20, #16]
    bl      dcache_clean_inval
    mov32   x0, SCTLR_EL2_OFF      // the RES1 bits are the same as at EL3
    msr     sctlr_el3, x0
    isb
    tlbi    alle3
    dsb     sy
1:  adrp    x0, boot_el3_vectors    // useless in a misaligned image, which needs none
    add     x0, x0, :lo12:boot_el3_vectors
    msr     vbar_el3, x0
    mov     x0, #0
    bl      cpu_leave_el3
    mov     x21, x0                 // 1 if there is no EL2: to say so
    b       aligned_or_not

// Applies our own R_AARCH64_RELATIVE relocations: *(base + offset) = base + addend.
relocate:
    adrp    x0, _rela_start
    add     x0, x0, :lo12:_rela_start
    adrp    x1, _rela_end
    add     x1, x1, :lo12:_rela_end
1:  cmp     x0, x1
    b.hs    2f
    ldp     x2, x3, [x0]            // offset, info
    ldr     x4, [x0, #16]           // addend
    add     x0, x0, #24
    cmp     w3, #1027
    b.ne    1b
    add     x4, x4, x20
    str     x4, [x20, x2]
    b       1b
2:  ret

// Cache maintenance of [x0, x0 + x1) by address to the point of coherency.
    .macro  dcache_range, op
    mrs     x9, ctr_el0
    ubfx    x9, x9, #16, #4
    mov     x10, #4
    lsl     x9, x10, x9             // smallest line in bytes
    add     x1, x0, x1
    sub     x10, x9, #1
    bic     x0, x0, x10
1:  dc      \op, x0
    add     x0, x0, x9
    cmp     x0, x1
    b.lo    1b
    dsb     sy
    ret
    .endm

dcache_clean_inval:
    dcache_range civac
dcache_inval:
    dcache_range ivac

// x0 = root table. Same table format and attribute numbers at EL1 and EL2; at EL1 only to be able
// to print why we stop.
mmu_on:
    dsb     sy
    mrs     x2, id_aa64mmfr0_el1
    and     x2, x2, #0xf            // PARange
    cmp     x2, #5
    mov     x3, #5                  // 48 bits are all that these tables can say
    csel    x2, x2, x3, lo
    mov32   x1, 0x44ff00           // MAIR of boot_info.h
    cmp     x21, #2
    b.ne    1f
    msr     mair_el2, x1
    mov32   x1, 0x80803510         // RES1, 4 KiB, inner shareable, write-back walks, T0SZ 16
    orr     x1, x1, x2, lsl #16
    msr     tcr_el2, x1
    msr     ttbr0_el2, x0
    tlbi    alle2
    dsb     sy
    isb
    mov32   x1, SCTLR_EL2_OFF | SCTLR_ON
    msr     sctlr_el2, x1
    isb
    ret
1:  msr     mair_el1, x1
    mov32   x1, 0x00803510         // as above, EPD1
    orr     x1, x1, x2, lsl #32
    msr     tcr_el1, x1
    msr     ttbr0_el1, x0
    tlbi    vmalle1
    dsb     sy
    isb
    mov32   x1, SCTLR_EL1_OFF | SCTLR_ON
    msr     sctlr_el1, x1
    isb
    ret

// void boot_enter_kernel(uint64_t ttbr, uint64_t entry, uint64_t boot_info)
    .globl boot_enter_kernel
boot_enter_kernel:
    dsb     sy
    msr     ttbr0_el2, x0
    isb
    tlbi    alle2
    ic      iallu
    dsb     sy
    isb
    mov     x0, x2
    mov     x2, #0
    mov     x29, #0
    mov     x30, #0
    br      x1

// Ends here whatever cannot go on.
    .globl boot_stop
boot_stop:
    wfe
    b       boot_stop

// uint64_t boot_probe_call(uint64_t function, bool hvc): SMC or HVC, or -1 where it is undefined.
    .globl boot_probe_call
boot_probe_call:
    mov     w9, w1
    adrp    x10, probe_resume
    add     x10, x10, :lo12:probe_resume
    adr     x11, 2f
    str     x11, [x10]
    mov     x1, #0
    mov     x2, #0
    mov     x3, #0
    stp     x10, x30, [sp, #-16]!
    cbnz    w9, 1f
    smc     #0
    b       2f
1:  hvc     #0
2:  ldp     x10, x30, [sp], #16
    str     xzr, [x10]
    ret

    .macro  vector, kind
    .align  7
    mov     x17, #\kind
    b       exception
    .endm

    .text
    .align  11
boot_vectors:
    .set    kind, 0
    .rept   16
    vector  kind
    .set    kind, kind + 1
    .endr

// Clobbers at will: nothing returns from here but a probe, which expects it.
exception:
    adrp    x16, probe_resume
    add     x16, x16, :lo12:probe_resume
    ldr     x15, [x16]
    mrs     x14, CurrentEL
    cmp     x14, #8
    b.ne    1f
    cbz     x15, 2f
    str     xzr, [x16]
    msr     elr_el2, x15
    mov     x0, #-1
    eret
2:  mrs     x1, esr_el2
    mrs     x2, elr_el2
    mrs     x3, far_el2
    b       3f
1:  mrs     x1, esr_el1
    mrs     x2, elr_el1
    mrs     x3, far_el1
3:  adrp    x0, exception_stack_top
    add     x0, x0, :lo12:exception_stack_top
    mov     sp, x0
    mov     x0, x17
    bl      boot_exception
    b       boot_stop

    .bss
    .align  3
probe_resume:
    .skip   8

    .section .bss.uncleared, "aw", %nobits
    .align  4
    .skip   4096
exception_stack_top:
    .skip   32768
boot_stack_top:
