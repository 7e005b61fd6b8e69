#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""No number and no layout of the kernel's interface stands twice: kernel/include/l4/sys/abi is its only home.

Looks for constants and structures in kernel/ and userland/ that repeat what is there, and for its numbers written as
literals. What such a search cannot know to be a coincidence is listed below. Prints a summary as Check does.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ABI = "kernel/include/l4/sys/abi/"
CC = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-") + "gcc"
OBJCOPY = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-") + "objcopy"

# Constants of other interfaces: their names begin like this.
OTHER_INTERFACES = ("L4RE_", "L4VIRTIO_", "L4VBUS_", "VIRTIO_", "VQ_", "PSCI_", "ELF_", "PF_", "PTE_", "SIGMA0_", "DT_",
                    "PROT_", "PTHREAD_", "STATS_", "L4RNG_")
# Share a word and a value with a number of the interface, and mean something else.
COINCIDENCES = set("""
    LEAF_LEVEL LEVEL_PAGE TREE_VERSION_MIN CAP_LEAF_BITS MEM_INHERIT MEM_NORMAL MAP_NOTHING MSG_UTCB IER_RX
    IRQ_RX_TRIGGER APP_PRIO RUNTIME_CAP_SLOTS PROTO_VIRTIO_CONSOLE PRIO_DEFAULT LOADER_CAP_TASK LOADER_CAP_FACTORY
    LOADER_CAP_LOG LOADER_CAP_SCHEDULER LOADER_CAP_JDB LOADER_CAP_MEM_ALLOC LOADER_CAP_KIP_DS SRV_RCV_BUFS SRV_OBJ_IRQ
    SRV_OBJ_OWN_CAP RING_FLAGS SCHED_PRIO_MAX DELETION_LABEL LABEL_SHIFT FDT_VERSION_MIN CTLR_ARE PAGE_SIZE SUPERPAGE_SIZE
    DESC_AP1_RES1 BOOT_CPU_PSCI BOOT_CPU_SPIN_TABLE SENDER_IRQ NO_PAGE MEM_DEVICE MAP_SOME LSR_THR_EMPTY BUS_NAME_MAX
    PORTS CAP_SLOTS LOADER_CAP_THREAD LOADER_CAP_PARENT MSG_OUT_BUFS RING_ENTRIES CPU_SET_MAX
    STE_WORDS EVENT_BAD_STE OP_ARG_OPTIONAL OP_NO_ITEM_SHORT RAN_HOST BOOT_CPU_BOOT OBJ_GATE
    DMA_READ MAP_SHARED MAP_PRIVATE MAP_FIXED L4_SCHED_MIN_PRIO L4_SCHED_MAX_PRIO
""".split())
COINCIDING_LAYOUTS = {"secondary", "stage1"}  # EL2 registers of another CPU; what a walk of the guest's tables needs
# Words that say nothing about what a constant belongs to.
COMMON_WORDS = set("""
    L4 SIZE MAX MIN MASK SHIFT OP FLAG F C E BIT BITS NONE OFFSET OFFS ORDER LO HI SET IDX MR CTL SYS ALL STATE NUM WORDS
    DONE ZERO TYPE INFO EXT ERROR SPACE BASE CLASS
""".split())

# Numbers of the interface that are to be called by their names: (pattern, folders, files that mean something else).
REGISTERS = (r"arch/arm64/(include/arch/)?(gic|vgic|errata|tlb|smp|smmu|traps|stage2|kernel_map|sysreg|cpu_reset)|kernel/(uart|boot)/|"
             r"uvmm/(vgic|device)/|uvmm/vcpu/(id_mask|sysreg|psci|smccc|exception|stage1|decode)|kernel_image|virtio|boot_info")
LITERALS = [
    (r"(>>|<<) ?12\b|~?\b0xfff(u|ul|ull)?\b|~UINT64_C\(0xfff\)", ("kernel", "userland"), REGISTERS + r"|guest\.c|uvmm/vcpu/vcpu\.c"),
    (r"\b(>>|<<) ?26\b", ("kernel", "userland"), REGISTERS),
    (r"& ?0xc00\b|& ?0x800\b|& ?0xf000\b", ("kernel", "userland"), REGISTERS),
    (r">> ?6\)? ?& ?0x3f\b|>> ?4\)? ?& ?3\b", ("kernel", "userland"), REGISTERS),
    (r"\b2000 ?\+", ("kernel", "userland"), "$^"),
    (r"label & ~?3(ul)?\b", ("kernel", "userland"), "$^"),
    (r"kip\(\) \+ (0x)?\d", ("userland",), "$^"),
    (r"\[x\d+, #0x", ("kernel/arch", "userland"), "$^"),
]

DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)[ \t]+(\S.*)$", re.M)
ENUM = re.compile(r"\benum\b[^{};()]*\{([^}]*)\}")
STRUCT = re.compile(r"\b(?:struct|union)\b\s*(\w*)\s*\{")
MEMBER = re.compile(r"([A-Za-z_]\w*)\s*(?:\[[^\]]*\])*\s*(?=[,;])")


def files(*folders):
    """C and assembly sources, those not yet committed too."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *folders], cwd=ROOT, check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    return [f for f in out.split() if f.endswith((".c", ".h", ".S")) and os.path.exists(os.path.join(ROOT, f))]


def read(path):
    """A source without comments; the lines keep their numbers."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        text = f.read()
    return strip(text)


def strip(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S).replace("\\\n", "  ")


def constants(text):
    """(name, value as written or None for "the next one", line)"""
    for m in DEFINE.finditer(text):
        yield m[1], m[2].strip(), text.count("\n", 0, m.start()) + 1
    for m in ENUM.finditer(text):
        for entry in re.finditer(r"([A-Za-z_]\w*)\s*(?:=\s*([^,]*[^,\s]))?\s*(?:,|$)", m[1]):
            yield entry[1], entry[2], text.count("\n", 0, m.start(1) + entry.start()) + 1


def number(value, names):
    """A value of 64 bits, or None when it depends on names that are not in `names`."""
    value = re.sub(r"L4_(?:U|UL|SL)\(([^)]*)\)", r"\1", value)
    value = re.sub(r"UINT64_C\(([^)]*)\)", r"\1", value)
    value = re.sub(r"\b(0[xX][0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", value)
    value = re.sub(r"\b0([0-7]+)\b", r"0o\1", value)
    value = re.sub(r"\b(?!0[xo])[A-Za-z_]\w*\b", lambda m: "(%d)" % names.get(m[0], 0) if m[0] in names else "?", value)
    if not re.fullmatch(r"[\s0-9a-fA-FxXo()|&~^+*<>-]+", value):
        return None
    try:
        return eval(value, {"__builtins__": {}}) & (1 << 64) - 1  # digits and operators only
    except (SyntaxError, TypeError, ValueError):
        return None


def values(text, known):
    """(name, written, number, line) of all constants, each of which may use those before it"""
    known = dict(known)
    last = -1
    for name, written, line in constants(text):
        value = last + 1 if written is None else number(written, known)
        last = value if value is not None else -1
        if value is not None:
            known[name] = value
        yield name, written, value, line


def interface():
    numbers = {}
    for f in sorted(files(ABI)):
        for name, _, value, _ in values(read(f), numbers):
            numbers[name] = value
    # headers stand in no order: once more for those that name others
    for f in sorted(files(ABI)):
        for name, _, value, _ in values(read(f), numbers):
            numbers[name] = value
    return numbers


def words(name):
    return set(name.split("_")) - COMMON_WORDS


def related(mine, others):
    """The words of a name that another one has too, perhaps as a part: TAG in MSGTAG."""
    return {w for w in mine for o in others if w == o or (len(w) >= 3 and w in o)}


def repeated(numbers, text):
    """Constants of a source that are there already: by name, or by value and name."""
    for name, written, value, line in values(text, {}):
        if name in numbers:
            yield line, f"{name} is defined in {ABI}"
            continue
        if value is None or name in COINCIDENCES or name.startswith(OTHER_INTERFACES) or "L4_" in (written or ""):
            continue
        mine = words(name)
        for other, known in numbers.items():
            if known != value or not mine:
                continue
            same = related(mine, words(other))
            # one that counts on from its neighbour means little by its value
            if same == mine or (same and written is not None):
                yield line, f"{name} = {written or value}: is it not {other}?"
                break


def members(text, start):
    """Names of the members of the structure whose body begins at `start`."""
    depth, end = 1, start
    while depth and end < len(text):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    return set(MEMBER.findall(text[start:end])) - {"pad", "reserved", "fill", "flags", "version", "state", "msg", "r", "t"}


def structures(text):
    for m in STRUCT.finditer(text):
        yield m[1], members(text, m.end()), text.count("\n", 0, m.start()) + 1


def layouts():
    return {name: found for f in files(ABI) for name, found, _ in structures(read(f)) if len(found) >= 3}


def repeated_layouts(known, text):
    for name, found, line in structures(text):
        if name in COINCIDING_LAYOUTS:
            continue
        for other, theirs in known.items():
            if len(found & theirs) >= min(4, len(theirs)):
                yield line, f"struct {name} has members of {other}: {', '.join(sorted(found & theirs))}"


def literals(path, text):
    for pattern, folders, others in LITERALS:
        if path.startswith(folders) and not re.search(others, path):
            for n, line in enumerate(text.split("\n"), 1):
                if re.search(pattern, line) and "L4_" not in line:
                    yield n, f"{line.strip()}: this number has a name in {ABI}"


def test_sources():
    numbers, known = interface(), layouts()
    for path in files("kernel", "userland"):
        if path.startswith(ABI):
            continue
        text = read(path)
        for line, what in (*repeated(numbers, text), *repeated_layouts(known, text), *literals(path, text)):
            yield f"{path}:{line}: {what}"


def test_second_definition_is_found():
    """Definitions as they once stood twice."""
    numbers, known = interface(), layouts()
    for line in ("#define L4_EPERM 1", "enum { CAP_W = 1 };", "enum { UTCB_MRS = 63 };", "enum { TAG_ERROR = 0x8000 };",
                 "enum { IPC_CUT = 8 };", "enum { IRQ_DETACH = 1 };", "enum { GATE_BIND = 0x10 };",
                 "enum { ICU_BIND, ICU_UNBIND, ICU_INFO };", "enum { X, SCHEDULER_RUN_THREAD };",
                 "enum { VCPU_LRS = 4 };", "enum { VTMR_DIRECT = 1 << 16 };", "enum { SYS_REPLY = 8 };",
                 "#define VCPU_EXT_SIZE 0x800", "enum { MODE_LEVEL = 2 };", "enum { EC_PPI = 0x3d };",
                 "enum { DESC_VIRTUAL = 0x200 };", "enum { CLIENT_ICRNL = 0400 };", "enum { FPAGE_OBJECT = 3 };"):
        if not list(repeated(numbers, strip(line))):
            yield f"not found: {line}"
    for text in ("struct utcb { uint64_t mr[63], reserved; uint64_t bdr; uint64_t br[58]; uint64_t error, free_marker, user[3]; };",
                 "struct frame { uint64_t x[31]; uint64_t err; uint64_t pfa; uint64_t sp; uint64_t pc; uint64_t pstate; };",
                 "struct ext { uint64_t hcr; uint32_t sctlr, cpacr; uint64_t cntvoff, vmpidr; };",
                 "struct regs { uint64_t tcr, ttbr0, ttbr1, mair; };"):
        if not list(repeated_layouts(known, strip(text))):
            yield f"not found: {text}"
    for path, text in (("kernel/ipc/fast.c", "if (dest & 0xc00)"), ("kernel/ipc/ipc.c", "cap_lookup(c, dest >> 12)"),
                       ("userland/moe/main.c", "return -(2000 + code);"), ("kernel/object/task.c", "a & ~0xfffull"),
                       ("userland/uvmm/vcpu/entry.S", "    ldr x2, [x0, #0x248]")):
        if not list(literals(path, text)):
            yield f"not found: {text}"


def run(*command):
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout if done.returncode else ""


def test_headers_stand_alone():
    """In C, in C++ and in assembly."""
    with tempfile.TemporaryDirectory() as tmp:
        for header in files(ABI):
            name = header.removeprefix("kernel/include/")
            for suffix, compiler in (("c", [CC, "-std=gnu17", "-ffreestanding"]), ("cc", ["g++", "-std=c++17"]), ("S", [CC])):
                source = f"{tmp}/x.{suffix}"
                with open(source, "w", encoding="utf-8") as f:
                    f.write(f"#include <{name}>\n#include <{name}>\n")
                error = run(*compiler, "-Wall", "-Wextra", "-Werror", "-Ikernel/include", "-c", source, "-o", f"{tmp}/x.o")
                if error:
                    yield f"{header} as .{suffix}: {error}"


def test_numbers_are_the_same_in_assembly():
    names = [n for f in sorted(files(ABI)) for n, _, value, _ in values(read(f), interface())
             if n.startswith("L4_") and value is not None]
    headers = "".join(f"#include <{f.removeprefix('kernel/include/')}>\n" for f in sorted(files(ABI)))
    sources = {"c": "unsigned long const numbers[] = {" + ", ".join(f"(unsigned long)({n})" for n in names) + "};\n",
               "S": ".section .rodata\n" + "".join(f".quad {n}\n" for n in names)}
    with tempfile.TemporaryDirectory() as tmp:
        for suffix, text in sources.items():
            with open(f"{tmp}/{suffix}.{suffix}", "w", encoding="utf-8") as f:
                f.write(headers + text)
            error = (run(CC, "-ffreestanding", "-Ikernel/include", "-c", f"{tmp}/{suffix}.{suffix}", "-o", f"{tmp}/{suffix}.o") or
                     run(OBJCOPY, "-O", "binary", "-j", ".rodata", f"{tmp}/{suffix}.o", f"{tmp}/{suffix}.bin"))
            if error:
                yield error
                return
        data = []
        for suffix in sources:
            with open(f"{tmp}/{suffix}.bin", "rb") as f:
                data.append(f.read())
        numbers = interface()
        for i, n in enumerate(names):
            c, s = (int.from_bytes(d[8 * i:8 * i + 8], "little") for d in data)
            if not c == s == numbers[n]:
                yield f"{n}: {c:#x} in C, {s:#x} in assembly, {numbers[n]:#x} by this test"


def main():
    tests = [f for name, f in sorted(globals().items()) if name.startswith("test_")]
    failed = 0
    for test in tests:
        findings = list(test())
        failed += bool(findings)
        for finding in findings:
            print(f"{test.__name__}: {finding}")
    print(f"{100 * (len(tests) - failed) // len(tests)}%: Checks: {len(tests)}, Failures: {failed}, Errors: 0")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
