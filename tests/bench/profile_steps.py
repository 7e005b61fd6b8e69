# SPDX-License-Identifier: MIT
"""Runs inside gdb: goes through one call of `operation` (set before) by single steps, and counts by function and by file."""
import collections
import os

import gdb

WARM_UP = 50      # calls
LONGEST = 20_000  # steps
STACK = 1 << 16   # who is as far from the caller's stack pointer, at EL0, is another program
MODE = 0xf        # of PSTATE: 0 at EL0


def register(name):
    return int(gdb.parse_and_eval("$" + name)) & (1 << 64) - 1


def function_at(pc):
    symbol = gdb.execute(f"info symbol {pc:#x}", to_string=True)
    return "?" if symbol.startswith("No symbol") else symbol.split(" + ")[0].split(" in ")[0]


def file_at(pc):
    place = gdb.find_pc_line(pc)
    return os.path.basename(place.symtab.filename) if place.symtab else "?"


def call():
    """The program counters of one call; None for those of another program."""
    start, caller = register("sp"), register("x30")
    for _ in range(LONGEST):
        pc, here = register("pc"), register("sp")
        user = register("cpsr") & MODE == 0
        if user and pc == caller and here == start:
            return
        yield None if user and abs(here - start) > STACK else pc
        gdb.execute("stepi", to_string=True)
    raise gdb.GdbError(f"the call has not come back after {LONGEST} instructions")


def show(title, counts):
    print(title)
    for name, count in counts.most_common():
        print(f"{count:7} {name}")


def main(name):
    gdb.execute("set pagination off")
    stop = gdb.Breakpoint(name, type=gdb.BP_HARDWARE_BREAKPOINT)
    stop.ignore_count = WARM_UP
    gdb.execute("continue", to_string=True)
    stop.enabled = False
    functions, files = collections.Counter(), collections.Counter()
    for pc in call():
        functions[function_at(pc) if pc else "(another program)"] += 1
        files[file_at(pc) if pc else "(another program)"] += 1
    print(f"profile:\n{sum(functions.values())} instructions of {name}()")
    show("by function:", functions)
    show("by file, functions that were inlined counted where they are written:", files)
    try:
        gdb.execute("kill", to_string=True)
    except gdb.error:  # the emulator has ended before it answered
        pass


main(operation)  # noqa: F821, set by profile.py
