// SPDX-License-Identifier: MIT
// Cursors over the message registers, for servers and clients (packing rules: l4re-protocols 1).
//
// Both cursors work on the same UTCB: read all of a request (also its items) before the first
// msg_put_*(), and before any other IPC.
#pragma once

#include <stdbool.h>
#include <l4/sys/ipc.h>

L4_BEGIN_DECLS

// ---- reading ----
struct msg_in {
    l4_utcb_t *u;
    unsigned pos, end; // bytes in the message registers; end = behind the last data word
    unsigned item;     // next item
    unsigned items;    // number of items
    unsigned buf;      // next receive buffer
    int err;           // 0, or the first error: -L4_EMSGTOOSHORT, -L4_EMSGTOOLONG, -L4_EMSGMISSARG
};

enum msg_item_kind {
    MSG_ITEM_VOID,  // an optional item that was left out, or nothing was mapped
    MSG_ITEM_CAP,   // a capability was received in slot `cap`
    MSG_ITEM_LOCAL, // a gate of this task: `label` as at its registration, `rights` W(1) | S(2)
    MSG_ITEM_FPAGE, // sender and receiver share this task: `fpage` is the sender's, `cap` its
                    // selector
    MSG_ITEM_MEM,   // memory was mapped; `fpage` has the order
};

struct msg_item {
    enum msg_item_kind kind;
    l4_cap_idx_t cap;
    l4_umword_t label;
    unsigned rights;
    unsigned buf; // index of the receive buffer that the item used
    l4_fpage_t fpage;
};

void msg_in_init(struct msg_in *in, l4_utcb_t *u, l4_msgtag_t tag);

// A value at its natural alignment. On overrun 0, and in->err is set.
l4_uint8_t msg_get_u8(struct msg_in *in);
l4_uint16_t msg_get_u16(struct msg_in *in);
l4_uint32_t msg_get_u32(struct msg_in *in);
l4_uint64_t msg_get_u64(struct msg_in *in);

// `len` bytes without alignment. On overrun the destination is zeroed.
void msg_get_bytes(struct msg_in *in, void *dst, unsigned len);

// A structure at alignment `align`.
void msg_get_struct(struct msg_in *in, void *dst, unsigned len, unsigned align);

// A string with a length field of `lenbytes` (2 or 8) in front, which counts the NUL. Always
// terminates buf. An empty or overlong string sets in->err. Returns its length without NUL.
unsigned msg_get_string(struct msg_in *in, unsigned lenbytes, char *buf, unsigned size);

// Bytes with such a length field. Returns the number of bytes, at most `size`; more sets in->err.
unsigned msg_get_array(struct msg_in *in, unsigned lenbytes, void *buf, unsigned size);

// The next item. false when there is none any more.
bool msg_get_item(struct msg_in *in, struct msg_item *item);

// Selector of the next item's capability: received in a buffer, or the sender's own selector when
// it is a thread of this task. L4_INVALID_CAP for a void item, an own gate (use msg_get_item()) or
// none (sets in->err).
l4_cap_idx_t msg_get_cap(struct msg_in *in);

// ---- writing ----
#define MSG_OUT_ITEMS 4
#define MSG_OUT_BUFS  6

struct msg_out {
    l4_utcb_t *u;
    unsigned pos; // bytes
    unsigned items;
    unsigned bufs;
    int err; // 0 or -L4_EMSGTOOLONG
    l4_umword_t item[MSG_OUT_ITEMS][2];
    l4_umword_t buf[MSG_OUT_BUFS];
};

void msg_out_init(struct msg_out *out, l4_utcb_t *u);
void msg_put_u8(struct msg_out *out, l4_uint8_t v);
void msg_put_u16(struct msg_out *out, l4_uint16_t v);
void msg_put_u32(struct msg_out *out, l4_uint32_t v);
void msg_put_u64(struct msg_out *out, l4_uint64_t v);
void msg_put_bytes(struct msg_out *out, void const *src, unsigned len);
void msg_put_struct(struct msg_out *out, void const *src, unsigned len, unsigned align);

// String with length field of `lenbytes` (2 or 8); the NUL is sent and counted.
void msg_put_string(struct msg_out *out, unsigned lenbytes, char const *s);
void msg_put_array(struct msg_out *out, unsigned lenbytes, void const *src, unsigned len);

// Send a capability with rights L4_CAP_FPAGE_*, plus L4_FPAGE_C_* attributes (above bit 3). An
// invalid capability sends a void item.
void msg_put_cap(struct msg_out *out, l4_cap_idx_t cap, unsigned rights);

// Send a flexpage. `control`: hot spot and attributes, see l4_map_control().
void msg_put_fpage(struct msg_out *out, l4_fpage_t fpage, l4_umword_t control);

// Client: receive one capability of the reply in slot `slot`. Call once per expected capability.
void msg_rcv_cap(struct msg_out *out, l4_cap_idx_t slot);

// Client: receive memory of the reply in this window.
void msg_rcv_mem(struct msg_out *out, l4_addr_t base, unsigned order);

// Tag of a reply with `label`: items are put behind the data. A cursor error becomes the label.
l4_msgtag_t msg_reply(struct msg_out *out, long label);

// Tag of a plain reply without data.
L4_INLINE l4_msgtag_t msg_reply_err(long label)
{
    return l4_msgtag(label, 0, 0, 0);
}

// Send the request with label `proto` and wait for the reply; `in` (may be NULL) reads it. Returns
// the reply's label, or a negative error code.
long msg_call(l4_cap_idx_t cap, long proto, struct msg_out *out, struct msg_in *in);

L4_END_DECLS
