# SPDX-License-Identifier: MIT
"""SCENARIO=debian: two complete Debian systems on disks, reached from outside."""
import os
import subprocess
import urllib.request

import pytest

from machine import BOOT, ROOT, STEP, Cons, Shell, make
from network import free_port

pytestmark = [pytest.mark.board("qemu-virt"), pytest.mark.full]
START = 3 * BOOT
SSH = ["ssh", "-q", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", f"ConnectTimeout={START}"]


@pytest.fixture(name="disks")
def copies(tmp_path):
    done = make("debian-disk")
    assert done.returncode == 0, done.stdout
    files = [str(tmp_path / f"disk-{i}.img") for i in (1, 2)]
    for file in files:
        subprocess.run(["cp", "--sparse=always", os.path.join(ROOT, "build", "debian", "base.img"), file], check=True)
    yield files
    for file in files:
        os.remove(file)


def log_in(m, cons, guest):
    """A shell of root's, at the console."""
    cons.connect_by_key(str(guest))
    m.key("\n")
    m.expect(rf"debian{guest} login: ", START)
    m.type("root")
    m.expect(rf"root@debian{guest}:~# ", START)
    m.type("exec busybox sh") # which the tests know how to talk to
    shell = Shell(m)
    shell.wait_prompt(STEP)
    return shell


def ssh(port, command):
    return subprocess.run([*SSH, "-p", str(port), "root@127.0.0.1", command], check=True, text=True, stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, timeout=2 * START).stdout


def test_debian(boot, disks):
    ports = [free_port(), free_port()]
    m = boot("debian", disk=" ".join(disks), forward=f"{ports[0]}:22 {ports[1]}:80")
    m.expect("disk 'DISK1': .* 1 partition", BOOT)
    cons = Cons(m)
    ids = {}
    for guest in (2, 1):
        shell = log_in(m, cons, guest)
        state = shell.run("systemctl is-system-running --wait", check=False, timeout=START).strip()
        assert state == "running", (guest, state, shell.run("systemctl --failed --no-legend --plain"))
        ids[guest] = shell.run("cat /etc/machine-id").strip()
        assert len(ids[guest]) == 32 and shell.run("cat /etc/debian_version").startswith("12.")
    assert ids[1] != ids[2] # nor do they have the same keys

    assert ssh(ports[0], "hostname").strip() == "debian1"
    with urllib.request.urlopen(f"http://127.0.0.1:{ports[1]}/", timeout=START) as answer:
        assert answer.read().decode().strip() == "debian1"
    ssh(ports[0], f"ping -c 1 -W {STEP} 10.0.2.16")
    ssh(ports[0], "echo what is written >/root/stays")
    shell.start("reboot")
    assert log_in(m, cons, 1).run("cat /root/stays /etc/machine-id").split("\n")[:2] == ["what is written", ids[1]]
