// SPDX-License-Identifier: MIT
// Operations of kernel objects: what each needs is said in a table beside its function, and checked in one place before
// the function runs. `make operations` prints the tables for docs/reference.md.
//
// The checks come in this order: protocol (-L4_EBADPROTO), operation (-L4_ENOSYS), number of words (-L4_EMSGTOOSHORT),
// rights (-L4_EPERM), capability argument (cap_argument.h). The function checks values, then changes state.
#pragma once
#include "ipc/utcb.h"
#include <stdbool.h>
#include <stdint.h>

struct object;
struct thread;
struct operation;

// A call of an operation. The words are a copy: the UTCB is memory that other threads may change meanwhile. What lies beyond
// (lists of words, text) is read with in_word() of ipc/invocation.h, each word once.
enum { IN_WORDS = 8 };
struct invocation {
    uint64_t w[IN_WORDS]; // the first message registers, as far as the message has words
    struct thread *caller;
    struct object *obj;
    uint64_t tag;         // raw message tag
    uint64_t rights;      // of the caller's slot
    struct object *arg;   // the capability argument, if the operation has one
    uint32_t arg_rights;  // of its slot
    struct object *made;  // out: the new object, for factories
};

// Instead of a result tag: the caller does not continue now (it waits, or repeats the call).
enum { NO_RESULT = L4_MSGTAG_TRANSFER_FPU };

enum operation_locks {  // What it needs besides the local lock. Holding any lock keeps objects, capabilities, bindings as
    OP_LOCKS_ALL,       // they are: who only reads these, or works on what belongs to this CPU, needs none.
    OP_LOCKS_NONE,
    OP_LOCKS_TRIGGER,   // those of a trigger of an IRQ object, or an up of a semaphore
    OP_LOCKS_DOWN,      // those of a down of a semaphore
    OP_LOCKS_IRQ,       // those of an interrupt for an IRQ object
    OP_LOCKS_HOME,      // that of the CPU of the thread that is the object
};

enum operation_flags {
    OP_NO_REPLY = 1,     // it has no result: a receive phase that comes with it is one for messages
    OP_ARG_OPTIONAL = 2, // a message without items is complete, however short
};

enum operation_errors {
    OP_SHORT_INVALID = 1, // too few words are -L4_EINVAL
    OP_NO_ITEM_SHORT = 2, // a missing argument is -L4_EMSGTOOSHORT
};

struct operation {
    uint64_t (*run)(struct invocation *in); // returns the result tag; words and items of the result are in the UTCB
    struct { uint8_t least, most; } words;  // more: -L4_EINVAL
    uint8_t rights;       // needed of the caller's slot (CAP_*)
    uint8_t locks;        // enum operation_locks
    uint8_t flags;        // enum operation_flags
    uint8_t errors;       // enum operation_errors
    uint8_t arg_rights;   // needed of the argument's slot
    uint16_t arg;         // types of object that may be the capability argument: ARG_*; 0 = it has none
    uint32_t arg_if;      // it has the argument only when word 0 has this flag
    char const *name;
};
#define AT_LEAST(n) {n, L4_UTCB_GENERIC_DATA_SIZE}
#define EXACTLY(n)  {n, n}
#define ARG_TASK    (1 << OBJ_TASK)
#define ARG_DMA_SPACE (1 << OBJ_DMA_SPACE)
#define ARG_THREAD  (1 << OBJ_THREAD)
#define ARG_IRQ     (1 << OBJ_IRQ | 1 << OBJ_SEMAPHORE)

struct protocol {
    int64_t label;
    uint64_t op_mask;                   // the part of word 0 that is the number of the operation
    uint64_t count;
    struct operation const *operations; // by number, with gaps; NULL = end of an object's protocols
    struct operation const *bare;       // what a message without words asks for; NULL: it is too short
};
enum { MAX_PROTOCOLS = 3 };
#define OPERATIONS(table) .count = sizeof(table) / sizeof((table)[0]), .operations = table

// What the words of `in`, its object and its label ask for. When there is no such operation: one whose only result is the
// error.
struct operation const *operation_find(struct invocation const *in);
// Whether the number of words and the rights of the caller's slot are right for it.
static inline bool operation_accepts(struct operation const *op, unsigned words, uint64_t rights)
{
    return words >= op->words.least && words <= op->words.most && !(op->rights & ~rights);
}
// Checks what the operation needs: words, rights and argument. The error's result tag, 0 = none.
uint64_t operation_check(struct invocation *in, struct operation const *op);
// Checks and runs it. Returns the result tag, or NO_RESULT.
static inline uint64_t operation_run(struct invocation *in, struct operation const *op)
{
    uint64_t error = operation_check(in, op);
    return error ? error : op->run(in);
}

// Result tag with a label and no items. Negative error or 0.
static inline uint64_t result_tag(int64_t label, unsigned words)
{
    return tag_make(label, words, 0, 0);
}
