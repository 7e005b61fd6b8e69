// SPDX-License-Identifier: MIT
// Content of the initial stack of a new task (l4re-protocols 9). Pure logic.
#pragma once

#include <stdint.h>
#include <stddef.h>

// Words of the environment structure, in order (l4re_env_t).
enum stack_env_word {
    ENV_PARENT, ENV_RM, ENV_MEM_ALLOC, ENV_LOG, ENV_MAIN_THREAD, ENV_FACTORY, ENV_SCHEDULER,
    ENV_ITAS, ENV_DBG_EVENTS, ENV_FIRST_FREE_CAP, ENV_FIRST_FREE_REPLY_CAP, ENV_UTCB_AREA,
    ENV_FIRST_FREE_UTCB, ENV_CAPS, // ENV_CAPS is filled in by stack_build
    ENV_WORDS
};

struct stack_cap {
    char const *name; // at most 16 bytes are used
    uint64_t cap;     // selector in the new task
    uint64_t flags;
};

struct stack_desc {
    char const *const *argv;
    unsigned argc;
    char const *const *envv;
    unsigned envc;
    char const *binary;    // path of the application
    struct stack_cap const *caps;
    unsigned num_caps;
    uint64_t env[ENV_WORDS];
    uint64_t kip_ds;       // selector of the KIP dataspace
    uint64_t dbg, ldr_flags, load_base;
    uint64_t kip_addr;
    uint64_t phdr, phnum;  // program headers of the runtime; phdr 0 = not mapped
    uint64_t random[2];    // all 0 = none
};

// Bytes that stack_build needs, a multiple of 16.
size_t stack_size(struct stack_desc const *d);

// Write the content into buf, whose first byte will be at user address `addr` (16-byte aligned),
// which is the initial stack pointer. size: what stack_size returned.
void stack_build(struct stack_desc const *d, void *buf, size_t size, uint64_t addr);
