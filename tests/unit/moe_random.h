// SPDX-License-Identifier: MIT
// Random requests to moe: what the files with the requests of each kind have in common.
#pragma once

#include "moe_kernel.h"
#include "moe_model.h"

#include <check.h>
#include <l4/re/c/namespace.h>
#include <l4/re/protocols.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/err.h>

enum {
    RAM = 96 * MOE_MIB,
    R = L4_CAP_FPAGE_RO, W = L4_CAP_FPAGE_W, S = L4_CAP_FPAGE_S, RWSD = L4_CAP_FPAGE_RWSD,
    FIRST = CLIENT_FIRST_FREE, // slot that the client fills and empties
    COPY_MAX = 40000,
    ONE_PIECE = 1, PINNED = 2, SUPER_PAGES = 4, // flags of dataspaces
};

// Check's own macros remember each call, and there are millions.
#define AGREE_MSG(right, ...)          \
    do {                               \
        if (!(right))                  \
            ck_abort_msg(__VA_ARGS__); \
    } while (0)
#define AGREE(is, one, other)                                                                 \
    do {                                                                                      \
        long one_ = (long)(one), other_ = (long)(other);                                      \
        AGREE_MSG(one_ is other_, "%s is %ld, and not %s %ld", #one, one_, #is, other_); \
    } while (0)

extern uint64_t rng;
extern struct model_object *file, *text; // of rom

// A random number below n; true once in n times.
unsigned below(unsigned n);
bool once_in(unsigned n);

// A slot of the client, 0 if all are taken; one that is taken; one with an object of that kind, mostly.
unsigned empty_slot(void);
unsigned any_slot(void);
unsigned slot_of(enum model_kind kind);

// Moe hears of what is gone; then the client holds what it should.
void after_deletion(void);

// The model's object for what a request through such a channel made in a slot.
struct model_object *received(enum model_kind kind, struct model_object *factory, unsigned slot, unsigned channel);

// A word of a factory's info; free memory of the machine.
uint64_t factory_word(unsigned slot, unsigned word);
uint64_t machine_free(void);

// err is right for a request that needs at most so much more of the factory, unless it is ENOMEM without need.
void check_error(long err, long expected, struct model_object const *factory, uint64_t bytes);

// ---- requests, each a random one

// moe_random_factories.c
void do_create(void);
void do_factory_info(void);
// moe_random_memory.c
void do_map(void);
void do_clear(void);
void do_allocate(void);
void do_copy_in(void);
void do_ds_info(void);
// moe_random_names.c
void do_query(void);
void do_register(void);
void do_unlink(void);
