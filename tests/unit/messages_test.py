#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The tests that docs/messages.md names are there. Summary as of Check."""
import re
import sys

from guest_rules_test import lacks_test, read

DOCUMENT = "docs/messages.md"


def rows(text):
    """(line, cells) of each message"""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("|") and not re.match(r"\|[-|]+\|$|\| message \|", line):
            yield number, [c.strip() for c in line.strip("|").split("|")]


def findings(text):
    for number, cells in rows(text):
        if len(cells) != 3 or not all(cells):
            yield f"{DOCUMENT}:{number}: a message has three columns"
        elif cells[1:] == ["none", "none"]:
            yield f"{DOCUMENT}:{number}: nobody answers and nobody sends"
        else:
            yield from (f"{DOCUMENT}:{number}: {what}" for cell in cells[1:] for what in lacks_test(cell))


def main():
    text = read(DOCUMENT)
    found = list(findings(text))
    if sum(1 for _ in rows(text)) < 20:
        found.append(f"{DOCUMENT}: less than 20 messages")
    good = '| m | `tests/unit/vbus_test.c` "layout" | none |'
    bad = (good.replace("layout", "nothing"), good.replace("vbus_test", "nobody"), good.replace(" none ", " "),
           '| m | none | none |')
    found += [f"not found: {row!r}" for row in bad if not list(findings(row))] + list(findings(good))
    print("\n".join(found))
    print(f"{0 if found else 100}%: Checks: 1, Failures: {bool(found):d}, Errors: 0")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
