// SPDX-License-Identifier: MIT
// Memory objects (protocol 0x4000): lazily allocated by pages, continuous, or files of the boot
// image.
#pragma once

#include <stdint.h>
#include "object.h"

struct dataspace;
struct factory;

// Flags of creation (L4.Mem_alloc_flags).
enum { DS_CONTINUOUS = 1, DS_PINNED = 2, DS_SUPER_PAGES = 4 };
// Rights as in flexpages.
enum { DS_X = L4_FPAGE_X, DS_W = L4_FPAGE_W, DS_R = L4_FPAGE_RO, DS_CACHING = 0x30 };

// New zeroed memory. size: bytes; negative with DS_CONTINUOUS: as much as possible, leaving |size|
// bytes free. align: log2, or in bytes from a page on; 0 = default. Returns 0 or a negative error.
int dataspace_create(struct factory *f, long size, unsigned long flags, unsigned long align,
                     struct dataspace **ds);

// Existing memory at a physical address, never freed. NULL = no memory.
struct dataspace *dataspace_of_phys(uint64_t phys, uint64_t size, unsigned rights);

// Private copy: pages of `src` from byte offset are copied when they are written first.
int dataspace_copy_on_write(struct factory *f, struct dataspace *src, uint64_t offset,
                            uint64_t size, struct dataspace **ds);

struct object *dataspace_object(struct dataspace *ds);
struct dataspace *dataspace_of_item(struct msg_item const *item);
struct dataspace *dataspace_of_object(struct object *o);

uint64_t dataspace_size(struct dataspace const *ds);
unsigned dataspace_rights(struct dataspace const *ds);

// A run of memory that can be mapped.
struct ds_extent {
    uint64_t start, end;  // offsets, end exclusive, both page aligned; phys is the address of start
    uint64_t phys;
    unsigned rights;
};

// The memory at `offset`, allocated, with rights `want` at least. max: no more than needed up to
// this order around offset is prepared. Returns 0 or a negative error (-L4_ERANGE, -L4_ENOMEM,
// -L4_EPERM).
int dataspace_extent(struct dataspace *ds, uint64_t offset, unsigned want, unsigned max_order,
                     struct ds_extent *e);

// Order of the biggest flexpage around `offset` in the extent whose memory agrees with address
// `spot` modulo its size and, mapped there, stays in [min, max] (inclusive).
unsigned ds_extent_order(struct ds_extent const *e, uint64_t offset, uint64_t spot, uint64_t min,
                         uint64_t max);

// Write or copy bytes; cut at the end. Returns 0 or a negative error.
int dataspace_write(struct dataspace *ds, uint64_t offset, void const *data, uint64_t size);
int dataspace_copy(struct dataspace *dst, uint64_t dst_offset, struct dataspace *src,
                   uint64_t src_offset, uint64_t size);

// Physical address of [offset, offset + *size); *size is cut where the memory is not continuous.
int dataspace_phys(struct dataspace *ds, uint64_t offset, uint64_t *size, uint64_t *phys);
