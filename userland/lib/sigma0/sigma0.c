// SPDX-License-Identifier: MIT
#include <l4/sigma0/sigma0.h>
#include <l4/sys/ipc.h>

// Asks for flexpage `f` with request `id`, into the window of 2^order bytes at `to`. The order of what was mapped, or an error
// of enum l4sigma0_return_flags_t negated. *base, if not NULL, is its physical address.
static int request(l4_cap_idx_t sigma0, l4_umword_t id, l4_fpage_t f, l4_addr_t to, unsigned order, l4_addr_t *base)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = SIGMA0_REQ(id);
    u->msg.mr[1] = f.raw;
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_fpage(to, order, L4_FPAGE_RWX).raw;
    u->buf.br[2] = 0;
    l4_msgtag_t t = l4_ipc_call(sigma0, u, l4_msgtag(L4_PROTO_SIGMA0, 2, 0, 0), L4_IPC_NEVER);
    if (l4_msgtag_has_error(t))
        return -L4SIGMA0_IPCERROR;
    if (l4_msgtag_label(t) < 0 || l4_msgtag_items(t) == 0)
        return -L4SIGMA0_NOFPAGE;
    l4_umword_t item = u->msg.mr[l4_msgtag_words(t)];
    if ((item & L4_RCV_ITEM_RESULT_MASK) != L4_RCV_MEM_MAPPED)
        return -L4SIGMA0_NOFPAGE;
    if (base)
        *base = item & L4_FPAGE_ADDR_MASK;
    return (int)l4_fpage_size((l4_fpage_t){.raw = item});
}

l4_kernel_info_t *l4sigma0_map_kip(l4_cap_idx_t sigma0, void *addr, unsigned log2_size)
{
    int order = request(sigma0, SIGMA0_REQ_ID_KIP, l4_fpage_invalid(), (l4_addr_t)addr, log2_size, NULL);
    return order < 0 ? NULL : (l4_kernel_info_t *)addr;
}

// Pieces as large as both addresses and the rest allow.
static int map_range(l4_cap_idx_t sigma0, l4_umword_t id, l4_addr_t phys, l4_addr_t virt, l4_addr_t size)
{
    if ((phys ^ virt) & ~L4_PAGEMASK)
        return -L4SIGMA0_NOTALIGNED;
    size = l4_round_page(size + (phys & ~L4_PAGEMASK));
    phys = l4_trunc_page(phys);
    virt = l4_trunc_page(virt);
    while (size) {
        unsigned order = L4_PAGESHIFT;
        while (order < L4_SUPERPAGESHIFT && !((phys | virt) & ((2ul << order) - 1)) && size >= 2ul << order)
            order++;
        int got = request(sigma0, id, l4_fpage(phys, order, L4_FPAGE_RW), virt, order, NULL);
        if (got < 0)
            return got;
        if ((unsigned)got < order)
            return -L4SIGMA0_SMALLERFPAGE;
        phys += 1ul << order;
        virt += 1ul << order;
        size -= 1ul << order;
    }
    return L4SIGMA0_OK;
}

int l4sigma0_map_mem(l4_cap_idx_t sigma0, l4_addr_t phys, l4_addr_t virt, l4_addr_t size)
{
    return map_range(sigma0, SIGMA0_REQ_ID_FPAGE_RAM, phys, virt, size);
}

int l4sigma0_map_iomem(l4_cap_idx_t sigma0, l4_addr_t phys, l4_addr_t virt, l4_addr_t size, int cached)
{
    return map_range(sigma0, cached ? SIGMA0_REQ_ID_FPAGE_IOMEM_CACHED : SIGMA0_REQ_ID_FPAGE_IOMEM, phys, virt, size);
}

int l4sigma0_map_anypage(l4_cap_idx_t sigma0, l4_addr_t map_area, unsigned log2_map_size, l4_addr_t *base, unsigned log2_size)
{
    l4_fpage_t any = l4_fpage(0, log2_map_size, L4_FPAGE_RWX);
    int got = request(sigma0, SIGMA0_REQ_ID_FPAGE_ANY, any, map_area, log2_size, base);
    if (got < 0)
        return got;
    return (unsigned)got < log2_map_size ? -L4SIGMA0_SMALLERFPAGE : L4SIGMA0_OK;
}

void l4sigma0_debug_dump(l4_cap_idx_t sigma0)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = SIGMA0_REQ(SIGMA0_REQ_ID_DEBUG_DUMP);
    l4_ipc_call(sigma0, u, l4_msgtag(L4_PROTO_SIGMA0, 1, 0, 0), L4_IPC_NEVER);
}

char const *l4sigma0_map_errstr(int err)
{
    switch (-err) {
    case L4SIGMA0_OK:
        return "no error";
    case L4SIGMA0_NOTALIGNED:
        return "physical and virtual address differ within the page";
    case L4SIGMA0_IPCERROR:
        return "sigma0 cannot be called";
    case L4SIGMA0_NOFPAGE:
        return "sigma0 gives no such memory";
    case L4SIGMA0_SMALLERFPAGE:
        return "sigma0 gave less than was asked for";
    default:
        return "unknown error";
    }
}
