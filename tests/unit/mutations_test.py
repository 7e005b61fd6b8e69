#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each bug of `make mutate` can still be put in: its text is there once, and so is the test that is to find it. Summary as of
Check."""
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tests", "mutate"))

import mutate  # pylint: disable=wrong-import-position

LEAST = 60


def findings():
    mutations = mutate.all_mutations()
    for m in mutations:
        for problem in mutate.problems(m):
            yield f"{m.name}: {problem}"
    names = [m.name for m in mutations]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"{name}: there are two of this name"
    if len(mutations) < LEAST:
        yield f"{len(mutations)} mutations, and not {LEAST}"


def not_found():
    """Is what would be wrong found?"""
    good = next(m for m in mutate.all_mutations() if m.kind == "unit")
    kernel = next(m for m in mutate.all_mutations() if "test" in m.how)
    bad = [good._replace(path="kernel/no.c"), good._replace(old="no such text"), good._replace(old="\n"),
           good._replace(new=good.old), good._replace(how={"unit": "no_such_test"}), good._replace(how={"unit": "l4sys"}),
           kernel._replace(how={"test": "test_kernel.py::test_none"}), kernel._replace(how={"test": "test_no.py::test_kernel"})]
    for m in bad:
        if not list(mutate.problems(m)):
            yield f"not found: {m}"
    for m in good, kernel:
        yield from mutate.problems(m)


def main():
    found = [*findings(), *not_found()]
    print("\n".join(found))
    print(f"{0 if found else 100}%: Checks: 1, Failures: {bool(found):d}, Errors: 0")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
