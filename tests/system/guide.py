# SPDX-License-Identifier: MIT
"""What docs/guide.md has as examples, to be tried word for word."""
import os
import re

from machine import ROOT, TEST_PATH


def examples(heading):
    """The indented pieces of a section of the guide."""
    with open(os.path.join(ROOT, "docs/guide.md"), encoding="utf-8") as f:
        section = f.read().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [re.sub("^    ", "", piece, flags=re.M) for piece in re.findall("(?:^    .*\n)+", section, re.M)]


def own_entry(scenario, directory, path=f"{TEST_PATH}/modules.list"):
    """A scenario, the tests' or another list's, as another entry, in a list of its own: tests run side by side, and each entry
    has one image. Files in `directory` come before those that are so called elsewhere."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        section = re.search(rf"^entry {scenario}\n(.+\n)*", f.read(), re.M).group(0)
    (directory / "guide.list").write_text(section.replace(f"entry {scenario}", f"entry guide-{scenario}"))
    return {"modules_list": directory / "guide.list", "module_search_path": f"{directory}:{os.path.dirname(path)}"}
