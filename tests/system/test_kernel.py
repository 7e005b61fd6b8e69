# SPDX-License-Identifier: MIT
"""The kernel's own tests, which run as root task (tests/kernel)."""
import re

import pytest

from machine import BOOT, plain


@pytest.mark.parametrize("cpus", [1, 4])
def test_kernel(boot, cpus):
    m = boot("ktest", cpus=cpus)
    m.expect(r"done: (\d+) passed, (\d+) failed", BOOT)
    passed, failed = map(int, m.console.match.groups())
    names = re.findall(r"^not ok - (.*)$", plain(m.console.before), re.M)
    assert failed == 0, f"{failed} kernel tests failed: {names}"
    assert passed > 0
