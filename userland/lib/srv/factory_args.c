// SPDX-License-Identifier: MIT
#include <l4/srv/factory_args.h>
#include <string.h>

long factory_args_init(struct factory_args *a, l4_utcb_t *u, l4_msgtag_t tag)
{
    unsigned words = l4_msgtag_words(tag);
    *a = (struct factory_args){.u = u, .pos = 1, .end = words};
    if (a->end > L4_UTCB_GENERIC_DATA_SIZE)
        a->end = L4_UTCB_GENERIC_DATA_SIZE;
    if (a->end == 0) {
        a->err = -L4_EMSGTOOSHORT;
        return 0;
    }
    return (long)u->msg.mr[0];
}

bool factory_args_next(struct factory_args *a, struct factory_arg *arg)
{
    if (a->err || a->pos >= a->end)
        return false;

    l4_umword_t head = a->u->msg.mr[a->pos++];
    unsigned type = (unsigned)(head & 0xff);
    unsigned bytes = (unsigned)((head >> L4_VARG_SIZE_SHIFT) & 0xffff);
    unsigned words = (bytes + 7) / 8;
    if (words > a->end - a->pos) {
        a->err = -L4_EMSGTOOSHORT;
        return false;
    }
    l4_umword_t const *payload = &a->u->msg.mr[a->pos];
    a->pos += words;
    *arg = (struct factory_arg){.kind = FACTORY_ARG_NIL};

    switch (type) {
    case L4_VARG_TYPE_NIL:
        return true;
    case L4_VARG_TYPE_UMWORD:
    case L4_VARG_TYPE_MWORD:
    case L4_VARG_TYPE_FPAGE:
        if (bytes != sizeof(l4_umword_t))
            break;
        arg->value = (l4_mword_t)payload[0];
        arg->is_signed = type == L4_VARG_TYPE_MWORD;
        arg->fpage.raw = payload[0];
        arg->kind = type == L4_VARG_TYPE_FPAGE ? FACTORY_ARG_FPAGE : FACTORY_ARG_INT;
        return true;
    case L4_VARG_TYPE_STRING:
        arg->kind = FACTORY_ARG_STRING;
        arg->str = (char const *)payload;
        arg->len = (unsigned)strnlen(arg->str, bytes);
        return true;
    default:
        break;
    }
    a->err = -L4_EINVAL;
    return false;
}

bool factory_arg_copy(struct factory_arg const *arg, char *buf, unsigned size)
{
    if (arg->kind != FACTORY_ARG_STRING || arg->len >= size)
        return false;
    memcpy(buf, arg->str, arg->len);
    buf[arg->len] = 0;
    return true;
}

void msg_put_factory_start(struct msg_out *out, long type)
{
    msg_put_u64(out, (l4_uint64_t)type);
}

void msg_put_factory_int(struct msg_out *out, l4_mword_t v)
{
    msg_put_u64(out, L4_VARG_TYPE_MWORD | (sizeof(v) << L4_VARG_SIZE_SHIFT));
    msg_put_u64(out, (l4_uint64_t)v);
}

void msg_put_factory_uint(struct msg_out *out, l4_umword_t v)
{
    msg_put_u64(out, L4_VARG_TYPE_UMWORD | (sizeof(v) << L4_VARG_SIZE_SHIFT));
    msg_put_u64(out, v);
}

void msg_put_factory_str(struct msg_out *out, char const *s)
{
    size_t n = strlen(s) + 1;
    if (n > sizeof(l4_msg_regs_t)) {
        out->err = -L4_EMSGTOOLONG;
        return;
    }
    msg_put_u64(out, L4_VARG_TYPE_STRING | (n << L4_VARG_SIZE_SHIFT));
    msg_put_bytes(out, s, (unsigned)n);
    msg_put_struct(out, "", 0, sizeof(l4_umword_t)); // pad
}
