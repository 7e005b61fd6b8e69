// SPDX-License-Identifier: MIT
// A file as data of a program: NAME_start, NAME_end (one behind the last byte) and a NUL there.
#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)

    .section .rodata
    .balign 8
    .global PASTE(EMBED_NAME, _start)
    .global PASTE(EMBED_NAME, _end)
PASTE(EMBED_NAME, _start):
    .incbin EMBED_FILE
PASTE(EMBED_NAME, _end):
    .byte 0
    .section .note.GNU-stack, "", %progbits
