# SPDX-License-Identifier: MIT
"""Runs the emulator on a terminal, and never hangs without saying how far the system came.

    run.py [--timeout SECONDS] [--console N] [--serial WHAT] -- QEMU ARGS...

With a terminal: the terminal is the console (Ctrl-C goes to the guest, Ctrl-A x ends). Without
one: standard input is typed once the system shows a prompt, the run ends with status 0 when there
is no more of it and nothing new is shown, and with status 1 if no prompt comes within the timeout.
"""
import argparse
import os
import pty
import re
import select
import signal
import sys
import termios
import time
import tty

QUIET_REPORT = 60.0  # seconds without output before the stage is reported
QUIET_END = 8.0      # seconds of quiet that end a run without a terminal

# What the console shows when a stage is reached, latest stage last.
STAGES = [
    (rb"Ashlar boot", "boot"),
    (rb"Ashlar: \d+ CPUs|kernel panic", "the kernel"),
    (rb"MOE:", "moe"),
    (rb"Ned: |Ned says", "ned"),
    (rb"VMM: |VMM\[", "uvmm"),
    (rb"Linux version|Booting Linux", "the kernel of a guest"),
    (rb"Run /init", "init of a guest"),
]
# What shows that the system is up: a shell, the prompt of cons, the words of hello.
END = re.compile(rb"Hello World!|cons> ?$|[/~] # (\x1b\[6n)?$")
# What no system comes back from.
DEAD = re.compile(rb"kernel panic|Ashlar boot: stopped")


class Progress:
    """Follows the console output: stage reached, prompt seen, time of the last byte."""

    def __init__(self):
        self.tail = b""
        self.stage = -1
        self.up = False
        self.dead = False
        self.last = self.news = time.monotonic()
        self.lines = set()
        self.line = b""

    def feed(self, data):
        self.last = time.monotonic()
        *lines, self.line = (self.line + data).split(b"\n")
        # A program that says the same for ever is quiet in a sense; its lines may come in pieces.
        repeated = not self.line or any(known.startswith(self.line) for known in self.lines)
        if not repeated or not self.lines.issuperset(lines):
            self.news = self.last
        self.lines.update(lines)
        self.tail = (self.tail + data)[-4096:]
        for i in range(len(STAGES) - 1, self.stage, -1):
            if re.search(STAGES[i][0], self.tail):
                self.stage = i
                break
        self.up = self.up or bool(END.search(self.tail))
        self.dead = self.dead or bool(DEAD.search(self.tail))

    def quiet(self):
        return time.monotonic() - self.last

    def without_news(self):
        return time.monotonic() - self.news

    def where(self):
        if self.stage < 0:
            return "nothing was printed yet"
        return f"the last stage that showed itself is {STAGES[self.stage][1]}"


def report(text):
    sys.stderr.write(f"\r\nrun: {text}\r\n")
    sys.stderr.flush()


def start(command):
    """Starts the emulator on a pseudo terminal; returns its process id and our end."""
    pid, fd = pty.fork()
    if pid == 0:
        try:
            os.execvp(command[0], command)
        except OSError as e:
            sys.stderr.write(f"run: cannot start {command[0]}: {e.strerror}\n")
            os._exit(127)
    return pid, fd


def exit_status(pid):
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status)


class Run:
    def __init__(self, command, timeout, interactive):
        self.interactive = interactive
        self.timeout = timeout
        self.progress = Progress()
        self.begin = time.monotonic()
        self.input = 0 if interactive else None  # descriptor that is read now
        self.input_done = False
        self.reported = 0.0
        self.pid, self.fd = start(command)

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)

    def verdict(self):
        """Exit status that time alone decides, or None to go on."""
        p = self.progress
        if p.quiet() > QUIET_REPORT and not p.up and time.monotonic() - self.reported > QUIET_REPORT:
            self.reported = time.monotonic()
            report(f"no output for {p.quiet():.0f} s; {p.where()}")
        if self.interactive:
            return None
        if p.dead and p.quiet() > QUIET_END:
            report(f"the system has stopped; {p.where()}")
            return 1
        if p.up and self.input_done and p.without_news() > QUIET_END:
            return 0
        if not p.up and self.timeout and time.monotonic() - self.begin > self.timeout:
            report(f"no prompt within {self.timeout} s; {p.where()}")
            return 1
        if p.up and self.input is None and not self.input_done and p.quiet() > 0.5:
            self.input = 0
        return None

    def type(self):
        """Hands input to the console: bytes of a terminal at once, else a line at a time."""
        try:
            data = os.read(0, 1024) if self.interactive else read_line()
        except OSError:
            data = b""
        if data:
            os.write(self.fd, data)
            if not self.interactive:
                self.input = None  # wait for the answer before the next line
        else:
            self.input, self.input_done = None, True

    def loop(self):
        while True:
            fds = [self.fd] + ([self.input] if self.input is not None else [])
            ready = select.select(fds, [], [], 0.25)[0]
            if self.fd in ready:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    data = b""
                if not data:
                    return exit_status(self.pid)
                os.write(1, data)
                self.progress.feed(data)
            if self.input is not None and self.input in ready:
                self.type()
            status = self.verdict()
            if status is not None:
                self.stop()
                exit_status(self.pid)
                return status


def read_line():
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            break
        line += byte
    return line


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--console", type=int, default=0)
    parser.add_argument("--serial", default="null")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    serial = ["-serial", args.serial] * args.console
    if interactive:
        serial += ["-serial", "mon:stdio"]
    else:
        serial += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
                   "-monitor", "none"]

    saved = termios.tcgetattr(0) if interactive else None
    run = Run(args.command + serial, args.timeout, interactive)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda *_: run.stop())
    try:
        if interactive:
            tty.setraw(0)
        else:
            # No echo by the line discipline before the emulator has switched it to raw mode.
            tty.setraw(run.fd)
        status = run.loop()
    finally:
        if saved:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)
    if status < 0:
        status = 128 - status
    sys.exit(status)


if __name__ == "__main__":
    main()
