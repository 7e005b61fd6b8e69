# SPDX-License-Identifier: MIT
"""The kernel's own tests, which run as root task (tests/kernel)."""
import re

import pytest

from machine import BOOT, plain


def run(boot, scenario, cpus, gic):
    m = boot(scenario, cpus=cpus, gic=gic)
    m.expect(r"done: (\d+) passed, (\d+) failed", BOOT)
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
