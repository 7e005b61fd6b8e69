# SPDX-License-Identifier: MIT
"""gdb command `component NAME [ENTRY]`: symbols of one program beside those of the kernel."""
import struct

import gdb

COMPONENTS = {}


def add_component(name, path, link):
    """Makes a program known; link is "app", "pie" or its address, as in its build.mk."""
    COMPONENTS[name] = (path, link)


class Component(gdb.Command):
    """component NAME [ENTRY]: load the symbols of program NAME (l4re stays loaded).

Programs are linked to the same address, so only one is loaded at a time. sigma0, moe and boot run
where they were put: give the address at which they are entered. At a breakpoint in kernel_main
these are bi->sigma0_entry and bi->root_entry; boot's is where the image was loaded. Without NAME
the programs are listed."""

    def __init__(self):
        super().__init__("component", gdb.COMMAND_FILES)
        self.loaded = None

    def invoke(self, text, from_tty):
        args = gdb.string_to_argv(text)
        if not args:
            print(" ".join(sorted(COMPONENTS)))
            return
        if args[0] not in COMPONENTS:
            raise gdb.GdbError(f"there is no component '{args[0]}'")
        path, link = COMPONENTS[args[0]]
        if link == "pie" and len(args) < 2:
            raise gdb.GdbError(f"{args[0]} runs where it was put: component {args[0]} ENTRY")
        if self.loaded:
            gdb.execute(f"remove-symbol-file {self.loaded}")
            self.loaded = None
        offset = 0
        if link == "pie":
            with open(path, "rb") as elf:
                linked = struct.unpack_from("<Q", elf.read(64), 24)[0]
            offset = int(gdb.parse_and_eval(args[1])) - linked
        gdb.execute(f"add-symbol-file {path} -o {offset:#x}")
        if link == "app":
            self.loaded = path

    def complete(self, text, word):
        return [n for n in COMPONENTS if n.startswith(word)]


Component()
