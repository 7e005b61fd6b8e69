# SPDX-License-Identifier: MIT
"""A guest that attacks its machine, and a neighbour that must not notice (tests/guest/enemy); `make enemy`: for long."""
import pytest

import enemy
from enemy import Findings

START = ["ENEMY BEGINS seed=7", "enemy | GUEST: enemy: 12 attacks by 1 CPUs, 3 exceptions, 4 interrupts",
         "friend | GUEST: neighbour: 9 ticks, latest 1 us, slowest answer 2 us"]
END = ["friend | GUEST: neighbour: ok 20 ticks, latest 1 us, slowest answer 2 us", "ENEMY OVER status=0"]


@pytest.mark.board("qemu-virt")
@pytest.mark.parametrize("gic", ["2", "3"])
def test_enemy(boot, gic):
    machine = boot("enemy", cpus=enemy.CPUS, gic=gic)
    found = enemy.watch(machine)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("lines, finding", [
    ([], None),
    (["ENEMY ENDED seed=7 status=102"], None),
    (["ENEMY ENDED seed=7 status=139"], "status 139"),
    (["KERNEL FAULT on CPU0: syndrome 0"], "KERNEL FAULT"),
    (["l4re: rom/cons: page fault"], "rom/cons"),
    (["friend | GUEST: neighbour: FAIL a tick: got 0x1 wanted 0x2"], "FAIL a tick"),
    (["enemy | VMM: queue 1 is wrong"] * 32, None),
    (["enemy | VMM: queue 1 is wrong"] * enemy.MESSAGES, "no bound"),
    (START[2:] * (enemy.STILL // enemy.FRIEND_STEP + 1), "no sign of the enemy"),
])
def test_findings(lines, finding):
    """What the watcher takes for a finding."""
    findings = Findings()
    for line in START + lines + END:
        findings.line(line)
    found = "\n".join(findings.end())
    assert (finding in found and "seed=7" in found) if finding else not found, found
