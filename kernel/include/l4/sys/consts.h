// SPDX-License-Identifier: MIT
// Constants of the kernel interface that need no types.
#pragma once

#include <l4/sys/abi/cap.h>
#include <l4/sys/abi/fpage.h>
#include <l4/sys/abi/ipc.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/abi/proto.h>
#include <l4/sys/abi/types.h>
#include <l4/sys/abi/utcb.h>
#include <l4/sys/compiler.h>

#define L4_INVALID_ADDR (~L4_UL(0))
#define L4_INVALID_PTR  ((void *)L4_INVALID_ADDR)

#define L4_SCHED_MIN_PRIO 1
#define L4_SCHED_MAX_PRIO 255

#define L4_BASE_CAPS_LAST_P1 (L4_BASE_CAPS_LAST + L4_CAP_SIZE)

// Machine words that hold `size` bytes.
L4_INLINE unsigned l4_bytes_to_mwords(unsigned size)
{
    return (size + (unsigned)sizeof(l4_umword_t) - 1) / (unsigned)sizeof(l4_umword_t);
}
