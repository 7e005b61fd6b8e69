// SPDX-License-Identifier: MIT
#include <l4/re/c/dataspace.h>
#include <l4/sys/ipc.h>

// Request words 0..: opcode, then `n` words of arguments.
static long ds_call(l4re_ds_t ds, l4_umword_t op, unsigned words, l4_utcb_t *u)
{
    u->msg.mr[0] = op;
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    return l4_error_u(
        l4_ipc_call(ds, u, l4_msgtag(L4RE_PROTO_DATASPACE, words, 0, 0), L4_IPC_NEVER), u);
}

// Largest window around `addr` inside [min, max) in which window position and dataspace offset
// agree.
static unsigned ds_window_order(l4_addr_t addr, l4_uint64_t offset, l4_addr_t min, l4_addr_t max)
{
    unsigned order = L4_PAGESHIFT;
    while (order < 39) {
        l4_addr_t base = l4_trunc_size(addr, order + 1);
        l4_addr_t last = base + (1ul << (order + 1)) - 1;
        if (base < min || last < base || last > max - 1)
            break;
        if ((addr ^ offset) & ((1ul << (order + 1)) - 1))
            break;
        order++;
    }
    return order;
}

long l4re_ds_map_order(l4re_ds_t ds, l4re_ds_flags_t flags, l4re_ds_offset_t offset,
                       l4re_ds_map_addr_t local_addr, l4re_ds_map_addr_t min_addr,
                       l4re_ds_map_addr_t max_addr)
{
    local_addr = l4_trunc_page(local_addr);
    offset &= L4_PAGEMASK;
    min_addr = l4_trunc_page(min_addr);
    max_addr = l4_round_page(max_addr);

    unsigned o = ds_window_order(local_addr, offset, min_addr, max_addr);
    l4_addr_t window = l4_trunc_size(local_addr, o);
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_DS_OP_MAP;
    u->msg.mr[1] = offset;
    u->msg.mr[2] = local_addr - window;
    u->msg.mr[3] = flags;
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_fpage(window, o, L4_FPAGE_RWX).raw;
    u->buf.br[2] = 0;
    l4_msgtag_t t = l4_ipc_call(ds, u, l4_msgtag(L4RE_PROTO_DATASPACE, 4, 0, 0), L4_IPC_NEVER);
    long e = l4_error_u(t, u);
    if (e < 0)
        return e;
    // A server that says yes and maps nothing would let a pager answer the same fault for ever.
    l4_umword_t item = l4_msgtag_items(t) ? u->msg.mr[l4_msgtag_words(t)] : 0;
    if ((item & L4_RCV_ITEM_RESULT_MASK) != L4_RCV_MEM_MAPPED)
        return -L4_EIO;
    unsigned got = l4_fpage_size((l4_fpage_t){.raw = item});
    // never trust the server with more than the window
    return got < L4_PAGESHIFT ? L4_PAGESHIFT : got > o ? o : got;
}

long l4re_ds_map(l4re_ds_t ds, l4re_ds_flags_t flags, l4re_ds_offset_t offset,
                 l4re_ds_map_addr_t local_addr, l4re_ds_map_addr_t min_addr,
                 l4re_ds_map_addr_t max_addr)
{
    long e = l4re_ds_map_order(ds, flags, offset, local_addr, min_addr, max_addr);
    return e < 0 ? e : 0;
}

long l4re_ds_map_region(l4re_ds_t ds, l4re_ds_flags_t flags, l4re_ds_offset_t offset,
                        l4re_ds_map_addr_t min_addr, l4re_ds_map_addr_t max_addr)
{
    min_addr = l4_trunc_page(min_addr);
    max_addr = l4_round_page(max_addr);
    l4_addr_t a = min_addr;
    while (a < max_addr) {
        long order = l4re_ds_map_order(ds, flags, offset + (a - min_addr), a, min_addr, max_addr);
        if (order < 0)
            return order;
        a = l4_trunc_size(a, (unsigned char)order) + (1ul << order);
    }
    return 0;
}

long l4re_ds_clear(l4re_ds_t ds, l4re_ds_offset_t offset, l4re_ds_size_t size)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[1] = offset;
    u->msg.mr[2] = size;
    return ds_call(ds, L4RE_DS_OP_CLEAR, 3, u);
}

long l4re_ds_allocate(l4re_ds_t ds, l4re_ds_offset_t offset, l4re_ds_size_t size)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[1] = offset;
    u->msg.mr[2] = size;
    return ds_call(ds, L4RE_DS_OP_ALLOCATE, 3, u);
}

long l4re_ds_copy_in(l4re_ds_t dst, l4re_ds_offset_t dst_offs, l4re_ds_t src,
                     l4re_ds_offset_t src_offs, l4re_ds_size_t size)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_DS_OP_COPY_IN;
    u->msg.mr[1] = dst_offs;
    u->msg.mr[2] = src_offs;
    u->msg.mr[3] = size;
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    l4_msgtag_t t = l4_ipc_obj_request_u(L4RE_PROTO_DATASPACE, 4, src, L4_CAP_FPAGE_RWS, u);
    return l4_error_u(l4_ipc_call(dst, u, t, L4_IPC_NEVER), u);
}

long l4re_ds_info(l4re_ds_t ds, l4re_ds_stats_t *stats)
{
    l4_utcb_t *u = l4_utcb();
    long e = ds_call(ds, L4RE_DS_OP_INFO, 1, u);
    if (e < 0)
        return e;
    stats->size = u->msg.mr[0];
    stats->flags = u->msg.mr[1];
    return 0;
}

long l4re_ds_map_info(l4re_ds_t ds, l4_addr_t *start_addr, l4_addr_t *end_addr)
{
    l4_utcb_t *u = l4_utcb();
    long e = ds_call(ds, L4RE_DS_OP_MAP_INFO, 1, u);
    if (e >= 0) {
        *start_addr = u->msg.mr[0];
        *end_addr = u->msg.mr[1];
    }
    return e;
}

l4re_ds_size_t l4re_ds_size(l4re_ds_t ds)
{
    l4re_ds_stats_t s;
    return l4re_ds_info(ds, &s) < 0 ? 0 : s.size;
}

long l4re_ds_flags(l4re_ds_t ds)
{
    l4re_ds_stats_t s;
    long e = l4re_ds_info(ds, &s);
    return e < 0 ? e : (long)s.flags;
}
