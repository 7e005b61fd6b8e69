# SPDX-License-Identifier: MIT
"""The log that QEMU's `blklogwrites` makes of a disk's writes (the format of Linux' dm-log-writes), and what the disk held at
any time."""
import struct
from typing import NamedTuple

MAGIC, VERSION, SECTOR = 0x6a736677736872, 1, 512
FLUSH, DISCARD = 1, 4


class Entry(NamedTuple):
    end: int      # in the log: bytes before what comes next
    at: int       # in the disk
    data: bytes   # empty: nothing is written
    flush: bool


def read(path):
    """The entries of a log, as far as it says that it goes."""
    with open(path, "rb") as f:
        log = f.read()
    if not log:
        return []
    magic, version, count, size = struct.unpack_from("<QQQI", log)
    assert (magic, version, size) == (MAGIC, VERSION, SECTOR), f"{path} is no log of writes"
    entries, at = [], SECTOR
    for _ in range(count):
        sector, sectors, flags, _ = struct.unpack_from("<QQQQ", log, at)
        assert not flags & ~(FLUSH | DISCARD), f"{path}: flags {flags:#x} at {at:#x}"
        at += SECTOR
        data = b"" if flags & DISCARD else log[at:at + sectors * SECTOR]
        at += len(data)
        entries.append(Entry(at, sector * SECTOR, data, bool(flags & FLUSH)))
    return entries


def apply(disk, entry, keep=lambda: True):
    """To what a disk holds, a bytearray: all, or the sectors that are to be kept."""
    for i in range(0, len(entry.data), SECTOR):
        if keep():
            disk[entry.at + i:entry.at + i + SECTOR] = entry.data[i:i + SECTOR]


def stretches(entries):
    """[begin, end): what was written from one flush, or from the beginning, to the next one."""
    behind = [i + 1 for i, e in enumerate(entries) if e.flush]
    return list(zip([0] + behind, [i - 1 for i in behind] + [len(entries)]))
