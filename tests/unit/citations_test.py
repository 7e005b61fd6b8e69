#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each section of docs/kernel-interface.md that a comment cites (`kernel-abi 2.4`) exists. Summary as of Check."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = "docs/kernel-interface.md"
# "kernel-abi 2.4 to 2.6", "kernel-abi 4.4, 4.5", also at the end of a line
CITATION = re.compile(r"kernel-abi\b(?:[\s/*#]+(\d+(?:\.\d+)*(?:(?:,| to| and)[\s/*#]+\d+(?:\.\d+)*)*))?")


def sections(text):
    return set(re.findall(r"^##+ (\d+(?:\.\d+)?)\.? ", text, re.M))


def sources():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "kernel", "userland", "tests", "mk", "bsp"],
                         cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout
    for path in out.split():
        if path.endswith((".c", ".h", ".S", ".mk", ".py", ".lua", ".ned")) and os.path.exists(os.path.join(ROOT, path)):
            with open(os.path.join(ROOT, path), encoding="utf-8") as f:
                yield path, f.read()


def missing(text, known):
    """(line, section) of citations that lead nowhere"""
    for m in CITATION.finditer(text):
        for section in re.findall(r"\d+(?:\.\d+)*", m[1] or "") or ["no section"]:
            if section not in known:
                yield text.count("\n", 0, m.start()) + 1, section


def main():
    with open(os.path.join(ROOT, DOCUMENT), encoding="utf-8") as f:
        known = sections(f.read())
    findings = [f"{path}:{line}: {DOCUMENT} has no {section}" for path, text in sources()
                if path != "tests/unit/citations_test.py" for line, section in missing(text, known)]
    # Does it find what is not there?
    for text in ("// (kernel-abi 99)", "// kernel-abi 2.4 to 2.99", "// (kernel-abi\n// 98.1, 2.4)", "// kernel-abi, of course"):
        if not list(missing(text, known)):
            findings.append(f"not found: {text!r}")
    print("\n".join(findings))
    print(f"{0 if findings else 100}%: Checks: 1, Failures: {bool(findings):d}, Errors: 0")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
