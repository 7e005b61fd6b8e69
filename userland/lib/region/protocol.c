// SPDX-License-Identifier: MIT
#include <l4/region/protocol.h>

#include <l4/re/c/rm.h>

#define STRING_LENGTH_BYTES 8
#define MSG_BYTES           (L4_UTCB_GENERIC_DATA_SIZE * sizeof(l4_umword_t))

int region_get_attach(struct msg_in *in, struct region_attach *a)
{
    char name[MSG_BYTES];

    *a = (struct region_attach){0};
    a->start = msg_get_u64(in);
    a->size = msg_get_u64(in);
    a->flags = msg_get_u32(in);
    a->offset = msg_get_u64(in);
    a->align = msg_get_u8(in);
    a->client_cap = msg_get_u64(in);
    msg_get_string(in, STRING_LENGTH_BYTES, name, sizeof(name));
    msg_get_u64(in); // offset in the file of that name
    return in->err;
}

l4_msgtag_t region_put_start(l4_utcb_t *u, uint64_t start)
{
    struct msg_out out;

    msg_out_init(&out, u);
    msg_put_u64(&out, start);
    return msg_reply(&out, 0);
}

int region_get_detach(struct msg_in *in, struct region_range *d)
{
    d->start = msg_get_u64(in);
    d->size = msg_get_u64(in);
    d->flags = msg_get_u32(in);
    return in->err;
}

l4_msgtag_t region_put_detach(l4_utcb_t *u, int result, struct region const *gone)
{
    struct msg_out out;

    msg_out_init(&out, u);
    msg_put_u64(&out, gone->start);
    msg_put_u64(&out, gone->end - gone->start + 1);
    msg_put_u64(&out, gone->client_cap);
    return msg_reply(&out, result);
}

int region_get_page_in(struct msg_in *in, struct region_page_in *p)
{
    p->min = msg_get_u64(in) & L4_PAGEMASK;
    p->max = msg_get_u64(in) | ~L4_PAGEMASK;
    unsigned rights = msg_get_u16(in);
    p->rights = rights & L4RE_RM_F_RWX;
    if (in->err)
        return in->err;
    return p->max < p->min || p->rights != rights ? -L4_EINVAL : 0;
}

l4_msgtag_t region_put_page_in(l4_utcb_t *u, l4_fpage_t fpage, l4_umword_t control)
{
    struct msg_out out;

    msg_out_init(&out, u);
    msg_put_u64(&out, 0); // no function that the client should call instead
    msg_put_fpage(&out, fpage, control);
    return msg_reply(&out, 0);
}

l4_msgtag_t region_serve_reserve_area(struct region_map *m, struct msg_in *in)
{
    uint64_t start = msg_get_u64(in), size = msg_get_u64(in);
    uint32_t flags = msg_get_u32(in);
    unsigned align = msg_get_u8(in);

    if (in->err)
        return msg_reply_err(in->err);
    int err = region_map_reserve(m, &start, size, flags, align);
    return err < 0 ? msg_reply_err(err) : region_put_start(in->u, start);
}

l4_msgtag_t region_serve_free_area(struct region_map *m, struct msg_in *in)
{
    uint64_t addr = msg_get_u64(in);

    return msg_reply_err(in->err ? in->err : region_map_free_area(m, addr));
}

l4_msgtag_t region_serve_list(struct region_list const *l, struct msg_in *in)
{
    enum { MAX = MSG_BYTES / sizeof(l4re_rm_region_t) };
    uint64_t start = msg_get_u64(in);
    struct msg_out out;
    long n = 0;

    if (in->err)
        return msg_reply_err(in->err);
    msg_out_init(&out, in->u);
    for (unsigned i = region_list_index(l, start); i < l->count && n < MAX; i++, n++) {
        msg_put_u64(&out, l->r[i].start);
        msg_put_u64(&out, l->r[i].end);
        msg_put_u64(&out, l->r[i].flags & L4RE_RM_F_REGION_FLAGS); // 16 bits, and room
    }
    return msg_reply(&out, n);
}
