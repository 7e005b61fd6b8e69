# SPDX-License-Identifier: MIT
import os
import re

import pytest

from machine import Machine


@pytest.fixture
def boot(request):
    """boot(scenario, cpus=2, ...) starts a machine that ends with the test."""
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


def pytest_collection_modifyitems(items):
    if os.environ.get("FULL") == "1":
        return
    skip = pytest.mark.skip(reason="runs with FULL=1")
    for item in items:
        if "full" in item.keywords:
            item.add_marker(skip)
