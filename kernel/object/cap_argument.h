// SPDX-License-Identifier: MIT
// Capability arguments: a send item of a message to a kernel object that the kernel itself reads.
#pragma once
#include "object/operation.h"

// The argument of an operation that has one, if it has it this time. Looks up the capability that the send item behind
// the words of the message names in the caller's table, and sets in->arg and in->arg_rights. Returns 0, or the result tag
// of the error (kernel-abi 4.1): -L4_EINVAL (no item, void item, empty
// slot, other type), -L4_EPERM, L4_IPC_SEMSGCUT (an item that is not an object flexpage).
uint64_t cap_argument(struct invocation *in, struct operation const *op);

// Result tag for an error: negative ones become the label, positive ones an IPC error.
uint64_t result_error(struct invocation *in, int err);
