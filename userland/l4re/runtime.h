// SPDX-License-Identifier: MIT
// State of the in-task runtime and the interfaces between its files.
#pragma once

#include <l4/re/c/rm.h>
#include <l4/re/env.h>
#include <l4/region/rescue.h>
#include <l4/srv/server.h>

#include "memory.h"

// Capability slots that the runtime keeps for itself in front of the application's.
#define RUNTIME_CAP_SLOTS 1024

#define RUNTIME_RESCUE_JUMPS 16

struct runtime {
    char const *binary; // path of the application, for messages
    struct srv srv;
    struct srv_object rm; // region map, pager and exception handler of the application
    struct region_map map;
    struct rescue_table rescue;
    l4_cap_idx_t app_thread;
    l4_addr_t entry;      // of the application
    l4_addr_t image_start, image_end; // its pages; end exclusive
    l4_addr_t stack_addr; // its stack: lowest address and size in bytes
    l4_size_t stack_size;
    l4_addr_t phdr; // its program headers in memory, 0 = not loaded
    unsigned phnum;
};

extern struct runtime runtime;

// Stack of an application whose notes do not say else.
#define RUNTIME_STACK_ADDR 0x80000000ul
#define RUNTIME_STACK_SIZE 0x200000ul
// With randomness it begins on any page of this range instead.
#define RUNTIME_RANDOM_START 0x100000000ul
#define RUNTIME_RANDOM_SIZE  0x4000000000ul

// Exit status of a program that cannot be started.
#define RUNTIME_EXIT_LOAD 127

// Print "l4re: <binary>: <text>" with a newline.
void runtime_message(char const *format, ...) __attribute__((format(printf, 1, 2)));

// import.c: enter what the creator's region map holds in this address space.
void import_regions(struct region_map *m, l4_cap_idx_t rm);

// load.c: open the application and enter its segments. 0, or -1 after a message.
int load_program(struct runtime *rt);

// app_stack.c: make the application's stack with arguments and environment. `sp`: the runtime's own
// initial stack (argc). Returns the stack pointer, 0 after a message.
l4_addr_t app_stack_make(struct runtime *rt, l4_umword_t const *sp);

// app_thread.c: thread of the application. 0 or a negative error code.
int app_thread_create(struct runtime *rt);
int app_thread_run(struct runtime *rt, l4_addr_t sp);

// rm_server.c
extern struct srv_ops const rm_server_ops;

// Set the application's region map up, between two bounds (inclusive).
void rm_init(struct runtime *rt, l4_addr_t min, l4_addr_t max);

// Attach a dataspace that stays the runtime's. *at: the place that was found. Returns 0 or a negative error.
int rm_attach_own(struct runtime *rt, struct region_attach const *a, l4re_ds_t ds, l4_addr_t *at);

// Take the region at an address out, and its memory.
void rm_detach_own(struct runtime *rt, l4_addr_t at);

// fault.c: answer a page fault message.
l4_msgtag_t fault_handle(struct runtime *rt, l4_msgtag_t tag, l4_utcb_t *u);

// Have the creator's region map resolve a fault in what it attached. `word`: as in a page fault message. 0 or a negative error.
long fault_forward(l4_umword_t word, l4_utcb_t *u);

// exception.c: answer an exception message. Does not return for one that ends the program.
l4_msgtag_t exception_handle(struct runtime *rt, l4_msgtag_t tag, l4_utcb_t *u);

// backtrace.c: print the calls in which a thread of the application was.
void show_backtrace(struct runtime const *rt, l4_exc_regs_t const *regs);
