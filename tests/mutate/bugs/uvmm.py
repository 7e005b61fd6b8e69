# SPDX-License-Identifier: MIT
"""Bugs in virtual machines, for unit tests to find."""

UNIT = {
    "uvmm_pci": {
        "uvmm: a BAR outside of the windows": (
            "userland/uvmm/device/pci_regs.c", "    return is_inside(&g->window[0], at, size) || is_inside(&g->window[1], at, size);\n", "    return true;\n"),
        "uvmm: a BAR that reaches behind its window": (
            "userland/uvmm/device/pci_regs.c", "at <= w->end && size - 1 <= w->end - at;", "at <= w->end && size;"),
        "uvmm: BARs onto each other": (
            "userland/uvmm/device/pci_regs.c", "b->is_mapped && b->at <= at + (size - 1)", "b->is_mapped && b->at == at && b->at <= at + (size - 1)"),
        "uvmm: a BAR that is moved stays mapped": (
            "userland/uvmm/device/pci_regs.c", "(!decoded || b->at != at)", "!decoded"),
        "uvmm: a BAR of less than a page": (
            "userland/uvmm/device/pci_regs.c", "size[i] && size[i] < L4_PAGESIZE ? L4_PAGESIZE : size[i];", "size[i];"),
        "uvmm: a slot behind the last one": (
            "userland/uvmm/device/pci_regs.c", "*slot < g->n;", "*slot <= g->n;"),
        "uvmm: PCI registers of any alignment": (
            "userland/uvmm/device/pci_regs.c", "size <= 2 && pci_access_ok(*reg, 1u << size)", "size <= 2"),
        "uvmm: a window that CPUs see elsewhere": (
            "userland/uvmm/device/pci_node.c", "if (bus != at || !size ||", "if ((bus != at && !size) || !size ||"),
        "uvmm: an interrupt map that ends too early": (
            "userland/uvmm/device/pci_node.c", "        if (size > left)\n            return DT_MALFORMED;\n", ""),
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
    "uvmm_entropy": {
        "entropy device: a buffer for reading": (
            "userland/uvmm/device/entropy_queue.c", "if (chain->nread || !chain->write_len)", "if (!chain->write_len)"),
        "entropy device: as much as a buffer says": (
            "userland/uvmm/device/entropy_queue.c", "chain->write_len < sizeof(bytes) ? (unsigned)chain->write_len : sizeof(bytes)",
            "(unsigned)chain->write_len"),
        "entropy device: a buffer that was not filled is lost": (
            "userland/uvmm/device/entropy_queue.c", "        vq_unpop(q, 1);\n", ""),
        "entropy device: a driver keeps its CPU there": (
            "userland/uvmm/device/entropy_queue.c", "r > 0 && n < ENTROPY_QUEUE_SIZE; n++", "r > 0 && n < 100u * ENTROPY_QUEUE_SIZE; n++"),
        "entropy device: nobody tries again": (
            "userland/uvmm/device/entropy_queue.c", "r > 0 || (!r && vq_notify_enable(q)) ?", "r > 0 ?"),
    },
    "uvmm_trng": {
        "TRNG: without a source": (
            "userland/uvmm/vcpu/trng.c", "if (!works || !exists(fn))", "if (!exists(fn))"),
        "TRNG: more bits than registers": (
            "userland/uvmm/vcpu/trng.c", "if (!wanted || wanted > WORDS * width)", "if (!wanted)"),
        "TRNG: no bits": (
            "userland/uvmm/vcpu/trng.c", "if (!wanted || wanted > WORDS * width)", "if (wanted > WORDS * width)"),
        "TRNG: bits that were not asked for": (
            "userland/uvmm/vcpu/trng.c", "        bits[i] &= n == 64 ? ~0ull : (1ull << n) - 1;\n", ""),
        "TRNG: success without entropy": (
            "userland/uvmm/vcpu/trng.c", "answer(v, TRNG_NO_ENTROPY, nothing);", "answer(v, TRNG_SUCCESS, nothing);"),
        "TRNG: 64-bit forms that do not exist": (
            "userland/uvmm/vcpu/trng.c", "(fn >= SMCCC_TRNG_VERSION && fn <= SMCCC_TRNG_RND32) || fn == SMCCC_TRNG_RND64",
            "((fn & ~0x40000000u) >= SMCCC_TRNG_VERSION && (fn & ~0x40000000u) <= SMCCC_TRNG_RND32)"),
        "TRNG: the guest's FP registers": (
            "userland/uvmm/vcpu/trng.c", "    fp_protect(); // what copies the bytes\n", ""),
    },
}
