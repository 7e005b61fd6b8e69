// SPDX-License-Identifier: MIT
// Copying a message: words, then typed items (kernel-abi 2.4 to 2.6).
//
// How long the items take is up to the sender. A message that has begun is not undone: when it stops at a preemption point,
// both ends leave the state that they were in (THREAD_TRANSFER), and the rest is deferred work at the receiver's CPU, until
// the message has arrived or one of the ends is gone.
#pragma once
#include "preempt/progress.h"

struct thread;
struct task;

struct transfer { // how far the message of a sender has come
    bool active;          // it has stopped, and goes on
    bool open;            // receiver: it waited for anybody
    bool interrupted;     // receiver: it did not wait, but can be interrupted by a message (vCPU)
    uint8_t item;         // the next one
    uint8_t buffer[4];    // the next buffer register for each type of item
    struct progress progress; // of that item
};

enum { IPC_STOPPED = 0x1000 }; // no error code of the interface: the transfer goes on later

// Copies words and items of `from` to `to`. Returns an IPC error code (send form, even), 0, or IPC_STOPPED: from->transfer
// tells then where ipc_transfer_rest() goes on, which returns the same.
uint64_t ipc_transfer(struct thread *from, struct thread *to);
uint64_t ipc_transfer_rest(struct thread *from, struct thread *to);

// Maps the items of t's message that start behind `words` words into `task` (whole-space window). 0, an IPC error code, or
// IPC_STOPPED: to be called again in a repetition of the call.
uint64_t ipc_map_items(struct thread *t, uint64_t tag, unsigned words, struct task *task);
