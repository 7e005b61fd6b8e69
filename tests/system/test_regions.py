# SPDX-License-Identifier: MIT
"""Region maps: private, anonymous and eager attaches of a program that has 8 MiB."""
from machine import BOOT


def test_regions(boot):
    m = boot("regions")
    m.expect(r"regions: \d+ checks, (\d+) failures", BOOT)
    assert m.console.match[1] == "0", m.text()
