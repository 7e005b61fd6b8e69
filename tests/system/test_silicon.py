# SPDX-License-Identifier: MIT
"""What an emulator forgives: a plugin (tests/silicon) watches barriers, context registers and page tables."""
import os
import re
import shlex
import signal
import subprocess

import pexpect
import pytest

from machine import BOOT, PROMPT, ROOT, STEP

pytestmark = pytest.mark.xdist_group("silicon")  # each test builds the plugin

SOURCES = [os.path.join(ROOT, "tests", "silicon", n) for n in ("silicon.c", "context.c", "tables.c")]
PLUGIN = os.path.join(ROOT, "build", "silicon.so")
REPORT = os.path.join(ROOT, "build", "test-logs", "silicon-{}.txt")
CROSS = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-")
WINDOW = 0x400000000000  # KERNEL_PHYS_WINDOW


def build_plugin():
    command = shlex.split(os.environ.get("HOSTCC", "gcc")) + [
        "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", PLUGIN, *SOURCES]
    done = subprocess.run(command, check=False, text=True, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr


def kernel_elf(name):
    return os.path.join(ROOT, "build", "arm64", name)


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


def watch(boot, scenario, last, elf="kernel/kernel", **parameters):
    """Runs a scenario under the plugin until the console shows `last`; returns the report's lines."""
    build_plugin()
    report = REPORT.format(scenario)

    def with_plugin(command):
        start, end = text_of(kernel_elf(elf))
        return command + ["-plugin", f"{PLUGIN},text={start:#x}:{end:#x},window={WINDOW:#x},errata=on,out={report}"]

    m = boot(scenario, cpus=1, mem="1G", change=with_plugin, **parameters)
    m.expect(last, BOOT)
    os.kill(m.console.pid, signal.SIGTERM)
    m.console.expect(pexpect.EOF, timeout=STEP)
    with open(report, encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert lines[-1] == "end", lines[-5:]
    return [named(kernel_elf(elf), line) for line in lines]


@pytest.mark.parametrize("scenario, last", [("ktest", r"done: \d+ passed, 0 failed"), ("uvmm", PROMPT)])
def test_orderings(boot, scenario, last):
    """No register of a translation regime changes without DSB and ISB, each changed table entry is flushed."""
    lines = watch(boot, scenario, last)
    counts = {m[1]: int(m[2]) for m in (re.match(r"count (\S+) (\d+)", line) for line in lines) if m}
    assert counts["VTTBR_EL2"] > 1000 and counts["HCR_EL2"] > 100, lines
    assert counts["entries-removed"] > 100 or scenario != "ktest", lines
    bad = [line for line in lines if line.startswith(("violation", "total"))]
    assert not bad, "\n".join(bad)
