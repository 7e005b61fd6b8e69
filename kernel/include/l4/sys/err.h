// SPDX-License-Identifier: MIT
// Error codes (kernel-abi 3.4, 3.5). In a message tag they stand negated in the label.
#pragma once

#include <l4/sys/abi/err.h>
#include <l4/sys/abi/ipc.h>
#include <l4/sys/compiler.h>

// Text of an error code, sign does not matter. Never NULL. Written for messages to people.
L4_INLINE char const *l4sys_errtostr(long err)
{
    long e = err < 0 ? -err : err;
    // clang-format off
    switch (e) {
    case L4_EOK: return "no error";
    case L4_EPERM: return "not permitted";
    case L4_ENOENT: return "not found";
    case L4_EIO: return "input/output error";
    case L4_ENXIO: return "no such thing";
    case L4_E2BIG: return "argument too big";
    case L4_EAGAIN: return "try again";
    case L4_ENOMEM: return "out of memory or quota";
    case L4_EACCESS: return "access denied";
    case L4_EFAULT: return "bad address";
    case L4_EBUSY: return "busy";
    case L4_EEXIST: return "exists already";
    case L4_ENODEV: return "no such device or object type";
    case L4_ENOTDIR: return "not a directory";
    case L4_EINVAL: return "invalid argument";
    case L4_ENOSPC: return "no space left";
    case L4_ERANGE: return "out of range";
    case L4_ENAMETOOLONG: return "name too long";
    case L4_ENOSYS: return "operation not supported";
    case L4_EBADPROTO: return "protocol not supported";
    case L4_EADDRNOTAVAIL: return "address not available";
    case L4_ENOREPLY: return "no reply";
    case L4_EMSGTOOSHORT: return "message too short";
    case L4_EMSGTOOLONG: return "message too long";
    case L4_EMSGMISSARG: return "message lacks a capability";
    case L4_EIPC_LO + L4_IPC_SETIMEOUT: return "IPC: send timeout";
    case L4_EIPC_LO + L4_IPC_RETIMEOUT: return "IPC: receive timeout";
    case L4_EIPC_LO + L4_IPC_ENOT_EXISTENT: return "IPC: partner does not exist";
    case L4_EIPC_LO + L4_IPC_SECANCELED: return "IPC: send cancelled";
    case L4_EIPC_LO + L4_IPC_RECANCELED: return "IPC: receive cancelled";
    case L4_EIPC_LO + L4_IPC_SEMSGCUT: return "IPC: receiver has no room for an item";
    case L4_EIPC_LO + L4_IPC_REMSGCUT: return "IPC: no room for a received item";
    case L4_EIPC_LO + L4_IPC_SEMAPFAILED:
    case L4_EIPC_LO + L4_IPC_REMAPFAILED: return "IPC: mapping failed";
    default: return e >= L4_EIPC_LO && e <= L4_EIPC_HI ? "IPC error" : "unknown error";
    }
    // clang-format on
}
