// SPDX-License-Identifier: MIT
// Without an IOMMU a device sees physical addresses: map tells them, for memory in one piece. What a device was told stays
// memory of that dataspace, whatever becomes of driver and dataspace, until it is unmapped or the manager's client says that
// the devices use the space no more. Until then the space itself lives, too. A space may have no capability any more then: an
// id names it.
#include "dma_space.h"

#include <l4/re/protocols.h>

#include "dataspace.h"
#include "factory.h"

enum { MAPPINGS_MAX = 4096 }; // of a space: each call looks through them

struct mapping {
    struct mapping *next;
    struct dataspace *ds; // a reference
    uint64_t phys, size;
    unsigned count;       // so often mapped
};

struct dma_space {
    struct object obj;
    struct dma_space *next; // of those that are associated
    uint64_t id;            // associated with the physical address space, 0: not
    struct mapping *mappings;
    unsigned num_mappings;
};

static struct dma_space *associated;
static uint64_t last_id;

static struct object_ops const dma_space_ops;

// The link to a mapping; of a NULL if there is none.
static struct mapping **find(struct dma_space *s, uint64_t phys, uint64_t size)
{
    struct mapping **at = &s->mappings;
    while (*at && ((*at)->phys != phys || (*at)->size != size))
        at = &(*at)->next;
    return at;
}

static bool keep(struct dma_space *s, struct dataspace *ds, uint64_t phys, uint64_t size)
{
    struct mapping *m = *find(s, phys, size);
    if (m) {
        m->count++;
        return true;
    }
    m = s->num_mappings < MAPPINGS_MAX ? factory_alloc(s->obj.factory, sizeof(*m)) : NULL;
    if (!m)
        return false;
    *m = (struct mapping){.next = s->mappings, .ds = ds, .phys = phys, .size = size, .count = 1};
    s->mappings = m;
    s->num_mappings++;
    object_get(dataspace_object(ds));
    return true;
}

static void let_go(struct dma_space *s, struct mapping **at)
{
    struct mapping *m = *at;
    *at = m->next;
    s->num_mappings--;
    object_put(dataspace_object(m->ds));
    factory_free(s->obj.factory, m, sizeof(*m));
}

static void let_all_go(struct dma_space *s)
{
    while (s->mappings)
        let_go(s, &s->mappings);
}

static l4_msgtag_t op_map(struct dma_space *s, struct request *r)
{
    uint64_t offset = msg_get_u64(&r->in), size = msg_get_u64(&r->in), phys;
    struct msg_item item;

    if (r->in.err)
        return msg_reply_err(r->in.err);
    if (!s->id)
        return msg_reply_err(-L4_EINVAL);
    struct dataspace *ds = msg_get_item(&r->in, &item) ? dataspace_of_item(&item) : NULL;
    if (!ds)
        return msg_reply_err(-L4_EINVAL);
    // L4Re's message has no direction: who gets an address may have the device write there
    if (!(item.rights & OBJECT_RIGHT_W) || !(dataspace_rights(ds) & DS_W))
        return msg_reply_err(-L4_EPERM);
    object_get(dataspace_object(ds)); // memory shortage may make us drop objects without clients
    int err = dataspace_phys(ds, offset, &size, &phys);
    if (err >= 0 && !keep(s, ds, phys, size))
        err = -L4_ENOMEM;
    object_put(dataspace_object(ds));
    if (err < 0)
        return msg_reply_err(err);
    struct msg_out out;
    msg_out_init(&out, r->u);
    msg_put_u64(&out, size);
    msg_put_u64(&out, phys);
    return msg_reply(&out, 0);
}

static l4_msgtag_t op_unmap(struct dma_space *s, struct request *r)
{
    uint64_t phys = msg_get_u64(&r->in), size = msg_get_u64(&r->in);
    if (r->in.err)
        return msg_reply_err(r->in.err);
    if (!s->id)
        return msg_reply_err(-L4_EINVAL);
    struct mapping **at = find(s, phys, size);
    if (!*at)
        return msg_reply_err(-L4_ENOENT);
    if (!--(*at)->count)
        let_go(s, at);
    return msg_reply_err(0);
}

static l4_msgtag_t dma_space_dispatch(struct object *o, struct request *r)
{
    if (l4_msgtag_label(r->tag) != L4RE_PROTO_DMA_SPACE)
        return msg_reply_err(-L4_EBADPROTO);
    switch (msg_get_u32(&r->in)) {
    case L4RE_DMA_SPACE_OP_MAP:
        return op_map((struct dma_space *)o, r);
    case L4RE_DMA_SPACE_OP_UNMAP:
        return op_unmap((struct dma_space *)o, r);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static void dma_space_destroy(struct object *o)
{
    let_all_go((struct dma_space *)o);
}

static struct object_ops const dma_space_ops = {
    .name = "L4Re::Dma_space",
    .proto = L4RE_PROTO_DMA_SPACE,
    .size = sizeof(struct dma_space),
    .dispatch = dma_space_dispatch,
    .destroy = dma_space_destroy,
};

struct object *dma_space_create(struct factory *f)
{
    return object_create(&dma_space_ops, f);
}

// ---- manager ----

static void associate(struct dma_space *s)
{
    s->id = ++last_id;
    s->next = associated;
    associated = s;
    object_get(&s->obj);
}

static void disassociate(struct dma_space *s)
{
    if (!s->id)
        return;
    struct dma_space **at = &associated;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    s->id = 0;
    let_all_go(s);
    object_put(&s->obj);
}

static l4_msgtag_t disassociate_id(uint64_t id)
{
    struct dma_space *s = associated;
    while (s && s->id != id)
        s = s->next;
    if (!s)
        return msg_reply_err(-L4_ENOENT);
    disassociate(s);
    return msg_reply_err(0);
}

static l4_msgtag_t reply_id(struct dma_space const *s, struct request *r)
{
    struct msg_out out;
    msg_out_init(&out, r->u);
    msg_put_u64(&out, s->id);
    return msg_reply(&out, 0);
}

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
    uint64_t id = op == L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE && l4_msgtag_words(r->tag) > 1 ? msg_get_u64(&r->in) : 0;
    if (id)
        return disassociate_id(id);
    bool given = msg_get_item(&r->in, &item);
    struct dma_space *s = given ? object_of_item(&item, &dma_space_ops) : NULL;
    if (!s)
        return msg_reply_err(-L4_ENOENT);
    if (!(item.rights & OBJECT_RIGHT_W))
        return msg_reply_err(-L4_EPERM);
    if (op == L4RE_DMA_SPACE_MGR_OP_DISASSOCIATE) {
        disassociate(s);
        return msg_reply_err(0);
    }
    if (s->id)
        return msg_reply_err(-L4_EBUSY);
    associate(s);
    return reply_id(s, r);
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
