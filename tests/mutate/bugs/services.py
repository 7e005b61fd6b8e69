# SPDX-License-Identifier: MIT
"""Bugs in ned, cons, io, rng, for unit tests to find."""

UNIT = {
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
    "pci": {
        "pci: a list of capabilities without end": (
            "userland/lib/pci/caps.c", "        if (c->taken[at / 4])\n            return \"its list of capabilities leads to one that it has had\";\n", ""),
        "pci: a capability that reaches beyond its space": (
            "userland/lib/pci/caps.c", "    if (length > PCI_SPACE_SIZE - at)\n        return \"a capability reaches beyond the configuration space\";\n", ""),
        "pci: MSI-X is shown": (
            "userland/lib/pci/caps.c", "    case PCI_CAP_EXPRESS:\n", "    case 0x11:\n    case PCI_CAP_EXPRESS:\n"),
        "pci: a client writes what it likes": (
            "userland/io/pci/function.c", "    pci_vconfig_write(&f->view, reg, bytes, value);\n    if",
            "    pci_vconfig_write(&f->view, reg, bytes, value);\n    pci_put(f, reg, bytes, value);\n    if"),
        "pci: decoding can be switched off": (
            "userland/io/pci/function.c", "PCI_COMMAND_MEMORY | (wanted & (PCI_COMMAND_MASTER | PCI_COMMAND_NO_INTX))", "wanted"),
        "pci: a device does DMA before it has a driver": (
            "userland/io/pci/enumerate.c", "    r->space->write(r->space, bdf, PCI_COMMAND, 2, PCI_COMMAND_NO_INTX);\n", ""),
        "pci: a device that is left out stays on": (
            "userland/io/pci/enumerate.c", "    pci_put(f, PCI_COMMAND, 2, PCI_COMMAND_NO_INTX);\n    f->refused", "    f->refused"),
        "pci: bridges without end": (
            "userland/io/pci/enumerate.c", "    if (r->n > PCI_MAX_FUNCTIONS)\n        return -1;\n", ""),
        "pci: bus numbers beyond those that there are": (
            "userland/io/pci/enumerate.c", "    if (r->busses == r->space->n_busses)\n        return \"there is no bus number left for what is behind it\";\n", ""),
        "pci: any size of a BAR": (
            "userland/io/pci/bars.c", "    if (!b->size)\n        return \"the size of a BAR is no power of two\";\n", ""),
        "pci: a BAR of more registers than there are": (
            "userland/io/pci/bars.c", "        if (i == PCI_BARS - 1)\n            return \"its last BAR wants to have 64 bits\";\n", ""),
        "pci: a BAR is where it likes": (
            "userland/io/pci/assign.c", "        if (!write_bar(q->f, q->bar))\n            pci_refuse(q->f, \"a BAR does not take its address\");\n",
            "        write_bar(q->f, q->bar);\n"),
        "pci: devices share a page": (
            "userland/io/pci/assign.c", "b->size < BAR_PAGE ? BAR_PAGE : b->size}", "b->size}"),
        "pci: a BAR behind the end of the window": (
            "userland/io/pci/assign.c", "start > end || size - 1 > end - start", "start > end"),
        "pci: what is behind a bridge that is left out": (
            "userland/io/pci/assign.c", "    if (f->parent && f->parent->refused && !f->refused)\n        pci_refuse(f, \"the bridge before it is left out\");\n", ""),
    },
    "io_pci": {
        "io: PCI devices do DMA without being asked": (
            "userland/io/io.lua", "i.pci, i.where, i.props.flags, i.source = pci, where, DF_dma_supported, source", "i.pci, i.where, i.source = pci, where, source"),
        "io: an IOMMU that a device is not behind": (
            "userland/io/io.lua", "  if not bridge.props.iommu or not core.has_iommu() then return nil end\n", ""),
        "io: a bridge hides devices from the IOMMU": (
            "userland/io/config_pci.c", "        if (!p->downstream_port)\n            return false;\n", "        (void)p;\n"),
        "io: virtio devices go past the IOMMU": (
            "userland/io/io.lua", "  if pci.vendor == VIRTIO then return", "  if false then return"),
        "io: one bus for the IOMMU's addresses and the machine's": (
            "userland/io/io.lua", "  if kept and free then", "  if false then"),
        "io: a host bridge for a guest": (
            "userland/io/io.lua", "  if h.plugged == scan_bridge then", "  if false then"),
        "io: a host bridge whose window is RAM": (
            "userland/io/config_pci.c", "    return host->mmio_check(w->start, w->end);\n", "    (void)host;\n    return NULL;\n"),
    },
    "vbus": {
        "vbus: a PCI register of any width": (
            "userland/io/vbus_pci.c", "return width % BITS_PER_BYTE || !pci_access_ok(reg, bytes) ? 0 : bytes;", "return bytes;"),
        "vbus: any device is one of PCI": (
            "userland/io/vbus_pci.c", "    if (!d->pci)\n        return msg_reply_err(-L4_ENOSYS);\n", ""),
        "vbus: devices of an IOMMU are told the machine's addresses": (
            "userland/io/vbus.c", "    if (v->bus->iommu)\n        return assign_kernel_space(v->bus, flags, item.cap);\n", ""),
        "vbus: half of the devices in the new space": (
            "userland/io/vbus.c", "            unbind_devices(b, space);\n            return err;", "            return err;"),
        "vbus: devices go on in a space that they do not know": (
            "userland/io/vbus.c", "static long bind_devices(struct bus const *b, l4_cap_idx_t space)\n{\n    stop_dma(b);\n",
            "static long bind_devices(struct bus const *b, l4_cap_idx_t space)\n{\n"),
        "vbus: the last driver's device writes into memory of the next": (
            "userland/io/vbus.c", "    stop_dma(v->bus);\n", "    (void)stop_dma;\n"),
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
    "rng_generator": {
        "rng: ChaCha20 with nine double rounds": (
            "userland/rng/chacha20.c", "DOUBLE_ROUNDS = 10", "DOUBLE_ROUNDS = 9"),
        "rng: a rotation of ChaCha20 is another": (
            "userland/rng/chacha20.c", "rotate(s[b] ^ s[c], 7)", "rotate(s[b] ^ s[c], 8)"),
        "rng: numbers without entropy": (
            "userland/rng/drbg.c", "    if (!drbg_ready(d))\n        return false;\n", ""),
        "rng: the key stays": (
            "userland/rng/drbg.c", "    memcpy(d->key, first, KEY_BYTES);\n", ""),
        "rng: the next key is handed out": (
            "userland/rng/drbg.c", "memcpy(p, first + KEY_BYTES, n);", "memcpy(p, first, n);"),
        "rng: bytes that are added do not count": (
            "userland/rng/drbg.c", "        next[i] ^= data[i];\n", "        next[i] ^= data[0];\n"),
        "rng: zeros behind what is added are none": (
            "userland/rng/drbg.c", "block(d, NONCE_KEY, (uint32_t)size, next);", "block(d, NONCE_KEY, 0, next);"),
        "rng: more entropy than there can be": (
            "userland/rng/drbg.c", "d->bits += bits < room ? bits : room;", "d->bits += bits;"),
        "rng: a source that repeats itself counts": (
            "userland/rng/entropy.c", "    if (state->failed || repeats(state, data, size)) {", "    if (state->failed) {"),
        "rng: a source that has failed counts again": (
            "userland/rng/entropy.c", "        state->failed = true;\n", ""),
        "rng: a share of more than a second": (
            "userland/rng/budget.c", "passed >= SECOND || full - b->credit <= passed * b->rate", "false"),
        "rng: what is taken is not paid for": (
            "userland/rng/budget.c", "    b->credit -= wanted;\n", ""),
    },
    "rng_wire": {
        "rng: more bytes than a message has": (
            "userland/rng/clients.c", "if (!size || size > L4RNG_MAX)", "if (!size)"),
        "rng: memory of the server's behind the bytes": (
            "userland/rng/clients.c", "    u->msg.mr[(size - 1) / sizeof(l4_umword_t)] = 0; // what is sent behind the last byte\n", ""),
        "rng: a message without a size": (
            "userland/rng/clients.c", "l4_msgtag_words(tag) < 2 ? msg_reply_err(-L4_EMSGTOOSHORT) : get", "get"),
        "rng: a client without a limit": (
            "userland/rng/clients.c", "    if (wait)\n        return later(u, wait);\n", "    (void)wait;\n"),
        "rng: any rate": (
            "userland/rng/clients.c", " || n < BUDGET_RATE_MIN || n > BUDGET_RATE_MAX)", ")"),
        "rng: a client takes what was not sent": (
            "userland/lib/rng/client.c", "if (r != (long)size || l4_msgtag_words(reply) * sizeof(l4_umword_t) < size)", "if (r != (long)size)"),
        "rng: a client waits for ever": (
            "userland/lib/rng/client.c", "us > WAIT_MAX_US ? WAIT_MAX_US : us;", "us;"),
    },
}
