#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are bugs found? `make mutate` puts one at a time into a copy of the tree, and lets the quickest test look that should notice.

Each mutation replaces a text that occurs once in a file. The copy lies in build/mutate/tree, keeps what it has built and
shares the downloaded packages. KIND tells by what they are found:
  unit     a unit test of this machine (unit_mutations.py), some seconds each
  kernel   the kernel fuzzer or a kernel test, one to two minutes each
  system   another system test
Quick ones come first, and before the first one that a test is to find, the test must pass without any. A mutation that does
not build, or whose text is no longer there, is not caught. Ends with `N of N mutations caught`, and with status 1 when one is
missed. MUTATION='part of a name' and KIND= choose. --check only looks whether each could be put in (make test does it).
"""
import argparse
import filecmp
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from typing import NamedTuple

from unit_mutations import UNIT_MUTATIONS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TREE = os.path.join("build", "mutate", "tree")
SHARED = ["apt", "guest", "packages", "packages.lock", "setup.mk", "setup.stamp", "src-base"]
COPIED = ["Makefile", "bsp", "docs", "images", "kernel", "mk", "overlays", "tests", "userland"]
CALLS = 200000  # of the fuzzer: as many on a busy machine as on an idle one
UNIT_SECONDS = 900  # a unit test that takes longer does not end
KINDS = ["unit", "kernel", "system"]
MUTANT = os.path.join("build", "mutant", "")  # of a unit test, what was built of a mutation

# name: file, text, its replacement, and what fuzz() takes besides: two CPUs where the TLB matters, which the emulator
# forgets whenever a CPU changes its task; the kernel that stops often, for what only happens then; more calls for what is rare.
# Or LATE, and so on: the test that is to find it, of tests/system.
LATE, LATE_2, KTEST = ({"test": f"test_kernel.py::{name}"}
                       for name in ("test_late_errors[1]", "test_late_errors[2]", "test_kernel[1-3]"))
MUTATIONS = {
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
        "kernel/object/task.c", "{op_map, AT_LEAST(3), CAP_W,", "{op_map, AT_LEAST(3), 0,"),
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
        "!slot->obj)\n        return false;\n    struct gate *g", KTEST),
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
}


class Mutation(NamedTuple):
    name: str
    path: str
    old: str
    new: str
    how: dict

    @property
    def kind(self):
        if "unit" in self.how:
            return "unit"
        return "system" if not self.how.get("test", "test_kernel.py").startswith("test_kernel.py") else "kernel"


def all_mutations():
    """Quick ones first."""
    made = [Mutation(name, *what, {"unit": test}) for test, group in UNIT_MUTATIONS.items() for name, what in group.items()]
    made += [Mutation(name, *what[:3], what[3] if len(what) > 3 else {}) for name, what in MUTATIONS.items()]
    return sorted(made, key=lambda m: KINDS.index(m.kind))


# ---- can they be put in? ----

def read(*path):
    try:
        with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def builds(fragment, path):
    """Whether a unit test's sources have the file: by its name, or by a pattern. Headers are not listed."""
    folder, name = os.path.split(path)
    return name.endswith(".h") or name in re.split(r"[\s,()/]+", fragment) or f"{folder}/*.c" in fragment


def problems(m):
    """Why a mutation can't be put in, or a test can't find it."""
    text = read(m.path)
    if text is None:
        yield f"there is no {m.path}"
    elif text.count(m.old) != 1:
        yield f"the text is {text.count(m.old)} times in {m.path}"
    if m.old == m.new:
        yield "it changes nothing"
    if m.kind == "unit":
        fragment = read("tests", "unit", m.how["unit"] + ".mk")
        if fragment is None:
            yield f"there is no unit test {m.how['unit']}"
        elif not builds(fragment, m.path):
            yield f"the unit test {m.how['unit']} has no {m.path}"
    elif "test" in m.how:
        file, function = re.match(r"(\w+\.py)::(\w+)", m.how["test"]).groups()
        if f"def {function}(" not in (read("tests", "system", file) or ""):
            yield f"there is no test {m.how['test']}"


# ---- the copy ----

def make_tree():
    """The copy; what has not changed stays as it is, so that little is built anew."""
    os.makedirs(os.path.join(TREE, "build"), exist_ok=True)
    for name in SHARED:
        link = os.path.join(TREE, "build", name)
        if not os.path.lexists(link):
            os.symlink(os.path.abspath(os.path.join("build", name)), link)
    for name in COPIED:
        if os.path.isdir(name):
            for directory, _, files in os.walk(name):
                os.makedirs(os.path.join(TREE, directory), exist_ok=True)
                for file in files:
                    copy_changed(os.path.join(directory, file))
        else:
            copy_changed(name)


def copy_changed(path):
    target = os.path.join(TREE, path)
    if not os.path.islink(path) and not (os.path.exists(target) and filecmp.cmp(path, target, shallow=False)):
        shutil.copy(path, target)


def run(command, timeout=3600, **variables):
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    environment.update(variables, SETUP="no")  # the packages are there
    return subprocess.run(command, cwd=TREE, env=environment, text=True, errors="replace", stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT, timeout=timeout)


def make(*words):
    return [*shlex.split(os.environ.get("MAKE", "make")), *words]


# ---- those who look. Each tells whether it fails (None: it could not be built), and what it says then. ----

def unit_program(unit):
    return os.path.join("build", "unit", unit)


unit_commands = {}  # (unit test, file): what make would do after a change of the file


def commands_after_change(unit, path):
    """As a script that leaves the objects and the program of the sound tree as they are; and where its own program is."""
    if (unit, path) not in unit_commands:
        script = run(make("-n", "-s", "V=1", "-W", path, unit_program(unit))).stdout
        for built in [*re.findall(r" -o (\S+\.o)\b", script), unit_program(unit)]:
            mutant = built.replace("build/unit/", MUTANT)
            os.makedirs(os.path.join(TREE, os.path.dirname(mutant)), exist_ok=True)
            script = script.replace(f"{built} ", f"{mutant} ").replace(f"{built}\n", f"{mutant}\n")
        script = script.replace(" -Werror ", " -Werror -Wno-unused ")  # a dropped check may leave what it has looked at
        unit_commands[unit, path] = "set -e\n" + script
    return unit_commands[unit, path], unit_program(unit).replace("build/unit/", MUTANT)


def unit_test(unit, path=None):
    """path: the file that is another one now than when the program was built."""
    if not path:
        done = run(make("-s", unit_program(unit)))
        program = unit_program(unit)
    else:
        script, program = commands_after_change(unit, path)
        done = run(["sh", "-c", script])
    if done.returncode:
        return None, done.stdout[-2000:]
    return first_failure(program)


def end_session(leader):
    """Check's tests are process groups of their own, and one that does not end outlives its program."""
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.getsid(int(name)) == leader:
                os.kill(int(name), signal.SIGKILL)
        except OSError:
            pass  # it has ended


def first_failure(program):
    """Check's log has the result of each test as soon as it is there: the others need not be waited for."""
    names = [os.path.join(TREE, "build", f"mutate.{name}") for name in ("log", "out")]
    with open(names[0], "w+", encoding="utf-8", errors="replace") as log, \
         open(names[1], "w+", encoding="utf-8", errors="replace") as out:
        environment = {"CK_DEFAULT_TIMEOUT": "60", **os.environ, "CK_LOG_FILE_NAME": os.path.abspath(log.name)}
        started, failure = time.monotonic(), None
        with subprocess.Popen([os.path.join(".", program)], cwd=TREE, env=environment, stdout=out, stderr=subprocess.STDOUT,
                              start_new_session=True) as process:
            while process.poll() is None and not failure:
                time.sleep(0.05)
                log.seek(0)
                failure = re.search(r".*:[FE]:.*", log.read())
                if time.monotonic() - started > UNIT_SECONDS:
                    failure = [f"{program} does not end"]
            status = process.poll()
            end_session(process.pid)
        out.seek(0)
        said = out.read()
    if not failure and status:
        failure = re.search(r".*(:[FE]:|ERROR: |runtime error|abort).*", said) or [said[-500:].strip()]
    return failure is not None, (failure or [""])[0][:300]


def system_test(test):
    path = os.path.join("tests", "system", test)
    done = run([sys.executable, os.path.join("mk", "test.py"), "--workers", "1", "--unit", "", "--", path])
    if re.search(r" error: |\*\*\*.*Error |make image .* failed", done.stdout):
        return None, done.stdout[-2000:]
    told = [line for line in done.stdout.splitlines() if re.match(r"E +(AssertionError|.*(panic|FAULT|[Tt]imeout))", line)]
    return done.returncode != 0, told[0][:300] if told else done.stdout[-500:].strip()


def fuzz(cpus=1, kernel="", calls=CALLS):
    command = make("fuzz", f"CPUS={cpus}", f"CALLS={calls}", "SEED=4711", *([f"KERNEL={kernel}"] if kernel else []))
    done = run(command)
    lines = done.stdout.splitlines()
    if any(re.search(r"error:|\*\*\*.*Error|not built", line) and "FINDING" not in line for line in lines):
        if not any("fuzz: CPUs" in line for line in lines):
            return None, done.stdout[-2000:]
    found = [line for line in lines if "FINDING" in line] or [line for line in lines if line.startswith("fuzz: ")]
    return done.returncode != 0, found[0] if found else done.stdout[-500:]


def look(how, path=None):
    if "unit" in how:
        return unit_test(how["unit"], path)
    return system_test(**how) if "test" in how else fuzz(**how)


sound = {}  # tests, as text: what they say when nothing is wrong; empty: they pass


def says_without(how):
    if str(how) not in sound:
        fails, line = look(how)
        sound[str(how)] = line if fails is not False else ""
    return sound[str(how)]


def look_for(m):
    """(whether it was caught, how it ended, a line about it)"""
    line = says_without(m.how)
    if line:
        return False, "ERROR: the test fails without it", line
    copy = os.path.join(TREE, m.path)
    before = os.stat(copy)
    with open(copy, "w", encoding="utf-8") as file:
        file.write(read(m.path).replace(m.old, m.new))
    try:
        fails, line = look(m.how, m.path)
    finally:
        shutil.copy(m.path, copy)
        if m.kind == "unit":  # what was built of it lies elsewhere
            os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))
    return bool(fails), "caught" if fails else "ERROR: it does not build" if fails is None else "MISSED", line


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--kind", default="", choices=["", *KINDS])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    os.chdir(ROOT)
    chosen = [m for m in all_mutations() if options.only in m.name and options.kind in ("", m.kind)]
    wrong = {m.name: line for m in chosen for line in problems(m)}
    for name, line in wrong.items():
        print(f"mutate: ERROR: {name}: {line}", flush=True)
    if options.check or not chosen:
        print(f"mutate: {len(wrong)} of {len(chosen)} mutations can't be tried")
        sys.exit(1 if wrong or not chosen else 0)
    make_tree()
    missed = list(wrong)
    for m in chosen:
        if m.name in wrong:
            continue
        caught, end, line = look_for(m)
        print(f"mutate: {end}: {m.name}\n    {line}", flush=True)
        if not caught:
            missed.append(m.name)
    print("".join(f"mutate: not caught: {name}\n" for name in missed), end="")
    print(f"{len(chosen) - len(missed)} of {len(chosen)} mutations caught")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
