# SPDX-License-Identifier: MIT
"""A guest that is killed by a typed command harms nobody, its memory is free again, and it can be
started again."""
import re
import time

import pytest

import network
from machine import BOOT, SLOW, STEP, Cons

GUEST = 128 // 8 # pieces that a guest takes


def ned(m, cons, command, answer):
    """Types a command at ned's prompt; returns the match of its answer."""
    cons.connect_by_key("p")
    m.settle()
    m.type(command)
    m.expect(answer, STEP * 3)
    return m.console.match


def free_chunks(m, cons):
    """Number of 8 MiB pieces of contiguous memory that moe can give away."""
    return int(ned(m, cons, "return free_chunks()", r"(?<![\w\d])(\d+) pieces").group(1))


def kill_peer(m, cons):
    """Returns how many pieces are free when its memory is."""
    before = free_chunks(m, cons)
    m.type("peer:kill()")
    # The switch still has a port with the guest's memory; it looks after its drivers at times.
    end = time.monotonic() + STEP
    while time.monotonic() < end:
        m.settle(2 * SLOW)
        after = free_chunks(m, cons)
        if after - before >= GUEST - 1:
            return after
    raise AssertionError(f"{before} pieces before, {after} after")


def start_peer(m, cons):
    ned(m, cons, "return start_peer()", "peer is started")
    m.expect("vm2 .*Linux version", BOOT)


def test_kill(boot):
    m = boot("kill-vm", cpus=4)
    cons = Cons(m)
    cons.shell(2)
    cons.shell(1).run("me=one")
    network.check_ping(cons, 1, 2, 5)
    kill_peer(m, cons)

    one = cons.shell(1)
    assert one.run("echo $me").strip() == "one"
    output = one.run("ping -c 3 -W 1 192.168.1.2", timeout=120 * SLOW, check=False)
    assert re.search(r"3 packets transmitted, 0 packets received", output)
    assert "192.168.1.1" in one.run("ip -4 addr show eth0")
    assert one.run("seq 1 1000 | tail -n 1").strip() == "1000"

    start_peer(m, cons)
    cons.shell(2)
    network.check_ping(cons, 1, 2, 5)


@pytest.mark.full
def test_kill_many_times(boot):
    m = boot("kill-vm")
    cons = Cons(m)
    cons.shell(1)
    free = set()
    for _ in range(20):
        cons.shell(2)
        network.check_ping(cons, 1, 2, 3)
        free.add(kill_peer(m, cons))
        start_peer(m, cons)
    assert len(free) == 1, free
    cons.shell(2)
    network.check_ping(cons, 1, 2, 20)
    network.check_ping(cons, 2, 1, 20)

    # Far more programs than the machine could hold at once.
    command = "for i = 1, 1000 do vmm.loader:start({}, 'rom/ned-prompt'):kill() end return 'all'..'-gone'"
    ned(m, cons, command, "all-gone")
    kill_peer(m, cons)
    assert free_chunks(m, cons) in free
