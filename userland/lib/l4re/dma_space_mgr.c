// SPDX-License-Identifier: MIT
// Which kernel DMA space, or physical memory itself, a managed DMA space speaks of (l4re-protocols 8).
#include <l4/re/c/dma_space.h>

#include "wire.h"

// The message's words are there; the DMA space, and `task` if there is one, go behind them.
static long mgr_call(l4re_dma_space_mgr_t mgr, unsigned words, l4re_dma_space_t space, l4_cap_idx_t task, l4_utcb_t *u)
{
    l4_msgtag_t t = l4_msgtag(0, words, 0, 0);
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    l4_sndfpage_add_u(l4_obj_fpage(space, 0, L4_CAP_FPAGE_RWS), 0, &t, u);
    if (l4_is_valid_cap(task))
        l4_sndfpage_add_u(l4_obj_fpage(task, 0, L4_CAP_FPAGE_RWS), 0, &t, u);
    return l4_error_u(l4_ipc_call(mgr, u, t, L4_IPC_NEVER), u);
}

l4_ret_t l4re_dma_space_mgr_associate(l4re_dma_space_mgr_t dma_mgr, l4re_dma_space_t dma_space, l4_cap_idx_t dma_task,
                                      enum l4re_dma_space_mgr_space_attribs attr)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_DMA_SPACE_MGR_OP_ASSOCIATE | (l4_umword_t)attr << 32;
    return mgr_call(dma_mgr, 1, dma_space, dma_task, u);
}

l4_ret_t l4re_dma_space_mgr_associate_phys(l4re_dma_space_mgr_t dma_mgr, l4re_dma_space_t dma_space,
                                           enum l4re_dma_space_mgr_space_attribs attr)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_DMA_SPACE_MGR_OP_ASSOCIATE_PHYS | (l4_umword_t)attr << 32;
    return mgr_call(dma_mgr, 1, dma_space, L4_INVALID_CAP, u);
}

l4_ret_t l4re_dma_space_mgr_associate_phys_id(l4re_dma_space_mgr_t dma_mgr, l4re_dma_space_t dma_space, l4_uint64_t *id)
{
    l4_ret_t err = l4re_dma_space_mgr_associate_phys(dma_mgr, dma_space, 0);
    if (err >= 0)
        *id = l4_utcb()->msg.mr[0];
    return err;
}

l4_ret_t l4re_dma_space_mgr_disassociate_id(l4re_dma_space_mgr_t dma_mgr, l4_uint64_t id)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE;
    u->msg.mr[1] = id;
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    return l4_error_u(l4_ipc_call(dma_mgr, u, l4_msgtag(0, 2, 0, 0), L4_IPC_NEVER), u);
}

l4_ret_t l4re_dma_space_mgr_disassociate(l4re_dma_space_mgr_t dma_mgr, l4re_dma_space_t dma_space)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE;
    return mgr_call(dma_mgr, 1, dma_space, L4_INVALID_CAP, u);
}

l4_ret_t l4re_dma_space_mgr_set_limits(l4re_dma_space_mgr_t dma_mgr, l4re_dma_space_t dma_space,
                                       l4re_dma_space_dma_addr_t min_addr, l4re_dma_space_dma_addr_t max_addr)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_DMA_SPACE_MGR_OP_SET_LIMITS;
    u->msg.mr[1] = min_addr;
    u->msg.mr[2] = max_addr;
    return mgr_call(dma_mgr, 3, dma_space, L4_INVALID_CAP, u);
}
