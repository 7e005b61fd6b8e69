// SPDX-License-Identifier: MIT
// Areas of shared memory between programs, or threads. An area is a namespace that all of them have among their initial
// capabilities, with the rights rws for who adds something; its name there is the area's. Chunks are pieces of it, each with a
// producer and a consumer: taken (by the producer), ready (with so many bytes for the consumer), clear. Signals are IRQ objects
// in the same namespace.
//
// Functions return 0 or a negative error code unless said otherwise. Names have at most 15 characters. Without timeout they
// wait for ever; with a timeout that is over it is -L4_ENOENT for names, and the IPC error for signals.
#pragma once

#include <l4/shmc/types.h>
#include <l4/sys/ipc.h>

L4_BEGIN_DECLS

// Make the memory of an area, `shm_size` bytes, which lives at least as long as the caller's program; -L4_EEXIST if it has one.
long l4shmc_create(char const *shmc_name, l4_umword_t shm_size);

// Map an area.
long l4shmc_attach(char const *shmc_name, l4shmc_area_t *shmarea);
long l4shmc_attach_to(char const *shmc_name, l4_umword_t timeout_ms, l4shmc_area_t *shmarea);

// Bytes of the area, bytes that no chunk has, bytes that the area itself and each chunk need beside its payload.
long l4shmc_area_size(l4shmc_area_t const *shmarea);
long l4shmc_area_size_free(l4shmc_area_t const *shmarea);
long l4shmc_area_overhead(void);
long l4shmc_chunk_overhead(void);

// ---- chunks ----
// Add a chunk for at most `chunk_capacity` bytes: -L4_EEXIST, -L4_ENOMEM.
long l4shmc_add_chunk(l4shmc_area_t *shmarea, char const *chunk_name, l4_umword_t chunk_capacity, l4shmc_chunk_t *chunk);

// Find a chunk.
long l4shmc_get_chunk(l4shmc_area_t *shmarea, char const *chunk_name, l4shmc_chunk_t *chunk);
long l4shmc_get_chunk_to(l4shmc_area_t *shmarea, char const *chunk_name, l4_umword_t timeout_ms, l4shmc_chunk_t *chunk);

// *chunk_name = the name of the chunk at `offs`, 0 for the first; it stays valid as long as the area. Returns the next `offs`,
// 0 when there is no chunk any more.
long l4shmc_iterate_chunk(l4shmc_area_t const *shmarea, char const **chunk_name, long offs);

// Use `signal`, which must live as long, for the chunk's l4shmc_chunk_ready_sig() and wait functions.
long l4shmc_connect_chunk_signal(l4shmc_chunk_t *chunk, l4shmc_signal_t *signal);
l4shmc_signal_t *l4shmc_chunk_signal(l4shmc_chunk_t const *chunk); // NULL: none

// Producer: take the chunk, -L4_EAGAIN if it is not clear; say that `size` bytes are ready, and signal it.
long l4shmc_chunk_try_to_take(l4shmc_chunk_t *chunk);
long l4shmc_chunk_ready(l4shmc_chunk_t *chunk, l4_umword_t size);
long l4shmc_chunk_ready_sig(l4shmc_chunk_t *chunk, l4_umword_t size);
long l4shmc_is_chunk_clear(l4shmc_chunk_t const *chunk); // 1 or 0

// Consumer: wait until it is ready; give it back.
long l4shmc_is_chunk_ready(l4shmc_chunk_t const *chunk); // 1 or 0
long l4shmc_wait_chunk(l4shmc_chunk_t *chunk);
long l4shmc_wait_chunk_to(l4shmc_chunk_t *chunk, l4_timeout_t timeout);
long l4shmc_wait_chunk_try(l4shmc_chunk_t *chunk);
long l4shmc_chunk_consumed(l4shmc_chunk_t *chunk);

// The payload; its bytes, never more than the capacity; how many it may have; 1 if the memory is a chunk still.
void *l4shmc_chunk_ptr(l4shmc_chunk_t const *chunk);
long l4shmc_chunk_size(l4shmc_chunk_t const *chunk);
long l4shmc_chunk_capacity(l4shmc_chunk_t const *chunk);
long l4shmc_check_magic(l4shmc_chunk_t const *chunk);

// ---- signals ----
// Add one; a signal is triggered by anybody and waited for by the thread that it is attached to.
long l4shmc_add_signal(l4shmc_area_t *shmarea, char const *signal_name, l4shmc_signal_t *signal);

// Find one, to trigger it.
long l4shmc_get_signal(l4shmc_area_t *shmarea, char const *signal_name, l4shmc_signal_t *signal);
long l4shmc_get_signal_to(l4shmc_area_t *shmarea, char const *signal_name, l4_umword_t timeout_ms, l4shmc_signal_t *signal);

// Find one and attach it to `thread`.
long l4shmc_attach_signal(l4shmc_area_t *shmarea, char const *signal_name, l4_cap_idx_t thread, l4shmc_signal_t *signal);
long l4shmc_attach_signal_to(l4shmc_area_t *shmarea, char const *signal_name, l4_cap_idx_t thread, l4_umword_t timeout_ms,
                             l4shmc_signal_t *signal);

long l4shmc_trigger(l4shmc_signal_t *signal);
l4_cap_idx_t l4shmc_signal_cap(l4shmc_signal_t const *signal);

// Before the wait for any signal each has to be enabled.
long l4shmc_enable_signal(l4shmc_signal_t *signal);
long l4shmc_enable_chunk(l4shmc_chunk_t *chunk);

long l4shmc_wait_signal(l4shmc_signal_t *signal);
long l4shmc_wait_signal_to(l4shmc_signal_t *signal, l4_timeout_t timeout);
long l4shmc_wait_signal_try(l4shmc_signal_t *signal);

// *retsignal = the one that came: the l4shmc_signal_t that was attached.
long l4shmc_wait_any(l4shmc_signal_t **retsignal);
long l4shmc_wait_any_to(l4_timeout_t timeout, l4shmc_signal_t **retsignal);
long l4shmc_wait_any_try(l4shmc_signal_t **retsignal);

L4_END_DECLS
