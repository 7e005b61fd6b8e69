# SPDX-License-Identifier: MIT
"""uvmm-2vm: two guests behind the console multiplexer."""
import re
import time

import pytest

from machine import BOOT, SLOW, STEP, Cons


@pytest.mark.parametrize("cpus", [1, 4])
def test_switching(boot, cpus):
    m = boot("uvmm-2vm", cpus=cpus)
    cons = Cons(m)
    one = cons.shell(1)
    one.run("me=one")
    two = cons.shell(2)
    two.run("me=two")
    # vmm.lua gives a guest one vCPU when the script asks for nothing else
    assert two.run("nproc").strip() == "1"

    # by key
    one = cons.shell(1)
    assert one.run("echo $me").strip() == "one"
    # by command
    cons.disconnect()
    cons.connect_by_command("vm2")
    assert two.run("echo $me").strip() == "two"

    # what is typed reaches only the connected guest
    two.run("secret=swordfish")
    cons.shell(1)
    assert one.run("echo ${secret:-nothing}").strip() == "nothing"

    # Ctrl-C goes to the guest too
    one.start("sleep 1000")
    one.interrupt()
    assert one.run("echo $((6*7))").strip() == "42"


def clocks(shell):
    """The guest's clock, and what others had of its CPU's time, in ticks of 10 ms."""
    up, stat = shell.run("cat /proc/uptime; head -n 1 /proc/stat").strip().splitlines()
    return float(up.split()[0]) * 100, int(stat.split()[8])


def stolen(shell):
    """Share of the time that others had, of a guest that has always something to do. Of the time that it had itself Linux counts
    a tick at most for each of its interrupts, too little where the emulator stood still: the clock tells."""
    begin, steal = clocks(shell)
    while True:
        shell.run("sleep 1")
        now, lost = clocks(shell)
        if now - begin >= 500:
            return (lost - steal) / (now - begin)


def test_stolen_time(boot):
    """Two guests share a CPU: each sees what the other takes, and that it takes nothing when it sleeps."""
    m = boot("uvmm-2vm", cpus=1)
    cons = Cons(m)
    two = cons.shell(2)
    assert two.run("dmesg | grep -c 'stolen time'").strip() == "1"
    two.run("while :; do :; done & true")
    one = cons.shell(1)
    one.run("while :; do :; done & true")
    shared = stolen(one)
    cons.shell(2)
    assert 0.2 < stolen(two) < 0.8
    two.run("kill $!; wait")
    cons.shell(1)
    alone = stolen(one)
    assert 0.2 < shared < 0.8 and alone < shared / 2, (shared, alone)


def printed(m, cons):
    """Has guest 1 printed all? Asks cons."""
    m.settle()
    cons.command("grep -c all-of-42 vm1")
    m.expect(r"[\r\n](\d+)\r*\n")
    return int(m.console.match.group(1)) > 0


def test_nothing_is_lost(boot):
    m = boot("uvmm-2vm")
    cons = Cons(m)
    cons.shell(2)
    # Guest 1 prints when guest 2 has the console, however long it takes here to get there.
    begin = time.monotonic()
    cons.shell(2)
    one = cons.shell(1)
    later = 10 * SLOW + 3 * int(time.monotonic() - begin)
    one.run(f"(sleep {later}; seq 1 3000 | sed s/^/line-/; echo all-of-$((40+2))) & true")
    cons.disconnect()
    cons.command("hide vm1")
    start = len(m.text())
    assert not printed(m, cons), f"guest 1 has printed within {later} s"
    cons.shell(2).run(f"sleep {later}")
    cons.disconnect()
    end = time.monotonic() + later + STEP
    while not printed(m, cons):
        assert time.monotonic() < end, m.tail()
    assert "line-" not in m.text()[start:]
    cons.connect_by_key("1")
    m.expect(r"all-of-42")
    shown = set(re.findall(r"line-(\d+)", m.text()[start:]))
    assert len(shown) == 3000, f"{3000 - len(shown)} lines are missing"


def test_tags_and_prompt_commands(boot):
    m = boot("uvmm-2vm")
    m.expect([r"vm1     \| ", r"vm2     \| "], BOOT)
    cons = Cons(m)
    # It goes on until guest 2 has the console, however long that takes.
    cons.shell(1).run("(while sleep 1; do echo from-guest-1; done) & true")
    two = cons.shell(2)
    m.expect(r"vm1     [|:] (\x1b\[[0-9;]*m)*from-guest-1", STEP)
    assert two.run("echo $((6*7))").strip() == "42"

    cons.disconnect()
    cons.command("list")
    m.expect(r"vm1", STEP)
    m.expect(r"vm2", STEP)
    cons.command("help")
    m.expect(r"connect", STEP)
    m.expect(r"cons> ", STEP)
    cons.command("nonsense")
    m.expect(r"Unknown command 'nonsense'", STEP)
    cons.command("cat vm1")
    m.expect(r"Linux version", STEP)
