# SPDX-License-Identifier: MIT
"""The kernel fuzzer (tests/fuzz) for some seconds; `make fuzz` runs it for long."""
import re

import pytest

from machine import BOOT, plain


def one_thread(command):
    """All CPUs by one thread of the host, as `make fuzz` has it: CPUs that wait for each other cost
    little then, and more is done in the few seconds."""
    return command + ["-accel", "tcg,thread=single"]


def run(boot, scenario, cpus):
    m = boot(scenario, cpus=cpus, change=one_thread)
    m.expect(r"fuzz done: (\d+) rounds, (\d+) calls .*, (\d+) accesses, (\d+) findings", BOOT * 2)
    rounds, calls, accesses, findings = map(int, m.console.match.groups())
    found = re.findall(r"^FINDING .*$", plain(m.console.before), re.M)
    assert not findings, f"the fuzzer found: {found}"
    assert rounds >= 1 and calls > 1000 and accesses > 500


@pytest.mark.parametrize("cpus", [1, 2, 4])
def test_fuzz(boot, cpus):
    run(boot, "fuzz", cpus)


def test_fuzz_with_assertions(boot):
    run(boot, "fuzz-debug", 2)
