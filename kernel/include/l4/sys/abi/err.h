// SPDX-License-Identifier: MIT
// Error codes (kernel-abi 3.5). In a message tag they stand negated in the label.
#pragma once

#define L4_EOK           0
#define L4_EPERM         1
#define L4_ENOENT        2
#define L4_EIO           5
#define L4_ENXIO         6
#define L4_E2BIG         7
#define L4_EAGAIN        11
#define L4_ENOMEM        12
#define L4_EACCESS       13
#define L4_EFAULT        14
#define L4_EBUSY         16
#define L4_EEXIST        17
#define L4_ENODEV        19
#define L4_ENOTDIR       20
#define L4_EINVAL        22
#define L4_ENOSPC        28
#define L4_ERANGE        34
#define L4_ENAMETOOLONG  36
#define L4_ENOSYS        38
#define L4_EBADPROTO     39
#define L4_EADDRNOTAVAIL 99
#define L4_ERRNOMAX      100
#define L4_ENOREPLY      1000
#define L4_EMSGTOOSHORT  1001
#define L4_EMSGTOOLONG   1002
#define L4_EMSGMISSARG   1003
#define L4_EMSGERRRANGE  1004
#define L4_EDROPREPLY    1005
#define L4_EIPC_LO       2000 // plus an IPC error (abi/ipc.h)
#define L4_EIPC_HI       2031
