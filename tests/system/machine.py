# SPDX-License-Identifier: MIT
"""An emulated machine that boots an image, and the people at its console."""
import contextlib
import fcntl
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import zlib

import pexpect
import pytest

import stall

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOGS = os.path.join(ROOT, "build", "test-logs")
MAKE = os.environ.get("MAKE", "make")
BOARD = os.environ.get("BOARD") or "qemu-virt"
# SLOW=1 holds each emulator at a fifth of a CPU, UNEVEN=1 lets each of its CPUs stand still now and then, FAST=1 shows the
# tests output in large pieces.
HELD_UP = "fifth" if os.environ.get("SLOW") == "1" else "uneven" if os.environ.get("UNEVEN") == "1" else ""
SLOW = 5 if HELD_UP else 1
FAST = os.environ.get("FAST") == "1"
THROTTLE = os.path.join(ROOT, "tests/system/throttle.py")
SILENCE = 2  # seconds, with FAST=1
# Emulation is slow, and machines are busy, with other tests too: time limits only catch what hangs.
BOOT = 600 * SLOW
STEP = 180 * SLOW
PATIENCE = 10  # times as much, where the emulator has no CPU
# The process that runs this test, among several that run tests side by side.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
# Module lists beside that of the project, each with its search path.
TEST_LISTS = {
    "tests/system/scenarios/modules.list": "tests/system/scenarios",
    "tests/kernel/modules.list": ".",
    "tests/bench/modules.list": ".",
    "tests/fuzz/modules.list": ".",
    "tests/guest/modules.list": ".",
    "tests/guest/enemy/modules.list": ".",
    "tests/guest/dma/modules.list": ".",
    "tests/bad_client/modules.list": "tests/bad_client",
    "tests/kills/modules.list": "tests/kills:tests/bad_client:images",
    "tests/lost/modules.list": "tests/lost:images",
}
TEST_PATH = "tests/system/scenarios"

_built = set()


def make_command(*args, **variables):
    """The command and the environment that make has when a user types it."""
    command = [*shlex.split(MAKE), *args] + [f"{k}={v}" for k, v in ({"BOARD": BOARD} | variables).items()]
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    if HELD_UP:
        env["QEMU"] = f"{sys.executable} {THROTTLE} {HELD_UP} qemu-system-aarch64"
    return command, env


@contextlib.contextmanager
def build_lock():
    """Tests run side by side, and share build/: one make at a time."""
    os.makedirs(LOGS, exist_ok=True)
    with open(os.path.join(LOGS, "lock"), "w", encoding="utf-8") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def make(*args, typed="", lock=True, **variables):
    """Runs make as a user would, with its input; returns the finished process with its output as
    text. Without the lock only what has nothing left to build."""
    command, env = make_command(*args, **variables)
    with build_lock() if lock else contextlib.nullcontext():
        return subprocess.run(command, cwd=ROOT, env=env, text=True, errors="replace", check=False,
                              input=typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=1200 * SLOW)


def build_overlay(name, directory):
    """Compiles an overlay of the tests' scenarios into `directory`."""
    source = subprocess.run(["gcc", "-E", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp",
                             f"{ROOT}/{TEST_PATH}/{name}.dtso"], stdout=subprocess.PIPE, check=True)
    subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", os.path.join(directory, f"{name}.dtbo")],
                   input=source.stdout, check=True)


def run(scenario, typed="", **variables):
    """`make run` without a terminal."""
    done = make("image", SCENARIO=scenario, **variables)
    assert done.returncode == 0, done.stdout
    return make("run", typed=typed, lock=False, SCENARIO=scenario, **variables)


def build(scenario, **variables):
    """Builds the image of a scenario, once a session."""
    key = (scenario, tuple(sorted(variables.items())))
    if key not in _built:
        done = make("disk" if "UBOOT" in variables else "image", SCENARIO=scenario, **variables)
        assert done.returncode == 0, f"make image SCENARIO={scenario} failed:\n{done.stdout}"
        _built.add(key)


def list_variables(scenario):
    """Make variables that select the list a scenario is in: one of the tests' or the project's."""
    for name, path in TEST_LISTS.items():
        file = os.path.join(ROOT, name)
        if os.path.exists(file):
            with open(file, encoding="utf-8") as f:
                if scenario in re.findall(r"^entry\s+(\S+)", f.read(), re.M):
                    return {"MODULES_LIST": name, "MODULE_SEARCH_PATH": path}
    return {}


def monitor_path(name):
    """Relative to the project: a socket's path is 107 bytes at most, and a comma in it ends it for the emulator."""
    short = re.sub(r"[^\w-]", "_", name)[:40] + f"-{zlib.crc32(name.encode()):08x}.monitor"
    return os.path.relpath(os.path.join(LOGS, short), ROOT)


class Terminal(pexpect.spawn):
    """With FAST=1 shows a piece of output when there has been silence behind it: a machine that is
    much faster than its reader looks so."""

    def read_nonblocking(self, size=1, timeout=-1):
        data = super().read_nonblocking(size, timeout)
        end = time.monotonic() + 10 * SILENCE
        while FAST and time.monotonic() < end:
            try:
                data += super().read_nonblocking(size, SILENCE)
            except (pexpect.TIMEOUT, pexpect.EOF):
                break
        return data


class Machine:
    """QEMU with the console on a pseudo terminal; everything shown is kept in build/test-logs."""

    def __init__(self, scenario, name, options="", change=None, **parameters):
        """parameters: cpus, mem, cpu, gic, board; uboot (format that U-Boot starts from a disk), uboot_disk
        (another disk for it), disk (files for the machine's disks), serial (where lines before the console go). change: function that
        alters the emulator's command, a list."""
        variables = list_variables(scenario) | {k.upper(): v for k, v in parameters.items()}
        machine = {k: variables.pop(k) for k in ("CPUS", "MEM", "CPU", "GIC", "SERIAL", "UBOOT_DISK", "DISK")
                   if k in variables}
        build(scenario, **variables)
        done = make("-s", "print-qemu", SCENARIO=scenario, QEMU_OPTIONS=options, **variables,
                    **machine)
        conflict = re.search(r"\*\*\* (BOARD=.*: the machine has .*)\.  Stop", done.stdout)
        if conflict:
            pytest.skip(conflict.group(1))
        assert done.returncode == 0, done.stdout
        command = shlex.split(done.stdout.strip().splitlines()[-1])
        if change:
            command = change(command)
        # Ctrl-C is for the guest, not for QEMU.
        os.makedirs(LOGS, exist_ok=True)
        self.log_path = os.path.join(LOGS, name + ".log")
        self.monitor = monitor_path(name)
        command += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
                    "-monitor", f"unix:{self.monitor},server=on,wait=off"]
        self.log = open(self.log_path, "w", encoding="utf-8", errors="replace")
        self.console = Terminal(command[0], command[1:], cwd=ROOT, timeout=STEP,
                                encoding="utf-8", codec_errors="replace", echo=False,
                                maxread=65536)
        self.console.logfile_read = self.log
        self.console.delaybeforesend = 0.05

    def expect(self, pattern, timeout=STEP):
        """Waits until the console shows a regular expression (or one of a list: its index). A dot is none for the end of
        a line: what comes in one piece on a fast machine is not one line."""
        patterns = pattern if isinstance(pattern, list) else [pattern]
        patterns = [re.compile(p) if isinstance(p, str) else p for p in patterns]
        begin, starved = time.monotonic(), stall.Starvation(self.console.pid)
        left = timeout
        while True:
            try:
                return self.console.expect(patterns, timeout=left)
            except (pexpect.TIMEOUT, pexpect.EOF) as e:
                # Seconds in which a busy machine gave the emulator no CPU are not its own, but there is an end to it.
                waited = min(starved.seconds(), PATIENCE * timeout)
                left = begin + timeout + waited - time.monotonic()
                if isinstance(e, pexpect.EOF) or left < 1:
                    self.fail(pattern, "the machine ended" if isinstance(e, pexpect.EOF) else
                              f"waited {timeout} s, and {waited:.0f} s in which the emulator had no CPU")

    def fail(self, pattern, why):
        """With all that tells why nothing more came."""
        state = stall.report(self.console.pid, self.monitor) if self.console.isalive() else ""
        raise AssertionError(f"no {pattern!r} on the console ({why}), whole console: {self.log_path}\n"
                             f"last lines:\n{self.tail()}\n{state}") from None

    def tail(self, size=2500):
        self.log.flush()
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()[-size:]

    def text(self):
        """All that the console has shown so far, without colours and carriage returns."""
        self.log.flush()
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return plain(f.read())

    def type(self, text):
        """Types a line and Enter."""
        self.console.send(text + "\r")

    def key(self, text):
        """Types keys without Enter."""
        self.console.send(text)

    @contextlib.contextmanager
    def pressing(self, text):
        """Types keys again and again meanwhile: who waits for one gives it a second or two, and output may be seen late."""
        done = threading.Event()

        def press():
            while not done.wait(0.5):
                self.key(text)

        thread = threading.Thread(target=press)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def settle(self, seconds=1.0):
        """Reads until the console has been quiet for a while. That does not mean that a program has
        done its work: wait for what it prints."""
        end = time.monotonic() + STEP
        while time.monotonic() < end:
            try:
                self.console.expect(r".+", timeout=seconds)
            except pexpect.TIMEOUT:
                return

    def close(self):
        # Not by pexpect, which gives a process tenths of a second: a busy machine needs more to end one.
        if self.console.isalive():
            self.console.kill(signal.SIGKILL)
            self.console.wait()
        self.console.close()
        self.log.close()


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]|\r", "", text)


# Where a line begins. Lines of a guest that is not connected begin with its tag, "vm1     | ".
LINE = r"[\r\n](?:\x1b\[[0-9;]*[A-Za-z])*"
PROMPT = LINE + r"[/~] # "
TAGGED = re.compile(r"(?m)^vm\d     [|:] .*\n")


class Shell:
    """The shell of the guest that is connected to the console."""

    count = 40  # no two marks are the same

    def __init__(self, machine):
        self.machine = machine

    def wait_prompt(self, timeout=BOOT):
        self.machine.expect(PROMPT, timeout)

    @staticmethod
    def mark(word):
        """A command, and the line that it prints. The line is not among what is typed, or the echo
        would match."""
        Shell.count += 2
        return f"echo {word}$(({Shell.count}+1))", f"{word}{Shell.count + 1}"

    def answers(self, timeout=STEP):
        """A round trip. False if the connected guest's shell does not answer in time."""
        command, line = self.mark("HERE")
        self.machine.type(command)
        return self.machine.console.expect([rf"{LINE}{line}\r*\n", pexpect.TIMEOUT], timeout) == 0

    def start(self, command):
        """Types a command that goes on, and waits until the shell has begun it."""
        mark, line = self.mark("BEGIN")
        self.machine.type(f"{mark}; {command}")
        self.machine.expect(rf"{LINE}{line}\r*\n")

    def interrupt(self):
        """Ctrl-C to what start() has begun, again and again: the shell drops one that comes while it forks."""
        for _ in range(STEP // 5):
            self.machine.key("\x03")
            if self.machine.console.expect([PROMPT, pexpect.TIMEOUT], 5) == 0:
                return
        self.wait_prompt(STEP)

    def run(self, command, timeout=STEP, check=True):
        """Types a command; returns what it printed. Fails when its status is not 0."""
        begin, begin_line = self.mark("BEGIN")
        end, end_line = self.mark("END")
        self.machine.settle(0.3)
        self.machine.type(f"{begin}; {command}; {end}=$?")
        self.machine.expect(rf"{LINE}{begin_line}\r*\n", max(timeout, STEP))
        self.machine.expect(rf"{end_line}=(\d+)\r*\n", timeout)
        status = int(self.machine.console.match.group(1))
        # The guest's kernel may say something meanwhile, "hrtimer: interrupt took ..." on a busy host, in the middle of a line.
        output = re.sub(r"\[ *\d+\.\d{6}\] .*\n", "", TAGGED.sub("", plain(self.machine.console.before)))
        assert not check or status == 0, f"'{command}' ended with {status}: {output}"
        return output


class Cons:
    """The console multiplexer in front of several guests."""

    ESCAPE = "\x05"  # Ctrl-E

    def __init__(self, machine):
        self.machine = machine

    def connect_by_key(self, key, timeout=STEP):
        """Types the key until cons says that it connects: it may not run yet."""
        name = f"vm{key}" if key.isdigit() else "[^']*"
        end = time.monotonic() + timeout
        while True:
            self.machine.key(self.ESCAPE)
            self.machine.key(key)
            said = self.machine.console.expect([f"Connecting to '{name}' -+", pexpect.TIMEOUT],
                                               timeout=10 * SLOW)
            if said == 0:
                return
            if time.monotonic() > end:
                raise AssertionError(f"cons connects to no client with key {key}\n"
                                     f"{self.machine.tail()}")

    def disconnect(self):
        self.machine.key(self.ESCAPE)
        self.machine.key(".")
        self.machine.expect(r"cons> ")

    def command(self, text):
        self.machine.type(text)

    def connect_by_command(self, name):
        self.command(f"connect {name}")
        self.machine.expect(f"Connecting to '{name}' -+")

    def shell(self, key, timeout=BOOT):
        """Connects to guest `key` and waits until its shell answers."""
        end = time.monotonic() + timeout
        shell = Shell(self.machine)
        while True:
            self.connect_by_key(str(key), timeout)
            self.machine.type("")
            # Nothing but Enter is typed before there is a prompt. It may be an old one.
            if self.machine.console.expect([PROMPT, pexpect.TIMEOUT], timeout=10 * SLOW) == 0 and \
                    shell.answers(10 * SLOW):
                return shell
            if time.monotonic() > end:
                raise AssertionError(f"guest {key} shows no prompt\n{self.machine.tail()}")


if __name__ == "__main__":
    sys.exit("this is a module of the tests: run `make test`")
