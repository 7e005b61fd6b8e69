# SPDX-License-Identifier: MIT
"""restart = true: a guest that resets or is killed comes back with its network port, device and console. Programs that
come and go leave nothing."""
import pytest

import network
import passed_through
from machine import BOOT, SLOW, STEP, Cons

# Too little memory for a guest while that of its predecessor is not free.
MEM = "448M"


@pytest.mark.full
def test_restart(boot):
    m = boot("restart-vm", **passed_through.machine_parameters(), mem=MEM)
    cons = Cons(m)
    cons.shell(2).run("me=two")
    # in good order, and with no driver asked
    for command in ("reboot", "echo c >/proc/sysrq-trigger"):
        cons.shell(1).run("touch /tmp/before")
        m.type(command)
        m.expect(r"guest 1 is started again", STEP)
        m.expect(r"Linux version", BOOT)
        cons.shell(1).run("test ! -e /tmp/before")
        passed_through.check(cons)
        network.check_ping(cons, 1, 2, 5)
        network.check_ping(cons, 2, 1, 5)
        assert cons.shell(2).run("echo $me").strip() == "two"

    # The handle stands for the present task, which may come to harm as well.
    cons.connect_by_key("p")
    m.settle()
    m.type("guest:kill()")
    m.expect(r"guest 1 is killed", STEP)
    m.expect(r"guest 1 is started again", STEP * 3)
    m.expect(r"Linux version", BOOT)
    passed_through.check(cons)
    network.check_ping(cons, 1, 2, 5)

    cons.connect_by_key("p")
    m.settle()
    m.type("guest:stop()")
    m.expect(r"guest 1 is killed", STEP)
    output = cons.shell(2).run("ping -c 3 -W 1 192.168.1.1", timeout=120 * SLOW, check=False)
    assert "0 packets received" in output


@pytest.mark.full
def test_programs_leave_nothing(boot):
    m = boot("restarts")
    m.expect(r"restarts\tleft nothing", 20 * BOOT)
