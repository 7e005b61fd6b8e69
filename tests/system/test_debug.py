# SPDX-License-Identifier: MIT
"""make debug and make gdb: breakpoints with symbols in the kernel, in moe and in a program."""
import re
import socket

import pexpect
import pytest

from machine import ROOT, STEP, make, make_command

COMMANDS = """
hbreak kernel_main
continue
backtrace
component moe bi->root_entry
hbreak moe_main
continue
delete
component uvmm
hbreak boot_load_kernel
continue
backtrace
detach
quit
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def test_breakpoints():
    port = free_port()
    done = make("image", "build/gdbinit", SCENARIO="uvmm")
    assert done.returncode == 0, done.stdout
    command, env = make_command("debug", SCENARIO="uvmm", GDB_PORT=port)
    machine = pexpect.spawn(command[0], command[1:], cwd=ROOT, env=env, timeout=STEP * 3)
    try:
        machine.expect(f"QEMU waits for gdb on port {port}")
        done = make("-s", "gdb", typed=COMMANDS, lock=False, GDB_PORT=port)
    finally:
        machine.close(force=True)
    for place in ("kernel_main (bi=", "moe_main (seed0=", " at userland/moe/main.c:",
                  "boot_load_kernel (m=", "in main ("):
        assert place in done.stdout, done.stdout


@pytest.mark.board("qemu-virt")
def test_profile():
    """The functions of a call, and nothing that is not on its way."""
    done = make("-s", "profile", OPERATION="cap_valid")
    assert done.returncode == 0, done.stdout
    total, by_function, by_file = re.search(r"^(\d+) instructions of cap_valid\(\)\nby function:\n((?: +\d+ .*\n)+)by file.*:\n"
                                            r"((?: +\d+ .*\n)+)", done.stdout, re.M).groups()
    functions, files = (dict(reversed(line.split(None, 1)) for line in table.splitlines()) for table in (by_function, by_file))
    assert sum(map(int, functions.values())) == sum(map(int, files.values())) == int(total)
    assert {"enter_sync", "op_cap_info", "kernel_leave", "cap_valid"} <= set(functions), done.stdout
