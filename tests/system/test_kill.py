# SPDX-License-Identifier: MIT
"""A guest that is killed by a typed command harms nobody, and its memory is free again."""
import re

import network
from machine import STEP, Cons


def free_chunks(m, cons):
    """Number of 8 MiB pieces of contiguous memory that moe can give away."""
    cons.connect_by_key("p")
    m.settle()
    m.type("return free_chunks()")
    m.expect(r"(?<![\w\d])(\d+) pieces", STEP * 3)
    return int(m.console.match.group(1))


def test_kill(boot):
    m = boot("kill-vm", cpus=4)
    cons = Cons(m)
    cons.shell(2)
    cons.shell(1).run("me=one")
    network.check_ping(cons, 1, 2, 5)
    before = free_chunks(m, cons)
    m.type("peer:kill()")
    m.settle(3)
    after = free_chunks(m, cons)
    assert after - before >= 128 // 8 - 1, f"{before} pieces before, {after} after"

    one = cons.shell(1)
    assert one.run("echo $me").strip() == "one"
    output = one.run("ping -c 3 -W 1 192.168.1.2", timeout=120, check=False)
    assert re.search(r"3 packets transmitted, 0 packets received", output)
    assert "192.168.1.1" in one.run("ip -4 addr show eth0")
    assert one.run("seq 1 1000 | tail -n 1").strip() == "1000"
