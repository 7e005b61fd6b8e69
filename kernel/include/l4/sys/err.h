// SPDX-License-Identifier: MIT
// Error codes (kernel-abi 3.4, 3.5). In a message tag they stand negated in the label.
#pragma once

enum l4_error_code_t {
    L4_EOK = 0,
    L4_EPERM = 1,
    L4_ENOENT = 2,
    L4_EIO = 5,
    L4_ENXIO = 6,
    L4_E2BIG = 7,
    L4_EAGAIN = 11,
    L4_ENOMEM = 12,
    L4_EACCESS = 13,
    L4_EFAULT = 14,
    L4_EBUSY = 16,
    L4_EEXIST = 17,
    L4_ENODEV = 19,
    L4_ENOTDIR = 20,
    L4_EINVAL = 22,
    L4_ENOSPC = 28,
    L4_ERANGE = 34,
    L4_ENAMETOOLONG = 36,
    L4_ENOSYS = 38,
    L4_EBADPROTO = 39,
    L4_EADDRNOTAVAIL = 99,
    L4_ERRNOMAX = 100,
    L4_ENOREPLY = 1000,
    L4_EMSGTOOSHORT = 1001,
    L4_EMSGTOOLONG = 1002,
    L4_EMSGMISSARG = 1003,
    L4_EMSGERRRANGE = 1004,
    L4_EDROPREPLY = 1005,
    L4_EIPC_LO = 2000,
    L4_EIPC_HI = 2031,
};

// IPC errors: the word in the UTCB; bit 0 set = receive phase.
enum l4_ipc_tcr_error_t {
    L4_IPC_ERROR_MASK = 0x1f,
    L4_IPC_SND_ERR_MASK = 0x01,
    L4_IPC_ENOT_EXISTENT = 0x04,
    L4_IPC_SETIMEOUT = 0x02,
    L4_IPC_RETIMEOUT = 0x03,
    L4_IPC_SECANCELED = 0x06,
    L4_IPC_RECANCELED = 0x07,
    L4_IPC_SEMSGCUT = 0x08,
    L4_IPC_REMSGCUT = 0x09,
    L4_IPC_SEABORTED = 0x0e,
    L4_IPC_REABORTED = 0x0f,
    L4_IPC_SEMAPFAILED = 0x10,
    L4_IPC_REMAPFAILED = 0x11,
    L4_IPC_RENOREPLYCAP = 0x13,
};

// Text of an error code, sign does not matter. Never NULL. Written for messages to people.
static inline __attribute__((unused)) char const *l4sys_errtostr(long err)
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
