# SPDX-License-Identifier: MIT
"""A guest that is killed by a typed command harms nobody, all that it used is free again, and it can be
started again. RESTARTS=200: so often in the long test."""
import os
import re
import time

import pexpect
import pytest

import network
from machine import BOARD, BOOT, SLOW, STEP, Cons

GUEST = 128 // 8 # pieces that a guest takes
RESTARTS = int(os.environ.get("RESTARTS", "20"))


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


def in_use(m, cons):
    """What L4.statistics() counts, by its names."""
    text = ned(m, cons, "return in_use()", r"use: ([^\r\n]* tasks \d+)[\r\n]").group(1)
    return {name: int(value) for name, value in re.findall(r"(\w+) (\d+)", text)}


def check_nothing_left(m, cons, before):
    """All that a guest used is free again. cons keeps what clients print, which takes its memory: bounded by its option -B."""
    end = time.monotonic() + STEP
    while True:
        after = in_use(m, cons)
        grown = {name: after[name] - before[name] for name in before}
        if not any(grown[name] for name in ("slots", "tasks")) and grown["objects"] <= 4 and \
                grown["kernel"] <= 64 << 10 and grown["ram"] <= 4 << 20:
            return
        if time.monotonic() > end:
            raise AssertionError(f"{before} before, {after} after")
        m.settle(2 * SLOW)


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
    before = in_use(m, cons)

    one = cons.shell(1)
    assert one.run("echo $me").strip() == "one"
    output = one.run("ping -c 3 -W 1 192.168.1.2", timeout=120 * SLOW, check=False)
    assert re.search(r"3 packets transmitted, 0 packets received", output)
    assert "192.168.1.1" in one.run("ip -4 addr show eth0")
    assert one.run("seq 1 1000 | tail -n 1").strip() == "1000"

    start_peer(m, cons)
    cons.shell(2)
    network.check_ping(cons, 1, 2, 5)
    kill_peer(m, cons)
    check_nothing_left(m, cons, before)
    kill_switch(m, cons)

    ned(m, cons, "guest:kill()", "the last guest is off")
    cons.disconnect()
    cons.command("shutdown")
    m.expect("switching the machine off", STEP)
    if BOARD == "rpi4":  # its emulator has no firmware that could do it
        m.expect("shutdown: the kernel refuses", STEP)
    else:
        m.expect(pexpect.EOF, STEP)


def kill_switch(m, cons):
    """A guest whose network device loses the program behind it lives on, also when its driver looks at it again."""
    ned(m, cons, "switch:kill() return 'cut'..'-off'", "cut-off")
    driver = "/sys/bus/virtio/drivers/virtio_net"
    shell = cons.shell(1)
    shell.run("ping -c 2 -W 1 192.168.1.3", timeout=120 * SLOW, check=False)
    shell.run(f"cd {driver}; d=$(echo virtio*); echo $d >unbind; echo $d >bind; cd /", timeout=120 * SLOW, check=False)
    assert shell.run("seq 1 1000 | tail -n 1").strip() == "1000"
    assert "is gone: the program that serves it has ended" in m.text()


@pytest.mark.full
def test_kill_many_times(boot):
    m = boot("kill-vm")
    cons = Cons(m)
    cons.shell(1)
    free, before = set(), None
    for i in range(RESTARTS):
        cons.shell(2)
        network.check_ping(cons, 1, 2, 3)
        free.add(kill_peer(m, cons))
        if i < 3: # until then tables grow
            before = in_use(m, cons)
        else:
            check_nothing_left(m, cons, before)
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
