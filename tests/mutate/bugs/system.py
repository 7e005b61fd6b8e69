# SPDX-License-Identifier: MIT
"""Bugs for the kernel fuzzer, kernel tests and system tests to find."""

# name: file, text, its replacement, and what fuzz() takes besides: two CPUs where the TLB matters, which the emulator
# forgets whenever a CPU changes its task; the kernel that stops often, for what only happens then; more calls for what is rare.
# Or LATE, and so on: the test that is to find it, of tests/system.
LATE, LATE_2, KTEST, DTEST, SMMU = ({"test": f"test_kernel.py::{name}"}
                              for name in ("test_late_errors[1]", "test_late_errors[2]", "test_kernel[1-3]",
                                           "test_kernel_with_assertions[ktest-debug-4]",
                                           "test_kernel_with_smmu[ktest-1-2]"))
SYSTEM = {
    "SMMU: devices of nobody are let through": (
        "kernel/arch/arm64/smmu.c", "CR0_CMDQEN | CR0_EVENTQEN | CR0_SMMUEN)", "CR0_CMDQEN | CR0_EVENTQEN)", SMMU),
    "SMMU: a page that is unmapped stays in its TLB": (
        "kernel/arch/arm64/tlb.c", "            smmu_flush_page(s, addr);\n", "            ;\n", SMMU),
    "SMMU: another space, but the old entry stays cached": (
        "kernel/arch/arm64/smmu.c", "    __atomic_store_n(&entry[0], words[0], __ATOMIC_RELEASE);\n    entry_changed(s, stream);\n",
        "    __atomic_store_n(&entry[0], words[0], __ATOMIC_RELEASE);\n", SMMU),
    "SMMU: a stream keeps the space that it had": (
        "kernel/arch/arm64/smmu.c", "s->entry_sizes | space->device_vmid,\n", "s->entry_sizes | 1,\n", SMMU),
    "SMMU: VMIDs do not come back": (
        "kernel/arch/arm64/smmu.c", "    space_of_id[s->device_vmid] = NULL;\n", "", SMMU),
    "SMMU: a device makes lines of the kernel as it likes": (
        "kernel/arch/arm64/smmu.c", "    if (++*n == REPORTS)\n        silence(s, stream, entry);\n", "    ++*n;\n", SMMU),
    "SMMU: unbind changes a note alone": (
        "kernel/object/iommu.c", "    smmu_unbind((*at)->source);\n    drop(at);", "    drop(at);", SMMU),
    "map gives more rights than the source has": (
        "kernel/mem/mapping.c", "p.rights = s.rights & m->rights;", "p.rights = m->rights;"),
    "unmap leaves the TLBs as they are": (
        "kernel/mem/mapping_tree.c", "        else\n            tlb_flush_page(w->flush[i].space, w->flush[i].addr);", "",
        {"cpus": 2}),
    "unmap of children forgets every second one": (
        "kernel/mem/mapping.c", "        next = m->next;\n        if (m->task && !mapping_revoke",
        "        next = m->next ? m->next->next : m->next;\n        if (m->task && !mapping_revoke"),
    "taking rights stops at the first sibling": (
        "kernel/mem/mapping_tree.c", "            n = next_sibling(done);",
        "            n = done->parent == top ? next_sibling(done) : NULL;", {"calls": 800000}),
    "taking rights goes on behind the marker's parent": (
        "kernel/mem/mapping_tree.c", "        n = next_sibling(k);\n", "        n = NULL;\n",
        {"kernel": "restless", "calls": 600000}),
    "grant of memory leaves the source": (
        "kernel/mem/mapping.c", "return grant ? take_from_source(p, s) : MAP_SOME;",
        "return grant && !s->node ? take_from_source(p, s) : MAP_SOME;"),
    "overmapping does not look for what is there": (
        "kernel/mem/mapping.c", "if (m->parent == s->node && d.order == p->order && stage2_phys(*d.pte) == s->phys &&",
        "if (d.order == p->order && stage2_phys(*d.pte) == s->phys &&"),
    "a window's hot spot is not cut to the window": (
        "kernel/ipc/transfer.c", "p.src = sbase + ((hot & smask) & ~rmask);", "p.src = sbase;"),
    "map of memory does not ask for W": (
        "kernel/object/task.c", "{task_op_map, AT_LEAST(3), CAP_W,", "{task_op_map, AT_LEAST(3), 0,"),
    "map of capabilities gives more rights than the source has": (
        "kernel/object/cap_space.c", "(s->rights & keep) | weak", "keep | weak"),
    "S passes always": (
        "kernel/object/cap_space.c", "    if (!m->strong)\n", "    if (!m->strong && !keep)\n"),
    "S passes over a gate without S": (
        "kernel/ipc/transfer.c", "map_item(from->task, w0, w1, &w, from->send_rights & CAP_S, &x->progress)",
        "map_item(from->task, w0, w1, &w, true, &x->progress)"),
    "weak capabilities keep the object": (
        "kernel/object/cap_space.c", "    if (!(rights & CAP_WEAK))\n        obj->refs++;", "    obj->refs++;"),
    "deletion does not ask for D": (
        "kernel/object/cap_space.c", "bool destroy = del && (slot->rights & CAP_D);", "bool destroy = del;"),
    "the factory does not ask for S": (
        "kernel/object/factory.c", "{op_create, AT_LEAST(1), CAP_S,", "{op_create, AT_LEAST(1), 0,"),
    "a semaphore does not ask for S": (
        "kernel/object/semaphore.c", "{op_down, AT_LEAST(1), CAP_S,", "{op_down, AT_LEAST(1), 0,"),
    "freed tables are not given back to the quota": (
        "kernel/mem/kmem.c", "        block_free(i, order - PAGE_SHIFT);\n        quota_give(q, (uint64_t)1 << order);",
        "        block_free(i, order - PAGE_SHIFT);\n        if (order != 12)\n            quota_give(q, (uint64_t)1 << order);"),
    "an empty slab is not given back to the quota": (
        "kernel/mem/kmem.c", "    block_free(i, 0);\n    quota_give(q, 1u << PAGE_SHIFT);", "    block_free(i, 0);"),
    "an empty slab goes to the quota only": (
        "kernel/mem/kmem.c", "    block_free(i, 0);\n    quota_give(q, 1u << PAGE_SHIFT);", "    quota_give(q, 1u << PAGE_SHIFT);"),
    "freed kernel-user memory goes to the quota only": (
        "kernel/object/task.c", "kmem_free(q, k->kva, (size_t)1 << k->order);\n        kmem_free(q, k, sizeof(*k));\n        if",
        "quota_give(q, (size_t)1 << k->order);\n        kmem_free(q, k, sizeof(*k));\n        if"),
    "an inner factory does not return its limit": (
        "kernel/mem/kmem.c", "quota_give(parent, q->limit - q->used); // what leaked stays charged", ""),
    "kernel-user memory can be mapped on": (
        "kernel/mem/mapping.c", "if (!l.pte || !stage2_present(*l.pte) || !*s2_node(l))\n        return false;\n    s->node",
        "if (!l.pte || !stage2_present(*l.pte))\n        return false;\n    s->node"),
    "an emptied slot stays in its object's list": (
        "kernel/object/cap_space.c", "    if (slot->next)\n        slot->next->prev = slot->prev;\n", ""),

    "late error: a thread that is preempted leaves it behind": (
        "kernel/arch/arm64/context.c", "        collect_serror(cpu, t);\n    }", "    }", LATE),
    "late error: a thread that calls leaves it behind": (
        "kernel/arch/arm64/context.c", "        collect_serror(cpu, t);\n        space_enter", "        space_enter", LATE),
    "late error: an answer by the fast path passes it": (
        "kernel/arch/arm64/context.c", "        t->raise_esr = esr;\n        t->slow = true;", "        t->raise_esr = esr;", LATE),
    "late error: a guest leaves it behind": (
        "kernel/arch/arm64/guest.c", "    vcpu_late_error(t, serror_collect(cpu));\n", "", LATE),
    "late error: plain user mode leaves it behind": (
        "kernel/arch/arm64/vcpu.c", "                vcpu_late_error(t, serror_collect(cpu));\n", "", LATE),
    "late error: a fast resume passes it": (
        "kernel/arch/arm64/guest_fast.c", "((uintptr_t)t->senders.first | t->vcpu.serror)", "t->senders.first", LATE),
    "late error: the resume passes it": (
        "kernel/arch/arm64/vcpu.c", "if ((saved & L4_VCPU_F_USER_MODE) && t->vcpu.serror)", "if (0)", LATE),
    "late error: a resume of the handler's own mode takes it": (
        "kernel/arch/arm64/vcpu.c", "if ((saved & L4_VCPU_F_USER_MODE) && t->vcpu.serror)", "if (t->vcpu.serror)", LATE),
    "late error: it comes again and again": (
        "kernel/arch/arm64/vcpu.c", "        t->vcpu.serror = 0;\n", "", LATE),
    "late error: the handler gets what user mode has raised": (
        "kernel/arch/arm64/vcpu.c", "            keep_late_error(t);", "            (void)keep_late_error;", LATE),
    "late error: all that is raised is one": (
        "kernel/arch/arm64/vcpu.c", "    if (t->raise_esr >> L4_ESR_EC_SHIFT != EC_SERROR)\n        return;\n", "", LATE),
    "late error: what is kept for user mode is raised as well": (
        "kernel/arch/arm64/vcpu.c", "    t->raise_exception = t->alien_after;\n", "", LATE),
    "late error: none comes by upcall": (
        "kernel/arch/arm64/leave.c", "if (t->vcpu.area && (vcpu_area(t)->state & L4_VCPU_F_EXCEPTIONS))", "if (0)", LATE),
    "late error: who is taken away loses it": (
        "kernel/lock/cross_call.c", "        thread_raise(t, cpu->serror);", "        (void)t;", LATE_2),
    "late error: who is taken away gets another one": (
        "kernel/arch/arm64/exception.c", "    cpu->serror = esr;\n", "", LATE_2),
    "virtual SError: it never ends": (
        "kernel/arch/arm64/guest.c", "(asked & ~HCR_VSE) | (sysreg_read(hcr_el2) & HCR_VSE)", "asked", LATE),
    "virtual SError: it never ends where a guest leaves the usual way": (
        "kernel/arch/arm64/guest_fast.c", "asked & (HCR_TGE | HCR_VSE)", "asked & HCR_TGE", LATE),
    "fast resume: of a guest whose registers are not there": (
        "kernel/arch/arm64/guest_fast.c", "if (L4_LIKELY(cpu->el1_owner == t))", "if (t->vcpu.user_task->is_vm)", KTEST),
    "fast resume: a message waits": (
        "kernel/arch/arm64/guest_fast.c", "((uintptr_t)t->senders.first | t->vcpu.serror)", "t->vcpu.serror", KTEST),
    "fast resume: the user task is another one": (
        "kernel/arch/arm64/guest_fast.c", "!(a->user_task & L4_VCPU_USER_TASK_KEEP) || ", "", KTEST),
    "fast resume: the VMM wants no stage 1": (
        "kernel/arch/arm64/guest_fast.c", "asked & (HCR_TGE | HCR_VSE)", "asked & HCR_VSE", KTEST),
    "fast resume: PSTATE is whatever the VMM says": (
        "kernel/arch/arm64/guest_fast.c", " || L4_UNLIKELY(!pstate_is_aarch64(pstate))", "", KTEST),
    "fast exit: list registers are not saved": (
        "kernel/arch/arm64/guest_fast.c", "    if (L4_LIKELY(plain))\n        vgic_save_plain(cpu->vgic, e);\n    else\n        vgic->save(cpu->vgic, e); // is still as the guest left it\n",
        "    vgic_save_plain(cpu->vgic, e);\n    (void)plain;\n", KTEST),
    "fast exit: the timer's list register stays": (
        "kernel/arch/arm64/guest.c", "    s->timer_lr_used = true;\n    cpu->guest_exit = GUEST_EXIT_GENERAL;\n    return true;", "    s->timer_lr_used = true;\n    return true;", KTEST),
    "guest's interface: the next guest gets the active priorities": (
        "kernel/arch/arm64/vgic_v3.c", "    ich_write(ICH_AP0R0, 0);\n    ich_write(ICH_AP1R0, 0);\n    l->apr[0] = l->apr[1] = 0;\n", "    (void)l;\n", KTEST),
    "direct timer: enabled or not": (
        "kernel/arch/arm64/guest.c", "s->vgic_loaded && (cfg & L4_VTMR_CFG_ENABLED)", "s->vgic_loaded", KTEST),
    "direct timer: it comes though the timer is off": (
        "kernel/arch/arm64/guest.c", "(cfg & L4_VTMR_CFG_PENDING) && !(cfg & L4_VTMR_CFG_ACTIVE) && !vtimer_line(e)", "0", KTEST),
    "debug: the VMM gets its guest's": (
        "kernel/arch/arm64/guest.c", "    guest_debug_leave(s);\n", "", KTEST),
    "debug: a guest that debugs stays in the CPU": (
        "kernel/arch/arm64/guest.c", "    if (L4_UNLIKELY(s->debugging))\n        guest_el1_release(cpu);", "    if (0)\n        guest_el1_release(cpu);", KTEST),
    "debug: an exit by the fast path": (
        "kernel/arch/arm64/guest.c", "(hcr & HCR_VSE) || s->debugging", "hcr & HCR_VSE", KTEST),
    "debug: loaded": (
        "kernel/arch/arm64/guest.c", "    guest_debug_load(t->vcpu.el1);\n", "", KTEST),
    "ID registers: the kernel answers all": (
        "kernel/arch/arm64/guest_fast.c", " || !(READ_ONCE(id->answered) >> number & 1)", "", KTEST),
    "preemption: the handler hears nothing": (
        "kernel/sched/sched.c", "    if (L4_UNLIKELY(t->vcpu.user_mode))\n        vcpu_preempted(t);\n", "", KTEST),
    "preemption: a handler that has not asked": (
        "kernel/arch/arm64/vcpu.c", "(READ_ONCE(vcpu_area(t)->state) & L4_VCPU_F_PREEMPTION) && ", "", KTEST),
    "virtual SError: it ends with the exit": (
        "kernel/arch/arm64/guest.c", "(asked & ~HCR_VSE) | (sysreg_read(hcr_el2) & HCR_VSE)", "asked & ~HCR_VSE", LATE),

    "fast fault: of a thread of which something is special": (
        "kernel/ipc/fast.c", "if (t->condition != THREAD_READY || t->task->is_sigma0 ||", "if (t->task->is_sigma0 ||", KTEST),
    "fast fault: no slot": (
        "kernel/ipc/fast.c", "    if (!slot || !slot->obj || slot->obj->type", "    if (!slot->obj || slot->obj->type", KTEST),
    "fast fault: an empty slot": (
        "kernel/ipc/fast.c", "    if (!slot || !slot->obj || slot->obj->type", "    if (!slot || slot->obj->type", KTEST),
    "fast fault: the pager is no gate": (
        "kernel/ipc/fast.c", "!slot->obj || slot->obj->type != OBJ_GATE)\n        return false;\n    struct gate *g",
        "!slot->obj)\n        return false;\n    struct gate *g", DTEST),
    "fast fault: the pager does not wait": (
        "kernel/ipc/fast.c", "    if (!takes_calls(cpu, t, g->thread))\n        return false;\n    g->thread", "    g->thread", KTEST),
    "fast answer with items: nobody to answer, or not now": (
        "kernel/ipc/fast.c", "if (!answers(cpu, t, to) || t->stopped.valid ||", "if (t->stopped.valid ||", KTEST),
    "fast answer with items: whatever the caller waits for": (
        "kernel/ipc/fast.c", " || t->stopped.valid || (to->condition != RECEIVES && !resolves_fault(to, tag)))", " || t->stopped.valid)", KTEST),
    "fast answer with items: an error, but the caller is told of none": (
        "kernel/ipc/fast.c", "if (L4_LIKELY(!error && to->msg_kind == MSG_UTCB))", "if (L4_LIKELY(to->msg_kind == MSG_UTCB))", KTEST),
    "fast answer with items: a fault gets a message": (
        "kernel/ipc/fast.c", "if (L4_LIKELY(!error && to->msg_kind == MSG_UTCB))", "if (L4_LIKELY(!error))", KTEST),
    "fast answer with items: an error, but the fault is resolved": (
        "kernel/ipc/fast.c", "    else if (!error)\n        answered_fault", "    else if (to->msg_kind != MSG_UTCB || !error)\n        answered_fault", KTEST),
    "fast answer: a pager that refuses resolves the fault": (
        "kernel/ipc/fast.c", "to->condition == WAITS_FOR_PAGER && tag_label(tag) >= 0", "to->condition == WAITS_FOR_PAGER && tag_label(tag) >= -9", KTEST),
    "lost: a flush that no disk of the machine sees": (
        "userland/lib/block/request.c", "        q->r.op = BLOCK_FLUSH;\n",
        "        q->r.op = BLOCK_FLUSH;\n        *answered = has(features, VIRTIO_BLK_F_FLUSH);\n",
        {"test": "test_lost.py::test_nothing_lost"}),
}
