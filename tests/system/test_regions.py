# SPDX-License-Identifier: MIT
"""Region maps: private, anonymous and eager attaches of a program that has 8 MiB."""
from machine import BOOT


def test_regions(boot):
    m = boot("regions")
    assert m.expect([r"regions: \d+ checks, 0 failures", r"regions: \d+ checks, "], BOOT) == 0, m.text()
