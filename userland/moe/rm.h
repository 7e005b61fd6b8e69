// SPDX-License-Identifier: MIT
// Region maps (protocol 0x4005): which dataspace lies where in a task, and the pager of its
// in-task runtime.
#pragma once

#include <l4/region/map.h>
#include <l4/region/rescue.h>
#include <stdint.h>
#include "object.h"

struct dataspace;
struct factory;

enum { RM_RESCUE_JUMPS = 2 }; // the in-task runtime needs one

struct rm {
    struct object obj;
    struct region_map map;
    struct rescue_jump jump[RM_RESCUE_JUMPS];
    struct rescue_table rescue; // of `jump`
};

// Limits of user addresses, from the KIP. max inclusive.
extern uint64_t rm_min_addr, rm_max_addr;

struct object *rm_create(struct factory *f);
struct rm *rm_of_object(struct object *o);

struct rm_attach {
    uint64_t size;        // bytes
    uint32_t flags;       // L4RE_RM_F_*
    struct dataspace *ds; // may be NULL
    bool read_only;       // the client may not write to it
    uint64_t offset;      // in the dataspace
    unsigned align;       // log2, for a search
    uint64_t client_cap;  // what the client calls the dataspace
};

// *start: where, or where to begin the search; changed to the result. Returns 0 or a negative
// error.
int rm_attach(struct rm *rm, uint64_t *start, struct rm_attach const *a);

// Page fault (label -2) and the page_in request: reply with memory.
l4_msgtag_t rm_page_fault(struct rm *rm, struct request *r);
l4_msgtag_t rm_page_in(struct rm *rm, struct request *r);

// Exception (label -5) of a thread whose region map this is.
l4_msgtag_t rm_exception(struct rm *rm, struct request *r);
