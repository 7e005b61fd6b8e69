# SPDX-License-Identifier: MIT
"""uvmm-2vm-net-io: a network, and a device of the machine that belongs to guest 1."""
import os

import pytest

import network
import passed_through
from machine import Cons


@pytest.mark.parametrize("cpus", [pytest.param(1, marks=pytest.mark.full), 4])
def test_device_and_network(boot, cpus):
    m = boot("uvmm-2vm-net-io", cpus=cpus, **passed_through.machine_parameters())
    cons = Cons(m)
    cons.shell(1)
    cons.shell(2)
    passed_through.check(cons)

    network.check_interfaces(cons)
    network.check_ping(cons, 1, 2)
    network.check_ping(cons, 2, 1)
    # test_2vm_net.py moves more
    size = (64 if os.environ.get("FULL") == "1" else 4) * network.MIB
    network.check_transfer(cons, 1, 2, size)
    network.check_transfer(cons, 2, 1, size)
