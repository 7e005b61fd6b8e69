// SPDX-License-Identifier: MIT
#include <l4/srv/msg.h>
#include <string.h>

// With a size that is known it becomes a load or a store.
#define BY_SIZE static inline __attribute__((always_inline))
#define MSG_BYTES (L4_UTCB_GENERIC_DATA_SIZE * sizeof(l4_umword_t))

void msg_in_init(struct msg_in *in, l4_utcb_t *u, l4_msgtag_t tag)
{
    unsigned words = l4_msgtag_words(tag);
    unsigned items = l4_msgtag_items(tag);
    // the kernel cuts, so a tag may announce more than the registers hold
    if (words > L4_UTCB_GENERIC_DATA_SIZE)
        words = L4_UTCB_GENERIC_DATA_SIZE;
    if (items > (L4_UTCB_GENERIC_DATA_SIZE - words) / 2)
        items = (L4_UTCB_GENERIC_DATA_SIZE - words) / 2;
    *in = (struct msg_in){.u = u, .end = words * (unsigned)sizeof(l4_umword_t), .items = items};
}

// Source of `len` bytes at alignment `align`, NULL (and the error) when the message ends before.
BY_SIZE void const *msg_take(struct msg_in *in, unsigned len, unsigned align)
{
    unsigned pos = (in->pos + align - 1) & ~(align - 1);
    if (in->err || pos > in->end || len > in->end - pos) {
        if (!in->err)
            in->err = -L4_EMSGTOOSHORT;
        return NULL;
    }
    in->pos = pos + len;
    return (char const *)in->u->msg.mr + pos;
}

BY_SIZE void get(struct msg_in *in, void *dst, unsigned len, unsigned align)
{
    void const *src = msg_take(in, len, align);
    if (src)
        memcpy(dst, src, len);
    else
        memset(dst, 0, len);
}

void msg_get_struct(struct msg_in *in, void *dst, unsigned len, unsigned align)
{
    get(in, dst, len, align);
}

void msg_get_bytes(struct msg_in *in, void *dst, unsigned len)
{
    msg_get_struct(in, dst, len, 1);
}

// No array: what is written is as large as the variable. Each word of a message would pay. So in those below.
L4_NO_STACK_GUARD l4_uint8_t msg_get_u8(struct msg_in *in)
{
    l4_uint8_t v;
    get(in, &v, sizeof(v), sizeof(v));
    return v;
}

L4_NO_STACK_GUARD l4_uint16_t msg_get_u16(struct msg_in *in)
{
    l4_uint16_t v;
    get(in, &v, sizeof(v), sizeof(v));
    return v;
}

L4_NO_STACK_GUARD l4_uint32_t msg_get_u32(struct msg_in *in)
{
    l4_uint32_t v;
    get(in, &v, sizeof(v), sizeof(v));
    return v;
}

L4_NO_STACK_GUARD l4_uint64_t msg_get_u64(struct msg_in *in)
{
    l4_uint64_t v;
    get(in, &v, sizeof(v), sizeof(v));
    return v;
}

// Length field, limited so that it fits into an unsigned.
static unsigned msg_get_length(struct msg_in *in, unsigned lenbytes)
{
    l4_uint64_t n = lenbytes == 8 ? msg_get_u64(in) : msg_get_u16(in);
    return n > MSG_BYTES ? (unsigned)MSG_BYTES + 1 : (unsigned)n;
}

unsigned msg_get_string(struct msg_in *in, unsigned lenbytes, char *buf, unsigned size)
{
    unsigned n = msg_get_length(in, lenbytes);
    char const *src = n ? msg_take(in, n, 1) : NULL;
    if (size)
        buf[0] = 0;
    if (!src) {
        if (!in->err)
            in->err = -L4_EMSGTOOSHORT;
        return 0;
    }
    unsigned len = (unsigned)strnlen(src, n - 1); // the last byte counts as the terminator
    if (len >= size) {
        in->err = -L4_EMSGTOOLONG;
        return 0;
    }
    memcpy(buf, src, len);
    buf[len] = 0;
    return len;
}

unsigned msg_get_array(struct msg_in *in, unsigned lenbytes, void *buf, unsigned size)
{
    unsigned n = msg_get_length(in, lenbytes);
    void const *src = msg_take(in, n, 1);
    if (!src)
        return 0;
    if (n > size) {
        in->err = -L4_EMSGTOOLONG;
        return 0;
    }
    memcpy(buf, src, n);
    return n;
}

bool msg_get_item(struct msg_in *in, struct msg_item *item)
{
    *item = (struct msg_item){.kind = MSG_ITEM_VOID, .cap = L4_INVALID_CAP};
    if (in->item >= in->items)
        return false;

    l4_umword_t const *w = &in->u->msg.mr[in->end / sizeof(l4_umword_t) + 2 * in->item++];
    if (w[0] == 0)
        return true; // void items use no buffer
    item->buf = in->buf;
    if (!(w[0] & L4_ITEM_CONT))
        in->buf++;
    unsigned order = l4_fpage_size((l4_fpage_t){.raw = w[0]});
    switch (w[0] & L4_RCV_ITEM_RESULT_MASK) {
    case L4_RCV_OBJ_MAPPED:
        item->kind = MSG_ITEM_CAP;
        if (item->buf < L4_UTCB_GENERIC_BUFFERS_SIZE)
            item->cap = in->u->buf.br[item->buf] & L4_CAP_INDEX_MASK;
        break;
    case L4_RCV_OBJ_LOCAL_ID:
        item->kind = MSG_ITEM_LOCAL;
        item->label = w[1] & ~L4_GATE_LABEL_RIGHTS;
        item->rights = (unsigned)(w[1] & L4_GATE_LABEL_RIGHTS);
        break;
    case L4_RCV_OBJ_FPAGE:
        item->kind = MSG_ITEM_FPAGE;
        item->fpage.raw = w[1];
        item->cap = l4_fpage_obj(item->fpage);
        item->rights = l4_fpage_rights(item->fpage) & L4_GATE_LABEL_RIGHTS;
        break;
    case L4_RCV_MEM_MAPPED:
        item->kind = MSG_ITEM_MEM;
        item->fpage = l4_fpage(w[0], order, 0);
        break;
    default: // nothing was mapped
        break;
    }
    return true;
}

l4_cap_idx_t msg_get_cap(struct msg_in *in)
{
    struct msg_item item;
    if (!msg_get_item(in, &item) && !in->err)
        in->err = -L4_EMSGMISSARG;
    return item.cap;
}

void msg_out_init(struct msg_out *out, l4_utcb_t *u)
{
    out->u = u;
    out->pos = 0;
    out->items = 0;
    out->bufs = 0;
    out->err = 0;
}

static void *msg_room(struct msg_out *out, unsigned len, unsigned align)
{
    unsigned pos = (out->pos + align - 1) & ~(align - 1);
    if (out->err || pos > MSG_BYTES || len > MSG_BYTES - pos) {
        out->err = -L4_EMSGTOOLONG;
        return NULL;
    }
    memset((char *)out->u->msg.mr + out->pos, 0,
           pos - out->pos); // padding must not leak old content
    out->pos = pos + len;
    return (char *)out->u->msg.mr + pos;
}

BY_SIZE void put(struct msg_out *out, void const *src, unsigned len, unsigned align)
{
    void *dst = msg_room(out, len, align);
    if (dst)
        memcpy(dst, src, len);
}

void msg_put_struct(struct msg_out *out, void const *src, unsigned len, unsigned align)
{
    put(out, src, len, align);
}

void msg_put_bytes(struct msg_out *out, void const *src, unsigned len)
{
    msg_put_struct(out, src, len, 1);
}

// No array, as in msg_get_u8().
L4_NO_STACK_GUARD void msg_put_u8(struct msg_out *out, l4_uint8_t v)
{
    put(out, &v, sizeof(v), sizeof(v));
}

L4_NO_STACK_GUARD void msg_put_u16(struct msg_out *out, l4_uint16_t v)
{
    put(out, &v, sizeof(v), sizeof(v));
}

L4_NO_STACK_GUARD void msg_put_u32(struct msg_out *out, l4_uint32_t v)
{
    put(out, &v, sizeof(v), sizeof(v));
}

L4_NO_STACK_GUARD void msg_put_u64(struct msg_out *out, l4_uint64_t v)
{
    put(out, &v, sizeof(v), sizeof(v));
}

void msg_put_array(struct msg_out *out, unsigned lenbytes, void const *src, unsigned len)
{
    if (lenbytes == 8)
        msg_put_u64(out, len);
    else
        msg_put_u16(out, (l4_uint16_t)len);
    msg_put_bytes(out, src, len);
}

void msg_put_string(struct msg_out *out, unsigned lenbytes, char const *s)
{
    size_t n = strlen(s) + 1;
    msg_put_array(out, lenbytes, s, n > MSG_BYTES ? (unsigned)MSG_BYTES + 1 : (unsigned)n);
}

void msg_put_fpage(struct msg_out *out, l4_fpage_t fpage, l4_umword_t control)
{
    if (out->items >= MSG_OUT_ITEMS) {
        out->err = -L4_EMSGTOOLONG;
        return;
    }
    out->item[out->items][0] = control;
    out->item[out->items][1] = fpage.raw;
    out->items++;
}

void msg_put_cap(struct msg_out *out, l4_cap_idx_t cap, unsigned rights)
{
    if (l4_is_invalid_cap(cap))
        msg_put_fpage(out, l4_fpage_invalid(), 0);
    else
        msg_put_fpage(out, l4_obj_fpage(cap, 0, rights & 0xf),
                      l4_map_obj_control(0, rights & 0xf0));
}

void msg_rcv_cap(struct msg_out *out, l4_cap_idx_t slot)
{
    if (out->bufs + 1 >= MSG_OUT_BUFS)
        out->err = -L4_EMSGTOOLONG;
    else
        out->buf[out->bufs++] = (slot & L4_CAP_INDEX_MASK) | L4_RCV_ITEM_SINGLE_CAP;
}

void msg_rcv_mem(struct msg_out *out, l4_addr_t base, unsigned order)
{
    if (out->bufs + 2 >= MSG_OUT_BUFS) {
        out->err = -L4_EMSGTOOLONG;
        return;
    }
    out->buf[out->bufs++] = L4_ITEM_MAP;
    out->buf[out->bufs++] = l4_fpage(base, order, L4_FPAGE_RWX).raw;
}

// Pad to words and put the items behind the data.
static l4_msgtag_t msg_finish(struct msg_out *out, long label)
{
    msg_room(out, 0, sizeof(l4_umword_t));
    unsigned words = out->pos / (unsigned)sizeof(l4_umword_t);
    if (!out->err && words + 2 * out->items > L4_UTCB_GENERIC_DATA_SIZE)
        out->err = -L4_EMSGTOOLONG;
    if (out->err)
        return l4_msgtag(out->err, 0, 0, 0);
    for (unsigned i = 0; i < out->items; i++) {
        out->u->msg.mr[words + 2 * i] = out->item[i][0];
        out->u->msg.mr[words + 2 * i + 1] = out->item[i][1];
    }
    return l4_msgtag(label, words, out->items, 0);
}

l4_msgtag_t msg_reply(struct msg_out *out, long label)
{
    return msg_finish(out, label);
}

long msg_call(l4_cap_idx_t cap, long proto, struct msg_out *out, struct msg_in *in)
{
    l4_utcb_t *u = out->u;
    if (in)
        *in = (struct msg_in){.u = u};
    l4_msgtag_t tag = msg_finish(out, proto);
    if (out->err)
        return out->err;
    u->buf.bdr = 0;
    for (unsigned i = 0; i < out->bufs; i++)
        u->buf.br[i] = out->buf[i];
    u->buf.br[out->bufs] = 0;
    tag = l4_ipc_call(cap, u, tag, L4_IPC_NEVER);
    if (in)
        msg_in_init(in, u, l4_msgtag_has_error(tag) ? l4_msgtag(0, 0, 0, 0) : tag);
    return l4_error_u(tag, u);
}
