#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The tables of docs/reference.md, "Interfaces", against the code: what a component dispatches is in its table, as working or
as refused, what is said to be left out is dispatched by nobody, and numbers are those of the headers. Summary as of Check."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = "docs/reference.md"
SERVERS = {
    "sigma0": ["userland/sigma0"],
    "moe": ["userland/moe"],
    "l4re": ["userland/l4re"],
    "ned": ["userland/ned"],
    "cons": ["userland/cons"],
    "io": ["userland/io"],
    "l4vio_net_p2p": ["userland/l4vio_net_p2p", "userland/lib/net", "userland/lib/l4virtio/device.c"],
    "l4vio_switch": ["userland/l4vio_switch", "userland/lib/net", "userland/lib/l4virtio/device.c"],
    "rom-drv": ["userland/rom-drv", "userland/lib/block", "userland/lib/l4virtio/device.c"],
    "rng": ["userland/rng"],
    "cons, io, ned, l4re, l4vio_net_p2p, l4vio_switch, rng, rom-drv": ["userland/lib/srv"],
    "uvmm, to its guest": ["userland/uvmm/vcpu/psci.c", "userland/uvmm/vcpu/smccc.c", "userland/uvmm/vcpu/trng.c"],
}
DEVICES = "userland/uvmm/device"
INTERFACE = r"(?:L4\w*_PROTO|PROTO_VIRTIO|VIRTIO_BLK_T|SIGMA0_REQ_ID|L4\w*_OP|STATS_OP|PSCI|SMCCC)_[A-Z0-9_]+|L4_\w+_OP"
DISPATCHED = re.compile(rf"\bcase ({INTERFACE}):|[!=]= ({INTERFACE})\b")
# An operation that has nothing but an error for an answer.
REFUSED = re.compile(rf"\bcase ({INTERFACE}):(?: *//[^\n]*)?\s*return (?:msg_reply_err|reply_error)\(-?L4_E")
CONSTANT = re.compile(r"(?:#define +([A-Z][A-Z0-9_]+) +|\b([A-Z][A-Z0-9_]+) = )"
                      r"\(?(-?)(?:L4_\w+\()?(0x[0-9a-fA-F]+|\d+|[A-Z]\w+)")
NO_OPERATIONS = {"SIGMA0_REQ_ID_MASK", "PSCI_NONE", "PSCI_SUCCESS", "SMCCC_HVC", "SMCCC_STANDARD", "SMCCC_STANDARD_HYP",
                 "SMCCC_VENDOR_HYP"}  # named like them
ROW = re.compile(r"`([^`]+)`(?: (-?(?:0x[0-9a-f]+|\d+)))?")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def sources(*places):
    """Files below, those not yet committed too."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *places], cwd=ROOT, check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    return [f for f in out.split() if os.path.exists(os.path.join(ROOT, f))]


def constants():
    """name -> value, of all headers and the enumerations of sources"""
    found = {}
    for path in sources("kernel/include", "userland"):
        if path.endswith((".h", ".c")):
            for m in CONSTANT.finditer(read(path)):
                found.setdefault(m[1] or m[2], m[3] + m[4])
    return {name: found.get(value, value) for name, value in found.items()}


def tables(text):
    """component -> rows of four cells"""
    result = {}
    section = text.partition("\n## Interfaces\n")[2].partition("\n## ")[0]
    for table in re.findall(r"^\| (.+) \| works \| refused \| left out \|\n\|[-|]+\|\n((?:\|.*\n)+)", section, re.M):
        result[table[0]] = [[c.strip() for c in line[1:-1].split("|")] for line in table[1].splitlines()]
    return result


class Table:
    """What a component's table says. `wrong`: numbers and forms; `works`, `refused`, `left_out`: names of constants;
    `patterns`: of operations that are all listed."""

    def __init__(self, rows, values):
        self.works, self.refused, self.left_out, self.patterns, self.wrong = set(), set(), set(), set(), []
        for row in rows:
            if len(row) != 4:
                self.wrong.append(f"not four columns: {row}")
                continue
            pattern = "".join(n for n, _ in ROW.findall(row[0]) if "*" in n)
            if pattern.count("*") == 1 and "PROTO" not in pattern and pattern != "SMCCC_*" and pattern != "PSCI_*":
                self.patterns.add(pattern)
            self.add(row[0], "", self.works, values)
            for cell, names in zip(row[1:], (self.works, self.refused, self.left_out)):
                self.add(cell, pattern, names, values)
            if not row[1] and row[2]:  # the labels of an interface that is refused as a whole
                self.refused |= {n for n, _ in ROW.findall(row[0])} & self.works

    def add(self, cell, pattern, names, values):
        for name, number in ROW.findall(cell):
            if "*" in name or not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
                continue
            name = pattern.replace("*", name) if pattern else name
            names.add(name)
            if name not in values:
                self.wrong.append(f"there is no {name}")
            elif not number or int(values[name], 0) != int(number, 0):
                self.wrong.append(f"{name} is {values[name]}")


def dispatched(places):
    """names that the code compares requests with, and those of them that it only refuses"""
    files = [read(p) for p in sources(*places) if p.endswith(".c")]
    return ({m[1] or m[2] for text in files for m in DISPATCHED.finditer(text)} - NO_OPERATIONS,
            {m[1] for text in files for m in REFUSED.finditer(text)})


def server_findings(rows, places, values):
    table = Table(rows, values)
    served, refused = dispatched(places)
    yield from table.wrong
    listed = table.works | table.refused
    yield from (f"{name} is dispatched and not in the table" for name in sorted(served - listed))
    yield from (f"{name} is in the table and not dispatched" for name in sorted(listed - served))
    yield from (f"{name} is left out and dispatched" for name in sorted(table.left_out & served))
    yield from (f"{name} works and is answered with an error alone" for name in sorted(refused - table.refused))
    for pattern in sorted(table.patterns):
        form = re.compile(pattern.replace("*", r"[A-Z0-9_]+"))
        every = {name for name in values if form.fullmatch(name)} - NO_OPERATIONS
        yield from (f"nothing is said of {name}" for name in sorted(every - listed - table.left_out))


def kernel_findings(text, rows):
    """The kernel's table against the one of its operations, which a test of its own holds against the kernel."""
    operations = set()
    table = text.partition("| object | label | op | name |")[2].partition("\n\n")[0]
    for line in table.splitlines()[2:]:
        cells = [c.strip() for c in line.strip("|").split("|")]
        objects = [cells[0]] if "create" in cells[0] else cells[0].split(", ")
        operations |= {(o, cells[3]) for o in objects if (o, cells[3]) != ("factory", "create")}
    listed = {(row[0], name) for row in rows for cell in row[1:3] for name, _ in ROW.findall(cell)}
    listed.discard(("thread", "EL1t"))
    yield from (f"kernel: {o}: {name} is not in the table" for o, name in sorted(operations - listed))
    yield from (f"kernel: {o}: there is no operation {name}" for o, name in sorted(listed - operations))


def device_findings(rows):
    """uvmm's devices: the compatible strings of its device types."""
    types = {m[1] for p in sources(DEVICES) for m in re.finditer(r'DEVICE_TYPE\(\w+, \.compatible = "([^"]+)"', read(p))}
    listed = {n for row in rows if row[0] == "devices" for n, _ in ROW.findall(row[1])}
    yield from (f"uvmm: device {d} is not in the table" for d in sorted(types - listed))
    yield from (f"uvmm: there is no device {d}" for d in sorted(listed - types))


def findings(text, values):
    found = tables(text)
    yield from (f"no table of {name}" for name in ("kernel", *SERVERS) if name not in found)
    yield from (f"a table of {name}, whoever that is" for name in found if name not in ("kernel", *SERVERS))
    for name, places in SERVERS.items():
        yield from (f"{name}: {what}" for what in server_findings(found.get(name, []), places, values))
    yield from kernel_findings(text, found.get("kernel", []))
    yield from device_findings(found.get("uvmm, to its guest", []))


def missed(text, values):
    """Changes of the document that are not noticed."""
    for old, new in (("`COPY_IN` 3 (", "`NOTHING` 3 ("), ("`QUERY` 0, ", ""), ("`UNLINK` 3", "`UNLINK` 2"),
                     ("`map_vgicc`", "`map_gicc`"), ("`GET_INFO` 7: names are not kept |", " |"),
                     ("| `SIGNAL` 0 (0", "| | `SIGNAL` 0 (0"), ("`NEXT_LOCK_INFO` 2: -L4_ENODEV", "-L4_ENODEV"),
                     ("`cfi-flash` ", ""), ("| moe | works |", "| mo | works |"), ("`arm,sp805`", "`arm,sp804`"),
                     ("`MSI_INFO` 3: no MSIs", "no MSIs"), ("`GET_ID` 8 (", "`GET_ID` 9 (")):
        if old not in text:
            yield f"the document has no {old!r}"
        elif not list(findings(text.replace(old, new), values)):
            yield f"not found: {new!r} instead of {old!r}"


def main():
    text, values = read(DOCUMENT), constants()
    found = list(findings(text, values)) + list(missed(text, values))
    for finding in found:
        print(f"{DOCUMENT}: {finding}")
    print(f"{0 if found else 100}%: Checks: 1, Failures: {bool(found):d}, Errors: 0")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
