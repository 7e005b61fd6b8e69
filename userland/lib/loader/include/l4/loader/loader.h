// SPDX-License-Identifier: MIT
// Start of a program in a new task (l4re-protocols 9): the creator builds task, region
// map and first thread, loads the in-task runtime rom/l4re into it, and hands it the arguments and
// capabilities of the application. Used by moe for the first program and by ned for all others.
//
// Kernel objects are used directly. What moe serves (region maps, dataspaces) is reached through
// `struct loader_ops`: moe calls into its own objects, everybody else uses loader_ipc_ops.
#pragma once

#include <l4/sys/types.h>
#include <stddef.h>

L4_BEGIN_DECLS

// Capability indices of a new task (selector = index << L4_CAP_SHIFT).
enum loader_cap_index {
    LOADER_CAP_TASK = 1,
    LOADER_CAP_FACTORY = 2,
    LOADER_CAP_THREAD = 3,
    LOADER_CAP_LOG = 5,
    LOADER_CAP_SCHEDULER = 7,
    LOADER_CAP_JDB = 10,
    LOADER_CAP_RM = 0x10,
    LOADER_CAP_MEM_ALLOC = 0x11,
    LOADER_CAP_PARENT = 0x13,
    LOADER_CAP_KIP_DS = 0x14,
    LOADER_CAP_DBG_EVENTS = 0x15,
    LOADER_CAP_FIRST_NAMED = 0x16,
};

#define LOADER_UTCB_ADDR 0xb3000000ul  // UTCB area of the new task
#define LOADER_KIP_ADDR 0xb2000000ul   // where the KIP is mapped, unless the image's note asks else
#define LOADER_RUNTIME_ADDR 0xc0000000ul // where a position independent in-task runtime goes
#define LOADER_STACK_ADDR 0xc1000000ul // stack of the in-task runtime, unless the note asks else
#define LOADER_STACK_SIZE 0x10000ul    // bytes, grows when the arguments need more
#define LOADER_STACK_SPREAD 0x10000000ul // with randomness it lies up to so many bytes higher
#define LOADER_BASE_AUTO (~0ul)        // load_base: the in-task loader chooses
#define LOADER_NAME_MAX 16             // bytes of a capability name, without terminating NUL

// A capability for the new task.
struct loader_cap {
    char const *name;  // at most LOADER_NAME_MAX bytes; ignored for the fixed ones
    l4_cap_idx_t cap;  // in the caller's task; L4_INVALID_CAP = absent
    unsigned rights;   // bits 0..3 flexpage rights (W 1, S 2, R 4, D 8), bits 4..7 the send item's
                       // attributes (0x10 weak, 0x20 server side of a gate), as in L4.Rights
};

// `size` bytes of `ds` from byte `offset` at exactly `start` in a region map.
struct loader_region {
    l4_addr_t start;
    l4_size_t size;
    unsigned flags;     // L4Re region flags (rights 0x0f, Kernel 0x100, Reserved 0x800 ...)
    l4_cap_idx_t ds;    // L4_INVALID_CAP for regions without dataspace
    l4_addr_t offset;
};

// Services of the memory server. Functions return 0 or a negative error code; capabilities that
// they return belong to the loader until `release`.
struct loader_ops {
    int (*rm_create)(void *ctx, l4_cap_idx_t *rm);
    int (*rm_attach)(void *ctx, l4_cap_idx_t rm, struct loader_region const *r);
    int (*ds_create)(void *ctx, l4_size_t size, l4_cap_idx_t *ds); // zeroed, lazily allocated
    int (*ds_copy_in)(void *ctx, l4_cap_idx_t dst, l4_addr_t dst_offset, l4_cap_idx_t src,
                      l4_addr_t src_offset, l4_size_t size);
    int (*ds_write)(void *ctx, l4_cap_idx_t ds, l4_addr_t offset, void const *data, l4_size_t size);
    void (*release)(void *ctx, l4_cap_idx_t cap); // drop what rm_create/ds_create returned
    l4_cap_idx_t (*slot_alloc)(void *ctx);        // empty capability slot, L4_INVALID_CAP = none
    void (*slot_free)(void *ctx, l4_cap_idx_t cap); // unmap from own task and free the slot
};

// Ops for clients of moe (library l4re). ctx points to struct loader_ipc.
struct loader_ipc {
    l4_cap_idx_t rm_fab;    // factory that creates the region map
    l4_cap_idx_t mem_alloc; // factory for the dataspaces
};
extern struct loader_ops const loader_ipc_ops;

struct loader_params {
    // the in-task runtime, rom/l4re: complete file in memory and its dataspace
    void const *l4re_image;
    l4_size_t l4re_size;     // bytes
    l4_cap_idx_t l4re_ds;

    char const *binary;      // path of the application, opened by the in-task loader: "rom/hello"
    char const *const *argv; // argc strings
    unsigned argc;
    char const *const *envv; // envc strings "NAME=value"
    unsigned envc;
    struct loader_cap const *caps; // named capabilities, slots LOADER_CAP_FIRST_NAMED and up
    unsigned num_caps;             // (the name "jdb" goes to LOADER_CAP_JDB)

    struct loader_cap factory, mem_alloc, log, scheduler, parent, kip_ds, dbg_events;

    unsigned task_rights;    // of task and thread capability inside the new task, 0 = RWS
    unsigned utcb_order;     // log2 bytes of the UTCB area, 0 = 12 (four threads)
    unsigned prio;           // of the first thread, relative to the scheduler; 0 = 2
    l4_umword_t l4re_dbg;    // debug mask of the in-task runtime
    l4_umword_t ldr_flags;   // eager_map 1, all_segs_cow 2, pinned_segs 4
    l4_umword_t load_base;   // of a position independent application, or LOADER_BASE_AUTO
    l4_uint64_t random[2];   // for the program alone, from l4re_random(); all 0: everything has its fixed place
};

struct loader_result {
    l4_cap_idx_t task;   // all rights; the caller owns the slots
    l4_cap_idx_t thread;
    char const *what;    // on failure: which step failed
    char const *extra;   // on failure: detail (capability name, ELF error), "" when none
};

// Create the task, load the runtime, map the capabilities and start the first thread.
// factory: kernel factory that task and thread are made from and charged to (p->factory.cap).
// Returns 0, or a negative error code with `what`/`extra` set and nothing left behind.
int loader_start(struct loader_params const *p, struct loader_ops const *ops, void *ctx,
                 struct loader_result *res);

L4_END_DECLS
