# SPDX-License-Identifier: MIT
"""Bugs for unit tests to find: what an honest slip would be, in checks that guard something.

tests/unit/NAME.mk: {what is wrong: (file, text that is once in it, its replacement)}
"""

UNIT_MUTATIONS = {
    "moe_server": {
        "dataspace: allocate adds before it compares": (
            "userland/moe/dataspace.c", "if (offset > ds->size || size > ds->size - offset)", "if (offset + size > ds->size)"),
        "namespace: an entry gets more rights than who registers it has": (
            "userland/moe/namespace.c", "    if (n->rights & ~(held | L4_CAP_FPAGE_R))\n        return -L4_EPERM;\n",
            "    (void)held;\n"),
        "namespace: register does not ask for W": (
            "userland/moe/namespace.c", "    msg_get_item(&r->in, &item);\n    if (!(r->rights & OBJECT_RIGHT_W))\n"
            "        return msg_reply_err(-L4_EPERM);\n", "    msg_get_item(&r->in, &item);\n"),
        "namespace: unlink does not ask for W": (
            "userland/moe/namespace.c", "    if (!(r->rights & OBJECT_RIGHT_W))\n        return msg_reply_err(-L4_EPERM);\n"
            "    struct ns_entry *n", "    struct ns_entry *n"),
        "namespace: moe's own entries can be unlinked": (
            "userland/moe/namespace.c", "    if (n->fixed)\n        return msg_reply_err(-L4_EACCESS);\n", ""),
        "namespace: moe's own entries can be replaced": (
            "userland/moe/namespace.c", "return !old->fixed && (overwrite || is_placeholder(old))",
            "return (overwrite || is_placeholder(old))"),
        "namespace: a query gives all rights": (
            "userland/moe/namespace.c", "e->fixed->gate : e->cap, e->rights)", "e->fixed->gate : e->cap, L4_CAP_FPAGE_RWS)"),
        "namespace: an unlinked entry keeps its slot": (
            "userland/moe/namespace.c", "    else if (l4_is_valid_cap(n->cap))\n"
            "        factory_slot_free(ns->obj.factory, n->cap, false);\n", "    (void)ns;\n"),
        "dataspace: map does not ask the capability for W": (
            "userland/moe/dataspace.c", "    if ((want & DS_W) && !(r->rights & OBJECT_RIGHT_W))\n"
            "        return msg_reply_err(-L4_EPERM);\n", ""),
        "dataspace: copy-in does not ask for W": (
            "userland/moe/dataspace.c", "    if (!(r->rights & OBJECT_RIGHT_W))\n        return msg_reply_err(-L4_EACCESS);\n"
            "    struct dataspace *src", "    struct dataspace *src"),
        "dataspace: clear asks the capability only": (
            "userland/moe/dataspace.c", "if (!(r->rights & OBJECT_RIGHT_W) || !(ds->rights & DS_W))",
            "if (!(r->rights & OBJECT_RIGHT_W))"),
        "dataspace: clear asks the dataspace only": (
            "userland/moe/dataspace.c", "if (!(r->rights & OBJECT_RIGHT_W) || !(ds->rights & DS_W))",
            "if (!(ds->rights & DS_W))"),
        "dataspace: allocate does not ask for W": (
            "userland/moe/dataspace.c", "    if (!(r->rights & OBJECT_RIGHT_W))\n        return msg_reply_err(-L4_EPERM);\n"
            "    for", "    for"),
        "dataspace: info tells W to who may not write": (
            "userland/moe/dataspace.c", "    if (!(r->rights & OBJECT_RIGHT_W))\n        rights &= ~(unsigned)DS_W;\n", ""),
        "dataspace: a device gets the page of which others have copies": (
            "userland/moe/dataspace.c", "dataspace_extent(ds, offset, DS_R | (ds->rights & DS_W), FRAME_SHIFT, &e);",
            "dataspace_extent(ds, offset, DS_R, FRAME_SHIFT, &e);"),
        "dataspace: alignments in bytes need not be powers of two": (
            "userland/moe/dataspace.c", "return align & (align - 1) ? 0 : (unsigned)", "return (unsigned)"),
        "dataspace: a negative size ignores the quota": (
            "userland/moe/dataspace.c", "return least(left, factory_available(f)) & ~(FRAME_SIZE - 1);",
            "(void)f;\n    return left & ~(FRAME_SIZE - 1);"),
        "dataspace: memory in one piece is not charged": (
            "userland/moe/dataspace.c", "if (!bytes || !factory_charge(f, bytes))", "if (!bytes)"),
        "DMA space: association does not ask for W": (
            "userland/moe/dma_space.c", "    if (!(item.rights & OBJECT_RIGHT_W))\n        return msg_reply_err(-L4_EPERM);\n", ""),
        "DMA space: one that is not associated tells addresses": (
            "userland/moe/dma_space.c", "    if (!s->id)\n        return msg_reply_err(-L4_EINVAL);\n    struct dataspace",
            "    struct dataspace"),
        "DMA: a dataspace is not kept while it is mapped": (
            "userland/moe/dma_space.c", "    object_get(dataspace_object(ds)); // memory shortage may make us drop objects without clients\n", ""),
        "DMA: memory that a device was told of is not kept": (
            "userland/moe/dma_space.c", "    object_get(dataspace_object(ds));\n    return true;", "    return true;"),
        "DMA: a space that devices use goes with its last capability": (
            "userland/moe/dma_space.c", "    associated = s;\n    object_get(&s->obj);\n", "    associated = s;\n"),
        "DMA: what is mapped twice is gone when it is unmapped once": (
            "userland/moe/dma_space.c", "if (!--(*at)->count)", "if (--(*at)->count + 1)"),
        "DMA: any number of mappings": (
            "userland/moe/dma_space.c", "s->num_mappings < MAPPINGS_MAX ? ", "1 ? "),
        "DMA: who disassociates keeps the mappings": (
            "userland/moe/dma_space.c", "    s->id = 0;\n    let_all_go(s);\n", "    s->id = 0;\n"),
        "factory: slots are not charged": (
            "userland/moe/factory.c", "if (f && !quota_charge(&f->slots, 1) && !(object_collect() && quota_charge(&f->slots, 1)))",
            "if (0)"),
        "factory: freed slots stay charged": (
            "userland/moe/factory.c", "    slot_free(slot, del);\n    if (f)\n        quota_uncharge(&f->slots, 1);\n",
            "    slot_free(slot, del);\n    (void)f;\n"),
        "factory: a sub-factory's slots are not its parent's": (
            "userland/moe/factory.c", "(struct quota){ .parent = &f->slots, .limit", "(struct quota){ .limit"),
        "factory: a negative limit": (
            "userland/moe/factory.c", "!next_int(args, &bytes) || bytes <= 0)", "!next_int(args, &bytes) || bytes == 0)"),
        "factory: memory of objects is not charged": (
            "userland/moe/factory.c", "    if (f && !factory_charge(f, bytes))\n        return NULL;\n", ""),
        "factory: anybody makes schedulers": (
            "userland/moe/factory.c", "    if (f != root_factory)\n        return msg_reply_err(-L4_ENODEV);\n", "    (void)f;\n"),
        "factory: its end leaves its objects": (
            "userland/moe/factory.c", "for (struct object *o = f->objects; o;) {", "for (struct object *o = NULL; o;) {"),
        "quota: a reservation is not charged": (
            "userland/moe/quota.c", "    if (!quota_charge(source, limit))\n        return false;\n", ""),
        "scheduler: CPUs that a proxy does not have": (
            "userland/moe/sched_proxy.c", "cpu_set_expand(sp.affinity.gran_offset, sp.affinity.map) & s->cpus;",
            "cpu_set_expand(sp.affinity.gran_offset, sp.affinity.map);"),
        "slots: a late message finds who has its slot now": (
            "userland/moe/slots.c", "if (i >= num_used || slot_at(i)->generation != label >> GENERATION_SHIFT)",
            "if (i >= num_used)"),
        "server: a capability that nobody keeps stays in the slot": (
            "userland/moe/server.c", "            l4_task_release_cap(L4_BASE_TASK_CAP, receive_slot[i]);", "            (void)0;"),
        "memory: freed memory stays mapped": (
            "userland/moe/phys_mem.c", "    revoke(addr, count << FRAME_SHIFT);\n", "    (void)revoke;\n"),
    },
    "moe_random": {
        "dataspace: the page behind the end": (
            "userland/moe/dataspace.c", "    if (offset >= limit)\n        return -L4_ERANGE;\n    if (want",
            "    if (offset > limit)\n        return -L4_ERANGE;\n    if (want"),
        "dataspace: copies go on behind the end": (
            "userland/moe/dataspace.c", "return size < ds->size - offset ? size : ds->size - offset;", "return size;"),
        "dataspace: memory in one piece is not cleared": (
            "userland/moe/dataspace.c", "    if (ds->kind == DS_CONTIGUOUS)\n        clear_range(ds, e->start, e->end);\n", ""),
        "dataspace: pages on demand are not cleared": (
            "userland/moe/dataspace.c", ": page_table_alloc(&ds->pages, start, true);", ": page_table_alloc(&ds->pages, start, false);"),
        "dataspace: one in pieces is freed without its quota": (
            "userland/moe/page_table.c", "    phys_free(addr, UINT64_C(1) << (order - FRAME_SHIFT));\n    if (t->factory)\n"
            "        factory_uncharge(t->factory, UINT64_C(1) << order);",
            "    phys_free(addr, UINT64_C(1) << (order - FRAME_SHIFT));"),
        "dataspace: a flexpage larger than the memory behind it": (
            "userland/moe/dataspace.c", "            || (phys | mask) >= end ||", "            ||"),
    },
    "moe_memory": {
        "quota: only the innermost limit counts": (
            "userland/moe/quota.c", "    for (; q; q = q->parent)\n        if (q->limit &&", "    if (q)\n        if (q->limit &&"),
        "heap: an object begins with what was there before": (
            "userland/moe/heap.c", "    memset(b, 0, block_size(c));\n", ""),
        "frames: an alignment is for the first try only": (
            "userland/moe/frames.c", "i = (i + n + step) / step * step;", "i += n + 1;"),
        "frames: the rest of a range's last chunk is handed out": (
            "userland/moe/frames.c", "        set_used(c, first, CHUNK_FRAMES - first);\n", "        (void)first;\n        (void)c;\n"),
    },
    "moe_rm": {
        "region map: a read-only capability attaches for writing": (
            "userland/moe/rm.c", ".read_only = !(item.rights & OBJECT_RIGHT_W)};", ".read_only = false};"),
        "region map: a fault does not look at the region's rights": (
            "userland/moe/rm_fault.c", "    if (want & ~rights)\n        return -L4_EACCESS;\n", ""),
        "region map: a fault maps with all rights of the memory": (
            "userland/moe/rm_fault.c", "m->rights = rights & m->extent.rights;", "m->rights = m->extent.rights;"),
        "region map: a fault maps more than the region": (
            "userland/moe/rm_fault.c", "ds_extent_order(e, m->offset, m->page, m->min, m->max)",
            "ds_extent_order(e, m->offset, m->page, 0, UINT64_MAX)"),
        "region map: pages behind the region come along": (
            "userland/moe/rm_fault.c", "    if (pages > (m->max - m->page + 1) >> L4_PAGESHIFT)\n"
            "        pages = (m->max - m->page + 1) >> L4_PAGESHIFT;\n", ""),
        "region map: Private for writing is the original": (
            "userland/moe/rm.c", "else if (ds && (r->flags & L4RE_RM_F_PRIVATE))",
            "else if (ds && (r->flags & L4RE_RM_F_PRIVATE) && !(r->flags & L4RE_RM_F_W))"),
        "region map: a reserved region gets memory": (
            "userland/moe/rm.c", "    if (r->flags & (L4RE_RM_F_RESERVED | L4RE_RM_F_KERNEL))\n        return 0;",
            "    if (r->flags & L4RE_RM_F_KERNEL)\n        return 0;"),
        "region map: its end keeps the memory": (
            "userland/moe/rm.c", "        if (rm->map.regions.r[i].memory)\n"
            "            object_put(dataspace_object(rm->map.regions.r[i].memory));\n", "        (void)0;\n"),
    },
    "region": {
        "regions: attach for writing where the memory gives none": (
            "userland/lib/region/map.c", "a->flags & MEMORY_RIGHTS & ~given", "a->flags & MEMORY_RIGHTS & ~(given | L4RE_RM_F_W)"),
        "regions: a range that wraps around": (
            "userland/lib/region/map.c", "return size != 0 && !__builtin_add_overflow(start, size - 1, last);",
            "*last = start + size - 1;\n    return size != 0;"),
        "regions: an offset that wraps around": (
            "userland/lib/region/map.c", "    if (__builtin_add_overflow(a->offset & ~IN_PAGE, *last - *start, &unused))\n"
            "        return -L4_EINVAL;\n", "    (void)unused;\n"),
        "regions: a fixed place in an area": (
            "userland/lib/region/map.c", " || (areas && region_list_overlap(areas, *start, *last));", ";"),
        "regions: a fixed place beyond the map": (
            "userland/lib/region/map.c", "return taken || *start < min || *last > max ?", "return taken || *start < min ?"),
        "regions: a search finds a place in an area": (
            "userland/lib/region/region.c", "        if (!hit && other)\n            hit = region_list_overlap(other, at, at + s->last);\n",
            "        (void)other;\n"),
        "regions: a search finds a place that reaches beyond the map": (
            "userland/lib/region/region.c", "if (at > s->max || s->max - at < s->last)", "if (at > s->max)"),
        "regions: what is left behind a hole begins with its old offset": (
            "userland/lib/region/region.c", "    r.offset += start - r.start;\n", ""),
        "regions: the second part of a region has no reference": (
            "userland/lib/region/map.c", "m->get && n < left; n++)", "m->get && n + 1 < left; n++)"),
        "regions: flags that nobody knows": (
            "userland/lib/region/map.c", "    if (a->flags & ~KNOWN_FLAGS)\n        return -L4_EINVAL;\n", ""),
    },
    "rm_server": {
        "l4re: a read-only capability attaches for writing": (
            "userland/l4re/rm_server.c", "    if (item->kind == MSG_ITEM_FPAGE && !(item->rights & L4_CAP_FPAGE_W))\n"
            "        *rights &= ~(unsigned)L4RE_RM_F_W;\n", ""),
        "l4re: the runtime's own regions can be detached": (
            "userland/l4re/rm_server.c", "    if (r && (r->flags & L4RE_RM_F_PAGER))\n"
            "        return msg_reply_err(-L4_EPERM); // the runtime itself\n", "    (void)r;\n"),
        "l4re: page_in does not look at the region's rights": (
            "userland/l4re/rm_server.c", "    if (p.rights & ~r->flags)\n        return msg_reply_err(-L4_EACCESS);\n", ""),
        "l4re: page_in maps more than the region": (
            "userland/l4re/rm_server.c", "order_from(p.min, p.max < r->end ? p.max : r->end)", "order_from(p.min, p.max)"),
        "l4re: anybody attaches for the creator's region map": (
            "userland/l4re/rm_server.c", "    a.flags &= ~(l4_uint32_t)L4RE_RM_F_PAGER; // only for imported regions\n", ""),
        "l4re: a fault does not look at the region's rights": (
            "userland/l4re/fault.c", "    else if (!(r->flags & fault_rights(word)))\n        why = \"the region does not allow it\";\n",
            "    else if (!fault_rights(word))\n        why = \"the region does not allow it\";\n"),
        "l4re: a copy of another server's memory goes on behind its end": (
            "userland/l4re/memory.c", "return offset >= st.size ? 0 : size < st.size - offset ? size : st.size - offset;",
            "return offset >= st.size ? 0 : size;"),
        "l4re: dataspaces of regions are not given back": (
            "userland/l4re/memory.c", "    if (m && --m->refs == 0 && m->owned)\n        l4re_util_cap_free_um(m->ds);",
            "    if (m)\n        m->refs--;"),
    },
    "srv_msg": {
        "messages: a tag announces more items than there are": (
            "userland/lib/srv/msg.c", "    if (items > (L4_UTCB_GENERIC_DATA_SIZE - words) / 2)\n"
            "        items = (L4_UTCB_GENERIC_DATA_SIZE - words) / 2;\n", ""),
        "messages: a field that begins in the message and ends behind it": (
            "userland/lib/srv/msg.c", "len > in->end - pos)", "len > in->end)"),
        "messages: a text of just the buffer's size": (
            "userland/lib/srv/msg.c", "    if (len >= size) {", "    if (len > size) {"),
        "messages: a list that is larger than the buffer": (
            "userland/lib/srv/msg.c", "    if (n > size) {\n        in->err = -L4_EMSGTOOLONG;\n        return 0;\n    }\n", "    (void)size;\n"),
        "messages: padding shows what was there before": (
            "userland/lib/srv/msg.c", "    memset((char *)out->u->msg.mr + out->pos, 0,\n"
            "           pos - out->pos); // padding must not leak old content\n", ""),
        "messages: items do not fit behind the words": (
            "userland/lib/srv/msg.c", "words + 2 * out->items > L4_UTCB_GENERIC_DATA_SIZE", "words + out->items > L4_UTCB_GENERIC_DATA_SIZE"),
        "messages: rights are part of a label": (
            "userland/lib/srv/msg.c", "item->label = w[1] & ~L4_GATE_LABEL_RIGHTS;", "item->label = w[1];"),
        "messages: an argument that is longer than the message": (
            "userland/lib/srv/factory_args.c", "if (words > a->end - a->pos) {", "if (words > a->end) {"),
        "messages: a text argument without its end": (
            "userland/lib/srv/factory_args.c", "(unsigned)strnlen(arg->str, bytes);", "(unsigned)strlen(arg->str);"),
        "messages: a text argument of just the buffer's size": (
            "userland/lib/srv/factory_args.c", "arg->len >= size)", "arg->len > size)"),
        "messages: a number of another size than a word": (
            "userland/lib/srv/factory_args.c", "        if (bytes != sizeof(l4_umword_t))\n            break;\n", ""),
    },
    "srv_server": {
        "server: rights are part of an object's address": (
            "userland/lib/srv/registry.c", "    label &= ~L4_GATE_LABEL_RIGHTS; // rights of the sender's capability\n", ""),
        "server: what no request keeps is not dropped": (
            "userland/lib/srv/server.c", "            l4_task_release_cap(L4RE_THIS_TASK_CAP, s->rcv_slot[i]);", "            (void)u;"),
        "server: an empty receive buffer is a capability": (
            "userland/lib/srv/server.c", "return i < SRV_RCV_BUFS && (s->rcv_filled & (1u << i)) ?", "return i < SRV_RCV_BUFS ?"),
        "server: late messages reach the object that has the address now": (
            "userland/lib/srv/server.c", "        srv_disarm_label(s, o);\n        if (o->flags & SRV_OBJ_OWN_CAP)",
            "        if (o->flags & SRV_OBJ_OWN_CAP)"),
        "server: a gate that lives on keeps its label": (
            "userland/lib/srv/server.c", "        l4_rcv_ep_bind_thread(o->cap, s->thread, 0);\n", "        (void)0;\n"),
        "server: objects that are not mortal end": (
            "userland/lib/srv/server.c", "            if (!(o->flags & SRV_OBJ_MORTAL))\n                continue;\n", ""),
        "server: an interrupt pin behind the last one": (
            "userland/lib/srv/icu.c", "if (in.err || pin >= icu->n_pins)", "if (in.err || pin > icu->n_pins)"),
        "server: a pin's old interrupt is not given back": (
            "userland/lib/srv/icu.c", "    icu_pin_release(&icu->pins[pin]);\n    icu->pins[pin] = (struct srv_icu_pin){irq, owned};",
            "    icu->pins[pin] = (struct srv_icu_pin){irq, owned};"),
    },
    "share": {
        "shares: a part of all that is left": (
            "userland/lib/srv/share.c", "limit >= parent->limit - parent->used", "limit > parent->limit - parent->used"),
        "shares: one more than the limit": (
            "userland/lib/srv/share.c", "s->used == s->limit)", "s->used > s->limit)"),
        "shares: a part itself costs nothing": (
            "userland/lib/srv/share.c", "parent->used += limit + 1;", "parent->used += limit;"),
        "shares: what a closed one gives back is lost": (
            "userland/lib/srv/share.c", "    s->used--;\n    if (s->closed)\n        hand_back(s, 1);\n", "    s->used--;\n"),
        "shares: a limit beyond 32 bits": (
            "userland/lib/srv/share.c", " || limit.value > INT32_MAX)", ")"),
    },
    "virtqueue": {
        "virtqueue: a size that is no power of two": (
            "userland/lib/virtqueue/device.c", "!num || (num & (num - 1)) || num > r->num_max", "!num || num > r->num_max"),
        "virtqueue: more entries than the device offers": (
            "userland/lib/virtqueue/device.c", "num > r->num_max || num > VQ_NUM_LIMIT", "num > VQ_NUM_LIMIT"),
        "virtqueue: a used ring in memory that is not writable": (
            "userland/lib/virtqueue/device.c", "vq_used_size(num), true)", "vq_used_size(num), false)"),
        "virtqueue: the descriptor behind the table": (
            "userland/lib/virtqueue/device.c", "if (idx >= num)", "if (idx > num)"),
        "virtqueue: a readable descriptor behind a writable one": (
            "userland/lib/virtqueue/device.c", "    if (!write && c->nwrite)\n        return VQ_EORDER;\n", ""),
        "virtqueue: a buffer that wraps around": (
            "userland/lib/virtqueue/device.c", "if (!left || addr + (left - 1) < addr)", "if (!left)"),
        "virtqueue: one segment more than there is room for": (
            "userland/lib/virtqueue/device.c", "if (c->nread + c->nwrite >= c->limit)", "if (c->nread + c->nwrite > c->limit)"),
        "virtqueue: an indirect table that was not negotiated": (
            "userland/lib/virtqueue/device.c", "if (!indirect_ok || (d.flags", "if ((d.flags"),
        "virtqueue: an indirect table with a part of an entry": (
            "userland/lib/virtqueue/device.c", "!d.len || d.len % sizeof(d)\n", "!d.len\n"),
        "virtqueue: the driver is ahead by more than the ring has": (
            "userland/lib/virtqueue/device.c", "    if (ahead > q->num)\n        return vq_break(q, VQ_EAVAIL);\n", ""),
        "virtqueue: writes to memory that may only be read": (
            "userland/lib/virtqueue/mem.c", "if (!len || (write && !r->writable))", "(void)write;\n        if (!len)"),
        "virtqueue: a buffer reaches behind its region": (
            "userland/lib/virtqueue/mem.c", "len < r->size - off ? len : r->size - off", "len"),
        "virtqueue: the byte behind a region": (
            "userland/lib/virtqueue/mem.c", "off >= r->size)", "off > r->size)"),
        "virtqueue: regions that have a byte in common": (
            "userland/lib/virtqueue/mem.c", "base <= r->base + (r->size - 1)", "base < r->base + (r->size - 1)"),
        "virtqueue: a part is taken for the whole": (
            "userland/lib/virtqueue/mem.c", "return part.len == len ? part.at : NULL;", "return part.at;"),
    },
    "l4virtio_config": {
        "l4virtio: a driver accepts what was not offered": (
            "userland/lib/l4virtio/config.c", "        ok &= !(c->accepted[i] & ~c->offered[i]);\n", ""),
        "l4virtio: the queue behind the last one": (
            "userland/lib/l4virtio/config.c", "    if (queue >= c->num_queues)\n", "    if (queue > c->num_queues)\n"),
        "l4virtio: the page tells how large a queue may be": (
            "userland/lib/l4virtio/config.c", ".num_max = c->num_max[queue], .desc", ".num_max = e->num_max, .desc"),
        "l4virtio: a status loses bits": (
            "userland/lib/l4virtio/config.c", "if (!status_in_order(status) || (old & ~status)) {", "if (!status_in_order(status)) {"),
        "l4virtio: a broken device goes on": (
            "userland/lib/l4virtio/config.c", "if ((status & L4VIRTIO_STATUS_FAILED) || (old & bad)) {",
            "if ((status & L4VIRTIO_STATUS_FAILED) || (old & bad & status)) {"),
        "l4virtio: a reset leaves queues as they are": (
            "userland/lib/l4virtio/config.c", "        e->ready = 0;\n", ""),
    },
    "l4virtio_device": {
        "l4virtio: memory of any server": (
            "userland/lib/l4virtio/memory.c", "is_trusted(d, ds) ? check_ds", "is_trusted(d, ds) || true ? check_ds"),
        "l4virtio: memory behind the dataspace's end": (
            "userland/lib/l4virtio/memory.c", "    if (r->size > size - r->offset)\n        return -L4_EINVAL;\n", ""),
        "l4virtio: read-only memory is writable": (
            "userland/lib/l4virtio/memory.c", "    *writable = st.flags & L4RE_DS_F_W;\n", ""),
        "l4virtio: memory that wraps around": (
            "userland/lib/l4virtio/memory.c", "    if (r->base + (r->size - 1) < r->base || r->offset + (r->size - 1) < r->offset)\n"
            "        return -L4_ERANGE;\n", ""),
        "l4virtio: one region more than the limit": (
            "userland/lib/l4virtio/memory.c", "if (d->mem.count >= d->mem.limit) {", "if (d->mem.count > d->mem.limit) {"),
        "l4virtio: a reset keeps the driver's memory": (
            "userland/lib/l4virtio/device.c", "    if (events & L4VIRTIO_EVENT_RESET)\n        l4virtio_memory_release(d);\n", ""),
        "l4virtio: released memory stays attached": (
            "userland/lib/l4virtio/memory.c", "        l4re_rm_detach(d->ds[i].attached);\n        if (d->ds[i].owned)",
            "        if (d->ds[i].owned)"),
        "l4virtio: queues are set up before there is a driver": (
            "userland/lib/l4virtio/device.c", "    if (!(d->config.status & L4VIRTIO_STATUS_DRIVER))\n        return -L4_EIO;\n", ""),
    },
    "net_forward": {
        "switch: a checksum behind the packet": (
            "userland/lib/net/packet.c", "    if (csum && (!has(from, VIRTIO_NET_F_CSUM)\n"
            "                 || (uint64_t)h->csum_start + h->csum_offset + 2 > len))\n",
            "    if (csum && !has(from, VIRTIO_NET_F_CSUM))\n"),
        "switch: a packet of any length": (
            "userland/lib/net/packet.c", "if (!len || len > NET_FRAME_MAX)", "if (!len)"),
        "switch: a sender's writable buffers": (
            "userland/lib/net/packet.c", "if (c->nwrite || c->read_len < HDR)", "if (c->read_len < HDR)"),
        "switch: a receiver's readable buffers": (
            "userland/lib/net/packet.c", "if (c->nread || !c->write_len) {", "if (!c->write_len) {"),
        "switch: flags that the receiver does not know": (
            "userland/lib/net/packet.c", "    h->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;\n", ""),
        "switch: a packet in several buffers of who takes one": (
            "userland/lib/net/packet.c", "has(to, VIRTIO_NET_F_MRG_RXBUF) ? RX_CHAINS : 1;", "RX_CHAINS;"),
        "switch: TCP segments that were not negotiated": (
            "userland/lib/net/packet.c", "(gso == VIRTIO_NET_HDR_GSO_TCPV4 && has(from, VIRTIO_NET_F_HOST_TSO4))",
            "gso == VIRTIO_NET_HDR_GSO_TCPV4"),
        "switch: a checksum behind what of the packet is copied": (
            "userland/lib/net/offload.c", "if (field + 2 > len || field + 2 > OFFLOAD_HEAD_MAX)", "if (field + 2 > len)"),
        "switch: a TCP header behind what of the packet is there": (
            "userland/lib/net/offload.c", "    if ((uint64_t)p->l4 + TCP_MIN > avail)\n        return false;\n", ""),
        "switch: TCP options behind what of the packet is there": (
            "userland/lib/net/offload.c", "tcp_len < TCP_MIN || p->payload > avail || p->payload >= len",
            "tcp_len < TCP_MIN || p->payload >= len"),
        "switch: a TCP header that is shorter than one": (
            "userland/lib/net/offload.c", "if (tcp_len < TCP_MIN || p->payload > avail", "if (p->payload > avail"),
    },
    "net_lane": {
        "uplink: a frame that is longer than its buffer": (
            "userland/virtio-net-drv/lane.c", "len > LANE_BUFFER || ", ""),
        "uplink: a frame without Ethernet's header": (
            "userland/virtio-net-drv/lane.c", "len < HDR + LANE_FRAME_MIN || ", ""),
        "uplink: a large packet that nobody has asked for": (
            "userland/virtio-net-drv/lane.c", " || h->gso_type != VIRTIO_NET_HDR_GSO_NONE)", ")"),
        "uplink: what a receiver says in its header is sent": (
            "userland/virtio-net-drv/lane.c", "    h->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;\n", ""),
        "uplink: a dropped frame's buffer is lost": (
            "userland/virtio-net-drv/lane.c", "        give(l, buffer);\n        l->dropped++;", "        l->dropped++;"),
        "uplink: nobody says when a slow sender has buffers again": (
            "userland/virtio-net-drv/lane.c", "        more |= vq_drv_irq_enable(l->to);", "        vq_drv_irq_disable(l->to);"),
        "uplink: the sender's broken queue is not noticed": (
            "userland/virtio-net-drv/lane.c", "return r < 0 ? LANE_TO_BROKEN : 0;", "return 0;"),
    },
    "net_switch": {
        "switch: a frame goes back to where it came from": (
            "userland/l4vio_switch/switch.c", "        if (p != f->from && !copy_to(f, p))", "        if (!copy_to(f, p))"),
        "switch: a frame for one behind its own port": (
            "userland/l4vio_switch/switch.c", "    if (known == f->from)\n"
            "        return true; // never back to where it came from\n", ""),
        "switch: receivers get what the sender has in its memory by then": (
            "userland/l4vio_switch/switch.c", "c->offset = NET_HDR + f->head.len;", "c->offset = NET_HDR;"),
        "switch: a checksum in the Ethernet header": (
            "userland/l4vio_switch/switch.c", "h->csum_start >= f->head.len && ", ""),
        "switch: a receiver gets the segments behind those of the one before": (
            "userland/l4vio_switch/switch.c", "    f->from->side->segment = 0;\n", ""),
        "switch: a turn without end": (
            "userland/l4vio_switch/switch.c", "more && budget && f.copied", "more && f.copied"),
        "switch: a turn of any number of bytes": (
            "userland/l4vio_switch/switch.c", " && f.copied < SWITCH_BYTES", ""),
        "switch: who asks twice has two turns": (
            "userland/l4vio_switch/switch.c", "    if (p->ready)\n        return;\n", ""),
        "switch: a port that is gone keeps its turn": (
            "userland/l4vio_switch/switch.c", "        if (q != p)\n            switch_ready(s, q);", "        switch_ready(s, q);"),
        "switch: a port that is gone is known for its stations": (
            "userland/l4vio_switch/switch.c", "    mac_table_forget(&s->macs, p);\n", ""),
        "switch: tags do not move what a header says": (
            "userland/lib/net/packet.c", "    if (c->front_len != skipped(c))\n        return deliver_moved(from, to, p);\n", ""),
        "switch: headers that are made anew keep their tag": (
            "userland/lib/net/packet.c", "    if (p->content.front_len && !put_front(&p->content))\n        return NET_DROPPED;\n", ""),
    },
    "switch_rules": {
        "switch: a tag at an access port": (
            "userland/l4vio_switch/vlan.c", "return h->tagged ? VLAN_REFUSED : (int)v->id;", "return (int)v->id;"),
        "switch: a trunk sends into any VLAN": (
            "userland/l4vio_switch/vlan.c", "return tag > 0 && has(v, (unsigned)tag) ? tag : VLAN_REFUSED;", "return tag;"),
        "switch: a trunk gets frames of any VLAN": (
            "userland/l4vio_switch/vlan.c", "return has(v, vlan) ? with_tag(vlan, tagged) : VLAN_KEPT_IN;",
            "return with_tag(vlan, tagged);"),
        "switch: an access port gets frames of any VLAN": (
            "userland/l4vio_switch/vlan.c", "        if (vlan != v->id)\n            return VLAN_KEPT_IN;\n", ""),
        "switch: a native port's tag names a VLAN": (
            "userland/l4vio_switch/vlan.c", "return tagged ? VLAN_KEPT_IN : VLAN_AS_IS;", "return VLAN_AS_IS;"),
        "switch: VLAN 4095": (
            "userland/l4vio_switch/vlan.c", "h->vlan >= 1 && h->vlan <= VLAN_ID_MAX ?", "h->vlan >= 1 ?"),
        "switch: a tag at the edge of a frame": (
            "userland/l4vio_switch/frame.c", "    if (avail < h->len)\n        return false;\n", ""),
        "switch: an address is known in all VLANs": (
            "userland/l4vio_switch/mac_table.c", "return (uint64_t)vlan << ADDRESS_BITS | address;", "(void)vlan;\n    return address;"),
        "switch: an entry that is used anew stays where it was found": (
            "userland/l4vio_switch/mac_table.c", "    if (t->entries[n].port)\n        unlink_entry(t, n);\n", ""),
        "switch: the table's last entry is one too far": (
            "userland/l4vio_switch/mac_table.c", "(n + 1) % MAC_TABLE_ENTRIES", "(n + 1) % (MAC_TABLE_ENTRIES + 1)"),
    },
    "ned_wire": {
        "ned: an answer is longer than a message": (
            "userland/ned/command.c", "    if (len > CODE_MAX - 4)\n        len = CODE_MAX - 4;\n", ""),
        "ned: code that was cut is run": (
            "userland/ned/command.c", "    msg_get_string(&in, 8, code, sizeof code);\n    if (in.err)\n        return msg_reply_err(in.err);\n",
            "    msg_get_string(&in, 8, code, sizeof code);\n"),
        "ned: a call later than the timer can tell": (
            "userland/ned/command.c", "ms >= 0 && ms <= AFTER_MS_MAX, 1", "ms >= 0, 1"),
        "ned-prompt: an answer that was cut": (
            "userland/ned-prompt/command.c", "    if (in.err)\n        return in.err;\n", ""),
    },
    "cons_buffers": {
        "cons: output runs over its chunk": (
            "userland/cons/outbuf.c", "size_t part = n < room ? n : room;", "size_t part = n;\n        (void)room;"),
        "cons: the last chunk is used to its end": (
            "userland/cons/outbuf.c", "*room = left < b->capacity - offset ? left : b->capacity - offset;", "*room = left;"),
        "cons: line feeds overrun the conversion": (
            "userland/cons/client.c", "if (used > sizeof buf - 2) {", "if (used > sizeof buf - 1) {"),
        "cons: input that nobody reads overruns": (
            "userland/cons/inbuf.c", "        b->tail++;\n        if (b->has_break", "        if (b->has_break"),
        "cons: input beyond what the client asked for": (
            "userland/cons/inbuf.c", "while (n < max && b->tail < end)", "while (n <= max && b->tail < end)"),
        "cons: a tag moves the cursor": (
            "userland/cons/client.c", "        if ((unsigned char)*p < ' ' || *p == 0x7f)\n", "        if (*p == 0x7f)\n"),
        "cons: a typed line overruns": (
            "userland/cons/line_edit.c", "if (l->len == LINE_MAX_LEN)", "if (l->len > LINE_MAX_LEN)"),
        "cons: a completed word overruns the line": (
            "userland/cons/line_edit.c", "    if (n > LINE_MAX_LEN - l->len)\n        return false;\n", ""),
    },
    "cons_mux": {
        "cons: a command with any number of words": (
            "userland/cons/command.c", "for (; word && argc < COMMAND_MAX_ARGS; word", "for (; word; word"),
        "cons: a command without its arguments": (
            "userland/cons/command.c", "if (argc - 1 < cmd->min_args || argc - 1 > cmd->max_args)", "if (argc - 1 > cmd->max_args)"),
        "cons: a shown client moves the cursor": (
            "userland/cons/screen.c", "if (ch == 'm' && s->seq_len < sizeof s->seq) {", "if (s->seq_len < sizeof s->seq) {"),
        "cons: a long escape sequence overruns": (
            "userland/cons/screen.c", "    if (s->seq_len < sizeof s->seq)\n        s->seq[s->seq_len++] = ch;\n    return true;",
            "    s->seq[s->seq_len++] = ch;\n    return true;"),
        "cons: a long line overruns grep": (
            "userland/cons/command_output.c", "if (*len < GREP_LINE_MAX)", "if (*len <= GREP_LINE_MAX)"),
        "cons: input goes to a client that has ended": (
            "userland/cons/mux.c", "        m->told_dead = true;\n        return;\n", "        m->told_dead = true;\n"),
    },
    "io_config": {
        "vbus: an interrupt for an address": (
            "userland/io/bus.c", "if (r->type == type && value", "if ((r->type == type || type == L4VBUS_RESOURCE_IRQ) && value"),
        "io: resources that have a byte in common": (
            "userland/io/bus.c", "a->end < b->start || b->end < a->start)", "a->end <= b->start || b->end <= a->start)"),
        "io: one resource with two kinds of access": (
            "userland/io/bus.c", "    if (a->flags != b->flags)\n        return \"overlapping incompatible resources for vbus\";\n", ""),
        "io: resources that overlap in part": (
            "userland/io/bus.c", "    if (!contains(a, b) && !contains(b, a))\n        return \"oddly overlapping resources for vbus\";\n",
            "    (void)contains;\n"),
        "io: a device in the last byte of RAM": (
            "userland/io/memory_map.c", "&& l4_kip_memdesc_end(d) >= start)", "&& l4_kip_memdesc_end(d) > start)"),
        "io: memory of the kernel is a device": (
            "userland/io/memory_map.c", "    case l4_mem_type_reserved:\n        return subtype == 2 ? \"the kernel uses that device\" "
            ": \"it covers memory of the kernel\";\n", "    case l4_mem_type_reserved:\n"
            "        return subtype == 2 ? \"the kernel uses that device\" : 0;\n"),
        "io: a bus of a file with errors": (
            "userland/io/config.c", "if (bus_check_overlaps(b, log_overlap, c) || c->failed) {", "if (bus_check_overlaps(b, log_overlap, c)) {"),
        "io: a configuration that was compiled before": (
            "userland/io/config.c", "if (load(c, file, text, size, \"t\"))", "if (load(c, file, text, size, NULL))"),
        "io: a resource that ends before it begins": (
            "userland/io/io.lua", "if math.ult(last, first) then", "if last < first then"),
    },
    "vbus": {
        "vbus: the device behind the last one": (
            "userland/io/bus.c", "(uint64_t)handle >= b->n_devices)", "(uint64_t)handle > b->n_devices)"),
        "vbus: a device before the first one": (
            "userland/io/bus.c", "if (handle < 0 || (uint64_t)handle >= b->n_devices)", "if (handle >= (int64_t)b->n_devices)"),
        "vbus: the resource behind the last one": (
            "userland/io/vbus.c", "if (in->err || index >= d->n_resources)", "if (in->err || index > d->n_resources)"),
        "vbus: what lies before a resource is in it": (
            "userland/io/bus.c", "r->type == type && value >= r->start && value <= r->end)", "r->type == type && value <= r->end)"),
        "vbus: read-only device memory is mapped for writing": (
            "userland/io/vbus_dataspace.c", "    if (rights & ~rights_of(r))\n        return msg_reply_err(-L4_EPERM);\n", ""),
        "vbus: all device memory is mapped for writing": (
            "userland/io/vbus_dataspace.c", "(r->flags & L4VBUS_RESOURCE_F_MEM_W ? L4_FPAGE_RW : 0u)", "L4_FPAGE_RW"),
        "vbus: a flexpage reaches behind the resource": (
            "userland/io/vbus_dataspace.c", "if (base < first || last - base < size - 1\n", "if (base < first\n"),
        "vbus: a flexpage begins before the resource": (
            "userland/io/vbus_dataspace.c", "if (base < first || last - base < size - 1\n", "if (last - base < size - 1\n"),
        "vbus: interrupts of others can be unmasked": (
            "userland/io/vicu.c", "    if (in.err || !r)\n        return send_only ?", "    if (in.err || (!r && !send_only))\n        return send_only ?"),
        "vbus: the client chooses the trigger of an interrupt": (
            "userland/io/vicu.c", "    if (!r->flags)\n        return l4_error(l4_icu_set_mode(kernel_icu, irq, mode));\n",
            "    if (mode)\n        return l4_error(l4_icu_set_mode(kernel_icu, irq, mode));\n"),
        "vbus: the inhibitor behind the last one": (
            "userland/io/vbus.c", "if (id >= L4VBUS_INHIBITOR_MAX)", "if (id > L4VBUS_INHIBITOR_MAX)"),
        "vbus: any device is the interrupt controller": (
            "userland/io/vbus.c", "    if (!(d->interfaces & 1u << L4VBUS_INTERFACE_ICU))\n        return msg_reply_err(-L4_ENOSYS);\n",
            "    (void)d;\n"),
    },
    "uvmm_vgic": {
        "vGIC: the group is not in the list register": (
            "userland/uvmm/vgic/lr.h", "LR3_PENDING | (uint64_t)lr.group1 << 60 | (uint64_t)lr.eoi << 41;", "LR3_PENDING | (uint64_t)lr.eoi << 41;"),
        "vGIC: the end of a level interrupt is not asked for": (
            "userland/uvmm/vgic/lr.h", "LR3_PENDING | (uint64_t)lr.group1 << 60 | (uint64_t)lr.eoi << 41;", "LR3_PENDING | (uint64_t)lr.group1 << 60;"),
        "vGIC: an active interrupt loses its group": (
            "userland/uvmm/vgic/lr.h", "v |= (lr.group1 ? LR3_GROUP1 : 0) | (lr.eoi ? LR3_EOI : 0);", "v |= lr.eoi ? LR3_EOI : 0;"),
        "vGIC: a GICv2 SGI has another sender": (
            "userland/uvmm/vgic/lr.h", "LR2_PENDING | (uint32_t)(lr.from & 7) << 10 |", "LR2_PENDING |"),
        "vGIC: GICv2's INTID has nine bits": (
            "userland/uvmm/vgic/lr.h", "lr.intid = v & 0x3ff;", "lr.intid = v & 0x1ff;"),
        "vGIC: an SGI's list register has no priority": (
            "userland/uvmm/vgic/lists.c", "return intid | (uint64_t)b->prio[intid] << 48 |", "return intid |"),
        "vGIC: the line behind the last one": (
            "userland/uvmm/vgic/dist.c", "if (intid >= 1020 || intid / 32 >= g->num_banks || cpu >= g->num_cpus)",
            "if (intid / 32 > g->num_banks || cpu >= g->num_cpus)"),
        "vGIC: targets that are not there": (
            "userland/uvmm/vgic/block.c", "    v &= (uint8_t)((1u << g->num_cpus) - 1); // bits of CPUs that are not there\n", ""),
        "vGIC: priorities have eight bits": (
            "userland/uvmm/vgic/block.c", "b->prio[n] = (uint8_t)(v >> (8 * i)) & 0xf8;", "b->prio[n] = (uint8_t)(v >> (8 * i));"),
        "vGIC: registers of interrupts that are not there": (
            "userland/uvmm/vgic/block.c", "    if (off >= BLOCK_END || bank >= g->num_banks)\n        return 0;\n", ""),
        "vGIC: the redistributor behind the last one": (
            "userland/uvmm/vgic/gicr.c", "return of < g->num_cpus ? vgic_read", "return of <= g->num_cpus ? vgic_read"),
        "vGIC: the kernel's list register is used": (
            "userland/uvmm/vgic/lists.c", "~(c->lr_used | *c->hw.reserved)", "~c->lr_used"),
        "vGIC: an SGI for CPUs that are not there": (
            "userland/uvmm/vgic/dist.c", "cpu_mask & ((1u << g->num_cpus) - 1); m; m &= m - 1)", "cpu_mask; m; m &= m - 1)"),
        "vGIC: an SGI of the wrong group": (
            "userland/uvmm/vgic/dist.c", "        if (!(groups >> (c->priv.group >> intid & 1) & 1))\n            continue;\n", "        (void)groups;\n"),
        "vGIC: an SGI for all others comes back": (
            "userland/uvmm/vgic/dist.c", "mask = ~(1u << from);", "mask = ~0u;"),
        "vGIC: INTIDs that mean something else": (
            "userland/uvmm/vgic/lists.c", "if (b->cpu[i] != cpu || (n == VGIC_MAX_BANKS - 1 && i >= 28))", "if (b->cpu[i] != cpu)"),
        "vGIC: a route in banks that are not there": (
            "userland/uvmm/vgic/gicd.c", "    if (bank >= g->num_banks)\n        return;\n    struct vgic_bank *b = &g->spi[bank];",
            "    struct vgic_bank *b = &g->spi[bank];"),
        "vGIC: who waits for a list register does not hear of one": (
            "userland/uvmm/vgic/lists.c", "        lr.eoi = true;\n        lr_set(&c->hw, i, lr);\n        pending |=",
            "        lr_set(&c->hw, i, lr);\n        pending |="),
    },
    "uvmm_its": {
        "ITS: the device behind the last one": (
            "userland/uvmm/vgic/its_commands.c", "if (f->device >= ITS_DEVICES)", "if (f->device > ITS_DEVICES)"),
        "ITS: more events than an ITS has": (
            "userland/uvmm/vgic/its_commands.c", "    if (f->valid && f->event_bits > ITS_EVENT_BITS)\n        return \"that are too many events\";\n", ""),
        "ITS: the collection behind the last one": (
            "userland/uvmm/vgic/its_commands.c", "    if (f->collection >= ITS_COLLECTIONS)\n        return no_collection;\n    if (f->valid",
            "    if (f->collection > ITS_COLLECTIONS)\n        return no_collection;\n    if (f->valid"),
        "ITS: a redistributor that is not there": (
            "userland/uvmm/vgic/its_commands.c", "if (f->valid && f->cpu >= g->num_cpus)", "if (f->valid && f->cpu > g->num_cpus)"),
        "ITS: an LPI that is not there": (
            "userland/uvmm/vgic/its_commands.c", "    if (!vgic_lpi_exists(intid))\n        return \"there is no such LPI\";\n", ""),
        "ITS: interrupts move to a redistributor that is not there": (
            "userland/uvmm/vgic/its_commands.c", "if (f->cpu >= its->gic->num_cpus || f->cpu2 >= its->gic->num_cpus)",
            "if (f->cpu >= its->gic->num_cpus)"),
        "ITS: a write pointer behind the queue": (
            "userland/uvmm/vgic/its.c", "    if ((v & OFFSET) >= queue_size(its)) // unpredictable\n        return;\n", ""),
        "ITS: the queue moves while it is in use": (
            "userland/uvmm/vgic/its.c", "if (its->enabled || its->busy)", "if (its->busy)"),
        "ITS: an event that the device does not have": (
            "userland/uvmm/vgic/its_map.c", " && !(event >> its->event_bits[device]);", ";"),
        "ITS: pending interrupts outlive their mapping": (
            "userland/uvmm/vgic/its_commands.c", "    vgic_lpi_clear(its->gic, self, VGIC_FIRST_LPI + lpi);\n}", "    (void)self;\n}"),
    },
    "uvmm_decode": {
        "decode: a word is signed to the end": (
            "userland/uvmm/vcpu/decode.c", "return a->sign == 64 ? extended : (uint32_t)extended;", "return extended;"),
        "decode: a register that is larger than there are": (
            "userland/uvmm/vcpu/decode.c", "return a->size <= 4;", "return true;"),
        "decode: an index is always shifted": (
            "userland/uvmm/vcpu/decode.c", "a->shift = insn >> 12 & 1 ? a->size : 0;", "a->shift = a->size;"),
        "decode: an address before the access is not written back": (
            "userland/uvmm/vcpu/decode.c", "    a->offset = mode == POST ? 0 : imm;\n    a->step = mode == POST || mode == PRE ? imm : 0;\n"
            "    return DECODED_ACCESS;\n}\n\nstatic enum decoded register_offset",
            "    a->offset = mode == POST ? 0 : imm;\n    a->step = mode == POST ? imm : 0;\n"
            "    return DECODED_ACCESS;\n}\n\nstatic enum decoded register_offset"),
        "decode: a prefetch is a load": (
            "userland/uvmm/vcpu/decode.c", "return opc < 2 || 8u << size < a->sign;", "return true;"),
    },
    "uvmm_abort": {
        "abort: an access reaches behind its device": (
            "userland/uvmm/vcpu/abort.c", " || m->end - pfa < bytes)", ")"),
        "abort: an access goes on in the next page": (
            "userland/uvmm/vcpu/abort.c", "if ((pfa & PAGE_OFFSET) + bytes > L4_PAGESIZE || ", "if ("),
        "abort: a load where the CPU has stored": (
            "userland/uvmm/vcpu/abort.c", " || !(esr & ESR_WNR) != a->load)", ")"),
        "abort: an access that is not the one that has faulted": (
            "userland/uvmm/vcpu/abort.c", "!o->known || o->far != o->address ||", "!o->known ||"),
    },
    "uvmm_flash": {
        "flash: a write behind its end": (
            "userland/uvmm/device/flash_regs.c", "    if (off >= f->g.size)\n        return;\n    switch", "    switch"),
        "flash: a block without memory is erased": (
            "userland/uvmm/device/flash_regs.c", "is_locked(f, off, STATUS_ERASE) || start >= f->g.backed)", "is_locked(f, off, STATUS_ERASE))"),
        "flash: a program reaches behind the memory": (
            "userland/uvmm/device/flash_regs.c", "off >= f->g.backed || count > f->g.backed - off || ", "off >= f->g.backed || "),
        "flash: a locked block is programmed": (
            "userland/uvmm/device/flash_regs.c", "    if (is_locked(f, off, STATUS_PROGRAM))\n        return;\n", ""),
        "flash: a locked block is erased": (
            "userland/uvmm/device/flash_regs.c", "if (is_locked(f, off, STATUS_ERASE) || start", "if (start"),
        "flash: a read-only one can be unlocked": (
            "userland/uvmm/device/flash_regs.c", "*lock_of(f, off) = f->g.read_only;", "*lock_of(f, off) = 0;"),
        "flash: a buffer of any number of words": (
            "userland/uvmm/device/flash_regs.c", "if (words > FLASH_BUFFER_WORDS || off", "if (off"),
        "flash: a word behind the buffer": (
            "userland/uvmm/device/flash_regs.c", "off >= f->base && at + (1u << size) <= bytes;", "off >= f->base && at <= bytes;"),
        "flash: the byte behind the memory": (
            "userland/uvmm/device/flash_regs.c", "off < f->g.backed ? f->data[off]", "off <= f->g.backed ? f->data[off]"),
        "flash: what lies behind the query table": (
            "userland/uvmm/device/flash_regs.c", "at >= QUERY_BEGIN && at - QUERY_BEGIN < sizeof(table) ?", "at >= QUERY_BEGIN ?"),
        "flash: blocks that are larger than it is": (
            "userland/uvmm/device/flash_regs.c", " < 256 || g->erase > g->size)", " < 256)"),
    },
    "uvmm_fw_cfg": {
        "fw_cfg: what lies behind an item": (
            "userland/uvmm/device/fw_cfg_regs.c", "uint32_t count = size < left ? size : left;", "uint32_t count = size;\n    (void)left;"),
        "fw_cfg: the guest's memory keeps what the item lacks": (
            "userland/uvmm/device/fw_cfg_regs.c", "    memset(to + count, 0, length - count);\n", ""),
        "fw_cfg: an address that is not RAM": (
            "userland/uvmm/device/fw_cfg_regs.c", "uint8_t *to = f->memory(f->ctx, address, length);",
            "uint8_t *to = f->memory(f->ctx, address, 1);"),
        "fw_cfg: a write succeeds": (
            "userland/uvmm/device/fw_cfg_regs.c", "    if (control & DMA_WRITE)\n        return false;\n", ""),
        "fw_cfg: one item more than there is room for": (
            "userland/uvmm/device/fw_cfg_regs.c", "if (f->count == FW_CFG_MAX_ITEMS || find", "if (f->count > FW_CFG_MAX_ITEMS || find"),
        "fw_cfg: a name of just the entry's size": (
            "userland/uvmm/device/fw_cfg_regs.c", "length >= FW_CFG_NAME_SIZE ||", "length > FW_CFG_NAME_SIZE ||"),
        "fw_cfg: one file more than there is room for": (
            "userland/uvmm/device/fw_cfg_regs.c", "f->files == FW_CFG_MAX_FILES || fw_cfg_add", "fw_cfg_add"),
        "RAM: a range that reaches behind its region": (
            "userland/uvmm/boot/ram_map.c", "gpa - r->gpa <= r->size && size <= r->size - (gpa - r->gpa))", "gpa - r->gpa <= r->size)"),
    },
    "uvmm_psci": {
        "PSCI: an entry that is no instruction's address": (
            "userland/uvmm/vcpu/psci.c", "return !(entry & 3) && (ram_map_find", "return (ram_map_find"),
        "PSCI: CPU_ON anywhere": (
            "userland/uvmm/vcpu/psci.c", "    if (!is_entry(entry))\n        return PSCI_INVALID_ADDRESS;\n    lock_acquire", "    lock_acquire"),
        "PSCI: reserved bits of a power state": (
            "userland/uvmm/vcpu/psci.c", "    if (state & POWER_STATE_RESERVED)\n        return PSCI_INVALID_PARAMETERS;\n", ""),
        "PSCI: power down to anywhere": (
            "userland/uvmm/vcpu/psci.c", "    if ((state & POWER_STATE_DOWN) && !is_entry(entry))\n        return PSCI_INVALID_ADDRESS;\n",
            "    (void)entry;\n"),
        "PSCI: SYSTEM_SUSPEND with other CPUs on": (
            "userland/uvmm/vcpu/psci.c", "        if (&vm.cpus[i] != v && vm.cpus[i].power != VCPU_OFF)\n            return PSCI_DENIED;\n",
            "        (void)vm.cpus[i];\n"),
        "PSCI: a 32-bit call with 64-bit arguments": (
            "userland/uvmm/vcpu/psci.c", "uint64_t mask = wide ? ~0ull : 0xffffffffu;", "uint64_t mask = ~0ull;"),
        "PSCI: a CPU that is on is switched on": (
            "userland/uvmm/vcpu/psci.c", "    if (t->power == VCPU_ON) {\n        result = PSCI_ALREADY_ON;\n    } else if",
            "    if"),
        "PSCI: an affinity level that is not there": (
            "userland/uvmm/vcpu/psci.c", "if (level > 3 || (target & ~AFFINITY_BITS))", "if (target & ~AFFINITY_BITS)"),
    },
    "uvmm_smccc": {
        "SMCCC: a printed line overruns": (
            "userland/uvmm/vcpu/smccc.c", "if (c == '\\n' || p->size == sizeof(p->text))", "if (c == '\\n')"),
        "SMCCC: the guest does what the probe may": (
            "userland/uvmm/vcpu/smccc.c", "if (v->probe && imm == ID_PROBE_HVC)", "if (imm == ID_PROBE_HVC)"),
        "SMCCC: any HVC prints": (
            "userland/uvmm/vcpu/smccc.c", "if (imm == HVC_PRINT_IMM && (fn", "if ((fn"),
    },
    "uvmm_stage1": {
        "stage 1: a descriptor that is not valid": (
            "userland/uvmm/vcpu/stage1.c", "if (!(d & DESCRIPTOR_VALID) || (!more", "if ((!more"),
        "stage 1: an address outside of both halves": (
            "userland/uvmm/vcpu/stage1.c", "if (!find_half(s, upper, &h) || !is_canonical(va, h.bits, top_ignored))",
            "if (!find_half(s, upper, &h) || !is_canonical(va, h.bits, true))"),
        "stage 1: a half that is switched off": (
            "userland/uvmm/vcpu/stage1.c", "return h->granule && !(s->tcr & (upper ? TCR_EPD1 : TCR_EPD0)) &&", "return h->granule &&"),
        "stage 1: addresses of more bits than there are": (
            "userland/uvmm/vcpu/stage1.c", " && h->bits <= most && ", " && (h->bits <= most || !upper) && "),
        "stage 1: a block where there are only tables": (
            "userland/uvmm/vcpu/stage1.c", "return level >= (h->wide ? highest - 1 : highest);", "return level >= highest - 1;"),
        "stage 1: both halves number granules the same": (
            "userland/uvmm/vcpu/stage1.c", "tg1[4] = {0, 14, 12, 16};", "tg1[4] = {12, 16, 14, 0};"),
    },
    "uvmm_place": {
        "guest's RAM: regions overlap": (
            "userland/uvmm/boot/ram_map.c", " || ram_map_overlap(m, r->gpa, r->size))", ")"),
        "guest's RAM: what is reserved wraps around": (
            "userland/uvmm/boot/ram_map.c", "    if (!size || end < start)\n        return false;\n", "    if (!size)\n        return false;\n"),
        "guest's RAM: an excluded range wraps around": (
            "userland/uvmm/boot/ram_map.c", "uint64_t end = start + size < start ? ~0ull : start + size;", "uint64_t end = start + size;"),
        "guest's RAM: what lies at the top begins before its piece": (
            "userland/uvmm/boot/ram_map.c", "if (at >= m->free[i].start && (!found || at > best)) {", "if (!found || at > best) {"),
        "guest's RAM: what lies lowest is larger than its piece": (
            "userland/uvmm/boot/ram_map.c", "if (at < from || at > m->free[i].end || size > m->free[i].end - at)",
            "if (at < from || at > m->free[i].end)"),
        "reserved memory: what begins before what is asked for": (
            "userland/uvmm/boot/reserved.c", "(a <= b ? b - a < s->what.size : a - b < r->range.size)", "(a <= b && b - a < s->what.size)"),
        "reserved memory: the tree lies beside what must not be mapped": (
            "userland/uvmm/boot/reserved.c", "    if (r->no_map)\n        ram_map_exclude", "    if (!r->no_map)\n        ram_map_exclude"),
    },
    "uvmm_guest": {
        "guest's kernel: a segment behind the file": (
            "userland/uvmm/boot/kernel_image.c", "ph.p_offset > size || ph.p_filesz > size - ph.p_offset ||", "ph.p_offset > size ||"),
        "guest's kernel: program headers behind the file": (
            "userland/uvmm/boot/kernel_image.c", " ||\n        eh.e_phnum > (size - eh.e_phoff) / sizeof(Elf64_Phdr))", ")"),
        "guest's kernel: a segment that is larger in the file": (
            "userland/uvmm/boot/kernel_image.c", "if (ph.p_filesz > ph.p_memsz || ph.p_offset", "if (ph.p_offset"),
        "guest's kernel: more segments than there is room for": (
            "userland/uvmm/boot/kernel_image.c", "        if ((unsigned)count < max)\n", "        if ((unsigned)count <= max)\n"),
        "guest's devices: two at one address": (
            "userland/uvmm/device/mmio_map.c", "if (i < m->count && m->region[i].start < r->end) {", "if (i < m->count && m->region[i].start + 1 < r->end) {"),
        "guest's devices: memory behind a device's": (
            "userland/uvmm/device/mmio_map.c", " || size > r->memory_size - (addr - r->start))", ")"),
        "ID registers: the guest sees SVE": (
            "userland/uvmm/vcpu/id_mask.c", "    v = clear(v, 32); // SVE\n", ""),
        "ID registers: the guest sees what nobody knows of": (
            "userland/uvmm/vcpu/id_mask.c", "        return 0;     // unlisted: none of their features", "        return v;"),
        "ID registers: addresses of more than 40 bits": (
            "userland/uvmm/vcpu/id_mask.c", "return limit(clear(clear(v, 56), 60), 0, 2);", "return clear(clear(v, 56), 60);"),
    },
    "uvmm_debug": {
        "debug registers: the breakpoint behind the last one": (
            "userland/uvmm/vcpu/debug_regs.c", "return n.crm < (is_watch(n) ? d->watchpoints : d->breakpoints);",
            "return n.crm <= (is_watch(n) ? d->watchpoints : d->breakpoints);"),
        "debug registers: the guest sets bits that are the VMM's": (
            "userland/uvmm/vcpu/debug_regs.c", "d->regs.mdscr = value & MDSCR_GUESTS;", "d->regs.mdscr = value;"),
        "debug registers: locked ones have an effect": (
            "userland/uvmm/vcpu/debug_regs.c", "return locked ? 0 : d->regs.mdscr &", "return locked && !d->regs.mdscr ? 0 : d->regs.mdscr &"),
    },
    "uvmm_devices": {
        "virtio-mmio: the queue behind the last one": (
            "userland/uvmm/device/virtio_mmio.c", "return d->queue_sel < VIRTIO_MMIO_QUEUES ?", "return d->queue_sel <= VIRTIO_MMIO_QUEUES ?"),
        "virtio-mmio: a queue in use moves": (
            "userland/uvmm/device/virtio_mmio.c", "    if (q->ready) // its description is frozen until it is stopped (virtio 1.2, 4.2.2.2)\n"
            "        return;\n", ""),
        "virtio-mmio: queues that are not there are notified": (
            "userland/uvmm/device/virtio_mmio.c", "        if (v < VIRTIO_MMIO_QUEUES)\n", "        if (v <= VIRTIO_MMIO_QUEUES)\n"),
        "virtio-mmio: a reset keeps the queues": (
            "userland/uvmm/device/virtio_mmio.c", "        d->queue[i] = (struct virtio_mmio_queue){0};\n", "        (void)d->queue[i];\n"),
    },
    "boot_load": {
        "boot: a segment that is larger in the file": (
            "kernel/boot/payload/elf_load.c", "if (p->filesz > p->memsz || !inside", "if (!inside"),
        "boot: a segment behind the file": (
            "kernel/boot/payload/elf_load.c", "if (p->filesz > p->memsz || !inside(p->offset, p->filesz, size))", "if (p->filesz > p->memsz || p->offset > size)"),
        "boot: a segment that wraps around": (
            "kernel/boot/payload/elf_load.c", "p->vaddr + p->memsz < p->vaddr || ", ""),
        "boot: segments that overlap": (
            "kernel/boot/payload/elf_load.c", "    if (segments_overlap(elf))\n        return \"has segments that overlap\";\n",
            "    (void)segments_overlap;\n"),
        "boot: a relocation behind the image": (
            "kernel/boot/payload/elf_load.c", "if (!image_offset(elf, r.offset, 8, &target))", "if (!image_offset(elf, r.offset, 1, &target))"),
        "boot: a relocation table behind the image": (
            "kernel/boot/payload/elf_load.c", "!image_offset(elf, rela, rela_size, &table))", "!image_offset(elf, rela, 1, &table))"),
        "boot: what the file lacks is not cleared": (
            "kernel/boot/payload/elf_load.c", "    memset(memory, 0, range_size(elf->image));\n", ""),
        "boot: an entry point in data": (
            "kernel/boot/payload/elf_load.c", "entry_ok |= (p->flags & PF_X) && h->entry", "entry_ok |= h->entry"),
        "boot: a module behind the image": (
            "kernel/boot/payload/payload_check.c", "r->offset % PAYLOAD_ALIGN || !inside(r->offset, r->size, h->size) ||",
            "r->offset % PAYLOAD_ALIGN ||"),
        "boot: a module's name behind the names": (
            "kernel/boot/payload/payload_check.c", "offset - h->strings < h->strings_size;", "offset - h->strings <= h->strings_size;"),
        "boot: the last name has no end": (
            "kernel/boot/payload/payload_check.c", "        ((char const *)h)[(uint64_t)h->strings + h->strings_size - 1] || !is_string(h, h->cmdline) ||\n",
            "        !is_string(h, h->cmdline) ||\n"),
        "boot: a module that is shorter than its record says": (
            "kernel/boot/payload/unpack.c", "return z.avail_out ? \"is smaller than its record says\" : 0;", "return 0;"),
    },
    "elf_image": {
        "ELF: a segment behind the file": (
            "userland/lib/elf/elf.c", "(s->offset > size || s->filesz > size - s->offset))", "s->offset > size)"),
        "ELF: program headers behind the file": (
            "userland/lib/elf/elf.c", "if (h->phoff > size || h->phnum * sizeof(struct elf_program_header) > size - h->phoff)",
            "if (h->phoff > size)"),
        "ELF: a segment that is larger in the file": (
            "userland/lib/elf/elf.c", "    if (s->filesz > s->memsz)\n        return ELF_E_SEGMENT;\n", ""),
        "ELF: a segment that wraps around": (
            "userland/lib/elf/elf.c", "if (s->vaddr + s->memsz < s->vaddr || s->paddr", "if (s->paddr"),
        "ELF: segments that overlap": (
            "userland/lib/elf/elf.c", "if (!first && start < end)", "if (!first && start + page_size < end)"),
        "ELF: an entry point in data": (
            "userland/lib/elf/elf.c", "if ((seg.flags & ELF_X)\n            && ((img", "if (((img"),
        "ELF: a note behind its segment": (
            "userland/lib/elf/elf.c", " || head[1] > seg.filesz - at)", ")"),
        "ELF: an interpreter's name without its end": (
            "userland/lib/elf/elf.c", "if (seg.filesz < 2 || name[seg.filesz - 1] != '\\0')", "if (seg.filesz < 2)"),
    },
    "loader_runtime": {
        "ELF: a relocation behind the file": (
            "userland/lib/elf/elf_reloc.c", "           && bytes <= seg->filesz - (vaddr - seg->vaddr);", ";"),
        "ELF: relocations of other kinds": (
            "userland/lib/elf/elf_reloc.c", "return rela->info == R_AARCH64_RELATIVE && rela->vaddr", "return rela->vaddr"),
    },
    "boot_place": {
        "memory map: one range more than there is room for": (
            "kernel/boot/memory/place.c", "    if (last == i) {\n        if (p->num == PLACE_MAX)", "    if (last == i) {\n        if (p->num > PLACE_MAX)"),
        "memory map: a hole without room for its other side": (
            "kernel/boot/memory/place.c", "            if (p->num == PLACE_MAX)\n                return false;\n            shift(p, i + 1, 1);",
            "            shift(p, i + 1, 1);"),
        "memory map: memory beyond the limit": (
            "kernel/boot/memory/place.c", "p->r[i].end < limit ? p->r[i].end : limit;", "p->r[i].end;\n        (void)limit;"),
        "memory map: what is taken stays free": (
            "kernel/boot/memory/place.c", "end - s >= size && place_remove(p, s, s + size)) {", "end - s >= size) {"),
        "boot's page tables: data can be executed": (
            "kernel/boot/memory/page_table.c", "[PAGE_DATA] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE | DESC_XN,",
            "[PAGE_DATA] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE,"),
        "boot's page tables: text can be written": (
            "kernel/boot/memory/page_table.c", "[PAGE_TEXT] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE | DESC_READ_ONLY,",
            "[PAGE_TEXT] = 1 << MAIR_INDEX_SHIFT | DESC_INNER_SHAREABLE,"),
        "boot's page tables: the page behind the last one": (
            "kernel/boot/memory/page_table.c", "    if (t->next == t->end)\n        return 0;\n", "    if (t->next > t->end)\n        return 0;\n"),
    },
    "boot_machine": {
        "boot: RAM that programs cannot address": (
            "kernel/boot/machine/machine_memory.c", "        r.end = MACHINE_MAX_RAM;\n    }\n    struct range pages", "    }\n    struct range pages"),
        "boot: a reserved range begins in its second page": (
            "kernel/boot/machine/machine_memory.c", "r = (struct range){round_down(r.start, PAGE_SIZE), round_up(r.end, PAGE_SIZE)};",
            "r = (struct range){round_up(r.start, PAGE_SIZE), round_up(r.end, PAGE_SIZE)};"),
        "boot: a page that is RAM in part": (
            "kernel/boot/machine/machine_memory.c", "{round_up(r.start, PAGE_SIZE), round_down(r.end, PAGE_SIZE)};\n    if",
            "{round_down(r.start, PAGE_SIZE), round_down(r.end, PAGE_SIZE)};\n    if"),
        "boot: one reserved range more than there is room for": (
            "kernel/boot/machine/machine_memory.c", "if (m->num_reserved == MACHINE_MAX_RESERVED) {", "if (m->num_reserved > MACHINE_MAX_RESERVED) {"),
        "boot: one CPU more than there is room for": (
            "kernel/boot/machine/machine_cpus.c", "} else if (m->num_cpus == BOOT_MAX_CPUS) {", "} else if (m->num_cpus > BOOT_MAX_CPUS) {"),
        "boot: more redistributors than there is room for": (
            "kernel/boot/machine/machine_gic.c", "if (!regions || regions > BOOT_MAX_GICR) {", "if (!regions || regions > BOOT_MAX_GICR + 1) {"),
    },
    "boot_args": {
        "boot: a word that is longer than its copy": (
            "kernel/boot/boot_args.c", "memcpy(text, word, len < sizeof text ? len : sizeof text - 1);", "memcpy(text, word, len);"),
        "boot: a number of more digits than 64 bits have": (
            "kernel/boot/boot_args.c", "if (len <= n || len > n + 9 || memcmp", "if (len <= n || memcmp"),
    },
    "sigma0_regions": {
        "sigma0: memory of another client": (
            "userland/sigma0/region.c", " || r->kind == REGION_RESERVED || (r->owner && r->owner != client))", " || r->kind == REGION_RESERVED)"),
        "sigma0: memory of the kernel": (
            "userland/sigma0/region.c", "if (r->start > start || r->kind == REGION_RESERVED || (r->owner", "if (r->start > start || (r->owner"),
        "sigma0: all rights to what has fewer": (
            "userland/sigma0/region.c", "        *rights &= r->rights;\n", ""),
        "sigma0: memory that somebody has is free": (
            "userland/sigma0/region.c", "if (r->kind != REGION_RAM || r->owner || r->rights", "if (r->kind != REGION_RAM || r->rights"),
        "sigma0: a page that is RAM in part": (
            "userland/sigma0/mem_map.c", "r->start = (start + PAGE_MASK) & ~PAGE_MASK;", "r->start = start & ~PAGE_MASK;"),
        "sigma0: memory descriptors behind the page": (
            "userland/sigma0/mem_map.c", "if (offset > kip_size || count > (kip_size - offset) / sizeof(l4_kernel_info_mem_desc_t))",
            "if (offset > kip_size)"),
    },
    "shmc": {
        "shared chunks: a capacity behind the area": (
            "userland/lib/shmc/chunk.c", "if (c->magic != CHUNK_MAGIC || *capacity > used - offs - sizeof(*c))", "if (c->magic != CHUNK_MAGIC)"),
        "shared chunks: the other side says how much of the area is used": (
            "userland/lib/shmc/chunk.c", "    if (used > area->size)\n        used = area->size;\n", ""),
        "shared chunks: a size behind the chunk": (
            "userland/lib/shmc/chunk.c", "return (long)(size < chunk->capacity ? size : chunk->capacity);", "return (long)size;"),
        "shared chunks: more than the chunk has is ready": (
            "userland/lib/shmc/chunk.c", "    if (size > chunk->capacity)\n        return -L4_EINVAL;\n", ""),
    },
    "cap_space": {
        "capabilities: mapped without R": (
            "kernel/object/cap_space.c", "    if (!(m->rights & CAP_R))\n        return 0;\n", ""),
        "capabilities: S passes where it should not": (
            "kernel/object/cap_space.c", "    if (!m->strong)\n        keep &= ~(uint32_t)CAP_S;\n", ""),
        "capabilities: more rights than the source has": (
            "kernel/object/cap_space.c", "target < INDICES ? map_slot(s, m, target, (s->rights & keep) | weak) : 0;",
            "target < INDICES ? map_slot(s, m, target, keep | weak) : 0;"),
        "capabilities: rights are not taken away": (
            "kernel/object/cap_space.c", "s->rights &= ~(rights & (CAP_W | CAP_S | CAP_D));", "s->rights &= ~(rights & (CAP_W | CAP_S));"),
        "capabilities: deleted without D": (
            "kernel/object/cap_space.c", "bool destroy = del && (slot->rights & CAP_D);", "bool destroy = del;"),
        "capabilities: a slot behind the last one": (
            "kernel/object/cap_space.c", "    if (index >> CAP_INDEX_BITS)\n        return NULL;\n", "    index &= (1 << CAP_INDEX_BITS) - 1;\n"),
        "capabilities: tables are not given back": (
            "kernel/object/cap_space.c", "            kmem_free(q, m->leaf[i], sizeof(*m->leaf[i]));\n", ""),
    },
    "mapping": {
        "memory: more rights than the source has": (
            "kernel/mem/mapping.c", "p.rights = s.rights & m->rights;", "p.rights = m->rights;"),
        "memory: sigma0 maps what is the kernel's": (
            "kernel/mem/mapping.c", "    return !is_reserved(align_down(addr, S2_PAGE), (uint64_t)1 << S2_PAGE);", "    return true;"),
        "memory: the first page of what is the kernel's": (
            "kernel/mem/mapping.c", "start + size > reserved[i].start)", "start > reserved[i].start)"),
        "memory: the kernel info page can be written": (
            "kernel/mem/mapping.c", "s->rights = MEM_R | MEM_X;", "s->rights = MEM_RWX;"),
        "memory: kernel-user memory can be executed": (
            "kernel/mem/mapping.c", "stage2_leaf(phys + offset, S2_PAGE, MEM_R | MEM_W, type)", "stage2_leaf(phys + offset, S2_PAGE, MEM_RWX, type)"),
        "memory: kernel-user memory behind the last address": (
            "kernel/mem/mapping.c", "if (addr >= limit || (pages << S2_PAGE) > limit - addr || (addr", "if (addr >= limit || (addr"),
        "memory: kernel-user memory in place of something": (
            "kernel/mem/mapping.c", "            return -L4_EEXIST;", "            break;"),
        "memory: kernel-user memory can be mapped on": (
            "kernel/mem/mapping.c", "if (!l.pte || !stage2_present(*l.pte) || !*s2_node(l))\n        return false;\n    s->node",
            "if (!l.pte || !stage2_present(*l.pte))\n        return false;\n    s->node"),
        "memory: a grant leaves the source": (
            "kernel/mem/mapping.c", "return grant ? take_from_source(p, s) : MAP_SOME;", "return grant && !s->node ? take_from_source(p, s) : MAP_SOME;"),
        "memory: unmap of a part takes nothing from who has the pieces": (
            "kernel/mem/mapping.c", "    for (unsigned i = from; i < to && m->piece; i++)\n", "    for (unsigned i = from + 1; i < to && m->piece; i++)\n"),
        "memory: what is unmapped stays in the TLB": (
            "kernel/mem/mapping_tree.c", "    w->changed = true;\n    note_flush(w, m);\n    list_remove(m);", "    w->changed = true;\n    list_remove(m);"),
        "memory: what may not be written any more stays so in the TLB": (
            "kernel/mem/mapping_tree.c", "    w->changed = true;\n    note_flush(w, m);\n}\n\n// Skips", "    w->changed = true;\n}\n\n// Skips"),
        "stage 2: everything can be executed": (
            "kernel/arch/arm64/stage2.c", " | (rights & MEM_X ? 0 : PTE_XN);", ";"),
        "stage 2: everything can be written": (
            "kernel/arch/arm64/stage2.c", "(rights & MEM_W ? PTE_W : 0) |", "PTE_W |"),
        "stage 2: X is not taken away": (
            "kernel/arch/arm64/stage2.c", "    if (rights & MEM_X)\n        pte |= PTE_XN;\n", ""),
        "stage 2: a freed table stays in the TLB": (
            "kernel/arch/arm64/stage2.c", "    entry_set(e, 0);\n    tlb_flush_page(s, addr);\n", "    entry_set(e, 0);\n"),
        "stage 2: device memory is cached": (
            "kernel/arch/arm64/stage2.c", "[MEM_DEVICE] = 0x0, [MEM_BUFFERED] = 0x5", "[MEM_DEVICE] = 0x5, [MEM_BUFFERED] = 0x5"),
    },
    "kmem": {
        "factory: a limit that the parent does not have": (
            "kernel/mem/kmem.c", "    if (!quota_take(parent, limit)) {", "    if (!quota_take(parent, limit) && parent == &quota_root) {"),
        "kernel memory: it shows what was there before": (
            "kernel/mem/kmem.c", "    __builtin_memset(p, 0, (size_t)1 << order);\n", ""),
        "kernel memory: more than the quota has": (
            "kernel/mem/quota.h", "if (bytes > q->limit - q->used)", "if (bytes > q->limit)"),
        "kernel memory: a child's quota is not its parent's": (
            "kernel/mem/kmem.c", "        quota_give(parent, q->limit - q->used); // what leaked stays charged\n", ""),
        "kernel memory: a page is freed twice": (
            "kernel/mem/kmem.c", "if (pg->state != (slab ? PAGE_SLAB : PAGE_USED) ||\n        pg->order", "if (pg->order"),
        "kernel memory: an empty slab stays charged": (
            "kernel/mem/kmem.c", "    block_free(i, 0);\n    quota_give(q, 1u << PAGE_SHIFT);", "    block_free(i, 0);"),
        "kernel memory: freed pages stay charged": (
            "kernel/mem/kmem.c", "        block_free(i, order - PAGE_SHIFT);\n        quota_give(q, (uint64_t)1 << order);",
            "        block_free(i, order - PAGE_SHIFT);"),
    },
    "icu": {
        "interrupts: the line behind the last one": (
            "kernel/object/icu.c", "    if (!index_below(pin, p->count))\n        return 0;\n", ""),
        "interrupts: the kernel's timer can be bound": (
            "kernel/object/icu.c", "return pin == timer_irq || pin == vtimer_irq ||", "return pin == vtimer_irq ||"),
        "interrupts: SGIs can be bound": (
            "kernel/object/icu.c", "(*pin < FIRST_PIN || (reserved", "((reserved"),
        "interrupts: the console's line can be bound": (
            "kernel/object/icu.c", " || (reserved_handler && *pin == reserved_pin)", ""),
        "interrupts: a line that is another's": (
            "kernel/object/icu.c", "if (!slot || (*slot && *slot != i))", "if (!slot)"),
        "interrupts: unbind of another's line": (
            "kernel/object/icu.c", "if (!slot || *slot != i)", "if (!slot)"),
        "machine: shutdown does not ask for S": (
            "kernel/object/platform_control.c", "{op_shutdown, EXACTLY(2), CAP_S,", "{op_shutdown, EXACTLY(2), 0,"),
    },
    "task": {
        "task: S passes by a capability without S": (
            "kernel/object/task.c", "in->rights & in->arg_rights & CAP_S);", "in->rights & CAP_S);"),
        "task: map of memory and capabilities does not ask for W": (
            "kernel/object/task.c", "{op_map, AT_LEAST(3), CAP_W,", "{op_map, AT_LEAST(3), 0,"),
        "task: kernel-user memory of any size": (
            "kernel/object/task.c", "order < L4_KU_MEM_MIN_ORDER || order > L4_KU_MEM_MAX_ORDER)", "order < L4_KU_MEM_MIN_ORDER)"),
        "task: kernel-user memory that ends in another page": (
            "kernel/object/task.c", "        if (mem_kumem_lookup(t, next) != phys + (next - addr))\n            return NULL;\n", "            continue;\n"),
        "task: GICV for a task that is no VM": (
            "kernel/object/task.c", "    if (!t->is_vm)\n        return result_tag(-L4_EINVAL, 0);\n", ""),
        "task: what could not be mapped stays charged": (
            "kernel/object/task.c", "        kmem_free(q, k->kva, (size_t)1 << order);\n        kmem_free(q, k, sizeof(*k));\n        return err;",
            "        kmem_free(q, k, sizeof(*k));\n        return err;"),
        "factory: a gate's label has the bits of rights": (
            "kernel/object/factory.c", "label & L4_GATE_LABEL_RIGHTS)", "0)"),
        "capability argument: of another type": (
            "kernel/object/cap_argument.c", " || !(op->arg >> s->obj->type & 1))", ")"),
        "capability argument: without its rights": (
            "kernel/object/cap_argument.c", "    if (op->arg_rights & ~s->rights)\n        return -L4_EPERM;\n", ""),
        "capability argument: behind the message registers": (
            "kernel/object/cap_argument.c", "    if (word + 2 > L4_UTCB_GENERIC_DATA_SIZE)\n        return -L4_EINVAL;\n", ""),
    },
    "operations": {
        "operations: the console is read without W": (
            "kernel/object/vcon.c", "{op_read, AT_LEAST(1), CAP_W,", "{op_read, AT_LEAST(1), 0,"),
        "operations: threads are controlled without S": (
            "kernel/object/thread.c", "{op_control, AT_LEAST(L4_THREAD_CONTROL_WORDS), CAP_S,", "{op_control, AT_LEAST(L4_THREAD_CONTROL_WORDS), 0,"),
        "operations: objects are made without S": (
            "kernel/object/factory.c", "{op_create, AT_LEAST(1), CAP_S,", "{op_create, AT_LEAST(1), 0,"),
        "operations: a semaphore is taken without S": (
            "kernel/object/semaphore.c", "{op_down, AT_LEAST(1), CAP_S,", "{op_down, AT_LEAST(1), 0,"),
        "operations: an interrupt is bound without W": (
            "kernel/object/icu.c", "[L4_ICU_BIND_OP] = {op_bind, AT_LEAST(2), .errors = OP_NO_ITEM_SHORT, .arg = ARG_IRQ, .arg_rights = CAP_W,",
            "[L4_ICU_BIND_OP] = {op_bind, AT_LEAST(2), .errors = OP_NO_ITEM_SHORT, .arg = ARG_IRQ,"),
    },
    "traps": {
        "traps: a guest's SMC reaches the firmware": (
            "kernel/arch/arm64/include/arch/sysreg.h", "HCR_TIDCP | HCR_TSC | HCR_TACR", "HCR_TIDCP | HCR_TACR"),
        "traps: a VMM switches stage 2 off": (
            "kernel/arch/arm64/traps.h", "return (asked & HCR_VMM_MAY_SET) | HCR_MUST_SET | HCR_RW;", "return (asked & HCR_VMM_MAY_SET) | (HCR_MUST_SET & ~HCR_VM) | HCR_RW;"),
        "traps: a VMM sets what it wants": (
            "kernel/arch/arm64/traps.h", "return (asked & HCR_VMM_MAY_SET) |", "return asked |"),
    },
    "vcon": {
        "console: a text that is longer than a message": (
            "kernel/object/vcon.c", "bool sent = len > L4_VCON_WRITE_SIZE || !console_uart()", "bool sent = !console_uart()"),
        "console: more input than a message holds": (
            "kernel/object/vcon.c", "    if (max > L4_VCON_READ_SIZE)\n        max = L4_VCON_READ_SIZE;\n", ""),
    },
    "ipc_transfer": {
        "message: a window's hot spot is not cut to the window": (
            "kernel/ipc/transfer.c", "p.src = sbase + ((hot & smask) & ~rmask);", "p.src = sbase;"),
        "message: a page goes where the hot spot says, not into the window": (
            "kernel/ipc/transfer.c", "p.dst = rbase + ((hot & rmask) & ~smask);", "p.dst = hot & ~smask;"),
        "message: a window takes more than it has room for": (
            "kernel/ipc/transfer.c", "        p.dst = rbase;\n        p.order = ro;\n", "        p.dst = rbase;\n        p.order = so;\n"),
        "message: S passes over a gate without S": (
            "kernel/ipc/transfer.c", "map_item(from->task, w0, w1, &w, from->send_rights & CAP_S, &x->progress)",
            "map_item(from->task, w0, w1, &w, true, &x->progress)"),
        "message: a label has S without S": (
            "kernel/ipc/transfer.c", "    if (fpage_type(w1) == L4_FPAGE_OBJ && !(rights & CAP_S))\n        w1 &= ~(uint64_t)CAP_S;\n",
            "    (void)rights;\n"),
        "message: a label has rights that the sender's capability lacks": (
            "kernel/ipc/transfer.c", "*ret1 = g->label | (s->rights & w1 & (CAP_W | CAP_S));", "*ret1 = g->label | (w1 & (CAP_W | CAP_S));"),
        "message: the label of a gate of another task": (
            "kernel/ipc/transfer.c", "if (!g->thread || g->thread->task != to->task)", "if (!g->thread)"),
        "message: the label of what is no gate": (
            "kernel/ipc/transfer.c", "!s || !s->obj || s->obj->type != OBJ_GATE)", "!s || !s->obj)"),
        "message: the second half of a buffer behind the last one": (
            "kernel/ipc/transfer.c", "    if (p + need > L4_UTCB_GENERIC_BUFFERS_SIZE)\n        return 0;\n", ""),
        "message: an item behind the message registers": (
            "kernel/ipc/transfer.c", "        uint64_t pos = tag_words(tag) + 2u * x->item; // of two words\n"
            "        if (!index_below(&pos, L4_UTCB_GENERIC_DATA_SIZE - 1))\n",
            "        uint64_t pos = tag_words(tag) + 2u * x->item; // of two words\n"
            "        if (!index_below(&pos, L4_UTCB_GENERIC_DATA_SIZE))\n"),
        "message: a window of another type": (
            "kernel/ipc/transfer.c", "return all || fpage_type(w->fpage) == type ? need : 0;", "return all || type ? need : 0;"),
        "message: a window of another task that the receiver may not write to": (
            "kernel/ipc/transfer.c", " || !(s->rights & CAP_W))\n            return 0;", ")\n            return 0;"),
        "message: a window of another task that is none": (
            "kernel/ipc/transfer.c", "!s->obj || s->obj->type != OBJ_TASK ||", "!s->obj ||"),
        "message: capabilities for a task that ends": (
            "kernel/ipc/transfer.c", "!(w1 & CAP_R) || w->task->obj.dying)", "!(w1 & CAP_R))"),
        "message: an exception's answer sets any PSTATE": (
            "kernel/ipc/transfer.c", "to->regs.pstate = pstate_user(READ_ONCE(f->pstate));", "to->regs.pstate = READ_ONCE(f->pstate);"),
        "message: an exception's answer is shorter than a frame": (
            "kernel/ipc/transfer.c", "    if (n < L4_UTCB_EXCEPTION_REGS_SIZE)\n        return;\n", "    (void)n;\n"),
        "message: memory with rights that the sender did not say": (
            "kernel/ipc/transfer.c", ".rights = w1 & MEM_RWX, .type", ".rights = MEM_RWX, .type"),
    },
    "vgic_v3": {
        "list registers: a VMM names physical interrupts": (
            "kernel/arch/arm64/vgic_v3.c", "READ_ONCE(e->gic_v3_lr[i]) & ~LR_HW;", "READ_ONCE(e->gic_v3_lr[i]);"),
        "list registers: a VMM sets reserved bits": (
            "kernel/arch/arm64/vgic_v3.c", "    hcr &= ~HCR_RESERVED;\n", "    hcr &= ~0u;\n    (void)HCR_RESERVED;\n"),
        "list registers: the last guest's stay": (
            "kernel/arch/arm64/vgic_v3.c", "any = l->used;", "any = 0;"),
        "list registers: the end of an interrupt is not saved": (
            "kernel/arch/arm64/vgic_v3.c", "return !(lr & (LR_STATE | LR_EOI));", "return !(lr & LR_STATE);"),
        "list registers: a pending one is not in use": (
            "kernel/arch/arm64/vgic_v3.c", "#define LR_STATE (3ull << 62)", "#define LR_STATE (2ull << 62)"),
        "virtual interface: active priorities of the last guest": (
            "kernel/arch/arm64/vgic_v3.c", "    ich_write(ICH_AP0R0, 0);\n    ich_write(ICH_AP1R0, 0);\n    l->apr[0] = l->apr[1] = 0;\n",
            "    l->apr[0] = l->apr[1] = 0;\n"),
        "virtual interface: events of the guest are not noticed": (
            "kernel/arch/arm64/vgic_v3.c", "l->apr[1] | (l->hcr & HCR_EVENTS));", "l->apr[1]);"),
        "virtual interface: an event comes again and again": (
            "kernel/arch/arm64/vgic_v3.c", "    if (misr)\n        off(l);\n", ""),
        "virtual interface: the timer's interrupt is pending and active": (
            "kernel/arch/arm64/vgic_v3.c", "uint64_t state = cfg & L4_VTMR_CFG_ACTIVE ? 2 : 1;", "uint64_t state = cfg & L4_VTMR_CFG_ACTIVE ? 3 : 1;"),
        "virtual interface: the timer's interrupt is not tied to its line": (
            "kernel/arch/arm64/vgic_v3.c", "uint64_t lr = state << 62 | LR_HW |", "uint64_t lr = state << 62 |"),
        "virtual interface: list registers that the VMM does not have": (
            "kernel/arch/arm64/vgic_v3.c", "(uint32_t)ich_read(ICH_ELRSR) & ((1u << L4_VCPU_NUM_LRS) - 1);", "(uint32_t)ich_read(ICH_ELRSR);"),
        "virtual interface: a VMM hears of list registers that it does not have": (
            "kernel/arch/arm64/vgic_v3.c", "((lrs > L4_VCPU_NUM_LRS ? L4_VCPU_NUM_LRS : lrs) - 1);", "(lrs - 1);"),
        "virtual interface: it begins as firmware has left it": (
            "kernel/arch/arm64/vgic_v3.c", "    for (unsigned i = 0; i < L4_VCPU_NUM_LRS; i++)\n        lr_write(i, 0);\n    ich_write(ICH_VMCR, 0);",
            "    ich_write(ICH_VMCR, 0);"),
    },
    "context": {
        "PSTATE: a program runs at EL1": (
            "kernel/arch/arm64/context.c", "return (pstate & SPSR_MODE_MASK) == SPSR_EL0T ? flags : illegal(pstate);",
            "return (pstate & 0xf) == SPSR_EL0T ? flags : illegal(pstate);"),
        "PSTATE: a program sets bits that are the kernel's": (
            "kernel/arch/arm64/context.c", "uint64_t flags = pstate & (0xf0000000 | SPSR_IL | 0x3c0);", "uint64_t flags = pstate;"),
        "PSTATE: a guest in AArch32 where there is none": (
            "kernel/arch/arm64/context.c", "        if (aarch32_el0 == 2)\n", "        if (aarch32_el0)\n"),
        "FP registers: the next thread sees them": (
            "kernel/arch/arm64/context.c", "fpu_trap(cpu, cpu->fpu_owner != t || (runs_guest(t)", "fpu_trap(cpu, (runs_guest(t)"),
        "FP registers: the next thread sees them after a plain switch": (
            "kernel/arch/arm64/context.c", "        fpu_trap(cpu, cpu->fpu_owner != to);\n", "        fpu_trap(cpu, false);\n"),
        "FP registers: the owner loses them": (
            "kernel/arch/arm64/context.c", "    if (cpu->fpu_owner)\n        fpu_save(cpu->fpu_owner->fpu);\n", ""),
        "FP registers: a guest has them though its VMM has not let it": (
            "kernel/arch/arm64/context.c", " || (runs_guest(t) && !(vcpu_area(t)->state & L4_VCPU_F_FPU_ENABLED)));", ");"),
        "FP registers: they stay behind on another CPU": (
            "kernel/arch/arm64/context.c", "        fpu_save(t->fpu);\n        cpu->fpu_owner = 0;",
            "        cpu->fpu_owner = 0;"),
        "thread registers: TPIDRRO_EL0 is the last thread's": (
            "kernel/arch/arm64/context.c", "        sysreg_write(tpidrro_el0, t->regs.tpidruro);\n        space_load",
            "        space_load"),
        "thread registers: TPIDRRO_EL0 is the last thread's after a plain switch": (
            "kernel/arch/arm64/context.c", "    sysreg_write(tpidrro_el0, to->regs.tpidruro);\n", ""),
        "address space: an old VMID is used again": (
            "kernel/arch/arm64/context.c", "        vmid_assign(s);\n    else if (cpu->space == s)\n        return;",
            "        vmid_assign(s);\n    if (cpu->space == s)\n        return;"),
        "address space: an idle CPU keeps the last one": (
            "kernel/arch/arm64/context.c", "    sysreg_write_mem(vttbr_el2, stage2_empty_vttbr());\n", ""),
    },
    "sched_turns": {
        "time slices: who waits for an answer does not pay": (
            "kernel/sched/sched.c", "caller && n < MAX_CHARGED;", "caller && n >= MAX_CHARGED;"),
        "time slices: the first caller pays alone": (
            "kernel/sched/sched.c", "MAX_CHARGED = 8", "MAX_CHARGED = 1"),
        "time slices: the fast path does not look": (
            "kernel/ipc/fast.c", "(best == prio && !slice_spent(to))", "(best == prio && to)"),
        "time slices: who has none left stays before the others": (
            "kernel/sched/sched.c", "        slice_begin(t);\n        head = false;\n", "        slice_begin(t);\n"),
        "time slices: nobody is told that a second one waits": (
            "kernel/sched/sched.c", " || (cur->run.prio == prio && !cpu->ticking))", ")"),
        "time slices: any interrupt ends one": (
            "kernel/sched/sched.c", "return !best->work && !cpu->yielded && !cpu->passed;", "return !best->work && !cpu->online;"),
        "time slices: who is woken waits for their end": (
            "kernel/sched/sched.c", "        cpu->passed = true;\n", "        cpu->passed = false;\n"),
        "time slices: who is woken without one does not wait": (
            "kernel/sched/sched.c", "if (runnable && head && cur->run.prio == prio)", "if (runnable && (head || cur->run.prio == prio))"),
        "time slices: who was alone for long stays last": (
            "kernel/sched/sched.c", "        t->slice = t->consumed + length;\n", "        t->slice += length;\n"),
        "time slices: a new thread has one before it waits": (
            "kernel/sched/sched.h", "return t->consumed >= t->slice;", "return t->consumed > t->slice;"),
    },
    "vcpu_messages": {
        "message to a vCPU: not looked for when it runs again": (
            "kernel/sched/sched.c", "        ipc_vcpu_interrupt(next);\n", "        (void)next;\n"),
        "message to a vCPU: not looked for when it goes on": (
            "kernel/sched/sched.c", "    ipc_vcpu_interrupt(t);\n", ""),
        "message to a vCPU: delivered under the local lock to a handler without VMID": (
            "kernel/sched/sched.c", "if (!locks_held(cpu, LOCKS_ALL) && context_needs_global_lock(t))", "if (0)"),
        "message to a vCPU: no kick": (
            "kernel/ipc/ipc.c", "        cpu_kick(to->cpu); // that CPU", "        // that CPU"),
        "message to a vCPU: the sender waits until the guest has left": (
            "kernel/ipc/ipc.c", "return t->vcpu.user_mode && t->cpu != this_cpu() && t->cpu->current == t;",
            "(void)t;\n    return false;"),
        "late error: a guest that leaves the usual way leaves it behind": (
            "kernel/arch/arm64/guest_fast.c", "    if (L4_UNLIKELY(serror_pending()))\n        return false;\n", ""),
        "message to a vCPU: it comes twice": (
            "kernel/ipc/ipc.c", "    sender_dequeue(s);\n    update_sticky(t);\n    vcpu_ipc",
            "    update_sticky(t);\n    vcpu_ipc"),
        "message to a vCPU: its sticky flag stays": (
            "kernel/ipc/ipc.c", "    update_sticky(t);\n    vcpu_ipc_delivered", "    vcpu_ipc_delivered"),
        "message to a vCPU: delivered although it takes none now": (
            "kernel/ipc/ipc.c", "if (!s || s->kind != SENDER_IRQ || !vcpu_accepts_ipc(t))", "if (!s || s->kind != SENDER_IRQ)"),
        "message to a vCPU: not delivered when one that came before it is given up": (
            "kernel/ipc/ipc.c", "            ipc_vcpu_accepts(other); // who came", "            // who came"),
    },
    "block_requests": {
        "block: the sector behind the area": (
            "userland/lib/block/request.c", "return sector < a->sectors && count <= a->sectors - sector &&",
            "return sector < a->sectors && count <= a->sectors - sector + 1 &&"),
        "block: a range that is added up": (
            "userland/lib/block/request.c", "return sector < a->sectors && count <= a->sectors - sector &&",
            "return sector + count <= a->sectors &&"),
        "block: a part of the disk's block": (
            "userland/lib/block/request.c", " && sector % per == 0 && count % per == 0;", " && per;"),
        "block: writes to what may only be read": (
            "userland/lib/block/request.c", "bytes >= UINT32_MAX || (write && a->read_only))", "bytes >= UINT32_MAX)"),
        "block: zeros to what may only be read": (
            "userland/lib/block/request.c", "if (a->read_only || !range.sectors", "if (!range.sectors"),
        "block: the status byte is data": (
            "userland/lib/block/request.c", "    c->write_len--;\n", ""),
        "block: a buffer across a seam breaks the queue": (
            "userland/lib/block/request.h", "2 + REQUEST_DATA_SEGS + REQUEST_SEAMS", "2 + REQUEST_DATA_SEGS"),
    },
    "block_partitions": {
        "partitions: one begins in another one": (
            "userland/lib/block/partition.c", "else if (i && p->first < end)", "else if (i && p->first + 1 < end)"),
        "partitions: one leaves the disk": (
            "userland/lib/block/partition.c", "p->sectors > d->sectors - p->first)", "p->first + p->sectors > d->sectors + 1)"),
        "partitions: a GPT header with a wrong checksum": (
            "userland/lib/block/gpt.c", "else if (crc32(0, h, size) != crc)", "else if (!crc)"),
        "partitions: GPT entries with a wrong checksum": (
            "userland/lib/block/gpt.c", "if (!wrong && crc != g->entries_crc)", "if (!wrong && !crc && g->entries_crc)"),
        "partitions: a label says what a terminal obeys": (
            "userland/lib/block/gpt.c", " || (c >= 0x7f && c < 0xa0)", ""),
        "partitions: logical ones in a circle": (
            "userland/lib/block/mbr.c", "has no end\");\n            return -L4_EINVAL;", "has no end\");\n            return 0;"),
        "partitions: an MBR in sectors where blocks are larger": (
            "userland/lib/block/mbr.c", ".per = d->block / BLOCK_SECTOR", ".per = 1"),
        "partitions: one disk that hangs is all of them": (
            "userland/lib/block/scan.c", "    if (!s->unanswered) // else it stays the disk's\n", ""),
    },
    "block_volumes": {
        "volumes: two write": (
            "userland/lib/block/volume.c", "!(c->area.read_only && v->area.read_only))", "!(c->area.read_only || v->area.read_only))"),
        "volumes: a neighbour is the same": (
            "userland/lib/block/volume.c", "&& b->first < a->first + a->sectors;", "&& b->first <= a->first + a->sectors;"),
        "volumes: a label takes a disk's name": (
            "userland/lib/block/volume.c", "    if (!matches)\n        matches = find(name, by, v);", "    matches += find(name, by, v);"),
        "volumes: a disk with two of one name": (
            "userland/lib/block/volume.c", "return matches == 1 ? 0 : matches ?", "return matches >= 1 ? 0 : matches ?"),
    },
    "block_clients": {
        "block: the memory of who has gone is touched": (
            "userland/lib/block/request.c", "    if (r->dead)\n        return false;\n", ""),
        "block: requests of who has reset are not dead": (
            "userland/lib/block/client.c", "            c->slot[i].q.r.dead = true;\n", "            (void)c;\n"),
        "block: a new driver does not wait for the old one's requests": (
            "userland/lib/block/client.c", "!c->queue.broken && !c->dead;", "!c->queue.broken;"),
        "block: a refused request outlives its client": (
            "userland/lib/block/client.c", "        c->on->refused = NULL;\n", ""),
        "block: a client is freed while the disk works for it": (
            "userland/lib/block/client.c", "    c->gone = true;\n    if (!c->under_way)\n", "    c->gone = true;\n"),
        "block: a client that is gone keeps its share": (
            "userland/lib/block/client.c", "    share_give(c->share);\n    free(c);\n", "    free(c);\n"),
        "block: the same client again and again": (
            "userland/lib/block/client.c", "on->turn = c = c->next ? c->next : on->first;", "c = c->next ? c->next : on->first;"),
        "block: answers without the disk cost nothing": (
            "userland/lib/block/client.c", "        answer(c, &s->q, status);\n        break;\n",
            "        answer(c, &s->q, status);\n        return take(c, r);\n"),
        "block: what is left of a go is forgotten": (
            "userland/lib/block/client.c", "    if (!budget && on->first)\n        later(on, on->first->dev.srv);\n", "    (void)later;\n"),
        "block: long requests cost as short ones": (
            "userland/lib/block/client.c", "1 + (r ? r->count / COST_SECTORS : 0);", "1 + (r ? r->count / COST_SECTORS / COST_SECTORS : 0);"),
    },
}
