// SPDX-License-Identifier: MIT
// Without an IOMMU a device sees physical addresses: map tells them, for memory in one piece.
#include "dma_space.h"

#include <l4/re/protocols.h>

#include "dataspace.h"
#include "factory.h"

struct dma_space {
    struct object obj;
    bool associated; // with the physical address space
};

static struct object_ops const dma_space_ops;

static l4_msgtag_t op_map(struct dma_space *s, struct request *r)
{
    uint64_t offset = msg_get_u64(&r->in), size = msg_get_u64(&r->in), phys;
    struct msg_item item;

    if (r->in.err)
        return msg_reply_err(r->in.err);
    if (!s->associated)
        return msg_reply_err(-L4_EINVAL);
    struct dataspace *ds = msg_get_item(&r->in, &item) ? dataspace_of_item(&item) : NULL;
    if (!ds)
        return msg_reply_err(-L4_EINVAL);
    // L4Re's message has no direction: who gets an address may have the device write there
    if (!(item.rights & OBJECT_RIGHT_W) || !(dataspace_rights(ds) & DS_W))
        return msg_reply_err(-L4_EPERM);
    int err = dataspace_phys(ds, offset, &size, &phys);
    if (err < 0)
        return msg_reply_err(err);
    struct msg_out out;
    msg_out_init(&out, r->u);
    msg_put_u64(&out, size);
    msg_put_u64(&out, phys);
    return msg_reply(&out, 0);
}

static l4_msgtag_t dma_space_dispatch(struct object *o, struct request *r)
{
    if (l4_msgtag_label(r->tag) != L4RE_PROTO_DMA_SPACE)
        return msg_reply_err(-L4_EBADPROTO);
    switch (msg_get_u32(&r->in)) {
    case L4RE_DMA_SPACE_OP_MAP:
        return op_map((struct dma_space *)o, r);
    case L4RE_DMA_SPACE_OP_UNMAP: // nothing was set up for a physical address
        return msg_reply_err(((struct dma_space *)o)->associated ? 0 : -L4_EINVAL);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static struct object_ops const dma_space_ops = {
    .name = "L4Re::Dma_space",
    .proto = L4RE_PROTO_DMA_SPACE,
    .size = sizeof(struct dma_space),
    .dispatch = dma_space_dispatch,
};

struct object *dma_space_create(struct factory *f)
{
    return object_create(&dma_space_ops, f);
}

// ---- manager ----

static l4_msgtag_t dma_manager_dispatch(struct object *o, struct request *r)
{
    struct msg_item item;

    (void)o;
    if (l4_msgtag_label(r->tag) != L4_PROTO_NONE)
        return msg_reply_err(-L4_EBADPROTO);
    uint32_t op = msg_get_u32(&r->in);
    if (r->in.err)
        return msg_reply_err(r->in.err);
    if (op != L4RE_DMA_SPACE_MGR_OP_ASSOCIATE_PHYS && op != L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE)
        return msg_reply_err(-L4_ENOSYS); // kernel DMA spaces need an IOMMU
    bool given = msg_get_item(&r->in, &item);
    struct dma_space *s = given ? object_of_item(&item, &dma_space_ops) : NULL;
    if (!s)
        return msg_reply_err(-L4_ENOENT);
    if (!(item.rights & OBJECT_RIGHT_W))
        return msg_reply_err(-L4_EPERM);
    if (op == L4RE_DMA_SPACE_MGR_OP_ASSOCIATE_PHYS && s->associated)
        return msg_reply_err(-L4_EBUSY);
    s->associated = op == L4RE_DMA_SPACE_MGR_OP_ASSOCIATE_PHYS;
    return msg_reply_err(0);
}

static struct object_ops const dma_manager_ops = {
    .name = "L4Re::Dma_space_mgr",
    .proto = L4_PROTO_NONE,
    .size = sizeof(struct object),
    .dispatch = dma_manager_dispatch,
};

struct object *dma_manager_create(void)
{
    return object_create(&dma_manager_ops, NULL);
}
