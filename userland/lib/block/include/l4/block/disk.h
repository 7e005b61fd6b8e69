// SPDX-License-Identifier: MIT
// A disk, as its driver offers it: a table of functions and what it can do. Requests come checked (range, alignment, lengths),
// one call each; they end in any order, at once or from an interrupt handler. All calls come from the server's thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/virtqueue/virtqueue.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BLOCK_SECTOR = 512,       // bytes; of this unit are all positions and lengths in sectors (virtio 1.2, 5.2.4)
    BLOCK_SECTOR_SHIFT = 9,
    BLOCK_NAME_MAX = 39,
};

enum block_op { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD, BLOCK_WRITE_ZEROES };

enum block_status { BLOCK_OK, BLOCK_IOERR, BLOCK_UNSUPP }; // numbers of virtio 1.2, 5.2.6

struct block_request {
    enum block_op op;
    uint64_t sector, count;   // of the disk, in sectors; both 0 for a flush
    // Reading and writing: memory of the client, `count` sectors in all. Client and memory may be gone when it is touched:
    // by block_request_get() and _put() or l4/mem/guard.h only.
    struct vq_seg const *seg;
    unsigned segs;
    bool unmap;               // BLOCK_WRITE_ZEROES: the sectors may be given up
    bool dead;                // nobody wants the result, and `seg` is not valid any more
    void (*done)(struct block_request *r, enum block_status status);
    struct block_request *next; // the driver's own, while it has the request
};

struct disk;

struct disk_ops {
    // Takes the request and calls r->done once, now or later. False: no room; the driver calls block_disk_ready() when there
    // is.
    bool (*submit)(struct disk *d, struct block_request *r);
    // Waits up to so long for the disk and ends requests that are done: for the time before the server's loop runs. NULL:
    // requests end in submit.
    void (*wait)(struct disk *d, unsigned ms);
};

struct disk {
    struct disk_ops const *ops;
    char name[BLOCK_NAME_MAX + 1]; // what clients call it, e.g. its serial number
    uint64_t sectors;
    uint32_t block;           // bytes, a multiple of BLOCK_SECTOR: position and length of each request are multiples of it
    uint32_t seg_max;         // segments of one request, 1 or more
    uint32_t size_max;        // bytes of one segment, 0 = any
    uint32_t discard_max, zeroes_max; // sectors at once, 0 = it cannot do that
    bool read_only;
    bool cached;              // what was written may be lost until a flush
    struct disk_clients *clients; // the library's (volume.h)
};

// To be called after requests have ended, once for all of them, and when there is room again.
void block_disk_ready(struct disk *d);

// Copies `size` bytes from (to) the request's memory, `offset` bytes into it. False: that memory is gone, or too small.
bool block_request_get(struct block_request const *r, uint64_t offset, void *to, uint64_t size);
bool block_request_put(struct block_request const *r, uint64_t offset, void const *from, uint64_t size);

#ifdef __cplusplus
}
#endif
