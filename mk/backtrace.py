# SPDX-License-Identifier: MIT
"""Names functions and lines in the backtraces of programs that crashed.

    backtrace.py --programs FILE [--search DIR:DIR] [--addr2line COMMAND] [LOG]

reads a log, or standard input, and prints its backtraces. FILE has a line `NAME PATH` for each program: its ELF file with
symbols. Files in the directories of --search go first.
"""
import argparse
import os
import re
import struct
import subprocess
import sys

COLOURS = re.compile(r"\x1b\[[0-9;]*[mK]")
# A line of backtrace_print() (userland/lib/region/backtrace.c), behind what a log puts in front.
FRAME = re.compile(r"^(.*?)(#\d+|lr) 0x([0-9a-f]{1,16})(?: (\S+)\+0x([0-9a-f]{1,16}))?\s*$")
# What is said in front of it.
REPORT = re.compile(r"(?:l4re|MOE): .*\bpc 0x[0-9a-f]+")
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PT_LOAD = 1
PAGE = 4096
INSTRUCTION = 4  # bytes; a return address lies behind its call
PATIENCE = 20    # seconds


def image_start(path):
    """The address at which the first segment of an ELF file is linked, in whole pages."""
    with open(path, "rb") as f:
        header = f.read(64)
        if header[:5] != b"\x7fELF\x02" or len(header) < 64:
            raise ValueError("no ELF file")
        at, = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        f.seek(at)
        table = f.read(size * count)
    starts = [struct.unpack_from("<Q", table, i * size + 16)[0] for i in range(count)
              if struct.unpack_from("<I", table, i * size)[0] == PT_LOAD]
    return min(starts) // PAGE * PAGE


class Symbols:
    """Functions and lines of programs, by the offset in their image."""

    def __init__(self, programs="", search="", addr2line="addr2line"):
        self.paths = {}
        self.search = [d for d in search.split(":") if d]
        self.addr2line = addr2line
        self.known = {}
        if programs:
            with open(programs, encoding="utf-8") as f:
                self.paths = dict(line.split(maxsplit=1) for line in f.read().splitlines() if line)

    def path(self, name):
        """The ELF file of a program, or None."""
        candidates = [os.path.join(d, name) for d in self.search] + [self.paths.get(name, "")]
        return next((c for c in candidates if "/" not in name and os.path.isfile(c)), None)

    def lookup(self, name, offset):
        """[(function, place)], what is inlined first; empty when nothing is known."""
        key = (name, offset)
        if key not in self.known:
            try:
                self.known[key] = self._ask(name, offset)
            except (OSError, ValueError, struct.error, subprocess.SubprocessError):
                self.known[key] = []
        return self.known[key]

    def _ask(self, name, offset):
        path = self.path(name)
        if not path or offset < 0:
            return []
        address = image_start(path) + offset
        done = subprocess.run([self.addr2line, "-f", "-i", "-C", "-e", path, f"{address:#x}"], check=True, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE)
        lines = done.stdout.splitlines()
        return [] if lines[:1] == ["??"] else list(zip(lines[::2], map(short_place, lines[1::2])))


def short_place(place):
    """file:line without a discriminator, relative to the tree; empty when it is not known."""
    place = place.split(" (")[0]
    if place.startswith("??") or place.endswith((":0", ":?")):
        return ""
    return place.removeprefix(ROOT + os.sep)


def words(calls):
    """The calls at one address in words."""
    texts = [function + (f" at {place}" if place else "") for function, place in calls]
    return ", inlined in ".join(texts)


class Resolver:
    """Takes lines of a log, and says what to add to them."""

    def __init__(self, symbols):
        self.symbols = symbols
        self.inmost = {}  # what a log puts in front -> function of the line #0

    def frame(self, line):
        """(in front, label, address, program, words) of a line of a backtrace, else None. words: None for what is no call."""
        found = FRAME.match(COLOURS.sub("", line.rstrip("\r\n")))
        if not found:
            return None
        front, label, address, name, offset = found.groups()
        calls = self.symbols.lookup(name, int(offset, 16) - (0 if label == "#0" else INSTRUCTION)) if name else []
        function = calls[-1][0].split(".cold")[0] if calls else None
        if label == "#0":
            self.inmost[front] = function
        # A function that has called others finds its own address in the link register: that is no caller.
        stale = label == "lr" and function and function == self.inmost.get(front)
        return front, label, address, name, None if stale else words(calls)


class Filter:
    """Adds functions and lines to output on its way to a terminal, in pieces as they come."""

    LINE_MAX = 1000  # bytes; a line of a backtrace is shorter

    def __init__(self, symbols):
        self.resolver = Resolver(symbols)
        self.line = b""

    def feed(self, data):
        *ended, rest = data.split(b"\n")
        result = b"".join(self._end_line(piece) for piece in ended) + rest
        self.line = (self.line + rest)[-self.LINE_MAX:]
        return result

    def _end_line(self, piece):
        """The last piece of a line, what is added to the line, and its end."""
        line, self.line = (self.line + piece)[-self.LINE_MAX:], b""
        frame = self.resolver.frame(line.decode(errors="replace")) if b" 0x" in line else None
        if not frame or not frame[4]:
            return piece + b"\n"
        text = f"  {frame[4]}".encode()
        if not piece and line.endswith(b"\r"):  # the cursor is at the line's begin already
            return b"\n" + text + b"\r\n"
        end = len(piece.rstrip(b"\r"))
        return piece[:end] + text + piece[end:] + b"\n"


def backtraces(lines, symbols):
    """The backtraces of a log, each a list of lines: what was said of the fault, then the calls."""
    resolver = Resolver(symbols)
    reports, traces, current = {}, [], {}
    for line in lines:
        frame = resolver.frame(line)
        plain = COLOURS.sub("", line.rstrip("\r\n"))
        report = REPORT.search(plain)
        if not frame and report:
            reports[plain[:report.start()].strip()] = plain.strip()
        if not frame:
            continue
        front, label, address, name, text = frame
        front = front.strip().removesuffix("MOE:").strip()
        if label == "#0":
            current[front] = [reports.pop(front, front)]
            traces.append(current[front])
        if front in current and text is not None:
            missing = f"no ELF file of {name} here" if name and not symbols.path(name) else "?"
            current[front].append(f"  {label:<3} 0x{address}  {text or missing}")
    return traces


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True)
    parser.add_argument("--search", default="")
    parser.add_argument("--addr2line", default="addr2line")
    parser.add_argument("log", nargs="?")
    args = parser.parse_args()
    symbols = Symbols(args.programs, args.search, args.addr2line)
    try:
        if args.log:
            with open(args.log, encoding="utf-8", errors="replace") as f:
                traces = backtraces(f, symbols)
        else:
            traces = backtraces(open(0, encoding="utf-8", errors="replace", closefd=False), symbols)
    except OSError as e:
        sys.exit(f"backtrace: {e.filename or args.log}: {e.strerror}")
    if not traces:
        sys.exit("backtrace: there is no backtrace in it")
    print("\n\n".join("\n".join(trace) for trace in traces))


if __name__ == "__main__":
    main()
