# SPDX-License-Identifier: MIT
"""Bugs in the kernel, for unit tests to find."""

UNIT = {
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
            "kernel/object/icu.c", "(*pin < FIRST_PIN || reserved", "(reserved"),
        "interrupts: the console's line can be bound": (
            "kernel/object/icu.c", " || reserved_handler(*pin)", ""),
        "interrupts: a line that is another's": (
            "kernel/object/icu.c", "if (!slot || (*slot && *slot != i))", "if (!slot)"),
        "interrupts: unbind of another's line": (
            "kernel/object/icu.c", "if (!slot || *slot != i)", "if (!slot)"),
        "machine: shutdown does not ask for S": (
            "kernel/object/platform_control.c", "{op_shutdown, EXACTLY(2), CAP_S,", "{op_shutdown, EXACTLY(2), 0,"),
    },
    "task": {
        "DMA space: holds capabilities": (
            "kernel/object/dma_space.c", "return fpage_type(in->w[2]) == L4_FPAGE_MEMORY ? task_op_map(in) : result_tag(-L4_EINVAL, 0);",
            "return task_op_map(in);"),
        "DMA space: goes while a device uses it": (
            "kernel/object/dma_space.c", "    if (!iommu_space_gone(t))\n        return false;\n", ""),
        "DMA space: anybody unbinds its device": (
            "kernel/object/iommu.c", "if (*b && (*b)->space == task_of(in->arg))", "if (*b)"),
        "DMA space: a device that could not be bound stays noted": (
            "kernel/object/iommu.c", "        kmem_free(space->obj.quota, b, sizeof(*b));\n        return result_tag(err, 0);", "        return result_tag(err, 0);"),
        "IOMMU: without S": (
            "kernel/object/iommu.c", "[L4_IOMMU_BIND_OP] = {op_bind, AT_LEAST(2), CAP_S,", "[L4_IOMMU_BIND_OP] = {op_bind, AT_LEAST(2),"),
        "task: S passes by a capability without S": (
            "kernel/object/task.c", "in->rights & in->arg_rights & CAP_S);", "in->rights & CAP_S);"),
        "task: map of memory and capabilities does not ask for W": (
            "kernel/object/task.c", "{task_op_map, AT_LEAST(3), CAP_W,", "{task_op_map, AT_LEAST(3), 0,"),
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
            "kernel/sched/sched.c", "caller->cpu == cpu && n < MAX_CHARGED;", "caller->cpu == cpu && n >= MAX_CHARGED;"),
        "time slices: a caller of another CPU pays": (
            "kernel/sched/sched.c", "caller && caller->cpu == cpu && n", "caller && (cpu || caller) && n"),
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
        "an answer gives borrowed priority back, and goes on": (
            "kernel/sched/sched.c", "        cpu_kick(t->cpu); // others may come", "        ; // others may come"),
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
}
