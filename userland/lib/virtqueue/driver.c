// SPDX-License-Identifier: MIT
// Driver side of a split virtqueue (virtio 1.2, 2.7). The device may write anywhere into the ring
// memory: links and lengths of chains in flight are kept apart from it.
#include <string.h>

#include <l4/virtqueue/virtqueue.h>

#include "ring.h"

size_t vq_drv_layout(unsigned num, size_t *avail_off, size_t *used_off)
{
    size_t avail = vq_desc_size(num);
    size_t used = (avail + vq_avail_size(num) + 3) & ~(size_t)3;
    if (avail_off)
        *avail_off = avail;
    if (used_off)
        *used_off = used;
    return used + vq_used_size(num);
}

int vq_drv_init(struct vq_drv *q, unsigned num, struct vq_drv_memory const *m, bool event_idx)
{
    if (!num || (num & (num - 1)) || num > VQ_NUM_LIMIT)
        return VQ_ENUM;
    if ((uintptr_t)m->rings & 15)
        return VQ_EALIGN;

    size_t avail, used;
    vq_drv_layout(num, &avail, &used);
    *q = (struct vq_drv){
        .desc = m->rings,
        .avail = (uint16_t *)((char *)m->rings + avail),
        .used = (uint16_t *)((char *)m->rings + used),
        .cookies = m->cookies,
        .chain_len = m->chain_len,
        .next = m->next,
        .num = (uint16_t)num,
        .free_count = (uint16_t)num,
        .event_idx = event_idx,
    };
    for (unsigned i = 0; i < num; i++) {
        m->chain_len[i] = 0;
        m->next[i] = (uint16_t)((i + 1) & (num - 1));
    }
    return 0;
}

int vq_drv_add(struct vq_drv *q, struct vq_buf const *bufs, unsigned nread, unsigned nwrite,
               void *cookie)
{
    unsigned n = nread + nwrite;
    if (!n)
        return VQ_ECHAIN;
    if (n > q->free_count)
        return VQ_EFULL;

    uint16_t head = q->free_head, at = head;
    for (unsigned i = 0; i < n; i++) {
        struct vq_desc *d = &q->desc[at];
        d->addr = bufs[i].addr;
        d->len = bufs[i].len;
        d->flags = (uint16_t)((i >= nread ? VQ_DESC_F_WRITE : 0)
                              | (i + 1 < n ? VQ_DESC_F_NEXT : 0));
        d->next = q->next[at];
        at = q->next[at];
    }
    q->free_head = at;
    q->free_count = (uint16_t)(q->free_count - n);
    q->chain_len[head] = (uint16_t)n;
    q->cookies[head] = cookie;
    ring_store(&q->avail[RING_ENTRIES + (q->avail_idx & (q->num - 1))], head);
    q->avail_idx++;
    return head;
}

bool vq_drv_kick(struct vq_drv *q)
{
    uint16_t old = q->avail_published;
    if (q->avail_idx == old)
        return false;
    ring_store_release(&q->avail[RING_IDX], q->avail_idx);
    q->avail_published = q->avail_idx;
    ring_fence();
    if (q->event_idx)
        return ring_need_event(ring_load(&q->used[RING_ENTRIES + 4u * q->num]), q->avail_idx, old);
    return !(ring_load(&q->used[RING_FLAGS]) & VQ_USED_F_NO_NOTIFY);
}

int vq_drv_get(struct vq_drv *q, void **cookie, uint32_t *len)
{
    if (ring_load_acquire(&q->used[RING_IDX]) == q->last_used)
        return 0;
    struct vq_used_elem *ring = (struct vq_used_elem *)(q->used + RING_ENTRIES);
    struct vq_used_elem *e = &ring[q->last_used & (q->num - 1)];
    uint32_t head = __atomic_load_n(&e->id, __ATOMIC_RELAXED);
    if (head >= q->num || !q->chain_len[head])
        return VQ_EUSED;

    *cookie = q->cookies[head];
    *len = __atomic_load_n(&e->len, __ATOMIC_RELAXED);
    uint16_t tail = (uint16_t)head;
    for (unsigned i = 1; i < q->chain_len[head]; i++)
        tail = q->next[tail];
    q->next[tail] = q->free_head;
    q->free_head = (uint16_t)head;
    q->free_count = (uint16_t)(q->free_count + q->chain_len[head]);
    q->chain_len[head] = 0;
    q->last_used++;
    return 1;
}

bool vq_drv_irq_enable(struct vq_drv *q)
{
    ring_store(&q->avail[RING_FLAGS], 0);
    ring_store(&q->avail[RING_ENTRIES + q->num], q->last_used);
    ring_fence();
    return ring_load_acquire(&q->used[RING_IDX]) != q->last_used;
}

void vq_drv_irq_disable(struct vq_drv *q)
{
    ring_store(&q->avail[RING_FLAGS], VQ_AVAIL_F_NO_INTERRUPT);
    ring_store(&q->avail[RING_ENTRIES + q->num], (uint16_t)(q->last_used - 1));
}
