# SPDX-License-Identifier: MIT
"""`make lint`: what a second compiler and its static analysis say to the code for the board.

Takes the commands of compile_commands.json, and for each file that is compiled for AArch64 asks clang-tidy for the same
warnings of clang (as errors), and for the checks with the options of tests/lint/clang-tidy. Then the sources' form: no tabs, no blanks
at ends of lines, at most 100 or, where the code has long lines, 128 columns, a licence line on top.

usage: lint.py compile_commands.json
"""
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = 128
# Options that only GCC knows, and paths of its own headers, of which clang has others.
GCC_ONLY = re.compile(r"-(mfix-cortex-a53-\d+|flto\S*|Wshadow=local|mno-outline-atomics|fno-tree-loop-distribute-patterns|fno-asynchronous-unwind-tables|ffile-prefix-map=\S*)$")


def clang_arguments(entry):
    arguments, words = [], shlex.split(entry["command"])[1:]
    for i, word in enumerate(words):
        if GCC_ONLY.match(word) or word == "-c" or words[i - 1] == "-c":
            continue
        if word == "-isystem" and "/lib/gcc" in words[i + 1]:
            continue
        if "/lib/gcc" in word and words[i - 1] == "-isystem":
            continue
        arguments.append(word)
    return ["--target=aarch64-linux-gnu", *arguments]


def headers_of_clang():
    done = subprocess.run(["clang", "-print-resource-dir"], capture_output=True, text=True, check=True)
    return ["-isystem", os.path.join(done.stdout.strip(), "include")]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def checks_and_options():
    """tests/lint/clang-tidy as options of clang-tidy: a check a line, with KEY=VALUE behind it."""
    with open(os.path.join(HERE, "clang-tidy"), encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    options = [(f"{name}.{key}", value) for name, *rest in lines for key, value in (o.split("=") for o in rest)]
    config = {"CheckOptions": [{"key": key, "value": value} for key, value in options]}
    # clang-diagnostic: the compiler's own warnings, in the same pass
    return ["--checks=-*,clang-diagnostic-*," + ",".join(name for name, *_ in lines), "--config=" + json.dumps(config)]


def check(entry, headers, tidy):
    """What is wrong with one file, as text; empty: nothing."""
    arguments = clang_arguments(entry) + headers
    code, text = run(["clang-tidy", "--quiet", *tidy, "--warnings-as-errors=*", "--header-filter=.*",
                      entry["file"], "--", *arguments])
    return text if code else ""


def form(path):
    """The first thing that is wrong with the form of a file, or None."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    if "SPDX-License-Identifier: MIT" not in lines[0]:
        return f"{path}:1: no licence line"
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            return f"{path}:{number}: a tab"
        if line != line.rstrip():
            return f"{path}:{number}: blanks at the end of the line"
        if len(line) > COLUMNS:
            return f"{path}:{number}: {len(line)} columns, more than {COLUMNS}"
    return None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        entries = {e["file"]: e for e in json.load(file) if "aarch64" in e["command"].split()[0]}
    tidy = checks_and_options()
    headers = headers_of_clang()
    sources = subprocess.run(["git", "ls-files", "*.c", "*.cc", "*.h"], capture_output=True, text=True, check=False)
    wrong = [w for w in map(form, filter(os.path.exists, sources.stdout.split())) if w]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda e: check(e, headers, tidy), entries.values())
        wrong += [r for r in results if r]
    print("\n".join(wrong))
    print(f"lint: {len(entries)} files for the board, {len(wrong)} with findings")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
