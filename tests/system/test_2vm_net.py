# SPDX-License-Identifier: MIT
"""uvmm-2vm-net: a network between two guests."""
import pytest

import network
from machine import Cons


@pytest.mark.parametrize("cpus", [1, 4])
def test_network(boot, cpus):
    m = boot("uvmm-2vm-net", cpus=cpus)
    cons = Cons(m)
    cons.shell(1)
    cons.shell(2)
    network.check_interfaces(cons)
    network.check_ping(cons, 1, 2)
    network.check_ping(cons, 2, 1)
    network.check_transfer(cons, 1, 2, 64 * network.MIB)
    network.check_transfer(cons, 2, 1, 64 * network.MIB)


def test_large_pings(boot):
    m = boot("uvmm-2vm-net")
    cons = Cons(m)
    cons.shell(2)
    shell = cons.shell(1)
    output = shell.run("ping -i 0.2 -s 8000 -c 20 192.168.1.2", timeout=120)
    assert "20 packets received" in output
