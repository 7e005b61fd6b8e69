# SPDX-License-Identifier: MIT
"""runtime: what programs rely on beside the kernel (tests/runtime)."""
import re

import pytest

from machine import BOOT, make

SEGMENTATION, ABORTED = 139, 134
TO_MAIN = ["main", "start_main", "_start"]
NESTED = ["crash_inner", "crash_middle", "crash_outer"]
# The functions in each backtrace, innermost first. The wrong chains name part_crash in a record that can be read.
CALLS = {
    "crash": [*NESTED, "part_crash", *TO_MAIN],
    "leaf": ["crash_leaf", "part_crash_leaf", *TO_MAIN],
    "wild": [None, "part_crash_wild", *TO_MAIN],
    "thread": [*NESTED, "crash_in_thread", "thread_main", "thread_entry"],
    "abort": ["abort_here", "abort", "give_up", "part_abort", *TO_MAIN],
    "assert": ["abort_here", "abort", "__assert_func", "insist", "part_assert", *TO_MAIN],
    "smash": ["abort_here", "ssp_fail", "__stack_chk_fail", "smash", "part_smash", None],
    "copy": ["abort_here", "ssp_fail", "__chk_fail", "__strcpy_chk", "part_copy", *TO_MAIN],
    "loop": ["crash_inner", "crash_with_record", "part_crash"],
    "hole": ["crash_inner", "crash_with_record", "part_crash"],
    "astray": ["crash_inner", "crash_with_record", "part_crash"],
}
ENDS = {"places": 0, "caches": 0, "raw-thread": 0, "overflow": SEGMENTATION, "thread-overflow": SEGMENTATION} | \
    dict.fromkeys(CALLS, SEGMENTATION) | dict.fromkeys(["smash", "copy", "abort", "assert"], ABORTED)
FRAMES_MAX = 32  # BACKTRACE_FRAMES_MAX


def said(part, text, line):
    """Whether a line of the log begins so, behind the name of the part, of which the log shows 8 characters."""
    return re.search(rf"^{part[:8]} *\| {line}", text, re.M)


def backtraces(log):
    """{part: [(function, place) of each call]}, as the command finds them in a log."""
    done = make("backtrace", LOG=str(log))
    assert done.returncode == 0, done.stdout
    result = {}
    traces = re.findall(r"^([\w-]+) *\| l4re: rom/runtime-test: .*\n((?:  (?:#\d+|lr) .*\n)+)", done.stdout + "\n", re.M)
    for part, calls in traces:
        found = (re.match(r"  \S+ +0x[0-9a-f]+  (?:\?|(\S+)(?: at (\S+))?)", line) for line in calls.splitlines())
        result[part] = [call.groups() for call in found]
    return result


def test_runtime(boot, tmp_path):
    m = boot("runtime", cpus=2)
    m.expect("runtime: all parts ended", BOOT)
    text = m.text()
    assert "WRONG" not in text, text
    for part, status in ENDS.items():
        assert f"{part} ended with {status}" in text, text
        assert status or said(part, text, f"{part}: done"), text
    # Threads without thread-local storage: what they print is not lost, lines or halves of them.
    for line in ("raw thread prints a line, 42$", "half a line, ", "raw thread ends without a new line"):
        assert said("raw-thread", text, line), text
    # Who writes past its variables or its stack is named, and ends alone.
    for part, line in (("smash", "rom/runtime-test: a function has written past its variables on the stack, before pc 0x"),
                       ("copy", "rom/runtime-test: a copy would have gone past the end of its buffer, before pc 0x"),
                       ("overflow", "l4re: rom/runtime-test: a stack has overflown: sp 0x"),
                       ("thread-overflow", "l4re: rom/runtime-test: a stack has overflown: sp 0x")):
        assert said(part, text, line), text
    assert "MOE:" not in text.split("caches ")[-1], text
    (tmp_path / "log").write_text(text)
    found = backtraces(tmp_path / "log")
    # Of a stack that has overflown, the innermost calls: its stack pointer is where no memory is.
    for part in ("overflow", "thread-o"):
        functions = [function for function, _ in found.pop(part)]
        assert len(functions) > FRAMES_MAX and set(functions[1:]) == {"deeper"}, (part, functions)
    assert {part: [function for function, _ in calls] for part, calls in found.items()} == CALLS
    lines = [place for function, place in found["crash"] if function in (*NESTED, "part_crash", "main")]
    assert all(re.fullmatch(r"tests/runtime/(crash|main)\.c:\d+", place) for place in lines), lines


def places(boot, options):
    """The addresses, and the stack guard, that the part `places` prints, of two tasks."""
    m = boot("runtime", cpus=1, options=options)
    found = []
    for _ in range(2):
        m.expect(r"places: stack (\w+) heap (\w+) area (\w+) thread (\w+) guard (\w+)\s", BOOT)
        found += [int(n, 16) for n in m.console.match.groups()]
    m.close()
    return found


@pytest.mark.board("qemu-virt", "rpi4")  # imx8's emulator gives no random seed
def test_places(boot):
    """Stacks, heap and regions lie at places that follow from the machine's random seed, and from nothing else; so do the
    stack guards. No task has another one's."""
    first, same, other = [places(boot, f"-seed {n}") for n in (1, 1, 2)]
    one, two = first[:5], first[5:]
    assert first == same
    assert all(a != b for a, b in zip(one, two)), first
    assert all(a != b for a, b in zip(first, other)), (first, other)
    assert one[4] & 0xff == 0 and one[4] >> 8, "no string can put it there again"
    fixed = places(boot, "-seed 1 -append -norandom")
    assert fixed[:5] == fixed[5:] and all(n < 1 << 32 for n in fixed[:4]), fixed
