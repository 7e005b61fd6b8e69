// SPDX-License-Identifier: MIT
#include <l4/util/backtrace.h>
#include <stdint.h>

struct frame {
    struct frame *next;
    void *pc;
};

enum { STEP_MAX = 1 << 20 }; // a frame is not larger: what points further away is no frame

int l4util_backtrace(void **pc_array, int max_len)
{
    struct frame *f = __builtin_frame_address(0);
    int n = 0;
    while (n < max_len && f && ((uintptr_t)f & 15) == 0 && f->pc) {
        pc_array[n++] = f->pc;
        if (f->next <= f || (uintptr_t)f->next - (uintptr_t)f > STEP_MAX)
            break;
        f = f->next;
    }
    return n;
}
