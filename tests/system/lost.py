# SPDX-License-Identifier: MIT
"""Nothing lost (tests/lost): two guests write records to ext4 on disks of the machine, have each brought to the disk and report
it over the network, while they, the block server and the switch are killed, and in the end the machine. Then all that QEMU's
`blklogwrites` has seen is replayed, to its flushes and to moments between them: each record that had been reported is there, and
e2fsck finds nothing wrong. For its test and `make lost`."""
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from typing import NamedTuple

import blklog
from machine import BOOT, ROOT, STEP, Cons, Machine

GUESTS = 2
MIB = 1 << 20
DISK_MIB = 16
VICTIMS = {"guest1": [0], "guest2": [1], "disks": [0, 1], "switch": [0, 1]}  # guests that end with it
WRONG = re.compile(r"KERNEL FAULT.*|kernel: panic.*|panic:.*|lua error.*|cannot be started again.*")


class Report(NamedTuple):
    name: str       # "GUEST FILE RECORD"
    line: str
    log: int        # bytes that the disk's log had when it came


class Reports:
    """What guests say, by TCP."""

    def __init__(self, logs):
        self.logs, self.reports, self.lock = logs, [[] for _ in range(GUESTS)], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.read, args=(connection,), daemon=True).start()

    def read(self, connection):
        """Lines of one run of a guest; of what is cut off, nothing has been reported."""
        with connection, connection.makefile(encoding="ascii", errors="replace") as lines:
            try:
                for line in lines:
                    match = re.fullmatch(r"(([12]) \d+ \d+) [0-9a-f]{32}\n", line)
                    if match:
                        guest = int(match.group(2)) - 1
                        with self.lock:
                            report = Report(match.group(1), line.strip(), os.path.getsize(self.logs[guest]))
                            self.reports[guest].append(report)
            except OSError:
                pass

    def counts(self):
        with self.lock:
            return [len(r) for r in self.reports]

    def close(self):
        self.listener.close()


def make_disk(path, port, busybox):
    """An ext4 that is a guest's root: BusyBox, the writer, and where it reports to."""
    tree = path + ".root"
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("bin", "dev", "proc", "sys", "records"):
        os.makedirs(os.path.join(tree, name))
    shutil.copy(busybox, os.path.join(tree, "bin/busybox"))
    shutil.copy(os.path.join(ROOT, "tests/lost/writer"), os.path.join(tree, "writer"))
    with open(os.path.join(tree, "port"), "w", encoding="ascii") as f:
        f.write(f"{port}\n")
    subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-b", "1024", "-J", "size=2", "-d", tree, path, f"{DISK_MIB}M"],
                   check=True)
    shutil.rmtree(tree)


def plug(slot, disk, log):
    """The emulator's options for a disk whose writes are logged. It outlives the emulator, not the machine that this runs on."""
    files = f"file.driver=file,file.filename={disk},file.cache.no-flush=on,log.driver=file,log.filename={log}," \
            "log.cache.no-flush=on,log-super-update-interval=1"
    return f" -blockdev driver=blklogwrites,node-name=disk{slot},{files} " \
           f"-device virtio-blk-device,drive=disk{slot},serial=DISK{slot},write-cache=on,bus=virtio-mmio-bus.{slot}"


# ---- a machine ----

def wait_for_reports(machine, reports, guests, each):
    """Until these guests have reported so many more."""
    end, before = time.monotonic() + BOOT, reports.counts()
    while any(reports.counts()[i] < before[i] + each for i in guests):
        assert time.monotonic() < end, f"guests report nothing: {before}, now {reports.counts()}\n{machine.tail()}"
        machine.settle(0.1)
    assert not WRONG.search(machine.text()), WRONG.search(machine.text()).group()


def run_machine(machine, reports, kills, rng, say):
    """Kills in turn, and at some moment while guests write."""
    Cons(machine).connect_by_key("p")
    for kind in kills:
        wait_for_reports(machine, reports, VICTIMS[kind], rng.randint(1, 8))
        machine.type(f'return kill "{kind}"')
        machine.expect(f"{kind} is no more", STEP)
        say(f"{kind} is killed, {sum(reports.counts())} records are reported")
    # Those that the last one hit have to be there again before all ends.
    wait_for_reports(machine, reports, range(GUESTS), rng.randint(1, 8))


# ---- what is on a disk ----

def run_tool(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.returncode, done.stdout


def records(path, directory):
    """All records that a file system has: {name: line}."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    run_tool("/sbin/debugfs", "-R", f"rdump /records {directory}", path)
    found = {}
    for name in os.listdir(os.path.join(directory, "records")):
        with open(os.path.join(directory, "records", name), encoding="ascii", errors="replace") as f:
            for line in f.read().split("\n"):
                found[" ".join(line.split()[:3])] = line.strip()
    return found


def check_disk(disk, reported, directory):
    """What a disk holds, after its journal: what is wrong."""
    path = os.path.join(directory, "moment.img")
    with open(path, "wb") as f:
        f.write(disk)
    status, text = run_tool("/sbin/e2fsck", "-p", path) # as a mount does
    if status in (0, 1):
        status, text = run_tool("/sbin/e2fsck", "-fn", path)
    if status:
        return f"e2fsck: {text}"
    there = records(path, os.path.join(directory, "moment"))
    lost = [r.name for r in reported if there.get(r.name) != r.line]
    return f"{len(lost)} of {len(reported)} records are lost: {', '.join(lost[:10])}" if lost else None


def check_log(base, log, reported, directory, moments, rng):
    """A disk as the power could have left it: with all up to a flush, and a random part of what came after. That at some moment
    after each flush, or after so many of them, chosen at random. What was wrong, and how many moments that were."""
    entries = blklog.read(log)
    stretches = blklog.stretches(entries)
    chosen = dict(stretches if len(stretches) <= moments else rng.sample(stretches, moments))
    disk, wrong = bytearray(base), []
    for i in range(len(entries) + 1):
        if i in chosen:
            now, end = bytearray(disk), rng.randint(i, chosen[i])
            share = rng.choice([0, 0.5, 0.9])
            for later in entries[i:end]:
                blklog.apply(now, later, lambda: rng.random() < share)
            said = check_disk(now, [r for r in reported if r.log <= (entries[end - 1].end if end else 0)], directory)
            if said:
                wrong.append(f"after {end} of {len(entries)} writes, the last flush behind {i}: {said}")
        if i < len(entries):
            blklog.apply(disk, entries[i])
    return wrong, len(chosen)


class Lost:
    """Disks that stay for several machines."""

    def __init__(self, directory, seed, moments, say=lambda line: None):
        self.directory, self.moments, self.say = str(directory), moments, say
        self.rng = random.Random(seed)
        self.disks = [os.path.join(self.directory, f"disk{i}.img") for i in range(GUESTS)]
        self.logs = [os.path.join(self.directory, f"disk{i}.log") for i in range(GUESTS)]
        self.reports = Reports(self.logs)
        self.wrong, self.checked, self.reported = [], 0, 0
        for disk in self.disks:
            make_disk(disk, self.reports.port, os.path.join(ROOT, "build/packages/busybox/bin/busybox"))

    def boot(self, start, kills):
        """A machine, these kills, and the machine's own."""
        bases = []
        for disk, log in zip(self.disks, self.logs):
            with open(disk, "rb") as f:
                bases.append(f.read())
            with open(log, "wb"):
                pass
        before = self.reports.counts()
        options = "".join(plug(i, disk, log) for i, (disk, log) in enumerate(zip(self.disks, self.logs)))
        machine = start("lost", options=options, net="user", cpus=2, mem="1G")
        run_machine(machine, self.reports, kills, self.rng, self.say)
        machine.close()
        self.say(f"the machine is killed, {sum(self.reports.counts())} records are reported")
        for i in range(GUESTS):
            self.check(i, bases[i], before[i])

    def check(self, i, base, before):
        reported = self.reports.reports[i]
        earlier = [r._replace(log=0) for r in reported[:before]] # to other machines
        wrong, checked = check_log(base, self.logs[i], earlier + reported[before:], self.directory, self.moments, self.rng)
        with open(self.disks[i], "rb") as f:
            said = check_disk(f.read(), reported, self.directory)
        self.wrong += [f"disk {i}, {w}" for w in wrong + ([f"at the end: {said}"] if said else [])]
        self.checked += checked + 1

    def run(self, start, rounds):
        """So many kills: in each machine one of each kind, then the machine itself."""
        while rounds > 0:
            kinds = self.rng.sample(list(VICTIMS), min(len(VICTIMS), rounds - 1))
            self.boot(start, kinds)
            rounds -= len(kinds) + 1
        self.reports.close()
        self.reported = sum(self.reports.counts())
        self.say(f"{self.reported} records, {self.checked} moments of the disks, {len(self.wrong)} wrong")
        for line in self.wrong:
            self.say(line)
        return self.wrong


def main(rounds, moments, seed):
    directory = os.path.join(ROOT, "build/lost")
    os.makedirs(directory, exist_ok=True)
    seed = seed or random.randrange(1 << 32)
    print(f"SEED={seed}")
    lost = Lost(directory, seed, moments, lambda line: print(line, flush=True))
    return 1 if lost.run(lambda scenario, **p: Machine(scenario, "lost-long", **p), rounds) else 0


if __name__ == "__main__":
    sys.exit(main(*(int(a or 0) for a in sys.argv[1:4])))
