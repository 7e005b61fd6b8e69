// SPDX-License-Identifier: MIT
#include "request.h"

#include <string.h>

#include <l4/mem/guard.h>

// Cuts `n` bytes off the front of segments [*seg, *seg + *count).
static void cut_front(struct vq_seg **seg, unsigned *count, uint64_t n)
{
    while (*count && (*seg)->len <= n) {
        n -= (*seg)->len;
        ++*seg;
        --*count;
    }
    if (*count) {
        (*seg)->ptr += n;
        (*seg)->len -= (uint32_t)n;
    }
}

// The status is the last byte of all, wherever the driver lets its segments end (virtio 1.2, 5.2.6 with 2.7.4).
static void cut_status(struct blk_request *q)
{
    struct vq_chain *c = &q->chain;
    struct vq_seg *last = &c->seg[c->nread + c->nwrite - 1];
    q->status = (struct vq_seg){ .ptr = last->ptr + last->len - 1, .len = 1 };
    if (!--last->len)
        c->nwrite--;
    c->write_len--;
}

static bool in_area(struct disk const *d, struct block_area const *a, uint64_t sector, uint64_t count)
{
    unsigned per = d->block / BLOCK_SECTOR;
    return sector < a->sectors && count <= a->sectors - sector && sector % per == 0 && count % per == 0;
}

static bool sizes_ok(struct disk const *d, struct block_request const *r)
{
    if (r->segs > d->seg_max)
        return false;
    for (unsigned i = 0; d->size_max && i < r->segs; i++)
        if (r->seg[i].len > d->size_max)
            return false;
    return true;
}

static enum block_status parse_data(struct blk_request *q, struct disk const *d, struct block_area const *a, bool write)
{
    struct block_request *r = &q->r;
    struct vq_seg *seg = q->chain.seg + (write ? 0 : q->chain.nread);
    unsigned count = write ? q->chain.nread : q->chain.nwrite;
    uint64_t bytes = write ? q->chain.read_len - sizeof(struct virtio_blk_header) : q->chain.write_len;
    if (write)
        cut_front(&seg, &count, sizeof(struct virtio_blk_header));
    r->op = write ? BLOCK_WRITE : BLOCK_READ;
    r->seg = seg;
    r->segs = count;
    r->count = bytes / BLOCK_SECTOR;
    if (!bytes || bytes % BLOCK_SECTOR || bytes >= UINT32_MAX || (write && a->read_only))
        return BLOCK_IOERR;
    if (!in_area(d, a, r->sector, r->count) || !sizes_ok(d, r))
        return BLOCK_IOERR;
    r->sector += a->first;
    return BLOCK_OK;
}

// One range in a request: the configuration says so.
static enum block_status parse_range(struct blk_request *q, struct disk const *d, struct block_area const *a, bool zeroes)
{
    struct virtio_blk_range range;
    struct block_request *r = &q->r;
    uint32_t const max = zeroes ? d->zeroes_max : d->discard_max;
    if (q->chain.read_len != sizeof(struct virtio_blk_header) + sizeof(range) ||
        vq_chain_read(&q->chain, sizeof(struct virtio_blk_header), &range, sizeof(range)) != sizeof(range))
        return BLOCK_IOERR;
    if (range.flags & ~(zeroes ? (uint32_t)VIRTIO_BLK_F_UNMAP : 0)) // 5.2.6.2: unknown flags, or unmap of a discard
        return BLOCK_UNSUPP;
    if (a->read_only || !range.sectors || range.sectors > max || !in_area(d, a, range.sector, range.sectors))
        return BLOCK_IOERR;
    r->op = zeroes ? BLOCK_WRITE_ZEROES : BLOCK_DISCARD;
    r->sector = a->first + range.sector;
    r->count = range.sectors;
    r->unmap = range.flags & VIRTIO_BLK_F_UNMAP;
    return BLOCK_OK;
}

static enum block_status answer_id(struct blk_request *q, struct disk const *d)
{
    char id[VIRTIO_BLK_ID_BYTES] = "";
    memcpy(id, d->name, strnlen(d->name, sizeof(id)));
    if (q->chain.write_len < sizeof(id))
        return BLOCK_IOERR;
    q->used = sizeof(id);
    return vq_chain_write(&q->chain, 0, id, sizeof(id)) == sizeof(id) ? BLOCK_OK : BLOCK_IOERR;
}

static bool has(uint64_t features, unsigned bit)
{
    return features >> bit & 1;
}

// What kind of request it is, and is it one that the driver may make?
static enum block_status parse(struct blk_request *q, struct disk const *d, struct block_area const *a, uint64_t features,
                               bool *answered)
{
    struct virtio_blk_header h;
    *answered = false;
    if (vq_chain_read(&q->chain, 0, &h, sizeof(h)) != sizeof(h))
        return BLOCK_IOERR;
    q->r = (struct block_request){ .sector = h.sector };
    switch (h.type) {
    case VIRTIO_BLK_T_IN:
        q->used = (uint32_t)q->chain.write_len; // looked at there
        return parse_data(q, d, a, false);
    case VIRTIO_BLK_T_OUT:
        return parse_data(q, d, a, true);
    case VIRTIO_BLK_T_FLUSH:
        q->r.op = BLOCK_FLUSH;
        q->r.sector = 0;
        return h.sector || !has(features, VIRTIO_BLK_F_FLUSH) ? BLOCK_UNSUPP : BLOCK_OK;
    case VIRTIO_BLK_T_GET_ID:
        *answered = true;
        return answer_id(q, d);
    case VIRTIO_BLK_T_DISCARD:
        return has(features, VIRTIO_BLK_F_DISCARD) ? parse_range(q, d, a, false) : BLOCK_UNSUPP;
    case VIRTIO_BLK_T_WRITE_ZEROES:
        return has(features, VIRTIO_BLK_F_WRITE_ZEROES) ? parse_range(q, d, a, true) : BLOCK_UNSUPP;
    default:
        return BLOCK_UNSUPP;
    }
}

enum blk_verdict blk_request_parse(struct blk_request *q, struct disk const *d, struct block_area const *a, uint64_t features,
                                   enum block_status *status)
{
    q->used = 0;
    if (!q->chain.write_len || q->chain.read_len < sizeof(struct virtio_blk_header))
        return BLK_BROKEN;
    cut_status(q);
    bool answered;
    *status = parse(q, d, a, features, &answered);
    return *status == BLOCK_OK && !answered ? BLK_SUBMIT : BLK_ANSWER;
}

uint32_t blk_request_finish(struct blk_request *q, enum block_status status)
{
    uint8_t const byte = (uint8_t)status;
    guard_copy(q->status.ptr, &byte, sizeof(byte)); // what is gone, nobody reads
    return (status == BLOCK_OK ? q->used : 0) + 1;
}

// ---- for drivers ----

static bool copy(struct block_request const *r, uint64_t offset, uint8_t *buffer, uint64_t size, bool put)
{
    if (r->dead)
        return false;
    for (unsigned i = 0; i < r->segs && size; i++) {
        struct vq_seg const *s = &r->seg[i];
        if (offset >= s->len) {
            offset -= s->len;
            continue;
        }
        uint64_t n = s->len - offset < size ? s->len - offset : size;
        if ((put ? guard_copy(s->ptr + offset, buffer, n) : guard_copy(buffer, s->ptr + offset, n)) < 0)
            return false;
        buffer += n;
        size -= n;
        offset = 0;
    }
    return !size;
}

bool block_request_get(struct block_request const *r, uint64_t offset, void *to, uint64_t size)
{
    return copy(r, offset, to, size, false);
}

bool block_request_put(struct block_request const *r, uint64_t offset, void const *from, uint64_t size)
{
    return copy(r, offset, (uint8_t *)(uintptr_t)from, size, true);
}
