// SPDX-License-Identifier: MIT
// Split virtqueues of virtio 1.2 (section 2.7), device side and driver side.
//
// Pure memory logic: no IPC, no allocation, no locks (one queue belongs to one thread at a time).
// Whatever the other side wrote (indices, lengths, addresses, links) is read once, checked, and
// only then used: a hostile ring can break itself, never its reader. Both sides must be little
// endian.
//
// The device side reaches the driver's memory by l4/mem/guard.h alone, so that memory which is taken
// away breaks the queue (VQ_EGONE); l4re_guard_init() has to be called before. What a chain's
// segments point to is the user's to reach in the same way.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---------------------------------------------------------------------------------------------
// Memory of the other side

// A piece of memory that the driver made known.
struct vq_region {
    uint64_t base;    // driver address of the first byte (guest physical)
    uint64_t size;    // bytes
    uint8_t *local;   // where it is mapped here
    bool writable;
};

// A table of regions; the array belongs to the caller.
struct vq_mem {
    struct vq_region *regions;
    unsigned count;
    unsigned limit;
};

// Adds a region. Returns 0, VQ_EMEM_FULL, VQ_EMEM_RANGE (size 0, wraps) or VQ_EMEM_OVERLAP.
int vq_mem_add(struct vq_mem *m, uint64_t base, uint64_t size, void *local, bool writable);

// Translates [addr, addr + len). Returns the local pointer, or NULL unless the whole range lies in
// one region (and that is writable when `write`). len 0 is refused.
void *vq_mem_translate(struct vq_mem const *m, uint64_t addr, uint64_t len, bool write);

// The part of a range that is contiguous locally, in bytes; `at` NULL where vq_mem_translate gives NULL.
struct vq_part {
    uint8_t *at;
    uint64_t len;
};

// Like vq_mem_translate, but a range that goes on behind its region is cut. By value: nothing of it lies in memory.
struct vq_part vq_mem_translate_part(struct vq_mem const *m, uint64_t addr, uint64_t len, bool write);

// ---------------------------------------------------------------------------------------------
// Ring layout (virtio 1.2, 2.7.5 to 2.7.8)

enum {
    VQ_DESC_F_NEXT = 1,
    VQ_DESC_F_WRITE = 2,
    VQ_DESC_F_INDIRECT = 4,
    VQ_AVAIL_F_NO_INTERRUPT = 1,
    VQ_USED_F_NO_NOTIFY = 1,
    VQ_NUM_LIMIT = 32768,
};

struct vq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};

struct vq_used_elem {
    uint32_t id;
    uint32_t len;
};

// Bytes of the three parts for `num` entries, including the event index words.
static inline uint64_t vq_desc_size(unsigned num) { return 16ull * num; }
static inline uint64_t vq_avail_size(unsigned num) { return 6ull + 2ull * num; }
static inline uint64_t vq_used_size(unsigned num) { return 6ull + 8ull * num; }

enum vq_error {
    VQ_EMEM_FULL = -1,     // region table is full
    VQ_EMEM_RANGE = -2,    // region is empty or wraps around
    VQ_EMEM_OVERLAP = -3,  // region overlaps another one
    VQ_ENUM = -4,          // number of entries is not a power of two or too large
    VQ_EALIGN = -5,        // a ring part is misaligned
    VQ_EADDR = -6,         // a ring part lies outside of the known memory
    VQ_EAVAIL = -7,        // more new entries than the ring holds
    VQ_EHEAD = -8,         // descriptor index beyond the table
    VQ_ECHAIN = -9,        // chain has a loop or more segments than the caller takes
    VQ_EBUFFER = -10,      // buffer outside of the known memory, empty, or not writable
    VQ_EORDER = -11,       // readable descriptor behind a writable one
    VQ_EINDIRECT = -12,    // indirect table malformed or not negotiated
    VQ_EUSED = -13,        // device returned an entry that is not in flight (driver side)
    VQ_EFULL = -14,        // no free descriptors (driver side)
    VQ_EGONE = -15,        // the driver's memory has been taken away
};

// A short phrase for a message; never NULL.
char const *vq_strerror(int err);

// ---------------------------------------------------------------------------------------------
// Device side

enum vq_dev_flags {
    VQ_EVENT_IDX = 1,  // VIRTIO_F_EVENT_IDX (29) negotiated
    VQ_INDIRECT = 2,   // VIRTIO_F_INDIRECT_DESC (28) negotiated
};

struct vq_dev {
    struct vq_desc const *desc;
    uint16_t *avail;        // flags, idx, ring[num], used_event
    uint16_t *used;         // flags, idx, ring[num] (8 bytes each), avail_event
    struct vq_mem const *mem;
    uint16_t num;           // 0: queue is not set up
    uint16_t last_avail;    // next entry to take
    uint16_t avail_seen;    // the driver's index when it was last looked at
    uint16_t used_idx;      // next entry to fill, published by vq_flush
    uint16_t used_published;
    uint16_t signalled;     // used index at the last notification
    bool signalled_valid;
    bool notify_on;         // driver was asked to notify
    unsigned flags;         // enum vq_dev_flags
    int broken;             // first enum vq_error seen; the queue yields nothing more until reset
};

struct vq_seg {
    uint8_t *ptr;
    uint32_t len;
};

// One descriptor chain: first the readable segments, then the writable ones.
struct vq_chain {
    struct vq_seg *seg;   // array of the caller, `limit` entries
    unsigned limit;
    unsigned nread;       // segments [0, nread) are readable
    unsigned nwrite;      // segments [nread, nread + nwrite) are writable
    uint64_t read_len;    // bytes
    uint64_t write_len;   // bytes
    uint16_t head;        // give this to vq_push
};

struct vq_rings {               // as the driver wrote them
    unsigned num, num_max;      // entries, and how many the device takes at most
    uint64_t desc, avail, used; // driver addresses
};

// Takes a queue into use. mem must stay valid until vq_dev_reset. Returns 0 or VQ_ENUM, VQ_EALIGN,
// VQ_EADDR, VQ_EGONE; on error the queue is not set up.
int vq_dev_setup(struct vq_dev *q, struct vq_mem const *mem, struct vq_rings const *r,
                 unsigned flags);

// The checks of vq_dev_setup without writing to the rings; *q is scratch space.
int vq_dev_check(struct vq_dev *q, struct vq_mem const *mem, struct vq_rings const *r);

// Forgets the rings; the queue yields nothing until the next set-up.
void vq_dev_reset(struct vq_dev *q);

static inline bool vq_dev_ready(struct vq_dev const *q) { return q->num && !q->broken; }

// Is there something to pop? Looks at the ring, changes nothing. Yes when the ring is gone: vq_pop says so.
bool vq_dev_pending(struct vq_dev const *q);

// Takes the next available chain. Returns 1 with *c filled, 0 when there is none, or an enum
// vq_error (also noted in q->broken) when the driver wrote nonsense.
int vq_pop(struct vq_dev *q, struct vq_chain *c);

// Puts back the last `n` popped chains; the next vq_pop yields them again.
void vq_unpop(struct vq_dev *q, unsigned n);

// Marks a chain as used with `len` bytes written to it. Not visible to the driver until vq_flush. If
// the ring is gone, q->broken says so, as for the functions below.
void vq_push(struct vq_dev *q, uint16_t head, uint32_t len);

// Publishes what was pushed. Returns true when the driver wants to be notified.
bool vq_flush(struct vq_dev *q);

// Asks the driver to notify (or not to) on new entries. After switching on, look at vq_dev_pending
// once more: vq_notify_enable returns its value for that purpose, also when the ring is gone.
bool vq_notify_enable(struct vq_dev *q);
// Same for entries behind index `seen` (a value of q->last_avail): for a device that looked at what
// is there and needs more. True when there is more already.
bool vq_notify_beyond(struct vq_dev *q, uint16_t seen);
void vq_notify_disable(struct vq_dev *q);

// Copies up to `size` bytes between a linear buffer and the chain's readable (writable) bytes,
// starting `offset` bytes into them. Returns the bytes copied, or VQ_EGONE; the queue is not broken by that.
long vq_chain_read(struct vq_chain const *c, size_t offset, void *buf, size_t size);
long vq_chain_write(struct vq_chain const *c, size_t offset, void const *buf, size_t size);

// ---------------------------------------------------------------------------------------------
// Driver side

struct vq_drv {
    struct vq_desc *desc;
    uint16_t *avail;
    uint16_t *used;
    void **cookies;         // one a descriptor, array of the caller
    uint16_t *chain_len;    // descriptors of the chain that starts here, 0: not in flight
    uint16_t *next;         // own copy of the links: the device may write to the table
    uint16_t num;
    uint16_t free_head;
    uint16_t free_count;
    uint16_t avail_idx;     // published by vq_drv_kick
    uint16_t avail_published;
    uint16_t last_used;
    bool event_idx;
};

// Bytes of one contiguous, 16-byte aligned piece of memory that holds all three parts, and the
// offsets of avail and used in it.
size_t vq_drv_layout(unsigned num, size_t *avail_off, size_t *used_off);

struct vq_drv_memory {
    void *rings;          // zeroed, laid out by vq_drv_layout
    void **cookies;       // this and the others: one an entry, for the driver alone
    uint16_t *chain_len;
    uint16_t *next;
};

// Sets up a queue of `num` (power of two) entries. Returns 0 or VQ_ENUM, VQ_EALIGN.
int vq_drv_init(struct vq_drv *q, unsigned num, struct vq_drv_memory const *m, bool event_idx);

struct vq_buf {
    uint64_t addr;  // driver address
    uint32_t len;
};

// Adds a chain of nread device-readable, then nwrite device-writable buffers. Returns the head or
// VQ_EFULL, VQ_ECHAIN (no buffer at all).
int vq_drv_add(struct vq_drv *q, struct vq_buf const *bufs, unsigned nread, unsigned nwrite,
               void *cookie);

// Publishes what was added. Returns true when the device wants to be notified.
bool vq_drv_kick(struct vq_drv *q);

// Takes the next used chain: returns 1 with cookie and bytes written, 0 when there is none,
// VQ_EUSED when the device returned nonsense.
int vq_drv_get(struct vq_drv *q, void **cookie, uint32_t *len);

// Asks for interrupts; returns true when used entries are waiting already.
bool vq_drv_irq_enable(struct vq_drv *q);
void vq_drv_irq_disable(struct vq_drv *q);

#ifdef __cplusplus
}
#endif
