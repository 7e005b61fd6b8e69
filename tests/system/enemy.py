# SPDX-License-Identifier: MIT
"""The enemy (tests/guest/enemy): what its scenario prints, and what of it is a finding. For its test and `make enemy`."""
import collections
import os
import re
import sys

from machine import BOOT, ROOT, SLOW, STEP, Machine, plain

CPUS = 3
STATUS = ("0", "102", "1")  # off, reset, an error that uvmm has printed; any other is a fault or an assertion
STILL = 30 * SLOW           # seconds, by the neighbour's clock, in which the enemy has to say something
FRIEND_STEP = 5             # seconds between the neighbour's lines
WRONG = re.compile(r"KERNEL FAULT|kernel: panic|panic:|assertion|l4re: |no pager|no handler|aborted|neighbour: FAIL|"
                   r"hit itself|out of memory", re.I)
MESSAGE = re.compile(r"VMM: (.*)")
NUMBER = re.compile(r"S\d_\d_C\d+_C\d+_\d|0x[0-9a-f]+|\d+")
MESSAGES = 40               # of one kind by one uvmm: its LOG_LIMIT, and what is said about it
EVENT = re.compile(r"ENEMY BEGINS seed=(\d+)\s|ENEMY ENDED seed=\d+ status=(\w+)\s|enemy: \d+ attacks|"
                   r"neighbour: (ok )?\d+ ticks.*us|ENEMY OVER status=(\w+)\s")


class Findings:
    """Reads the scenario's lines one by one; a finding names the seed."""

    def __init__(self):
        self.seed = self.quiet = 0
        self.attacks = self.lives = 0
        self.over = None
        self.kinds = collections.Counter()
        self.friend = ""
        self.found = []

    def add(self, text):
        self.found.append(f"seed={self.seed}: {text}")

    def line(self, line):
        if WRONG.search(line):
            self.add(line)
        message = MESSAGE.search(line)
        if message:
            self.count(NUMBER.sub("#", message[1]))
        event = EVENT.search(line + "\n")
        if not event:
            return
        if event[0].startswith("neighbour"):
            self.friend_speaks(event)
        elif event[0].startswith("ENEMY OVER"):
            self.over = event[4]
        else:
            self.enemy_speaks(event)

    def count(self, kind):
        self.kinds[kind] += 1
        if self.kinds[kind] == MESSAGES and "left out" not in kind:
            self.add(f"uvmm's messages have no bound: {kind}")

    def friend_speaks(self, event):
        self.friend = event[0]
        self.quiet += FRIEND_STEP
        if self.quiet > STILL:
            self.add("no sign of the enemy for long, although its neighbour lives: does its uvmm hang?")
            self.quiet = 0

    def enemy_speaks(self, event):
        self.quiet = 0
        if event[1]:
            self.seed = int(event[1])
            self.lives += 1
            self.kinds.clear()
        elif event[2]:
            if event[2] not in STATUS and self.over is None:
                self.add(f"uvmm ended with status {event[2]}")
        else:
            self.attacks += 1

    def end(self):
        if self.over != "0" or not self.friend.startswith("neighbour: ok"):
            self.add(f"the neighbour ended with status {self.over}, and said: {self.friend or 'nothing'}")
        if not self.attacks:
            self.add("not a single attack was reported")
        return self.found


def write_list(seed, milliseconds):
    """A module list with these words for the script; its entry is `enemy-long`."""
    source = os.path.join(ROOT, "tests/guest/enemy/modules.list")
    path = os.path.join(ROOT, "build/enemy/modules.list")
    with open(source, encoding="utf-8") as f:
        text = f.read().replace("entry enemy\n", "entry enemy-long\n")
    text = text.replace("rom/enemy.ned", f"rom/enemy.ned seed={seed} ms={milliseconds}")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return {"modules_list": path, "module_search_path": "tests/guest/enemy:."}


def watch(machine, say=lambda line: None):
    """Until the neighbour has ended: the findings."""
    findings = Findings()
    machine.expect(r"ENEMY BEGINS seed=", BOOT)
    findings.line("ENEMY BEGINS seed=" + re.search(r"\d+", machine.console.readline())[0])
    while findings.over is None:
        machine.expect(r"\n", STEP)
        line = plain(machine.console.before)
        before = len(findings.found)
        findings.line(line)
        if EVENT.search(line + "\n") or len(findings.found) > before:
            say(line)
    return findings.end()


def main():
    """enemy.py SEED MILLISECONDS GIC: one long run; ends with status 1 when there is a finding."""
    seed, milliseconds, gic = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    machine = Machine("enemy-long", f"enemy-long-gic{gic}", cpus=CPUS, gic=gic, **write_list(seed, milliseconds))
    try:
        found = watch(machine, lambda line: print(f"[GIC={gic}] {line}", flush=True))
    except AssertionError as e:
        found = [f"nothing more was heard: {e}"]
    finally:
        machine.close()
    for what in found:
        print(f"FINDING GIC={gic} {what}", flush=True)
    print(f"enemy: GIC={gic}: {len(found) or 'no'} finding{'' if len(found) == 1 else 's'}; log in {machine.log_path}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
