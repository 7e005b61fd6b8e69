# SPDX-License-Identifier: MIT
"""runtime: what programs rely on beside the kernel (tests/runtime)."""
import re

from machine import BOOT

ENDS = {"caches": 0, "raw-thread": 0}


def said(part, text, line):
    """Whether a line of the log begins so, behind the name of the part, of which the log shows 8 characters."""
    return re.search(rf"^{part[:8]} *\| {line}", text, re.M)


def test_runtime(boot):
    m = boot("runtime", cpus=2)
    m.expect("runtime: all parts ended", BOOT)
    text = m.text()
    assert "WRONG" not in text, text
    for part, status in ENDS.items():
        assert f"{part} ended with {status}" in text, text
        assert status or said(part, text, f"{part}: done"), text
    # Threads without thread-local storage: what they print is not lost, lines or halves of them.
    for line in ("raw thread prints a line, 42$", "half a line, ", "raw thread ends without a new line"):
        assert said("raw-thread", text, line), text
