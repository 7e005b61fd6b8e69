# SPDX-License-Identifier: MIT
"""make debug and make gdb: breakpoints with symbols in the kernel, in moe and in a program."""
import socket

import pexpect

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
