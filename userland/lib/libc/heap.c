// SPDX-License-Identifier: MIT
// sbrk: picolibc's malloc wants one growing range. An area of address space is reserved at first
// use; memory is attached to it in pieces as it grows.
#include <errno.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/sys/utcb.h>
#include <unistd.h>

#define HEAP_AREA (256ul << 20)
#define HEAP_PIECE                                                                                 \
    (256ul << 10) // at least, and a quarter of what there is: a large heap needs few pieces

static l4_addr_t heap_start, heap_brk, heap_end; // end of the attached memory

// Attach memory so that the heap reaches at least `brk`. 0 or a negative error code.
static int heap_grow(l4_addr_t brk)
{
    int e;
    if (!heap_start) {
        l4_addr_t a = 0;
        e = l4re_rm_reserve_area(&a, HEAP_AREA, L4RE_RM_F_SEARCH_ADDR, L4_SUPERPAGESHIFT);
        if (e < 0)
            return e;
        brk += a;
        heap_start = heap_brk = heap_end = a;
    }
    if (brk < heap_start || brk - heap_start > HEAP_AREA)
        return -L4_ENOMEM;
    unsigned long size = brk - heap_end, left = heap_start + HEAP_AREA - heap_end;
    if (size < (heap_end - heap_start) / 4)
        size = (heap_end - heap_start) / 4;
    size = (size + HEAP_PIECE - 1) & ~(HEAP_PIECE - 1);
    if (size > left)
        size = left;

    l4re_ds_t ds = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(ds))
        return -L4_ENOMEM;
    e = (int)l4re_ma_alloc(size, ds, 0);
    void *at = (void *)heap_end;
    if (e >= 0)
        e = l4re_rm_attach(&at, size, L4RE_RM_F_RW | L4RE_RM_F_IN_AREA, ds, 0, L4_PAGESHIFT);
    if (e < 0) {
        l4re_util_cap_free_um(ds);
        return e;
    }
    heap_end += size;
    return 0;
}

// malloc() holds its lock around this.
void *sbrk(ptrdiff_t incr)
{
    l4_addr_t brk = heap_brk + (l4_addr_t)incr;
    if (incr > 0 && brk < heap_brk)
        goto fail;
    if (incr < 0 && (brk > heap_brk || brk < heap_start))
        goto fail;
    if (brk > heap_end || !heap_start) {
        // A server may allocate while it reads or writes a message.
        l4_utcb_t *u = l4_utcb();
        l4_msg_regs_t msg = u->msg;
        l4_buf_regs_t buf = u->buf;
        int e = heap_grow(brk);
        u->msg = msg;
        u->buf = buf;
        if (e < 0)
            goto fail;
        brk = heap_brk + (l4_addr_t)incr;
    }
    void *old = (void *)heap_brk;
    heap_brk = brk;
    return old;
fail:
    errno = ENOMEM;
    return (void *)-1;
}
