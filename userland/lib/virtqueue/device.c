// SPDX-License-Identifier: MIT
// Device side of a split virtqueue (virtio 1.2, 2.7).
#include <string.h>

#include <l4/mem/guard.h>
#include <l4/virtqueue/virtqueue.h>

#include "ring.h"

int vq_dev_check(struct vq_dev *q, struct vq_mem const *mem, struct vq_rings const *r)
{
    unsigned num = r->num;
    vq_dev_reset(q);
    if (!num || (num & (num - 1)) || num > r->num_max || num > VQ_NUM_LIMIT)
        return VQ_ENUM;
    if ((r->desc & 15) || (r->avail & 1) || (r->used & 3))
        return VQ_EALIGN;

    void const *d = vq_mem_translate(mem, r->desc, vq_desc_size(num), false);
    uint16_t *a = vq_mem_translate(mem, r->avail, vq_avail_size(num), false);
    uint16_t *u = vq_mem_translate(mem, r->used, vq_used_size(num), true);
    if (!d || !a || !u)
        return VQ_EADDR;
    // The driver address may be aligned while the local one is not, if the region is not.
    if (((uintptr_t)d & 15) || ((uintptr_t)a & 1) || ((uintptr_t)u & 3))
        return VQ_EALIGN;

    q->desc = d;
    q->avail = a;
    q->used = u;
    q->mem = mem;
    q->num = (uint16_t)num;
    return 0;
}

int vq_dev_setup(struct vq_dev *q, struct vq_mem const *mem, struct vq_rings const *r,
                 unsigned flags)
{
    int err = vq_dev_check(q, mem, r);
    if (err)
        return err;
    q->flags = flags;
    vq_notify_enable(q);
    err = q->broken;
    if (err)
        vq_dev_reset(q);
    return err;
}

void vq_dev_reset(struct vq_dev *q)
{
    memset(q, 0, sizeof(*q));
}

static int vq_break(struct vq_dev *q, int err)
{
    q->broken = err;
    return err;
}

bool vq_dev_pending(struct vq_dev const *q)
{
    return vq_dev_ready(q) && guard_load16_acquire(&q->avail[RING_IDX]) != q->last_avail;
}

// Adds a descriptor's bytes as one or, where regions meet, more segments.
static int chain_add(struct vq_dev const *q, struct vq_chain *c, struct vq_desc const *d)
{
    bool write = d->flags & VQ_DESC_F_WRITE;
    if (!write && c->nwrite)
        return VQ_EORDER;

    uint64_t addr = d->addr, left = d->len;
    if (!left || addr + (left - 1) < addr)
        return VQ_EBUFFER;
    if (write)
        c->write_len += left;
    else
        c->read_len += left;
    while (left) {
        if (c->nread + c->nwrite >= c->limit)
            return VQ_ECHAIN;
        struct vq_part part = vq_mem_translate_part(q->mem, addr, left, write);
        if (!part.at)
            return VQ_EBUFFER;
        c->seg[c->nread + c->nwrite] = (struct vq_seg){ .ptr = part.at, .len = (uint32_t)part.len };
        if (write)
            c->nwrite++;
        else
            c->nread++;
        addr += part.len;
        left -= part.len;
    }
    return 0;
}

// One copy: what is checked is what is used. False: it is gone.
static bool desc_fetch(struct vq_desc const *at, struct vq_desc *d)
{
    struct guard_pair const w = guard_load_pair(at);
    *d = (struct vq_desc){.addr = w.first, .len = (uint32_t)w.second, .flags = (uint16_t)(w.second >> 32),
                          .next = (uint16_t)(w.second >> 48)};
    return w.first != ~0ull || guard_readable(at, sizeof(*at));
}

// Walks a table of `num` descriptors from `idx` on. More steps than entries means a loop.
static int chain_walk(struct vq_dev const *q, struct vq_chain *c, struct vq_desc const *table,
                      unsigned num, unsigned idx, bool indirect_ok)
{
    for (unsigned steps = 0; steps < num; steps++) {
        if (idx >= num)
            return VQ_EHEAD;
        struct vq_desc d;
        int err;
        if (!desc_fetch(&table[idx], &d))
            return VQ_EGONE;
        if (d.flags & VQ_DESC_F_INDIRECT) {
            // 2.7.5.3.1: no nesting, no NEXT beside it, a whole number of entries
            if (!indirect_ok || (d.flags & VQ_DESC_F_NEXT) || !d.len || d.len % sizeof(d)
                || d.len / sizeof(d) > VQ_NUM_LIMIT)
                return VQ_EINDIRECT;
            struct vq_desc const *t = vq_mem_translate(q->mem, d.addr, d.len, false);
            if (!t || ((uintptr_t)t & 7))
                return VQ_EINDIRECT;
            return chain_walk(q, c, t, d.len / sizeof(d), 0, false);
        }
        err = chain_add(q, c, &d);
        if (err)
            return err;
        if (!(d.flags & VQ_DESC_F_NEXT))
            return 0;
        idx = d.next;
    }
    return VQ_ECHAIN;
}

// Looks for entries behind those that are known. Returns 1, 0 when there are none, or an enum vq_error.
static int look_for_more(struct vq_dev *q)
{
    long idx = guard_load16_acquire(&q->avail[RING_IDX]);
    if (idx < 0)
        return vq_break(q, VQ_EGONE);
    uint16_t ahead = (uint16_t)(idx - q->last_avail);
    if (ahead > q->num)
        return vq_break(q, VQ_EAVAIL);
    q->avail_seen = (uint16_t)idx;
    return ahead != 0;
}

int vq_pop(struct vq_dev *q, struct vq_chain *c)
{
    if (!q->num)
        return 0;
    if (q->broken)
        return q->broken;
    if (q->avail_seen == q->last_avail) {
        int more = look_for_more(q);
        if (more <= 0)
            return more;
    }

    long head = guard_load16(&q->avail[RING_ENTRIES + (q->last_avail & (q->num - 1))]);
    if (head < 0)
        return vq_break(q, VQ_EGONE);
    c->nread = c->nwrite = 0;
    c->read_len = c->write_len = 0;
    c->head = (uint16_t)head;
    int err = chain_walk(q, c, q->desc, q->num, (unsigned)head, q->flags & VQ_INDIRECT);
    if (err)
        return vq_break(q, err);
    q->last_avail++;
    return 1;
}

void vq_unpop(struct vq_dev *q, unsigned n)
{
    q->last_avail = (uint16_t)(q->last_avail - n);
}

void vq_push(struct vq_dev *q, uint16_t head, uint32_t len)
{
    if (!vq_dev_ready(q))
        return;
    struct vq_used_elem *ring = (struct vq_used_elem *)(q->used + RING_ENTRIES);
    // id and length, which is the upper half
    if (guard_store64(&ring[q->used_idx & (q->num - 1)], (uint64_t)len << 32 | head) < 0)
        vq_break(q, VQ_EGONE);
    q->used_idx++;
}

static bool driver_wants_irq(struct vq_dev *q)
{
    bool event_idx = q->flags & VQ_EVENT_IDX;
    long word = guard_load16(&q->avail[event_idx ? RING_ENTRIES + q->num : RING_FLAGS]);
    if (word < 0) {
        vq_break(q, VQ_EGONE);
        return false;
    }
    if (!event_idx)
        return !(word & VQ_AVAIL_F_NO_INTERRUPT);

    bool wants = !q->signalled_valid || ring_need_event((uint16_t)word, q->used_idx, q->signalled);
    q->signalled = q->used_idx;
    q->signalled_valid = true;
    return wants;
}

bool vq_flush(struct vq_dev *q)
{
    if (!vq_dev_ready(q) || q->used_idx == q->used_published)
        return false;
    if (guard_store16_release(&q->used[RING_IDX], q->used_idx) < 0) {
        vq_break(q, VQ_EGONE);
        return false;
    }
    q->used_published = q->used_idx;
    ring_fence();
    return driver_wants_irq(q);
}

static void store(struct vq_dev *q, unsigned word, uint16_t v)
{
    if (guard_store16(&q->used[word], v) < 0)
        vq_break(q, VQ_EGONE);
}

// The driver's used ring holds num entries of 8 bytes, then avail_event.
static void set_avail_event(struct vq_dev *q, uint16_t idx)
{
    store(q, RING_ENTRIES + 4u * q->num, idx);
}

bool vq_notify_beyond(struct vq_dev *q, uint16_t seen)
{
    if (!vq_dev_ready(q))
        return false;
    q->notify_on = true;
    if (q->flags & VQ_EVENT_IDX)
        set_avail_event(q, seen);
    store(q, RING_FLAGS, 0);
    ring_fence();
    return q->broken || guard_load16_acquire(&q->avail[RING_IDX]) != seen;
}

bool vq_notify_enable(struct vq_dev *q)
{
    return vq_notify_beyond(q, q->last_avail);
}

void vq_notify_disable(struct vq_dev *q)
{
    if (!vq_dev_ready(q) || !q->notify_on)
        return;
    q->notify_on = false;
    // With event indices the flag has no meaning: an event that lies behind us is never passed.
    if (q->flags & VQ_EVENT_IDX)
        set_avail_event(q, (uint16_t)(q->last_avail - 1));
    else
        store(q, RING_FLAGS, VQ_USED_F_NO_NOTIFY);
}

// Copies between a buffer and segments [first, first + n); `out` is the direction to the segments.
static long seg_copy(struct vq_seg const *seg, unsigned n, size_t offset, uint8_t *buf,
                     size_t size, bool out)
{
    size_t done = 0;
    for (unsigned i = 0; i < n && done < size; i++) {
        if (offset >= seg[i].len) {
            offset -= seg[i].len;
            continue;
        }
        size_t part = seg[i].len - offset;
        if (part > size - done)
            part = size - done;
        long r = out ? guard_copy(seg[i].ptr + offset, buf + done, part)
                     : guard_copy(buf + done, seg[i].ptr + offset, part);
        if (r < 0)
            return VQ_EGONE;
        offset = 0;
        done += part;
    }
    return (long)done;
}

long vq_chain_read(struct vq_chain const *c, size_t offset, void *buf, size_t size)
{
    return seg_copy(c->seg, c->nread, offset, buf, size, false);
}

long vq_chain_write(struct vq_chain const *c, size_t offset, void const *buf, size_t size)
{
    return seg_copy(c->seg + c->nread, c->nwrite, offset, (uint8_t *)(uintptr_t)buf, size, true);
}
