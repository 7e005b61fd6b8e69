# SPDX-License-Identifier: MIT
"""`make run` without a terminal: waits for the whole system, types what it is given, and says how
far it came. A program stands for the emulator where the system does not matter."""
import importlib
import os
import shlex
import subprocess
import sys
import time

import pytest

from machine import BOOT, ROOT, STEP, run

RUN = [sys.executable, os.path.join(ROOT, "mk/run.py")]
FAKE = [sys.executable, os.path.join(ROOT, "tests/system/fake_system.py")]
LIMIT = 20  # seconds; enough for a few questions and answers on a busy machine
# What is run, and what is typed.
RUNS = {
    "all come up": ([*RUN, "--", *FAKE, "vm1=1", "vm2=5"], ""),
    "one does not": ([*RUN, f"--timeout={LIMIT}", "--", *FAKE, "vm1=1", "vm2=never"], ""),
    "one ends": ([*RUN, "--", *FAKE, "vm1=1", "vm2=ends"], ""),
    "input": ([*RUN, "--", *FAKE], f"one\nlength {'x' * 5000}\ntwo\n"),
    "input closed": (["sh", "-c", f"exec {shlex.join(RUN + ['--'] + FAKE)} <&-"], ""),
    "no console": ([*RUN, "--", "sh", "-c", "echo MOE: here"], ""),
}


@pytest.fixture(scope="module", name="runs")
def start_runs():
    """All at once, since they mostly wait; gives their processes with `seconds` and `output`."""
    runs = {}
    begin = time.monotonic()
    for name, (command, _) in RUNS.items():
        runs[name] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True)
    for name, (_, text) in RUNS.items():
        runs[name].stdin.write(text)
        runs[name].stdin.close()
    for process in runs.values():
        process.output = process.stdout.read()
        process.wait(STEP)
        process.seconds = time.monotonic() - begin
    return runs


def test_waits_for_all_consoles(runs):
    done = runs["all come up"]
    assert done.returncode == 0, done.output
    assert "all consoles are up: vm1, vm2" in done.output
    assert done.seconds > 5


def test_console_without_prompt(runs):
    done = runs["one does not"]
    assert done.returncode == 1, done.output
    assert f"no prompt within {LIMIT} s; console 'vm2' shows no prompt, its last line is 'Run /init'" \
        in done.output


def test_console_that_ends_first(runs):
    done = runs["one ends"]
    assert done.returncode == 1, done.output
    assert "no prompt came before these programs ended: vm2" in done.output


def test_input_is_typed_line_by_line(runs):
    """A line feed becomes the Enter key."""
    done = runs["input"]
    assert done.returncode == 0, done.output
    words = ("command 'one'", "5007 characters", "command 'two'")
    assert sorted(words, key=done.output.index) == list(words)


def test_emulator_that_ends_early(runs):
    done = runs["no console"]
    assert done.returncode == 1, done.output
    assert "the emulator ended; the last stage that showed itself is moe" in done.output


def test_input_is_closed(runs):
    done = runs["input closed"]
    assert done.returncode == 0, done.output


def test_reader_that_goes_away():
    command = f"({shlex.join(RUN + ['--'] + FAKE)}; echo status $? >&2) </dev/null | head -n 1"
    done = subprocess.run(command, shell=True, check=False, stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, timeout=STEP, text=True)
    assert done.stderr == "status 141\n"


def test_repetition_is_no_news_in_pieces_either(monkeypatch):
    monkeypatch.syspath_prepend(os.path.join(ROOT, "mk"))
    progress = importlib.import_module("progress").Progress()
    progress.feed(b"Hello World!\n")
    news = progress.news
    progress.feed(b"Hello Wo")
    progress.feed(b"rld!\nHello World!\n")
    assert progress.news == news
    progress.feed(b"Good")
    assert progress.news > news


@pytest.fixture(name="backtrace")
def import_backtrace(monkeypatch):
    monkeypatch.syspath_prepend(os.path.join(ROOT, "mk"))
    return importlib.import_module("backtrace")


class SomeSymbols:
    """hello: function f of 0x100 bytes, then g; the program counter of a return address is in front of it."""

    @staticmethod
    def lookup(name, offset):
        return [("fg"[offset // 0x100], f"hello/main.c:{offset}")] if name == "hello" else []

    @staticmethod
    def path(name):
        return name if name == "hello" else None


# A line of a backtrace, and what is added to it.
CALLS = [("\x1b[31mhello | #0 0x1000010 hello+0x10\x1b[0m", "  f at hello/main.c:16"),
         ("hello | lr 0x1000014 hello+0x14", ""),
         ("hello | #1 0x1000104 hello+0x104", "  g at hello/main.c:256"),
         ("other | #0 0x1000104 hello+0x104", "  g at hello/main.c:260"),
         ("other | lr 0x1000100 hello+0x100", "  f at hello/main.c:252"),
         ("hello | #2 0x5000", ""), ("hello | #3 0x5000 else+0x20", ""), ("no #1 call", "")]


@pytest.mark.parametrize("size", [1, 7, 10000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_backtraces_get_names(backtrace, size, end):
    """Whatever the pieces are in which they come, and nothing else changes."""
    shown = "".join(line + end for line, _ in CALLS).encode() + b"cons> "
    names = backtrace.Filter(SomeSymbols())
    result = b"".join(names.feed(shown[at:at + size]) for at in range(0, len(shown), size))
    if size > 1 or end == "\n":
        assert result == "".join(line + text + end for line, text in CALLS).encode() + b"cons> "
    lines = [line.strip("\r") for line in result.decode().split("\n") if line.strip("\r")]
    assert [line for line in lines if " at " in line] == \
        [(text if size == 1 and end != "\n" else line + text) for line, text in CALLS if text]


def test_backtraces_of_a_log(backtrace):
    """Those of two programs at a time, each below what was said of its fault; what is not known is said."""
    log = ["MOE: starting", "one | l4re: rom/hello: data abort (class 0x24) at pc 0x1000010, fault address 0x40",
           "MOE: exception in an in-task runtime, its thread stops: pc 0xc0000010 lr 0x0 sp 0x0 esr 0x0 fault address 0x0",
           "one |   #0 0x1000010 hello+0x10", "MOE:   #0 0xc0000010 l4re+0x10", "one |   lr 0x1000014 hello+0x14",
           "one |   #1 0x1000104 hello+0x104", "MOE:   lr 0x50", "two |   #1 0x1000104 hello+0x104"]
    assert backtrace.backtraces(log, SomeSymbols()) == [
        [log[1], "  #0  0x1000010  f at hello/main.c:16", "  #1  0x1000104  g at hello/main.c:256"],
        [log[2], "  #0  0xc0000010  no ELF file of l4re here", "  lr  0x50  ?"]]
    assert not backtrace.backtraces(["nothing", "#x 0x50"], SomeSymbols())


def test_names_on_the_console(tmp_path):
    """With what make hands to mk/run.py: the first instruction of a program."""
    (tmp_path / "list").write_text(f"hello {ROOT}/build/arm64/userland/hello/hello\n")
    command = [*RUN, "--programs", str(tmp_path / "list"), "--addr2line", "aarch64-linux-gnu-addr2line", "--", "sh", "-c",
               "echo 'hello | #0 0x1001000 hello+0x1000'"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=STEP, text=True, check=False)
    assert "hello+0x1000  _start at userland/lib/libc/crt0.S:" in done.stdout


def test_two_guests():
    """Up means that both show their prompts; piped lines reach a guest and come back."""
    done = run("uvmm-2vm-net", typed="connect vm2\necho $((6*7))-in-$(hostname)\n",
               BOOT_TIMEOUT=BOOT)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "all consoles are up: vm1, vm2" in done.stdout
    assert "42-in-server" in done.stdout.split("all consoles are up")[1]
