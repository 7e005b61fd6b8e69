# SPDX-License-Identifier: MIT
"""Bugs in queues and devices of virtio, the switch and its drivers, for unit tests to find."""

UNIT = {
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
}
