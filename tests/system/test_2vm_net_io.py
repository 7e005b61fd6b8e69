# SPDX-License-Identifier: MIT
"""uvmm-2vm-net-io: the machine's real-time clock belongs to guest 1 (other boards: test_boards.py)."""
import os
import re
import time

import pytest

import network
from machine import Cons


def interrupts(shell):
    line = shell.run("grep -i pl031 /proc/interrupts")
    return int(re.search(r":\s+(\d+)", line).group(1))


@pytest.mark.board("qemu-virt")
@pytest.mark.parametrize("cpus", [1, 4])
def test_clock_and_network(boot, cpus):
    m = boot("uvmm-2vm-net-io", cpus=cpus)
    cons = Cons(m)
    one = cons.shell(1)
    two = cons.shell(2)

    cons.shell(1)
    one.run("test -c /dev/rtc0")
    before = int(time.time())
    clock = int(one.run("cat /sys/class/rtc/rtc0/since_epoch"))
    after = int(time.time())
    assert before - 2 <= clock <= after + 2
    assert "20" in one.run("hwclock -u -r")

    count = interrupts(one)
    one.run("echo +3 >/sys/class/rtc/rtc0/wakealarm; sleep 6")
    assert interrupts(one) == count + 1

    cons.shell(2)
    two.run("test ! -e /dev/rtc0")
    assert "pl031" not in two.run("cat /proc/interrupts").lower()

    network.check_interfaces(cons)
    network.check_ping(cons, 1, 2)
    network.check_ping(cons, 2, 1)
    # test_2vm_net.py moves more
    size = (64 if os.environ.get("FULL") == "1" else 8) * network.MIB
    network.check_transfer(cons, 1, 2, size)
    network.check_transfer(cons, 2, 1, size)
