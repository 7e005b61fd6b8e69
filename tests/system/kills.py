# SPDX-License-Identifier: MIT
"""Kills in turn (tests/kills): cons, io, the switch, a uvmm, a guest of two vCPUs, where there is one the driver of the network
card. For its test and `make kills`."""
import os
import re
import sys

from machine import BOARD, BOOT, ROOT, STEP, Machine, plain

NIC = BOARD == "qemu-virt"
KINDS = 6 if NIC else 5
WRONG = re.compile(r"KILLS FAILED.*|KERNEL FAULT.*|kernel: panic.*|panic:.*|assertion.*|l4re: .*|bad-client: FAIL.*|"
                   r"neighbour: FAIL.*|lua error.*")


def parameters(rounds, entry):
    """Of a machine: a module list, with an entry of this name, that says the number of rounds; a network card."""
    with open(os.path.join(ROOT, "tests/kills/modules.list"), encoding="utf-8") as f:
        text = f.read().replace("entry kills\n", f"entry {entry}\n")
    path = os.path.join(ROOT, f"build/kills/{entry}.list")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("rom/kills.ned", f"rom/kills.ned rounds={rounds}{' nic' if NIC else ''}"))
    search = {"modules_list": path, "module_search_path": "tests/kills:tests/bad_client:images:."}
    return search | {"cpus": 2} | ({"net": "user"} if NIC else {})


def watch(machine, say=lambda line: None):
    """Until the script has ended: what was wrong, and how many programs were killed."""
    found, kills = [], 0
    machine.expect(r"KILL 0 cons", BOOT)
    while True:
        machine.expect(r"\n", STEP)
        line = plain(machine.console.before)
        if WRONG.search(line):
            found.append(line)
        if re.search(r"KILL [1-9]\d* \w+", line):
            kills += 1
            say(line)
        if "KILLS OVER" in line:
            say(line)
            return found, kills


def main(rounds):
    machine = Machine("kills-long", "kills", **parameters(rounds, "kills-long"))
    try:
        found, kills = watch(machine, print)
    finally:
        machine.close()
    for line in found:
        print(line)
    print(f"{kills} kills, {len(found)} findings")
    return 1 if found or kills != rounds * KINDS else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
