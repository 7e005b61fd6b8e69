# SPDX-License-Identifier: MIT
"""userland/examples: programs as a user writes them, each of which says that all is as it should be."""
import os
import re

from machine import BOOT, ROOT


def test_examples(boot):
    m = boot("examples")
    m.expect("that was the last example", BOOT)
    text = m.text()
    names = [e.name for e in os.scandir(os.path.join(ROOT, "userland/examples")) if e.is_dir()]
    assert len(names) >= 9
    wrong = [n for n in sorted(names)
             if not re.search(rf"\| {n}: ok$", text, re.M) or f"example {n} ended with 0" not in text]
    assert not wrong, f"{', '.join(wrong)}\n{m.tail()}"
