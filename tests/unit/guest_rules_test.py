#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The files that docs/guest-rules.md names exist, and each test that it names is in its file. Summary as of Check."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = "docs/guest-rules.md"
TEST = re.compile(r'`([^`]+)`((?: "[^"]+",?)+)')
# A check's text, a Check test, a function of a Python test
NAMED = ('"{0}"', "START_TEST({0})", "def {0}(")


def rows(text):
    """(line, cells) of each rule"""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("|") and not re.match(r"\|[-|]+\|$|\| rule \|", line):
            yield number, [m.strip() for m in re.findall(r"(?<=\|)((?:`[^`]*`|[^|`])*)(?=\|)", line)]


def read(path):
    path = os.path.join(ROOT, path)
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as f:
        return f.read()


def lacks_place(cell):
    """What of the column `where` does not exist."""
    for path in re.findall(r"`([^`]+)`", cell):
        if read(path if path.startswith(("kernel/", "userland/")) else "userland/uvmm/" + path) is None:
            yield f"there is no {path}"


def lacks_test(cell):
    """What of the column `test` does not exist."""
    if cell == "none":
        return
    for part in cell.split("; "):
        m = TEST.fullmatch(part)
        if not m:
            yield f"neither none nor a file with names: {part!r}"
            continue
        text = read(m[1])
        if text is None:
            yield f"there is no {m[1]}"
            continue
        for name in re.findall('"([^"]+)"', m[2]):
            if not any(form.format(name) in text for form in NAMED):
                yield f"{m[1]} has no {name!r}"


def findings(text):
    for number, cells in rows(text):
        if len(cells) != 4 or not all(cells):
            yield f"{DOCUMENT}:{number}: a rule has four columns"
            continue
        for what in (*lacks_place(cells[2]), *lacks_test(cells[3])):
            yield f"{DOCUMENT}:{number}: {what}"


def main():
    text = read(DOCUMENT)
    found = list(findings(text))
    if sum(1 for _ in rows(text)) < 100:
        found.append(f"{DOCUMENT}: less than 100 rules")
    # Does it find what is not there?
    good = ('| r | s | `vcpu/exit.c`, CPU | `tests/guest/psci.c` "CPU_OFF", "errors"; '
            '`tests/unit/uvmm_psci_test.c` "decode" |')
    bad = (good.replace("exit.c", "no.c"), good.replace("psci.c`", "no.c`"), good.replace("errors", "no such check"),
           good.replace("decode", "no_such_test"), good.replace(" s |", " |"),
           "| r | s | CPU | |", "| r | s | CPU | a test |", good.replace("; ", ", "))
    found += [f"not found: {row!r}" for row in bad if not list(findings(row))]
    found += list(findings(good))
    print("\n".join(found))
    print(f"{0 if found else 100}%: Checks: 1, Failures: {bool(found):d}, Errors: 0")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
