// SPDX-License-Identifier: MIT
// Module info that boot leaves for the root task (kernel-abi 7).
#pragma once

#include <l4/sys/types.h>

enum l4mod_mod_flags {
    L4mod_mod_flag_unspec = 0,
    L4mod_mod_flag_kernel = 1,
    L4mod_mod_flag_sigma0 = 2,
    L4mod_mod_flag_roottask = 3,
    L4mod_mod_flag_mask = 7,
};

typedef struct l4util_l4mod_mod {
    l4_uint64_t flags;
    l4_uint64_t mod_start; // physical address
    l4_uint64_t mod_end;   // exclusive
    l4_uint64_t cmdline;   // physical address of a string
} l4util_l4mod_mod;

typedef struct l4util_l4mod_info {
    l4_uint64_t flags;
    l4_uint64_t cmdline;
    l4_uint64_t mods_addr;
    l4_uint32_t mods_count;
    l4_uint32_t pad;
    l4_uint64_t vbe_ctrl_info;
    l4_uint64_t vbe_mode_info;
} l4util_l4mod_info;

L4_ABI_ASSERT(sizeof(l4util_l4mod_mod) == 32, "module entry");
L4_ABI_ASSERT(sizeof(l4util_l4mod_info) == 48, "module info");
