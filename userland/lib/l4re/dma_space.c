// SPDX-License-Identifier: MIT
#include <l4/re/c/dma_space.h>
#include <l4/sys/ipc.h>
#include <string.h>

// NOLINTNEXTLINE(readability-function-size): L4Re's parameters
long l4re_dma_space_map(l4re_dma_space_t dma, l4re_ds_t src, l4re_ds_offset_t offset,
                        l4_size_t *size, unsigned long attrs, unsigned char align,
                        l4re_dma_space_dma_addr_t *dma_addr)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_DMA_SPACE_OP_MAP;
    u->msg.mr[1] = offset;
    u->msg.mr[2] = *size;
    u->msg.mr[3] = align | ((l4_umword_t)(l4_uint32_t)attrs << 32);
    u->msg.mr[4] = *dma_addr;
    u->msg.mr[5] = ~0ul; // no upper limit
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    l4_msgtag_t t = l4_ipc_obj_request_u(L4RE_PROTO_DMA_SPACE, 6, src, L4_CAP_FPAGE_RWS, u);
    long e = l4_error_u(l4_ipc_call(dma, u, t, L4_IPC_NEVER), u);
    if (e < 0)
        return e;
    *size = u->msg.mr[0];
    *dma_addr = u->msg.mr[1];
    return 0;
}

long l4re_dma_space_unmap(l4re_dma_space_t dma, l4re_dma_space_dma_addr_t dma_addr, l4_size_t size,
                          unsigned long flags)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_DMA_SPACE_OP_UNMAP;
    u->msg.mr[1] = dma_addr;
    u->msg.mr[2] = size;
    u->msg.mr[3] = (l4_uint32_t)flags;
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    return l4_error_u(l4_ipc_call(dma, u, l4_msgtag(L4RE_PROTO_DMA_SPACE, 4, 0, 0), L4_IPC_NEVER),
                      u);
}
