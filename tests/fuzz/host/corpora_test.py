#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the kept inputs of all fuzzers of this folder, and counts which lines of what they fuzz these reach: at least 90 %.
Summary as of Check.

usage: corpora_test.py [--files]      with --files: a line each source file
"""
import concurrent.futures
import json
import os
import subprocess
import sys

from fuzz_host import BUILD, fuzzers

LIMIT = 90  # per cent


def replay(fuzzer):
    """What is wrong with a fuzzer's kept inputs, empty: nothing."""
    try:
        # -runs=0 does not mutate
        done = fuzzer.run("-runs=0", f"-max_len={fuzzer.max_len}", fuzzer.kept, profile=f"{BUILD}/{fuzzer.name}.profraw", timeout=240)
    except subprocess.TimeoutExpired:
        return f"{fuzzer.name}: time is up"
    return f"{done.stdout}\n{fuzzer.name}: status {done.returncode}\n" if done.returncode else ""


def tool(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def coverage(chosen):
    """{source: (covered, lines)} of what these fuzz."""
    sums = f"{BUILD}/all.profdata"
    tool("llvm-profdata", "merge", "-sparse", "-o", sums, *(f"{BUILD}/{f.name}.profraw" for f in chosen))
    objects = [word for f in chosen[1:] for word in ("-object", f.program)]
    sources = sorted({source for f in chosen for source in f.fuzzed})
    out = tool("llvm-cov", "export", "-summary-only", f"-instr-profile={sums}", chosen[0].program, *objects, *sources)
    lines = {os.path.relpath(f["filename"]): f["summary"]["lines"] for f in json.loads(out)["data"][0]["files"]}
    return {s: (lines[s]["covered"], lines[s]["count"]) for s in sources}


def table(counts):
    for source, (covered, lines) in sorted(counts.items()):
        print(f"  {100 * covered // lines:3d} % {covered:5d} of {lines:5d}  {source}")


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
    chosen = fuzzers()
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        wrong = [text for text in pool.map(replay, chosen) if text]
    checks, failures = len(chosen), len(wrong)
    print("\n".join(wrong))
    if not wrong:
        counts = coverage(chosen)
        covered, lines = (sum(c[i] for c in counts.values()) for i in (0, 1))
        if "--files" in sys.argv or 100 * covered < LIMIT * lines:
            table(counts)
        print(f"{covered} of {lines} lines are reached, {100 * covered / lines:.1f} %")
        checks += 1
        failures += 100 * covered < LIMIT * lines
    print(f"{100 * (checks - failures) // checks}%: Checks: {checks}, Failures: {failures}, Errors: 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
