# SPDX-License-Identifier: MIT
"""The kernel's own tests, which run as root task (tests/kernel)."""
import re

import pytest

from machine import BOOT, plain


# Of kernel/debug/log.h: lines at once, and one each so many milliseconds.
BURST, INTERVAL_MS = 16, 250


def check_floods(text):
    """A thread that faults all the time: the kernel's lines are few, and what it leaves out is counted."""
    floods = re.findall(r"# flood begins\n(.*?)# flood ends: (\d+) faults in (\d+) ms", text, re.S)
    assert floods
    for lines, faults, ms in floods:
        shown = len(re.findall(r"and no handler: thread stops", lines))
        left_out = sum(map(int, re.findall(r"kernel: (\d+) lines left out", lines)))
        assert 0 < shown <= BURST + 1 + int(ms) // INTERVAL_MS
        assert shown + left_out == int(faults)


def run(boot, scenario, cpus, gic, floods=True, **parameters):
    m = boot(scenario, cpus=cpus, gic=gic, **parameters)
    end = m.expect([r"done: (\d+) passed, (\d+) failed", r"kernel panic: .*", r"KERNEL FAULT .*"], BOOT)
    assert end == 0, m.tail()
    passed, failed = map(int, m.console.match.groups())
    if floods:
        check_floods(plain(m.text()))
    names = re.findall(r"^not ok - (.*)$", plain(m.console.before), re.M)
    assert failed == 0, f"{failed} kernel tests failed: {names}"
    assert passed > 0
    return m


@pytest.mark.parametrize("cpus, gic", [(1, 3), (4, 3), (1, 2), (4, 2)])
def test_kernel(boot, cpus, gic):
    run(boot, "ktest", cpus, gic)


@pytest.mark.board("qemu-virt")
@pytest.mark.parametrize("scenario, cpus, gic", [("ktest", 1, 2), ("ktest-debug", 4, 3)])
def test_kernel_with_smmu(boot, scenario, cpus, gic):
    """A device that copies memory is kept to what it was given; what it tries beyond is told, not more than it can make."""
    m = run(boot, scenario, cpus, gic, options="-machine iommu=smmuv3 -device edu")
    text = plain(m.text())
    assert re.search(r"^kernel: SMMU 0, stream 8: access refused: the device belongs to nobody$", text, re.M)
    assert re.search(r"^kernel: SMMU 0, stream 8: read at 100000 refused: nothing is mapped there$", text, re.M)
    assert re.search(r"^kernel: SMMU 0, stream 8: write at 100000 refused: it has no right to that$", text, re.M)
    lines = re.findall(r"^kernel: SMMU 0, stream (\w+)", text, re.M)
    assert set(lines) == {"8"}
    assert len(lines) < 100


def test_kernel_on_newest_cpu(boot):
    """Features that our boards lack bring registers with them that nobody switches."""
    run(boot, "ktest", 2, 3, cpu="max")


@pytest.mark.parametrize("cpus", [1, pytest.param(2, marks=pytest.mark.full)])
def test_restless_kernel(boot, cpus):
    """Long operations stop at preemption points, for interrupts or other CPUs: here all the time. With two CPUs, assertions
    look at it too (restless-debug)."""
    run(boot, "restless", cpus, 3)


@pytest.mark.parametrize("scenario, cpus", [("ktest-debug", 4), ("restless-debug", 2)])
def test_kernel_with_assertions(boot, scenario, cpus):
    run(boot, scenario, cpus, 3)


def test_assertion_that_does_not_hold(boot):
    m = boot("failing-debug", cpus=1)
    m.expect(r"CPU0: tests/kernel/failing.c:\d+: this is not so: 1 \+ 1 == 3\s", BOOT)
    m.expect("kernel panic: assertion failed")


@pytest.mark.board("qemu-virt", "rpi4")  # imx8's emulator gives no random seed
def test_stack_that_is_written_over(boot):
    m = boot("failing", cpus=1)
    m.expect(r"stack guard (\w+)\s", BOOT)
    guard = int(m.console.match[1], 16)
    assert guard & 0xff == 0 and guard != 0x6c6172617368a500, "the machine's seed makes it"
    m.expect(r"kernel: the function before pc 7f\w+ has written past its variables", BOOT)
    m.expect("kernel panic: the stack is damaged")


@pytest.mark.parametrize("cpus", [1, 2])
def test_late_errors(boot, cpus):
    """An error that an access causes later is its owner's, not of who runs then."""
    run(boot, "serror", cpus, 3, floods=False)


def test_late_errors_with_assertions(boot):
    run(boot, "serror-debug", 2, 3, floods=False)
