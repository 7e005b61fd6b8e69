# SPDX-License-Identifier: MIT
import os
import re

import pytest

from machine import BOARD, Machine


@pytest.fixture
def boot(request):
    """boot(scenario, cpus=4, board="rpi4", ...) starts a machine that ends with the test."""
    machines = []

    def start(scenario, **parameters):
        name = re.sub(r"[^\w.=-]+", "_", request.node.name)
        if machines:
            name += f"-{len(machines) + 1}"
        machine = Machine(scenario, name, **parameters)
        machines.append(machine)
        return machine

    yield start
    for machine in machines:
        machine.close()


def pytest_configure(config):
    config.addinivalue_line("markers", "full: runs only with FULL=1")
    config.addinivalue_line("markers", "board(name...): runs with BOARD= one of these, and with FULL=1")


# Files whose tests take longest begin first, so that none of them is left to run alone at the end.
LONG = ["test_2vm_net", "test_2vm_net_io", "test_kill", "test_new_board", "test_kernel", "test_boards", "test_2vm",
        "test_uvmm", "test_verify"]


def group_tests(items):
    """Tests run side by side in several processes, those of one group one after the other in one of
    them. A test with a machine of its own is a group of its own, if its file does not mark it as one
    of a group. The other tests of a file are a group: they share fixtures and files in build/."""
    for item in items:
        if not item.get_closest_marker("xdist_group") and "boot" not in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items):
    group_tests(items)
    items.sort(key=lambda i: LONG.index(i.path.stem) if i.path.stem in LONG else len(LONG))
    if os.environ.get("FULL") == "1":
        return
    skip = pytest.mark.skip(reason="runs with FULL=1")
    for item in items:
        board = item.get_closest_marker("board")
        if "full" in item.keywords:
            item.add_marker(skip)
        elif board and BOARD not in board.args:
            item.add_marker(pytest.mark.skip(reason=f"runs with BOARD={board.args[0]}, and with FULL=1"))
