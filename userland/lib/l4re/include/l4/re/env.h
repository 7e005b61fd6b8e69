// SPDX-License-Identifier: MIT
// The environment that a program is started with: fixed and named initial capabilities
// (l4re-protocols 9).
#pragma once

#include <l4/sys/types.h>
#include <l4/sys/kip.h>

L4_BEGIN_DECLS

// Fixed selectors in a started task.
enum l4re_this_task_caps {
    L4RE_THIS_TASK_CAP = L4_BASE_TASK_CAP,
    L4RE_FACTORY_CAP = L4_BASE_FACTORY_CAP,
    L4RE_MAIN_THREAD_CAP = L4_BASE_THREAD_CAP,
    L4RE_LOG_CAP = L4_BASE_LOG_CAP,
    L4RE_SCHEDULER_CAP = L4_BASE_SCHEDULER_CAP,
    L4RE_EXT_RM_CAP = 0x10 << L4_CAP_SHIFT, // region map of the task's creator
    L4RE_MEM_ALLOC_CAP = 0x11 << L4_CAP_SHIFT,
    L4RE_NAMES_CAP = 0x12 << L4_CAP_SHIFT,
    L4RE_PARENT_CAP = 0x13 << L4_CAP_SHIFT,
    L4RE_KIP_CAP = 0x14 << L4_CAP_SHIFT,
    L4RE_DBG_EVENTS_CAP = 0x15 << L4_CAP_SHIFT,
    L4RE_FIRST_NAMED_CAP = 0x16 << L4_CAP_SHIFT,
};

#define L4RE_ENV_NAME_LEN 16
#define L4RE_ENV_CAPS_END (~0ul) // flags of the entry behind the last one

typedef struct l4re_env_cap_entry_t {
    l4_cap_idx_t cap;
    l4_umword_t flags;
    char name[L4RE_ENV_NAME_LEN]; // NUL padded; a name of 16 characters has no terminator
} l4re_env_cap_entry_t;

typedef struct l4re_env_t {
    l4_cap_idx_t parent;
    l4_cap_idx_t rm;
    l4_cap_idx_t mem_alloc;
    l4_cap_idx_t log;
    l4_cap_idx_t main_thread;
    l4_cap_idx_t factory;
    l4_cap_idx_t scheduler;
    l4_cap_idx_t itas;
    l4_cap_idx_t dbg_events;
    l4_umword_t first_free_cap; // a plain index
    l4_umword_t first_free_reply_cap;
    l4_fpage_t utcb_area;
    l4_addr_t first_free_utcb;
    l4re_env_cap_entry_t *caps;
} l4re_env_t;

// What the loader tells the in-task runtime (auxiliary vector entry L4RE_AT_AUX).
typedef struct l4re_aux_t {
    char const *binary;
    l4_cap_idx_t kip_ds;
    l4_umword_t dbg_lvl;
    l4_umword_t ldr_flags;
    l4_umword_t ldr_base; // ~0 = automatic
} l4re_aux_t;

enum l4re_auxv_types {
    L4RE_AT_NULL = 0,
    L4RE_AT_PHDR = 3,
    L4RE_AT_PHENT = 4,
    L4RE_AT_PHNUM = 5,
    L4RE_AT_PAGESZ = 6,
    L4RE_AT_ENTRY = 9,
    L4RE_AT_UID = 11,
    L4RE_AT_EUID = 12,
    L4RE_AT_GID = 13,
    L4RE_AT_EGID = 14,
    L4RE_AT_RANDOM = 25, // address of 16 random bytes, as on Linux; absent: no randomness
    L4RE_AT_AUX = 0xf0,
    L4RE_AT_ENV = 0xf1,
    L4RE_AT_KIP = 0xf2,
};

// Set by the start code. A program of its own start code (moe) sets what it has.
extern l4re_env_t const *l4re_global_env;
extern l4_kernel_info_t const *l4re_global_kip;

L4_INLINE l4re_env_t const *l4re_env(void)
{
    return l4re_global_env;
}

// Entry of the initial capability with the given name (`len` bytes), or NULL.
l4re_env_cap_entry_t const *l4re_env_get_cap_l(char const *name, unsigned len, l4re_env_t const *e);

// Selector of the named initial capability, L4_INVALID_CAP if there is none.
l4_cap_idx_t l4re_env_get_cap_e(char const *name, l4re_env_t const *e);
l4_cap_idx_t l4re_env_get_cap(char const *name);

L4_END_DECLS
