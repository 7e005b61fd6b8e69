# SPDX-License-Identifier: MIT
"""Disks of the machine in guests: virtio-blk-drv over virtio-mmio."""
import hashlib
import random
import re
import subprocess

import pytest

from guide import examples, own_entry
from machine import STEP, Cons
from test_disks import checksum

pytestmark = pytest.mark.board("qemu-virt")
MIB = 1 << 20
SECOND = (10240, 16384)  # sectors: begin, size


def plug(path, slot, serial):
    """The emulator's options for a disk."""
    return f" -drive if=none,id={serial},format=raw,file={path} -device virtio-blk-device,drive={serial},serial={serial}," \
           f"bus=virtio-mmio-bus.{slot}"


def test_machine_disks(boot, tmp_path):
    data = random.Random(34).randbytes(8 * MIB)
    one, two = tmp_path / "one.img", tmp_path / "two.img"
    one.write_bytes(data)
    with open(two, "wb") as f:
        f.truncate(20 * MIB)
    table = f"label: dos\nstart=2048, size=8192\nstart={SECOND[0]}, size={SECOND[1]}\n"
    subprocess.run(["/usr/sbin/sfdisk", "-q", str(two)], input=table, text=True, check=True)
    m = boot("machine-disk", options="-global virtio-mmio.force-legacy=false" + plug(one, 0, "ONE") + plug(two, 3, "TWO"))
    m.expect(r"device 'devices\[1\]' of bus 'disks' can reach all memory of the machine")
    m.expect("disk 'ONE': 8 MiB, 0 partitions")
    m.expect("disk 'TWO': 20 MiB, 2 partitions")
    cons = Cons(m)
    first, second = cons.shell(1), None
    assert checksum(first, "cat /dev/vda") == hashlib.md5(data).hexdigest()
    first.run("head -c 2000000 /dev/urandom >/tmp/x; dd if=/tmp/x of=/dev/vda bs=4096 seek=100 conv=notrunc,fsync 2>/dev/null",
              timeout=STEP)
    written = first.run("md5sum </tmp/x").split()[0]
    assert checksum(first, "dd if=/dev/vda bs=4096 skip=100 2>/dev/null | head -c 2000000") == written

    second = cons.shell(2)
    assert second.run("cat /sys/block/vda/size").strip() == str(SECOND[1])
    second.run("head -c 300000 /dev/urandom >/tmp/y; dd if=/tmp/y of=/dev/vda bs=512 conv=notrunc,fsync 2>/dev/null", timeout=STEP)
    other = second.run("md5sum </tmp/y").split()[0]

    # The file has what the guests were told is written, and a guest that starts again finds it.
    with open(one, "rb") as f:
        f.seek(100 * 4096)
        assert hashlib.md5(f.read(2000000)).hexdigest() == written
    with open(two, "rb") as f:
        f.seek(SECOND[0] * 512)
        assert hashlib.md5(f.read(300000)).hexdigest() == other
    second.start("reboot -f")
    m.expect("guest 2 is started again", STEP)
    second = cons.shell(2)
    assert checksum(second, "head -c 300000 /dev/vda") == other


def test_guide_of_machine_disks(boot, tmp_path):
    """What the guide says of them, word for word."""
    script, commands, run, start = examples("Disks")
    cons = examples("Guests: vmm.lua")[0].partition("vmm.start_vm")[0]
    channel, _, rest = script.partition("L4.default_loader:start")
    guest = rest[rest.index("local disks"):].replace("device=scratch", "device=DISK0")
    guest = re.sub(r",\s*disk2 = .*", " };", guest)
    (tmp_path / "machine-disk.ned").write_text(cons + channel + start + guest)
    subprocess.run(commands, shell=True, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    disk = re.search("DISK=(.*)", run).group(1)
    m = boot("guide-machine-disk", disk=str(tmp_path / disk), **own_entry("machine-disk", tmp_path))
    assert Cons(m).shell(1).run("cat /sys/block/vda/size").strip() == str(16 * MIB // 512)
