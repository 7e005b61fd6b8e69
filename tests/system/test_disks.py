# SPDX-License-Identifier: MIT
"""Disks of the block server for rom/ files and memory, in guests."""
import hashlib
import random
import subprocess

import pytest

from guide import examples, own_entry
from machine import STEP, TEST_PATH, Cons

MIB = 1 << 20
FIRST, SECOND = (2048, 8192), (10240, 16384)  # sectors: begin, size


@pytest.fixture
def image(tmp_path):
    """A disk of 16 MiB with two partitions, and what is in the second one."""
    path = tmp_path / "disk.img"
    with open(path, "wb") as f:
        f.truncate(16 * MIB)
    table = "label: gpt\n" + "".join(f"start={a}, size={n}, name={name}\n"
                                     for (a, n), name in ((FIRST, "first"), (SECOND, "second")))
    subprocess.run(["/usr/sbin/sfdisk", "-q", str(path)], input=table, text=True, check=True)
    data = random.Random(12).randbytes(SECOND[1] * 512)
    with open(path, "r+b") as f:
        f.seek(FIRST[0] * 512)
        f.write(b"what the first partition begins with\n")
        f.seek(SECOND[0] * 512)
        f.write(data)
    return tmp_path, data


def checksum(shell, what):
    return shell.run(f"echo 3 >/proc/sys/vm/drop_caches; {what} | md5sum", timeout=STEP).split()[0]


def test_disks(boot, image):
    path, data = image
    m = boot("disks", module_search_path=f"{TEST_PATH}:{path}")
    for wrong, why in (("device=nothing", "there is no such disk or partition"), ("ds-max=4", "which one is not said"),
                       ("device=scratch:1", "there is no such disk"), ("device=partuuid:xyz", "that is no UUID")):
        m.expect(why)
        m.expect(f"create '{wrong}': refused")
    m.expect("somebody has it, or a part of it")
    m.expect("create of a disk in use: refused")
    cons = Cons(m)
    one = cons.shell(1)

    # What is there at first.
    assert one.run("cat /sys/block/vda/size /sys/block/vdb/size").split() == [str(64 * MIB // 512), str(SECOND[1])]
    assert checksum(one, "cat /dev/vdb") == hashlib.md5(data).hexdigest()
    assert checksum(one, "cat /dev/vda") == hashlib.md5(bytes(64 * MIB)).hexdigest()
    assert one.run("cat /sys/block/vda/serial").strip() == "scratch"

    # What is written is there, and stays beside it.
    one.run("head -c 3000000 /dev/urandom >/tmp/x; dd if=/tmp/x of=/dev/vda bs=4096 seek=1000 conv=fsync 2>/dev/null", timeout=STEP)
    one.run("dd if=/tmp/x of=/dev/vdb bs=512 seek=777 count=100 conv=fsync 2>/dev/null", timeout=STEP)
    written = one.run("md5sum </tmp/x").split()[0]
    assert checksum(one, "dd if=/dev/vda bs=4096 skip=1000 2>/dev/null | head -c 3000000") == written
    part = one.run("head -c 51200 /tmp/x | md5sum").split()[0]
    assert checksum(one, "dd if=/dev/vdb bs=512 skip=777 count=100 2>/dev/null") == part
    assert checksum(one, "dd if=/dev/vdb bs=512 count=777 2>/dev/null") == hashlib.md5(data[:777 * 512]).hexdigest()
    assert checksum(one, "dd if=/dev/vdb bs=512 skip=877 2>/dev/null") == hashlib.md5(data[877 * 512:]).hexdigest()

    # Another guest has its partition, and no right to change it; after a restart, too.
    two = cons.shell(2)
    for _ in range(2):
        assert two.run("blockdev --getro /dev/vda").strip() == "1"
        assert "first partition" in two.run("head -n 1 /dev/vda")
        assert two.run("dd if=/dev/zero of=/dev/vda count=1 2>/dev/null && echo written", check=False).strip() == ""
        if _ == 0:
            two.start("reboot -f")
            m.expect("guest 2 is started again", STEP)
            two = cons.shell(2)
    one = cons.shell(1)
    assert checksum(one, "dd if=/dev/vda bs=4096 skip=1000 2>/dev/null | head -c 3000000") == written


def test_guide(boot, tmp_path):
    """What the guide says of disks, word for word."""
    script, commands, *_ = examples("Disks")
    cons = examples("Guests: vmm.lua")[0].partition("vmm.start_vm")[0]
    (tmp_path / "disks.ned").write_text(cons + script)
    subprocess.run(commands, shell=True, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    m = boot("guide-disks", **own_entry("disks", tmp_path))
    one = Cons(m).shell(1)
    assert one.run("cat /sys/block/vda/size /sys/block/vda/ro /sys/block/vdb/ro").split() == [str(64 * MIB // 512), "0", "1"]
    assert 0 < int(one.run("cat /sys/block/vdb/size")) <= (16 * MIB // 512) - 2048
