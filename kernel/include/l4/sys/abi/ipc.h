// SPDX-License-Identifier: MIT
// The system call: operation flags, message tag, timeouts, errors (kernel-abi 1, 3).
#pragma once

#include <l4/sys/abi/number.h>

// ---- x2: selector (abi/cap.h) with operation flags ----
#define L4_SYSF_NONE           L4_U(0)
#define L4_SYSF_SEND           L4_U(0x1)
#define L4_SYSF_RECV           L4_U(0x2)
#define L4_SYSF_OPEN_WAIT      L4_U(0x4)
#define L4_SYSF_REPLY          L4_U(0x8)
#define L4_SYSF_MASK           L4_U(0xf)
#define L4_SYSF_CALL           (L4_SYSF_SEND | L4_SYSF_RECV)
#define L4_SYSF_WAIT           (L4_SYSF_OPEN_WAIT | L4_SYSF_RECV)
#define L4_SYSF_SEND_AND_WAIT  (L4_SYSF_SEND | L4_SYSF_WAIT)
#define L4_SYSF_REPLY_AND_WAIT (L4_SYSF_WAIT | L4_SYSF_SEND | L4_SYSF_REPLY)

// ---- x0: message tag: words 0..5, items 6..11, flags 12..15, label (signed) from bit 16 ----
#define L4_MSGTAG_WORDS_MASK   0x3f
#define L4_MSGTAG_ITEMS_SHIFT  6
#define L4_MSGTAG_ITEMS_MASK   0x3f
#define L4_MSGTAG_TRANSFER_FPU 0x1000
#define L4_MSGTAG_SCHEDULE     0x2000
#define L4_MSGTAG_PROPAGATE    0x4000
#define L4_MSGTAG_ERROR        0x8000
#define L4_MSGTAG_FLAGS        0xf000
#define L4_MSGTAG_LABEL_SHIFT  16

// ---- x3: receive timeout 0..15, send timeout 16..31. Relative: mantissa 0..9, exponent 10..14, in microseconds.
// Absolute: bit 15, and the number of the buffer register that holds the time ----
#define L4_TIMEOUT_SND_SHIFT   16
#define L4_TIMEOUT_HALF_MASK   0xffff
#define L4_TIMEOUT_MAN_MASK    0x3ff
#define L4_TIMEOUT_EXP_SHIFT   10
#define L4_TIMEOUT_EXP_MASK    0x1f
#define L4_TIMEOUT_ABS         0x8000
#define L4_TIMEOUT_ABS_BR_MASK 0x3f
#define L4_TIMEOUT_HALF_NEVER  0
#define L4_TIMEOUT_HALF_ZERO   0x400

// ---- error word of the UTCB ----
#define L4_IPC_ERROR_MASK    0x1f
#define L4_IPC_SND_ERR_MASK  0x01 // set: in the receive phase
#define L4_IPC_SETIMEOUT     0x02
#define L4_IPC_RETIMEOUT     0x03
#define L4_IPC_ENOT_EXISTENT 0x04
#define L4_IPC_SECANCELED    0x06
#define L4_IPC_RECANCELED    0x07
#define L4_IPC_SEMSGCUT      0x08
#define L4_IPC_REMSGCUT      0x09
#define L4_IPC_SEABORTED     0x0e
#define L4_IPC_REABORTED     0x0f
#define L4_IPC_SEMAPFAILED   0x10
#define L4_IPC_REMAPFAILED   0x11
#define L4_IPC_RENOREPLYCAP  0x13
