# SPDX-License-Identifier: MIT
"""Bugs for unit tests to find: what an honest slip would be, in checks that guard something.

tests/unit/NAME.mk: {what is wrong: (file, text that is once in it, its replacement)}
"""

UNIT_MUTATIONS = {
    "moe_server": {
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
            "userland/moe/dma_space.c", "    if (!s->associated)\n        return msg_reply_err(-L4_EINVAL);\n", "    (void)s;\n"),
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
    "moe_memory": {
        "quota: only the innermost limit counts": (
            "userland/moe/quota.c", "    for (; q; q = q->parent)\n        if (q->limit &&", "    if (q)\n        if (q->limit &&"),
        "heap: an object begins with what was there before": (
            "userland/moe/heap.c", "    memset(b, 0, block_size(c));\n", ""),
        "frames: an alignment is for the first try only": (
            "userland/moe/frames.c", "i = (i + n + step) / step * step;", "i += n + 1;"),
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
    },
    "l4virtio_device": {
        "l4virtio: memory of any server": (
            "userland/lib/l4virtio/memory.c", "is_trusted(d, ds) ? check_ds", "is_trusted(d, ds) || true ? check_ds"),
        "l4virtio: memory behind the dataspace's end": (
            "userland/lib/l4virtio/memory.c", "    if (r->size > size - r->offset)\n        return -L4_EINVAL;\n", ""),
        "l4virtio: read-only memory is writable": (
            "userland/lib/l4virtio/memory.c", "    *writable = st.flags & L4RE_DS_F_W;\n", ""),
    },
    "net_forward": {
        "switch: a checksum behind the packet": (
            "userland/l4vio_net_p2p/forward.c", "    if (csum && (!has(from, VIRTIO_NET_F_CSUM)\n"
            "                 || (uint64_t)h->csum_start + h->csum_offset + 2 > len))\n",
            "    if (csum && !has(from, VIRTIO_NET_F_CSUM))\n"),
        "switch: a packet of any length": (
            "userland/l4vio_net_p2p/forward.c", "!len || len > FRAME_MAX ||", "!len ||"),
        "switch: a sender's writable buffers": (
            "userland/l4vio_net_p2p/forward.c", "if (r > 0 && (c.nwrite || c.read_len < HDR))", "if (r > 0 && c.read_len < HDR)"),
        "switch: a receiver's readable buffers": (
            "userland/l4vio_net_p2p/forward.c", "if (c->nread || !c->write_len) {", "if (!c->write_len) {"),
    },
    "ned_wire": {
        "ned: an answer is longer than a message": (
            "userland/ned/command.c", "    if (len > CODE_MAX - 4)\n        len = CODE_MAX - 4;\n", ""),
        "ned: code that was cut is run": (
            "userland/ned/command.c", "    msg_get_string(&in, 8, code, sizeof code);\n    if (in.err)\n        return msg_reply_err(in.err);\n",
            "    msg_get_string(&in, 8, code, sizeof code);\n"),
        "ned: a call later than the timer can tell": (
            "userland/ned/command.c", "ms >= 0 && ms <= AFTER_MS_MAX, 1", "ms >= 0, 1"),
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
        "vGIC: an SGI of the wrong group": (
            "userland/uvmm/vgic/dist.c", "        if (!(groups >> (c->priv.group >> intid & 1) & 1))\n            continue;\n", "        (void)groups;\n"),
    },
    "uvmm_decode": {
        "decode: a word is signed to the end": (
            "userland/uvmm/vcpu/decode.c", "return a->sign == 64 ? extended : (uint32_t)extended;", "return extended;"),
        "decode: a register that is larger than there are": (
            "userland/uvmm/vcpu/decode.c", "return a->size <= 4;", "return true;"),
        "decode: an index is always shifted": (
            "userland/uvmm/vcpu/decode.c", "a->shift = insn >> 12 & 1 ? a->size : 0;", "a->shift = a->size;"),
    },
    "uvmm_abort": {
        "abort: an access reaches behind its device": (
            "userland/uvmm/vcpu/abort.c", " || m->end - pfa < bytes)", ")"),
        "abort: an access goes on in the next page": (
            "userland/uvmm/vcpu/abort.c", "if ((pfa & PAGE_OFFSET) + bytes > L4_PAGESIZE || ", "if ("),
        "abort: a load where the CPU has stored": (
            "userland/uvmm/vcpu/abort.c", " || !(esr & ESR_WNR) != a->load)", ")"),
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
    },
    "uvmm_psci": {
        "PSCI: an entry that is no instruction's address": (
            "userland/uvmm/vcpu/psci.c", "return !(entry & 3) && (ram_map_find", "return (ram_map_find"),
        "PSCI: CPU_ON anywhere": (
            "userland/uvmm/vcpu/psci.c", "    if (!is_entry(entry))\n        return PSCI_INVALID_ADDRESS;\n    lock_acquire", "    lock_acquire"),
        "PSCI: reserved bits of a power state": (
            "userland/uvmm/vcpu/psci.c", "    if (state & POWER_STATE_RESERVED)\n        return PSCI_INVALID_PARAMETERS;\n", ""),
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
    },
    "uvmm_place": {
        "guest's RAM: regions overlap": (
            "userland/uvmm/boot/ram_map.c", " || ram_map_overlap(m, r->gpa, r->size))", ")"),
        "guest's RAM: what is reserved wraps around": (
            "userland/uvmm/boot/ram_map.c", "    if (!size || end < start)\n        return false;\n", "    if (!size)\n        return false;\n"),
        "guest's RAM: an excluded range wraps around": (
            "userland/uvmm/boot/ram_map.c", "uint64_t end = start + size < start ? ~0ull : start + size;", "uint64_t end = start + size;"),
    },
    "uvmm_guest": {
        "guest's kernel: a segment behind the file": (
            "userland/uvmm/boot/kernel_image.c", "ph.p_offset > size || ph.p_filesz > size - ph.p_offset ||", "ph.p_offset > size ||"),
        "guest's kernel: program headers behind the file": (
            "userland/uvmm/boot/kernel_image.c", " ||\n        eh.e_phnum > (size - eh.e_phoff) / sizeof(Elf64_Phdr))", ")"),
        "guest's kernel: a segment that is larger in the file": (
            "userland/uvmm/boot/kernel_image.c", "if (ph.p_filesz > ph.p_memsz || ph.p_offset", "if (ph.p_offset"),
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
    },
    "elf_image": {
        "ELF: a segment behind the file": (
            "userland/lib/elf/elf.c", "(s->offset > size || s->filesz > size - s->offset))", "s->offset > size)"),
        "ELF: program headers behind the file": (
            "userland/lib/elf/elf.c", "if (h->phoff > size || h->phnum * sizeof(struct elf_program_header) > size - h->phoff)",
            "if (h->phoff > size)"),
        "ELF: a segment that is larger in the file": (
            "userland/lib/elf/elf.c", "    if (s->filesz > s->memsz)\n        return ELF_E_SEGMENT;\n", ""),
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
    },
    "boot_machine": {
        "boot: RAM that programs cannot address": (
            "kernel/boot/machine/machine_memory.c", "        r.end = MACHINE_MAX_RAM;\n    }\n    struct range pages", "    }\n    struct range pages"),
        "boot: a reserved range begins in its second page": (
            "kernel/boot/machine/machine_memory.c", "r = (struct range){round_down(r.start, PAGE_SIZE), round_up(r.end, PAGE_SIZE)};",
            "r = (struct range){round_up(r.start, PAGE_SIZE), round_up(r.end, PAGE_SIZE)};"),
    },
    "boot_args": {
        "boot: a number of more digits than 64 bits have": (
            "kernel/boot/boot_args.c", "if (len <= n || len > n + 9 || memcmp", "if (len <= n || memcmp"),
    },
    "sigma0_regions": {
        "sigma0: memory of another client": (
            "userland/sigma0/region.c", " || r->kind == REGION_RESERVED || (r->owner && r->owner != client))", " || r->kind == REGION_RESERVED)"),
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
}
