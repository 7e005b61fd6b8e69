# SPDX-License-Identifier: MIT
"""Why does a machine say nothing? Has its emulator no CPU, does it wait, or is it busy, and with what?"""
import glob
import os
import socket
import time

PAUSE = 2  # seconds between two looks


def processes(pid):
    """It, and what it has started: a test may hold the emulator by another program."""
    found = [pid]
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        found += [p for child in read(path).split() for p in processes(int(child))]
    return found


def read(path):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except OSError:  # the thread has ended
        return ""


def times(pid):
    """Thread -> seconds that it ran, and that it could have run but had no CPU."""
    found = {}
    for path in (p for process in processes(pid) for p in glob.glob(f"/proc/{process}/task/*/schedstat")):
        fields = read(path).split()
        if len(fields) == 3:
            found[path.split("/")[4]] = int(fields[0]) / 1e9, int(fields[1]) / 1e9
    return found


class Starvation:
    """For how long an emulator has wanted to go on, since this was made, and could not."""

    def __init__(self, pid):
        self.pid, self.before = pid, times(pid)

    def seconds(self):
        """Of the thread that waited most: the others wait for it sooner or later."""
        now = times(self.pid)
        return max((now[t][1] - self.before.get(t, (0, 0))[1] for t in now), default=0)


def monitor(path, command, timeout=10):
    """What the emulator's monitor answers."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(timeout)
        s.connect(path)
        s.sendall(command.encode() + b"\n")
        text = ""
        while text.count("(qemu)") < 2:
            piece = s.recv(65536).decode(errors="replace")
            if not piece:
                break
            text += piece
    return text


def program_counters(path):
    """One for each CPU, as the emulator sees them now."""
    try:
        text = monitor(path, "info registers -a")
    except OSError as e:
        return f"the monitor says nothing ({e})"
    return " ".join(word for word in text.split() if word.startswith("PC=")) or "the monitor shows no registers"


def report(pid, monitor_path):
    """Two looks, some seconds apart, as lines of text."""
    before, counters = times(pid), program_counters(monitor_path)
    time.sleep(PAUSE)
    now = times(pid)
    lines = [f"emulator, within {PAUSE} s:"]
    for thread, (ran, waited) in sorted(now.items()):
        b = before.get(thread, (0, 0))
        if ran > b[0] or waited > b[1]:
            lines.append(f"  thread {thread}: ran {ran - b[0]:.2f} s, had no CPU for {waited - b[1]:.2f} s")
    if len(lines) == 1:
        lines.append("  no thread had anything to do")
    return "\n".join([*lines, "  then " + counters, "  now  " + program_counters(monitor_path)])
