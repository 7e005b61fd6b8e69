# SPDX-License-Identifier: MIT
"""A fault in the kernel itself is reported, above all that of a stack that is too small."""
import os
import select
import socket
import struct
import time

import pytest

from machine import BOOT, ROOT, STEP

KERNEL = os.path.join(ROOT, "build", "arm64", "kernel", "kernel")
SP = 31  # gdb's number of the register
STACK_SIZE = 16384


def symbol(name):
    """Address of a symbol of the kernel."""
    with open(KERNEL, "rb") as f:
        elf = f.read()
    table, = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3a)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, table + i * size) for i in range(count)]
    for s in (s for s in sections if s[1] == 2):  # SHT_SYMTAB
        strings = sections[s[6]][4]
        for offset in range(s[4], s[4] + s[5], 24):
            index, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", elf, offset)
            start = strings + index
            if elf[start:elf.index(b"\0", start)] == name.encode():
                return value
    raise AssertionError(f"the kernel has no symbol {name}")


class Debugger:
    """The little of gdb's remote protocol that is needed here."""

    def __init__(self, path):
        end = time.monotonic() + STEP
        while not os.path.exists(path):
            assert time.monotonic() < end, "the emulator offers no debugger"
            time.sleep(0.05)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(BOOT)
        self.socket.connect(path)
        self.buffer = b""

    def send(self, text):
        """Sends until it is acknowledged: QEMU drops a byte that comes when the machine runs, and stops the machine for it.
        That of the i.MX 8 runs as soon as the monitor has connected its wires, whatever a debugger does."""
        packet = f"${text}#{sum(text.encode()) & 0xff:02x}".encode()
        for _ in range(3):
            self.socket.sendall(packet)
            end = time.monotonic() + STEP / 10
            while b"+" not in self.buffer and time.monotonic() < end:
                if select.select([self.socket], [], [], 1)[0]:
                    self.receive()
            if b"+" in self.buffer:
                self.buffer = self.buffer.replace(b"+", b"", 1)
                return
        raise AssertionError(f"the debugger's {text!r} is not acknowledged")

    def receive(self):
        data = self.socket.recv(4096)
        assert data, "the emulator has ended"
        self.buffer += data

    def answer(self):
        while True:
            start, end = self.buffer.find(b"$"), self.buffer.find(b"#")
            if start >= 0 and 0 <= end <= len(self.buffer) - 3:
                text, self.buffer = self.buffer[start + 1:end].decode(), self.buffer[end + 3:]
                self.socket.sendall(b"+")
                return text
            self.receive()

    def ask(self, text):
        self.send(text)
        return self.answer()


@pytest.mark.parametrize("cpus", [1, 4])
def test_stack_overflow(boot, tmp_path, cpus):
    path = str(tmp_path / "gdb")
    m = boot("hello-ned", cpus=cpus, options=f"-S -chardev socket,path={path},server=on,wait=off,id=gdb0 -gdb chardev:gdb0")
    m.console.delaybeforesend = None
    gdb = Debugger(path)
    entry = symbol("exception_sync")
    assert gdb.ask(f"Z1,{entry:x},4") == "OK"
    assert gdb.ask("c").startswith("T05")
    top = int.from_bytes(bytes.fromhex(gdb.ask(f"p{SP:x}")), "little")
    low = top - STACK_SIZE + 16  # too little for the function's own registers
    assert gdb.ask(f"P{SP:x}={low.to_bytes(8, 'little').hex()}") == "OK"
    assert gdb.ask(f"z1,{entry:x},4") == "OK"
    gdb.send("c")
    m.expect(r"KERNEL STACK OVERFLOW on CPU\d", BOOT)
    m.expect(r"KERNEL FAULT on CPU\d: syndrome [0-9a-f]+, pc [0-9a-f]+, address [0-9a-f]+")
    m.expect(r"current thread")
