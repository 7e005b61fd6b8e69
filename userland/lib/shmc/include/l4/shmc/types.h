// SPDX-License-Identifier: MIT
// What programs hold of an area, its chunks and signals. The members are the library's.
#pragma once

#include <l4/re/c/dataspace.h>
#include <l4/re/c/namespace.h>

#define L4SHMC_NAME_MAX 16 // bytes of a name with its NUL

struct l4shmc_area_head;
struct l4shmc_chunk_head;

typedef struct l4shmc_area_t {
    struct l4shmc_area_head *head; // the memory
    l4_umword_t size;
    l4re_ds_t ds;
    l4re_namespace_t ns; // dataspace and signals are in it
} l4shmc_area_t;

typedef struct l4shmc_signal_t {
    l4_cap_idx_t cap;
} l4shmc_signal_t;

// Offset and capacity are read once and checked: the other side may write the memory at any time.
typedef struct l4shmc_chunk_t {
    struct l4shmc_chunk_head *head;
    l4_umword_t capacity;
    l4shmc_signal_t *signal;
} l4shmc_chunk_t;
