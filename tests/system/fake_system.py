# SPDX-License-Identifier: MIT
"""Stands for the emulator in tests of mk/run.py: shows what a system with cons shows.

    fake_system.py NAME=WHEN...     console NAME gets a prompt after WHEN seconds, or WHEN is
                                    `never`, or `ends` (after one second)
"""
import os
import select
import sys
import time
import tty

BEGIN = time.monotonic()


def show(text):
    os.write(1, text.replace("\n", "\r\n").encode())


def seconds():
    return time.monotonic() - BEGIN


class Console:
    def __init__(self, name, when):
        self.name = name
        self.ends = when == "ends"
        self.when = {"never": 1e9, "ends": 1}.get(when) or float(when)

    def up(self):
        return seconds() > self.when

    def tail(self):
        return "Run /init\n" + ("/ # " if self.up() and not self.ends else "")


def listed(consoles):
    return "".join(f"{c.name:>15}{'':4} (1) out:    1/      10 in:    0/       0 shown\n"
                   for c in consoles if not (c.ends and c.up()))


def command(line, consoles):
    words = line.split()
    if words[:1] == ["list"]:
        return listed(consoles)
    if words[:1] == ["tail"]:
        return "".join(c.tail().rstrip("\n") + "\n" for c in consoles if c.name == words[1])
    if words[:1] == ["length"]:
        return f"{len(line)} characters\n"
    return f"Unknown command '{line}'. Use 'help'.\n"


def main():
    consoles = [Console(*a.split("=")) for a in sys.argv[1:] if "=" in a and "," not in a]
    tty.setraw(0)
    show("Ashlar boot: a machine\nConsole Server\n")
    for c in consoles:
        show(f"cons: console '{c.name}', Ctrl-E 1 connects to it\n")
    show("cons> ")
    line = ""
    while True:
        for c in os.read(0, 1024).decode() if select.select([0], [], [], 0.1)[0] else "":
            if c == "\r":
                show("\n" + command(line, consoles))
                line = ""
                show("cons> ")
            elif c >= " ":
                line += c
                show(c)


if __name__ == "__main__":
    main()
