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
    config.addinivalue_line("markers", "board(name): runs with BOARD=name, and with FULL=1")


def pytest_collection_modifyitems(items):
    if os.environ.get("FULL") == "1":
        return
    skip = pytest.mark.skip(reason="runs with FULL=1")
    for item in items:
        board = item.get_closest_marker("board")
        if "full" in item.keywords:
            item.add_marker(skip)
        elif board and board.args[0] != BOARD:
            item.add_marker(pytest.mark.skip(reason=f"runs with BOARD={board.args[0]} and FULL=1"))
