// SPDX-License-Identifier: MIT
// The words of the interface, and the types that are one of them.
//
// The headers in this folder hold numbers and layouts only, and each of these once: for the kernel, for user programs
// (which get them by way of the headers one folder up), in C, C++ and, the numbers, in assembly.
#pragma once

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define L4_ABI_ASSERT(condition, text) static_assert(condition, text)
#else
#define L4_ABI_ASSERT(condition, text) _Static_assert(condition, text)
#endif

typedef int8_t l4_int8_t;
typedef uint8_t l4_uint8_t;
typedef int16_t l4_int16_t;
typedef uint16_t l4_uint16_t;
typedef int32_t l4_int32_t;
typedef uint32_t l4_uint32_t;
typedef int64_t l4_int64_t;
typedef uint64_t l4_uint64_t;

typedef unsigned long l4_addr_t;
typedef signed long l4_mword_t;
typedef unsigned long l4_umword_t;
typedef size_t l4_size_t;
typedef ptrdiff_t l4_ssize_t;
typedef l4_uint64_t l4_cpu_time_t;
typedef l4_uint64_t l4_kernel_clock_t; // microseconds of the KIP clock

typedef unsigned long l4_cap_idx_t; // capability selector (abi/cap.h)
typedef long l4_ret_t;              // 0 or more, or a negative error code (abi/err.h)
typedef long l4_proto_t;            // a protocol (abi/proto.h)

typedef struct l4_msgtag_t { // abi/ipc.h
    l4_mword_t raw;
} l4_msgtag_t;

typedef struct l4_timeout_s { // abi/ipc.h
    l4_uint16_t t;
} l4_timeout_s;

typedef union l4_timeout_t {
    l4_uint32_t raw;
    struct {
        l4_timeout_s rcv;
        l4_timeout_s snd;
    } p;
} l4_timeout_t;

typedef union l4_fpage_t { // abi/fpage.h
    l4_umword_t fpage;
    l4_umword_t raw;
} l4_fpage_t;

typedef struct l4_snd_fpage_t { // send item
    l4_umword_t snd_base;
    l4_fpage_t fpage;
} l4_snd_fpage_t;

L4_ABI_ASSERT(sizeof(l4_umword_t) == 8 && sizeof(void *) == 8, "words of 64 bits");
L4_ABI_ASSERT(sizeof(l4_timeout_t) == 4, "timeout pair");
#endif
