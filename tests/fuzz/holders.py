# SPDX-License-Identifier: MIT
"""For gdb: what keeps the factories that the fuzzer's root task has lost.

A factory stays as long as something that it paid for does. That is right when tasks hold each other's capabilities: they
are counted, and nobody looks for cycles. It is a leak of the kernel when an object lives that no slot names, or one that is
dying. fuzz.py runs this on the emulator that its run has left standing; by hand:
gdb-multiarch -batch -ex 'file build/arm64/kernel/kernel' -ex 'target remote ...' -x tests/fuzz/holders.py
Prints a line an object, and at last `holders: N objects, M leaks`.
"""
import gdb

KINDS = {"OBJ_GATE": "gate", "OBJ_THREAD": "thread", "OBJ_TASK": "task", "OBJ_FACTORY": "factory", "OBJ_IRQ": "irq",
         "OBJ_SEMAPHORE": "irq"}
EL_MASK, EL2 = 0xc, 0x8
NO_OBJECT = 0xffff
UNIT, PAGE, CHUNK = 32, 4096, 1 << 20
LOST_LIMITS = (2 << 20, 128 << 10)  # CHAOS_QUOTA, JAIL_QUOTA


def evaluate(text):
    return int(gdb.parse_and_eval(text))


class Heap:
    """The kernel's heap, read at once: the stub is slow."""

    def __init__(self):
        self.base, pages = evaluate("heap.base"), evaluate("heap.pages")
        memory, end = gdb.selected_inferior(), self.base + pages * PAGE
        self.bytes = b"".join(bytes(memory.read_memory(a, min(CHUNK, end - a))) for a in range(self.base, end, CHUNK))
        self.fields = {}
        self.slabs = self.find_slabs(pages)

    def number(self, address, size=8):
        at = address - self.base
        return int.from_bytes(self.bytes[at:at + size], "little") if 0 <= at < len(self.bytes) else 0

    def field(self, struct, address, name):
        """The number or pointer in a field; of an array or a structure, its address."""
        key = struct, name
        if key not in self.fields:
            place = f"((struct {struct} *)0)->{name}"
            kind = gdb.parse_and_eval(place).type.strip_typedefs().code
            inner = kind in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_ARRAY)
            self.fields[key] = evaluate(f"(unsigned long)&{place}"), 0 if inner else evaluate(f"sizeof({place})")
        offset, size = self.fields[key]
        return self.number(address + offset, size) if size else address + offset

    def find_slabs(self, pages):
        """Addresses of everything on slabs that is in use, by its size."""
        found, table, step = {}, evaluate("(unsigned long)heap.page"), evaluate("sizeof(struct page)")
        slab, i = evaluate("PAGE_SLAB"), 0
        while i < pages:
            page, first = table + i * step, self.base + i * PAGE
            units = 1 << self.field("page", page, "order")
            if self.field("page", page, "state") != slab:
                i += units  # a block: what its other pages say is old
                continue
            i += 1
            free, unit = set(), self.field("page", page, "freed")
            while unit != NO_OBJECT:
                free.add(unit)
                unit = self.number(first + unit * UNIT, 2)
            fresh = self.field("page", page, "fresh")
            end = PAGE // UNIT if fresh == NO_OBJECT else fresh
            found.setdefault(units * UNIT, []).extend(first + u * UNIT for u in range(0, end, units) if u not in free)
        return found

    def all(self, struct):
        """What may be one."""
        size, least = UNIT, evaluate(f"sizeof(struct {struct})")
        while size < least:
            size *= 2
        return self.slabs.get(size, [])

    def slots(self, task):
        """Addresses of a task's slots, each with its number."""
        slots, top = {}, self.field("task", task, "caps.mid")
        size = evaluate("sizeof(struct cap_slot)")
        for i in range(16):
            mid = self.number(top + i * 8)
            for k in range(512 if mid else 0):
                leaf = self.number(mid + k * 8)
                slots.update({leaf + n * size: (i << 16) + (k << 7) + n for n in range(128 if leaf else 0)})
        return slots


def select_kernel():
    """A CPU that is in the kernel: there its addresses mean something."""
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        if evaluate("$cpsr") & EL_MASK == EL2:
            return
    raise gdb.GdbError("no CPU is in the kernel")


def main():
    select_kernel()
    heap, root = Heap(), evaluate("(unsigned long)&quota_root")
    lost = {a for a in heap.all("quota") if heap.field("quota", a, "parent") == root
            and heap.field("quota", a, "limit") in LOST_LIMITS}
    objects = {}
    for kind, struct in KINDS.items():
        number = evaluate(kind)
        for a in heap.all(struct):
            if heap.field(struct, a, "obj.type") == number and heap.field(struct, a, "obj.quota") in lost:
                objects[heap.field(struct, a, "obj")] = (kind[4:].lower(), struct, a)
    owner = {}
    for o, (kind, _, a) in objects.items():
        if kind == "task":
            owner.update({slot: (o, number) for slot, number in heap.slots(a).items()})
    leaks, owned = 0, dict.fromkeys(lost, 0)
    for o, (kind, struct, a) in sorted(objects.items()):
        held, slot = [], heap.field("object", o, "slots")
        while slot:
            task, number = owner.get(slot, (0, 0))
            held.append(f"task {task:#x} slot {number:#x} rights {heap.field('cap_slot', slot, 'rights'):#x}" if task
                        else "a stranger's slot")
            slot = heap.field("cap_slot", slot, "next")
        # A dead task waits for its threads; they are objects of their own.
        waits = kind == "task" and heap.field("task", a, "dead") and heap.field("task", a, "threads")
        leak = not held and not waits
        leaks += leak
        quota = heap.field("object", o, "quota")
        owned[quota] += 1
        print(f"{'LEAK ' if leak else ''}{kind} {o:#x} of quota {quota:#x}, refs {heap.field('object', o, 'refs')}"
              f"{', dying' if heap.field('object', o, 'dying') else ''}: {'; '.join(held) or 'no slot'}")
    for quota, number in owned.items():
        leaks += not number
        limit, used, refs = (heap.field("quota", quota, name) for name in ("limit", "used", "refs"))
        print(f"{'' if number else 'LEAK '}quota {quota:#x}, limit {limit:#x}, used {used:#x}, refs {refs}, {number} objects")
    print(f"holders: {len(objects)} objects, {leaks} leaks")


main()
