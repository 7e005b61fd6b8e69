# SPDX-License-Identifier: MIT
"""make debug and make gdb: breakpoints with symbols in the kernel, in moe and in a program."""
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


def test_breakpoints():
    command, env = make_command("debug", SCENARIO="uvmm")
    machine = pexpect.spawn(command[0], command[1:], cwd=ROOT, env=env, timeout=STEP * 3)
    try:
        machine.expect("QEMU waits for gdb")
        done = make("-s", "gdb", typed=COMMANDS)
    finally:
        machine.close(force=True)
    for place in ("kernel_main (bi=", "moe_main () at userland/moe/main.c",
                  "boot_load_kernel (m=", "in main ("):
        assert place in done.stdout, done.stdout
