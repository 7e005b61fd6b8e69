#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each section of docs/kernel-interface.md that a comment cites (`kernel-abi 2.4`) exists; so does each of Arm's documents that
the sources of a guest's machine, its tests and its rules cite. Summary as of Check."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = "docs/kernel-interface.md"
# "kernel-abi 2.4 to 2.6", "kernel-abi 4.4, 4.5", also at the end of a line
CITATION = re.compile(r"kernel-abi\b(?:[\s/*#]+(\d+(?:\.\d+)*(?:(?:,| to| and)[\s/*#]+\d+(?:\.\d+)*)*))?")

# Sections of the issues that docs/guest-rules.md names, as their tables of contents have them. What moves from issue to issue
# (in the Arm ARM: most) is cited by the name of a register or an instruction.
ARM = {
    "Arm ARM": r"C6\.2|C7\.2|D19|D19\.(2|3|12)",  # DDI 0487J.a
    "IHI 0048": r"3\.2\.4|3\.3|4\.1\.2|4\.3(\.([1-9]|1[0-8]))?|4\.4(\.([1-9]|1[0-5]))?",  # B.b
    "IHI 0069": r"2\.[1-3]|4\.[1-8]|5\.[1-6]|11\.1|12\.([1-9]|1[0-9])",  # H
    "DEN 0022": r"3\.[1-6]|5\.([1-9]|1[0-9]|2[0-2])|5\.1\.([1-9]|1[0-9]|2[0-2])|5\.2\.[12]|5\.4\.([1-9]|2\.[12])|"
                r"5\.(3|16|20)\.[12]|5\.(6|7)\.[1-3]|6\.[1-9]|6\.4\.[1-3]",  # F.b
    "DEN 0028": r"(?!)",
}
# With what follows it, also on the next line when it ends with a comma
ARM_CITATION = re.compile(r"(Arm ARM|IHI ?00(?:48|69)|DEN ?00(?:22|28))\b"
                          r"((?:(?!Arm ARM|IHI ?\d|DEN ?\d|PSCI \d|SMCCC \d)[^\"|\n])*(?<!,)(?:,\n// ?[\w. ,]*)?)")
ARM_SOURCES = re.compile(r"userland/uvmm/|tests/guest/|tests/unit/uvmm_|docs/guest-rules\.md$")


def sections(text):
    return set(re.findall(r"^##+ (\d+(?:\.\d+)?)\.? ", text, re.M))


def sources():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "kernel", "userland", "tests", "mk", "bsp", "docs"],
                         cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout
    for path in out.split():
        if path.endswith((".c", ".h", ".S", ".mk", ".py", ".lua", ".ned", ".md")) and os.path.exists(os.path.join(ROOT, path)):
            with open(os.path.join(ROOT, path), encoding="utf-8") as f:
                yield path, f.read()


def missing(text, known):
    """(line, section) of citations that lead nowhere"""
    for m in CITATION.finditer(text):
        for section in re.findall(r"\d+(?:\.\d+)*", m[1] or "") or ["no section"]:
            if section not in known:
                yield text.count("\n", 0, m.start()) + 1, section


def missing_of_arm(text):
    """(line, document, section) of those of Arm"""
    for m in ARM_CITATION.finditer(text):
        document = re.sub(r"(?<=[A-Z]{3})(?=\d)", " ", m[1])
        for section in re.findall(r"\b[A-K]?\d+(?:\.\d+)+\b|\b[A-K]\d+\b(?!\.)", m[2]):
            if not re.fullmatch(ARM[document] + r"|[A-K]\d", section):
                yield text.count("\n", 0, m.start()) + 1, document, section


def main():
    with open(os.path.join(ROOT, DOCUMENT), encoding="utf-8") as f:
        known = sections(f.read())
    findings = [f"{path}:{line}: {DOCUMENT} has no {section}" for path, text in sources()
                if path != "tests/unit/citations_test.py" and not path.startswith("docs/")
                for line, section in missing(text, known)]
    findings += [f"{path}:{line}: {document} has no {section}, or it is not known" for path, text in sources()
                 if ARM_SOURCES.match(path) for line, document, section in missing_of_arm(text)]
    # Does it find what is not there?
    for text in ("// (kernel-abi 99)", "// kernel-abi 2.4 to 2.99", "// (kernel-abi\n// 98.1, 2.4)", "// kernel-abi, of course"):
        if not list(missing(text, known)):
            findings.append(f"not found: {text!r}")
    for text in ("// (IHI 0069, 12.29)", "(DEN 0022, 7.1)", '"Arm ARM D19.2 ESR_EL1; D20.1"', "IHI 0048 4.3.19",
                 "DEN 0028 2.5", "(IHI 0069,\n// 6.1.1)", "Arm ARM D12.2 X; IHI 0069 4.1"):
        if len(list(missing_of_arm(text))) != 1:
            findings.append(f"not found: {text!r}")
    for text in ("// PSCI 1.0 (DEN 0022)", "IHI 0069 4.1, 12.9 (GICD_TYPER); IHI 0048 3.3, 4.4.15",
                 "DEN 0022 5.4.2.2; SMCCC 1.1"):
        findings += [f"found: {text!r}" for _ in missing_of_arm(text)]
    print("\n".join(findings))
    print(f"{0 if findings else 100}%: Checks: 1, Failures: {bool(findings):d}, Errors: 0")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
