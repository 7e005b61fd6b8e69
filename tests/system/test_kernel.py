# SPDX-License-Identifier: MIT
"""The kernel's own tests, which run as root task (tests/kernel)."""
import re

import pytest

from machine import BOOT, plain


def run(boot, scenario, cpus, gic):
    m = boot(scenario, cpus=cpus, gic=gic)
    end = m.expect([r"done: (\d+) passed, (\d+) failed", r"kernel panic: .*"], BOOT)
    assert end == 0, m.tail()
    passed, failed = map(int, m.console.match.groups())
    names = re.findall(r"^not ok - (.*)$", plain(m.console.before), re.M)
    assert failed == 0, f"{failed} kernel tests failed: {names}"
    assert passed > 0


@pytest.mark.parametrize("cpus, gic", [(1, 3), (4, 3), (1, 2), (4, 2)])
def test_kernel(boot, cpus, gic):
    run(boot, "ktest", cpus, gic)


@pytest.mark.parametrize("cpus", [1, 2])
def test_restless_kernel(boot, cpus):
    """Long operations stop at preemption points, for interrupts or other CPUs: here all the time."""
    run(boot, "restless", cpus, 3)


@pytest.mark.parametrize("scenario, cpus", [("ktest-debug", 4), ("restless-debug", 2)])
def test_kernel_with_assertions(boot, scenario, cpus):
    run(boot, scenario, cpus, 3)


def test_assertion_that_does_not_hold(boot):
    m = boot("failing-debug", cpus=1)
    m.expect(r"CPU0: tests/kernel/failing.c:\d+: this is not so: 1 \+ 1 == 3\s", BOOT)
    m.expect("kernel panic: assertion failed")
