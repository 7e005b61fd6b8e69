// SPDX-License-Identifier: MIT
// What the compiler and the distribution's archives ask of their surroundings: stack protector and
// heap. mem* and str* come from picolibc.
#include "entry/uncleared.h"
#include "report.h"

#include <stddef.h>
#include <stdint.h>

#define HEAP_SIZE 65536u // inflate takes 7 KiB of state and a window of 32 KiB

uintptr_t __stack_chk_guard = 0x6173686c61720a00;
void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
    report_stop("the stack is damaged");
}

// One client at a time (inflate): what is freed is free when all is.
static UNCLEARED _Alignas(16) unsigned char heap[HEAP_SIZE];
static size_t heap_used;
static unsigned heap_blocks;

void *malloc(size_t size);
void free(void *p);

void *malloc(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (size > HEAP_SIZE - heap_used)
        return NULL;
    void *p = heap + heap_used;
    heap_used += size;
    heap_blocks++;
    return p;
}

void free(void *p)
{
    if (p && !--heap_blocks)
        heap_used = 0;
}
