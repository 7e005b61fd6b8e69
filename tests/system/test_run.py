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


def test_two_guests():
    """Up means that both show their prompts; piped lines reach a guest and come back."""
    done = run("uvmm-2vm-net", typed="connect vm2\necho $((6*7))-in-$(hostname)\n",
               BOOT_TIMEOUT=BOOT)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "all consoles are up: vm1, vm2" in done.stdout
    assert "42-in-server" in done.stdout.split("all consoles are up")[1]
