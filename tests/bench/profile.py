#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`make profile OPERATION=function`: which functions execute the instructions of one operation of `make bench`.

OPERATION= is the function of tests/bench/*.c that measure() calls in its loop (cap_valid, map_unmap, ...). gdb goes through
one call of it, after some that warm up, on one CPU without measures against speculation: profile_steps.py.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys

from bench import MACHINE, build_image

HERE = os.path.dirname(os.path.abspath(__file__))
KERNEL = "build/arm64/kernel/kernel"
PROGRAM = "build/arm64/tests/bench/bench"
SECONDS = 900  # a busy machine needs far more than an idle one


def operations():
    """Functions that are measured."""
    found = set()
    for name in os.listdir(HERE):
        if name.endswith(".c"):
            with open(os.path.join(HERE, name), encoding="utf-8") as file:
                found |= set(re.findall(r'measure\("[\w-]+", (\w+),', file.read()))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("operation")
    operation = parser.parse_args().operation
    if operation not in operations():
        sys.exit(f"profile: no operation '{operation}'; there are: {' '.join(sorted(operations()))}")
    image = build_image("bench", os.path.relpath(os.path.join(HERE, "modules.list")))
    qemu = [*shlex.split(os.environ.get("QEMU", "qemu-system-aarch64")), *MACHINE, "-cpu", "cortex-a57", "-smp", "1",
            "-nodefaults", "-display", "none", "-kernel", image, "-S", "-gdb", "stdio"]
    gdb = [os.environ.get("GDB", "gdb-multiarch"), "-nx", "-batch", "-ex", f"set remotetimeout {SECONDS}", "-ex",
           f"file {KERNEL}", "-ex", f"add-symbol-file {PROGRAM}", "-ex", f"target remote | {shlex.join(qemu)}", "-ex",
           f"python operation = '{operation}'", "-x", os.path.join(HERE, "profile_steps.py")]
    done = subprocess.run(gdb, check=False, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS)
    table = done.stdout.rpartition("profile:\n")[2]
    if table == done.stdout:
        sys.exit(f"profile: gdb did not get there:\n{done.stdout[-2000:]}")
    print(table, end="")


if __name__ == "__main__":
    main()
