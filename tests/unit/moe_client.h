// SPDX-License-Identifier: MIT
// Requests to moe as a client makes them. Results are the labels of replies: an error, or 0 if nothing else is said.
#pragma once

#include "moe_kernel.h"

#include <l4/re/c/namespace.h>
#include <l4/re/protocols.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/err.h>

#define MOE_RAM (UINT64_C(64) * MOE_MIB)
enum { R = L4_CAP_FPAGE_RO, W = L4_CAP_FPAGE_W, S = L4_CAP_FPAGE_S, RWS = L4_CAP_FPAGE_RWS };

// Create an object through the factory in a slot. They return the new object's slot, or the error.
long create(unsigned factory, struct request_text *t); // the request is there
long create_plain(unsigned factory, long protocol);    // without arguments
long create_factory(unsigned factory, long bytes);
long create_ds(unsigned factory, long size, long flags, long align);

// The slot, which is no error.
unsigned made(long slot);

// A new slot with the capability, and no more than these rights.
unsigned copy(unsigned slot, unsigned rights);

// slot 0: the name is promised.
long ns_register(unsigned ns, char const *name, unsigned slot, unsigned flags);
// The object goes to `slot`, the reply's words to query_answer.
long ns_query(unsigned ns, char const *name, unsigned slot);
long ns_unlink(unsigned ns, char const *name);
extern struct request_text query_answer;

long ds_map(unsigned ds, uint64_t offset, unsigned rights);
long ds_range(unsigned ds, unsigned op, uint64_t offset, uint64_t size); // clear, allocate
long ds_copy_in(unsigned dst, unsigned src, uint64_t size);
uint64_t ds_info(unsigned ds, unsigned word);          // 0: size, 1: rights
uint64_t ds_size(unsigned ds);

// Words of a factory's info: quota, used, memory of the machine, its used, its free.
uint64_t factory_info(unsigned factory, unsigned word);
