# SPDX-License-Identifier: MIT
"""uvmm-2vm-net: a network between two guests."""
import os
import re

import pytest

import network
from machine import SLOW, Cons

# 64 MiB take two minutes of emulation each way.
TRANSFER = (64 if os.environ.get("FULL") == "1" else 4) * network.MIB


@pytest.mark.parametrize("cpus", [pytest.param(1, marks=pytest.mark.full), 2, pytest.param(4, marks=pytest.mark.full)])
def test_network(boot, cpus):
    """With one CPU and with four, test_2vm_net_io does the same besides its device."""
    m = boot("uvmm-2vm-net", cpus=cpus)
    cons = Cons(m)
    cons.shell(1)
    cons.shell(2)
    network.check_interfaces(cons)
    network.check_ping(cons, 1, 2)
    network.check_ping(cons, 2, 1)
    network.check_transfer(cons, 1, 2, TRANSFER)
    network.check_transfer(cons, 2, 1, TRANSFER)


def test_large_pings(boot):
    """Nothing is lost between the guests. On a slow machine their kernels drop packets that have waited for long before they
    send them (fq_codel): what their interfaces have sent counts."""
    m = boot("uvmm-2vm-net")
    cons = Cons(m)
    cons.shell(2)
    shell = cons.shell(1)
    # The neighbours know each other first: replies that wait for an address fill what a Linux has for them.
    shell.run("ping -c 3 192.168.1.2", timeout=120 * SLOW)
    before = network.lost_packets(cons, 1, 2)
    output = cons.shell(1).run("ping -i 0.2 -s 8000 -c 20 192.168.1.2", timeout=120 * SLOW)
    assert network.lost_packets(cons, 1, 2) == before, output + network.losses(cons, 1, 2)
    assert int(re.search(r"(\d+) packets received", output).group(1)) >= 15, output + network.losses(cons, 1, 2)


@pytest.mark.full
def test_both_directions_at_once(boot):
    m = boot("uvmm-2vm-net", cpus=4)
    cons = Cons(m)
    cons.shell(1)
    cons.shell(2)
    network.check_both_directions(cons, 32 * network.MIB)
    network.check_ping(cons, 1, 2, 10)
    network.check_ping(cons, 2, 1, 10)
