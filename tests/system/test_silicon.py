# SPDX-License-Identifier: MIT
"""What an emulator forgives: a plugin (tests/silicon) watches barriers, context registers, page tables and caches."""
import os
import re
import shlex
import signal
import subprocess
import time

import pexpect
import pytest

from machine import BOOT, PROMPT, ROOT, STEP, Cons, Shell

pytestmark = pytest.mark.xdist_group("silicon")  # each test builds the plugin

SOURCES = [os.path.join(ROOT, "tests", "silicon", n) for n in ("silicon.c", "context.c", "tables.c", "caches.c")]
PLUGIN = os.path.join(ROOT, "build", "silicon.so")
REPORT = os.path.join(ROOT, "build", "test-logs", "silicon-{}.txt")
CROSS = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-")
KERNEL = os.path.join(ROOT, "build", "arm64", "kernel", "kernel")
WORK = os.path.join(ROOT, "build", "test-logs")
IMAGE, TREE = 0x40200000, 0x48000000  # where the firmware finds them
WINDOW = 0x400000000000  # KERNEL_PHYS_WINDOW


def build_plugin():
    command = shlex.split(os.environ.get("HOSTCC", "gcc")) + [
        "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", PLUGIN, *SOURCES]
    done = subprocess.run(command, check=False, text=True, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr


def text_of(elf):
    """Start and end of the kernel's code."""
    symbols = subprocess.run([CROSS + "nm", elf], check=True, text=True, stdout=subprocess.PIPE).stdout
    return [int(re.search(rf"^(\w+) \w {name}$", symbols, re.M).group(1), 16) for name in ("kernel_start", "text_end")]


def named(elf, line):
    """A line of the report with functions and lines for the addresses in it."""
    def name(match):
        done = subprocess.run([CROSS + "addr2line", "-pfe", elf, match.group(1)], check=False, text=True,
                              stdout=subprocess.PIPE)
        return f"pc {match.group(1)} ({done.stdout.strip()})"
    return re.sub(r"pc (7f[0-9a-f]+)", name, line)


def both_have_caches(m, report, event="caches-on 2"):
    """Lets the machine run until its second guest has MMU and caches on."""
    end = time.monotonic() + BOOT
    while time.monotonic() < end:
        m.console.expect([pexpect.TIMEOUT], timeout=1)
        if os.path.exists(report):
            with open(report, encoding="utf-8") as file:
                if re.search(rf"^event {event}$", file.read(), re.M):
                    return
    raise AssertionError(f"the plugin reports no {event!r}; last lines of the console:\n{m.tail()}")


def watch(boot, scenario, last, errata="on", change=lambda command: command, caches="off", **parameters):
    """Runs a scenario under the plugin until the console shows `last`, or, if that is a function, until it returns from the
    machine and the path of the report; returns the report's lines."""
    build_plugin()
    report = REPORT.format(scenario)
    if os.path.exists(report):
        os.remove(report)

    def with_plugin(command):
        start, end = text_of(KERNEL)
        return change(command) + ["-plugin", f"{PLUGIN},text={start:#x}:{end:#x},window={WINDOW:#x},errata={errata},"
                                   f"caches={caches},out={report}"]

    m = boot(scenario, cpus=1, mem="1G", change=with_plugin, **parameters)
    if callable(last):
        last(m, report)
    else:
        m.expect(last, BOOT)
    m.console.kill(signal.SIGTERM)  # if it has not ended by itself
    m.console.expect(pexpect.EOF, timeout=STEP)
    with open(report, encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert lines[-1] == "end", lines[-5:]
    return [named(KERNEL, line) for line in lines]


def counts_of(lines):
    return {m[1]: int(m[2]) for m in (re.match(r"count (\S+) (\d+)", line) for line in lines) if m}


KTEST_DONE = r"done: \d+ passed, 0 failed"


@pytest.mark.parametrize("scenario, last, cpu", [
    ("ktest", KTEST_DONE, "cortex-a57"), ("uvmm", PROMPT, "cortex-a57"),
    pytest.param("ktest", KTEST_DONE, "cortex-a35", marks=pytest.mark.full)])
def test_orderings(boot, scenario, last, cpu):
    """No register of a translation regime changes without DSB and ISB, each changed table entry is flushed.
    Cortex-A35 has no speculative AT."""
    lines = watch(boot, scenario, last, cpu=cpu, errata="off" if cpu == "cortex-a35" else "on")
    counts = counts_of(lines)
    assert counts["VTTBR_EL2"] > 1000 and counts["HCR_EL2"] > 100, lines
    assert counts["entries-removed"] > 100, lines
    bad = [line for line in lines if line.startswith(("violation", "total"))]
    assert not bad, "\n".join(bad)


def both_have_shells(m, _):
    cons = Cons(m)
    cons.shell(1)
    cons.shell(2)


@pytest.mark.parametrize("last", [both_have_caches, pytest.param(both_have_shells, marks=pytest.mark.full)])
def test_caches(boot, last):
    """What a guest is given it sees with its MMU and caches off as well, and what it writes then stays: moe and uvmm have
    cleaned it to the point of coherency."""
    lines = watch(boot, "uvmm-2vm-net-io", last, caches="on", cpu="cortex-a57")
    counts = counts_of(lines)
    assert counts["caches-on"] >= 2 and counts["uncached-accesses"] > 200, lines
    bad = [line for line in lines if line.startswith(("violation", "total"))]
    assert not bad, "\n".join(bad)


def test_code(boot):
    """Code that programs run has been written back and dropped from instruction caches: what boot inflates, and what they
    write themselves."""
    lines = watch(boot, "runtime", "runtime: all parts ended", caches="on", cpu="cortex-a57")
    assert counts_of(lines)["code-fetched"] > 1000, lines
    bad = [line for line in lines if line.startswith(("violation", "total"))]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("cpu, options, rounds", [("cortex-a57", "", 8), ("cortex-a76", "", 24), ("cortex-a53", "", 0),
                                                  ("cortex-a57", "-append -nohardening", 0)])
def test_hardening(boot, cpu, options, rounds):
    """Each entry from user mode fills the branch history, on cores that need it, unless boot was told otherwise."""
    counts = counts_of(watch(boot, "hello-ned", "Hello World!", cpu=cpu, options=options))
    entries = counts["exits-of-the-kernel"]
    assert entries > 300
    assert abs(counts["hardening-rounds"] - rounds * entries) <= 4 * rounds, counts


def build_firmware(name, *defines):
    path = os.path.join(WORK, name)
    source = os.path.join(ROOT, "tests", "silicon", "firmware.S")
    subprocess.run([CROSS + "gcc", "-nostdlib", "-static", "-no-pie", "-Wl,-Ttext=0,--build-id=none", f"-DIMAGE={IMAGE:#x}", f"-DTREE={TREE:#x}",
                    *defines, "-o", path + ".elf", source], check=True)
    subprocess.run([CROSS + "objcopy", "-O", "binary", path + ".elf", path + ".bin"], check=True)
    return path + ".bin"


def with_firmware(firmware):
    """Alters the emulator's command: firmware in flash, the image and a tree with PSCI in RAM."""
    def change(command):
        command = [f"{word},secure=on" if word.startswith("virt,") else word for word in command]
        at = command.index("-kernel")
        image = command[at + 1]
        del command[at:at + 2]
        tree = os.path.join(WORK, "firmware.dtb")
        dump = [f"{word},dumpdtb={tree}" if word.startswith("virt,") else word for word in command]
        subprocess.run(dump + ["-serial", "null"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        for node, values in (("/psci", ["method", "smc"]), ("/psci", ["compatible", "arm,psci-1.0", "arm,psci-0.2"])):
            subprocess.run(["fdtput", "-p", "-t", "s", tree, node, *values], check=True)
        loads = [(image, IMAGE), (tree, TREE)]
        return command + ["-bios", firmware] + [
            word for file, where in loads for word in ("-device", f"loader,file={file},addr={where:#x},force-raw=on")]
    return change


@pytest.mark.parametrize("defines, rounds", [([], 8), (["-DOFFERS_3"], 0)])
def test_firmware_hardens(boot, defines, rounds):
    """Firmware with SMCCC_ARCH_WORKAROUND_1 is called at each entry; with WORKAROUND_3, instead of the loop as well."""
    firmware = build_firmware(f"firmware-{rounds}", *defines)
    counts = counts_of(watch(boot, "hello-ned", "Hello World!", cpu="cortex-a57", gic=2, change=with_firmware(firmware)))
    entries = counts["exits-of-the-kernel"]
    assert entries > 300
    assert 0 <= counts["firmware-calls"] - entries < 50, counts
    assert abs(counts["hardening-rounds"] - rounds * entries) <= 4 * rounds, counts


@pytest.mark.parametrize("cpu, text", [
    ("cortex-a57", "Vulnerable"),
    pytest.param("cortex-a76", "Mitigation: CSV2, BHB", marks=pytest.mark.full),
    pytest.param("cortex-a53", "Not affected", marks=pytest.mark.full)])
def test_guest_hears_the_truth(boot, cpu, text):
    """The emulator has no firmware with SMCCC_ARCH_WORKAROUND_1, so an A57 stays open, and its guest is not told otherwise."""
    m = boot("uvmm", cpu=cpu)
    shell = Shell(m)
    shell.wait_prompt()
    shell.run("mount -t sysfs sysfs /sys", check=False)
    said = shell.run("cat /sys/devices/system/cpu/vulnerabilities/spectre_v2")
    assert text in said, said


def test_kernel_code():
    """A barrier behind each ERET, against speculation past it; no AT but that of guest_fault_ipa(), which comes inline and
    keeps the guest's PAR_EL1; CSDB behind the CSEL of each index_below()."""
    code = subprocess.run([CROSS + "objdump", "-d", "--no-show-raw-insn", KERNEL], check=True,
                          text=True, stdout=subprocess.PIPE).stdout
    instructions = re.findall(r"^ *[0-9a-f]+:\t(\S+)(?:\t(\S*))?", code, re.M)
    erets = [i for i, (name, _) in enumerate(instructions) if name == "eret"]
    assert erets
    for i in erets:
        assert instructions[i + 1] == ("dsb", "nsh") and instructions[i + 2][0] == "isb", instructions[i:i + 3]
    ats = [i for i, (name, _) in enumerate(instructions) if name == "at"]
    assert ats
    for i in ats:
        assert [name for name, _ in instructions[i - 1:i + 4]] == ["mrs", "at", "isb", "mrs", "msr"]
    source = subprocess.run(["git", "grep", "-lE", '"at s1', "--", "kernel"], cwd=ROOT, check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    assert source.split() == ["kernel/arch/arm64/guest.c"]
    csdbs = [i for i, (name, _) in enumerate(instructions) if name == "csdb"]
    assert all(instructions[i - 1][0] == "csel" and instructions[i - 2][0] == "cmp" for i in csdbs)
    calls = subprocess.run(["git", "grep", "-h", "index_below(", "--", "kernel/*.c", "kernel/object/object.h"], cwd=ROOT,
                           check=True, text=True, stdout=subprocess.PIPE).stdout
    assert len(csdbs) >= calls.count("index_below(") > 0
