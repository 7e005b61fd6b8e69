// SPDX-License-Identifier: MIT
#include <l4/re/c/event.h>
#include <l4/re/c/event_buffer.h>
#include <l4/re/c/rm.h>
#include <l4/sys/irq.h>

#include "wire.h"

l4_ret_t l4re_event_get_buffer(l4_cap_idx_t server, l4re_ds_t ds)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_EVENT_OP_GET_BUFFER;
    u->buf.bdr = 0;
    u->buf.br[0] = ds | L4_RCV_ITEM_SINGLE_CAP;
    u->buf.br[1] = 0;
    l4_msgtag_t t = l4_ipc_call(server, u, l4_msgtag(L4RE_PROTO_EVENT, 1, 0, 0), L4_IPC_NEVER);
    l4_ret_t e = l4_error_u(t, u);
    if (e < 0)
        return e;
    l4_umword_t item = l4_msgtag_items(t) ? u->msg.mr[l4_msgtag_words(t)] : 0;
    return (item & L4_RCV_ITEM_RESULT_MASK) == L4_RCV_OBJ_MAPPED ? 0 : -L4_EMSGMISSARG;
}

l4_ret_t l4re_event_get_num_streams(l4_cap_idx_t server)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_EVENT_OP_GET_NUM_STREAMS;
    return l4_error_u(wire_call(server, L4RE_PROTO_EVENT, 1, u), u);
}

static l4_ret_t stream_info(l4_cap_idx_t server, unsigned words, l4re_event_stream_info_t *info, l4_utcb_t *u)
{
    l4_msgtag_t t = wire_call(server, L4RE_PROTO_EVENT, words, u);
    l4_ret_t e = l4_error_u(t, u);
    if (e < 0)
        return e;
    if (l4_msgtag_words(t) * sizeof(l4_umword_t) < sizeof(*info))
        return -L4_EMSGTOOSHORT;
    memcpy(info, u->msg.mr, sizeof(*info));
    return 0;
}

l4_ret_t l4re_event_get_stream_info(l4_cap_idx_t server, int idx, l4re_event_stream_info_t *info)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_EVENT_OP_GET_STREAM_INFO | (l4_umword_t)(unsigned)idx << 32;
    return stream_info(server, 1, info, u);
}

l4_ret_t l4re_event_get_stream_info_for_id(l4_cap_idx_t server, l4_umword_t id, l4re_event_stream_info_t *info)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_EVENT_OP_GET_STREAM_INFO_FOR_ID;
    u->msg.mr[1] = id;
    return stream_info(server, 2, info, u);
}

// ---- buffer: a ring in which the consumer frees entries by clearing their time ----
l4_ret_t l4re_event_buffer_attach(l4re_event_buffer_consumer_t *evbuf, l4re_ds_t ds, l4_cap_idx_t rm)
{
    l4re_ds_size_t size = l4re_ds_size(ds);
    void *at = NULL;
    if (size < sizeof(l4re_event_t))
        return -L4_EINVAL;
    int e = l4re_rm_attach_srv(rm, &at, size, L4RE_RM_F_RW | L4RE_RM_F_SEARCH_ADDR, ds, 0, L4_PAGESHIFT);
    if (e < 0)
        return e;
    evbuf->entries = at;
    evbuf->count = size / sizeof(l4re_event_t);
    evbuf->next = 0;
    evbuf->ds = ds;
    return 0;
}

l4_ret_t l4re_event_buffer_detach(l4re_event_buffer_consumer_t *evbuf, l4_cap_idx_t rm)
{
    int e = l4re_rm_detach_srv(rm, (l4_addr_t)evbuf->entries, NULL, L4RE_THIS_TASK_CAP);
    return e < 0 ? e : 0;
}

l4re_event_t *l4re_event_buffer_next(l4re_event_buffer_consumer_t *evbuf)
{
    l4re_event_t *e = &evbuf->entries[evbuf->next];
    if (!__atomic_load_n(&e->time, __ATOMIC_ACQUIRE))
        return NULL;
    evbuf->next = (evbuf->next + 1) % evbuf->count;
    return e;
}

void l4re_event_free(l4re_event_t *e)
{
    __atomic_store_n(&e->time, 0, __ATOMIC_RELEASE);
}

void l4re_event_buffer_consumer_foreach_available_event(l4re_event_buffer_consumer_t *evbuf, void *data,
                                                        l4re_event_buffer_cb_t *cb)
{
    l4re_event_t *e;
    while ((e = l4re_event_buffer_next(evbuf))) {
        cb(e, data);
        l4re_event_free(e);
    }
}

void l4re_event_buffer_consumer_process(l4re_event_buffer_consumer_t *evbuf, l4_cap_idx_t irq, l4_cap_idx_t thread,
                                        void *data, l4re_event_buffer_cb_t *cb)
{
    l4_rcv_ep_bind_thread(irq, thread, 0);
    for (;;) {
        l4re_event_buffer_consumer_foreach_available_event(evbuf, data, cb);
        l4_irq_receive(irq, L4_IPC_NEVER);
    }
}
