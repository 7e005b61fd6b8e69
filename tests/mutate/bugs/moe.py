# SPDX-License-Identifier: MIT
"""Bugs in memory, names and region maps: moe, and what clients have of them, for unit tests to find."""

UNIT = {
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
}
