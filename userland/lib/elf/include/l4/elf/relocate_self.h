// SPDX-License-Identifier: MIT
// For the start code of a program that is linked as static-pie, at 0. Who loaded it may have moved it without a change of the
// words that depend on its place: changes them, before anything reads them. Words that are right already are not written: they
// may be read only. Uses x9 to x15.
#ifdef __ASSEMBLER__
    .macro relocate_self
    adrp x9, __ehdr_start           // its link address is 0: this is how far it was moved
    add x9, x9, :lo12:__ehdr_start
    adrp x10, __rela_start
    add x10, x10, :lo12:__rela_start
    adrp x11, __rela_end
    add x11, x11, :lo12:__rela_end
1:  cmp x10, x11
    b.hs 2f
    ldp x12, x13, [x10], #16        // place, type
    ldr x14, [x10], #8              // addend
    cmp x13, #1027                  // R_AARCH64_RELATIVE
    b.ne 1b
    add x12, x12, x9
    add x14, x14, x9
    ldr x15, [x12]
    cmp x15, x14
    b.eq 1b
    str x14, [x12]
    b 1b
2:
    .endm
#endif
