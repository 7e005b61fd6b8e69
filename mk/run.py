# SPDX-License-Identifier: MIT
"""Runs the emulator on a terminal, and never hangs without saying how far the system came.

    run.py [--timeout SECONDS] [--console N] [--serial WHAT] [--programs FILE ...] -- QEMU ARGS...

With a terminal: the terminal is the console (Ctrl-C goes to the guest, Ctrl-A x ends). Without
one: the system is up when its console shows a prompt, and each console behind cons as well. Then
lines of standard input are typed, each at a prompt, and the run ends with status 0 when there are
no more and nothing new is shown. If the system is not up within the timeout, the status is 1.
Backtraces get the names of functions (--programs, --search, --addr2line: mk/backtrace.py).
"""
import argparse
import os
import pty
import select
import signal
import sys
import termios
import time
import tty

from backtrace import Filter, Symbols
from consoles import Consoles
from progress import Progress

QUIET_REPORT = 60.0  # seconds without output before the stage is reported
QUIET_END = 8.0      # seconds of quiet that end a run without a terminal
QUIET_TYPE = 0.5     # seconds of quiet at a prompt before the next line is typed
NO_PROMPT = 30.0     # the same for a program that reads its input without a prompt


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
    os.set_blocking(fd, False)
    return pid, fd


class Input:
    """Standard input: as it comes from a terminal, else a line at a time."""

    def __init__(self, interactive):
        self.interactive = interactive
        self.data = b""
        self.ended = False

    def wanted(self):
        """Is there reason to read? A line that is complete is typed first."""
        return not self.ended and (self.interactive or b"\n" not in self.data)

    def read(self):
        try:
            data = os.read(0, 4096)
        except OSError:
            data = b""
        self.data += data
        self.ended = not data

    def done(self):
        return self.ended and not self.data

    def take(self):
        """What is to be typed now; empty if no line is complete."""
        if self.interactive or (self.ended and b"\n" not in self.data):
            taken, self.data = self.data, b""
        else:
            line, newline, rest = self.data.partition(b"\n")
            if not newline:
                return b""
            taken, self.data = line + b"\r", rest  # the Enter key sends a CR
        return taken


class Run:
    def __init__(self, command, timeout, interactive, symbols):
        self.interactive = interactive
        self.timeout = timeout
        self.progress = Progress()
        self.consoles = Consoles()
        self.backtraces = Filter(symbols)
        self.up = False
        self.begin = self.typed = time.monotonic()
        self.input = Input(interactive)
        self.to_type = b""
        self.reported = 0.0
        self.signal = 0
        self.pid, self.fd = start(command)

    def stop(self, number=0):
        self.signal = self.signal or number
        os.kill(self.pid, signal.SIGTERM)

    def type(self, data):
        self.to_type += data
        self.typed = time.monotonic()
        if not self.interactive:
            self.progress.typed()

    def ask_consoles(self):
        """Are the programs behind cons up? Asks it."""
        question = None if self.consoles.complete else \
            self.consoles.next_question(self.progress.quiet())
        if question:
            self.type(question.encode() + b"\r")
        return self.consoles.complete

    def come_up(self):
        """Status if the system comes up no more, else None; sets up."""
        p = self.progress
        if p.up and (not p.at_cons or self.ask_consoles()):
            failed = self.consoles.failed()
            if failed:
                report("no prompt came before these programs ended: " + ", ".join(failed))
                return 1
            if self.consoles.known:
                report("all consoles are up: " + ", ".join(self.consoles.known))
            self.up = True
            self.typed = time.monotonic()
        elif self.timeout and time.monotonic() - self.begin > self.timeout:
            report(f"no prompt within {self.timeout:.0f} s; " +
                   (self.consoles.state() or p.where()))
            return 1
        return None

    def next_line(self):
        """Types the next line of input when the system waits for it. Returns the status at the end."""
        p = self.progress
        if self.input.done():
            if p.prompted and p.without_news() > QUIET_END:
                return 0
            if p.quiet() > QUIET_REPORT:
                report(f"no prompt and no output for {p.quiet():.0f} s after the last input")
                return 0
            if self.timeout and time.monotonic() - self.typed > self.timeout:
                report(f"there is still output {self.timeout:.0f} s after the last input")
                return 0
        elif p.quiet() > (QUIET_TYPE if p.prompted else NO_PROMPT):
            line = self.input.take()
            if line:
                self.type(line)
        return None

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
        return self.next_line() if self.up else self.come_up()

    def exit_status(self):
        """The status when the emulator has ended."""
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if self.signal:
            return 128 + self.signal
        if status == 0 and not self.interactive and not self.progress.up:
            report(f"the emulator ended; {self.progress.where()}")
            return 1
        return 128 - status if status < 0 else status

    def show(self):
        """Brings output to the terminal. False when the emulator has ended."""
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        os.write(1, self.backtraces.feed(data))
        self.progress.feed(data)
        self.consoles.feed(data)
        return True

    def hand_over(self):
        """Gives the emulator as much of the input as it takes now."""
        try:
            self.to_type = self.to_type[os.write(self.fd, self.to_type):]
        except BlockingIOError:
            pass
        except OSError:
            self.to_type = b""  # it has ended, as its output will tell

    def loop(self):
        while True:
            reads = [self.fd] + ([0] if self.input.wanted() else [])
            writes = [self.fd] if self.to_type else []
            readable, writable, _ = select.select(reads, writes, [], 0.25)
            if self.fd in readable and not self.show():
                return self.exit_status()
            if 0 in readable:
                self.input.read()
                if self.interactive:
                    self.type(self.input.take())
            if self.fd in writable:
                self.hand_over()
            status = self.verdict()
            if status is not None:
                self.stop()
                self.exit_status()
                return status


def is_terminal(fd):
    try:
        return os.isatty(fd)
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--console", type=int, default=0)
    parser.add_argument("--serial", default="null")
    parser.add_argument("--programs", default="")
    parser.add_argument("--search", default="")
    parser.add_argument("--addr2line", default="addr2line")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    if sys.stdin is None:  # closed
        os.open(os.devnull, os.O_RDONLY)
    interactive = is_terminal(0) and is_terminal(1)
    serial = ["-serial", args.serial] * args.console
    if interactive:
        serial += ["-serial", "mon:stdio"]
    else:
        serial += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
                   "-monitor", "none"]

    saved = termios.tcgetattr(0) if interactive else None
    run = Run(args.command + serial, args.timeout, interactive, Symbols(args.programs, args.search, args.addr2line))
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda n, _: run.stop(n))
    try:
        if interactive:
            tty.setraw(0)
        else:
            # No echo by the line discipline before the emulator has switched it to raw mode.
            tty.setraw(run.fd)
        status = run.loop()
    except BrokenPipeError:  # nobody reads what is shown
        run.stop(signal.SIGPIPE)
        status = run.exit_status()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    finally:
        if saved:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)
    sys.exit(status)


if __name__ == "__main__":
    main()
