# SPDX-License-Identifier: MIT
"""The SD card of boards: guests with their systems on its partitions, by sdhci-drv."""
import hashlib
import os
import shutil
import subprocess

import pytest

from machine import BOOT, ROOT, STEP, Cons, make
from test_disks import checksum

pytestmark = pytest.mark.xdist_group("formats")  # what is made for boot loaders is made anew by other tests
SCENARIO = "uvmm-2vm-disk"
MIB = 1 << 20
ROOTS = (32, 48)  # MiB: where the guests' partitions begin, of 16 MiB each
BOARDS = pytest.mark.parametrize("board", ["rpi4", "imx8"])


def make_card(board, path, **variables):
    """A card as the build makes it: what the machine starts from, and two guests' systems."""
    done = make("disk", SCENARIO=SCENARIO, BOARD=board, **variables)
    assert done.returncode == 0, done.stdout
    name = f"disk-{variables['UBOOT']}.img" if variables else "disk.img"
    shutil.copy(os.path.join(ROOT, "build/images", board, SCENARIO, name), path)
    return path


def file_of(card, number, name, tmp_path):
    """A file in a guest's partition, whose file system has to be whole."""
    part = tmp_path / f"part{number}"
    with open(card, "rb") as f:
        f.seek(ROOTS[number - 1] * MIB)
        part.write_bytes(f.read(16 * MIB))
    subprocess.run(["/sbin/e2fsck", "-fp", part], check=False)  # plays the journal: the guest was not shut down
    assert subprocess.run(["/sbin/e2fsck", "-fn", part], check=False).returncode == 0
    return subprocess.run(["/sbin/debugfs", "-R", f"cat {name}", part], stdout=subprocess.PIPE, check=True).stdout


def check_card(m, card, tmp_path):
    m.expect(r"serial number deadbeef, 64 MiB", BOOT)
    m.expect("disk 'deadbeef': 64 MiB, 3 partitions")
    for number, what in enumerate(("31 MiB, 4153484c-01", "16 MiB, 4153484c-02, guest1", "16 MiB, 4153484c-03, guest2"), 1):
        m.expect(f"'deadbeef:{number}': {what}")
    with open(card, "rb") as f:
        f.seek(MIB)
        boot_partition = hashlib.md5(f.read(31 * MIB)).hexdigest()
    cons = Cons(m)
    one = cons.shell(1)
    assert one.run("hostname").strip() == "guest1"
    assert "/dev/vda / ext4 rw" in one.run("cat /proc/mounts")
    one.run("head -c 3000000 /dev/urandom >/root/x && sync", timeout=STEP)
    written = one.run("md5sum </root/x").split()[0]
    assert checksum(one, "cat /root/x") == written

    # What the machine starts from can be read by both, and changed by none.
    two = cons.shell(2)
    assert two.run("hostname").strip() == "guest2"
    assert two.run("blockdev --getro /dev/vdb").strip() == "1"
    assert two.run("dd if=/dev/zero of=/dev/vdb count=1 2>/dev/null && echo written", check=False).strip() == ""
    assert checksum(two, "cat /dev/vdb") == boot_partition
    two.run("test ! -e /root/x && echo of guest 2 >/root/y && sync")

    # A guest that starts again finds what it wrote, and so does whoever reads the card.
    one = cons.shell(1)
    one.start("reboot -f")
    m.expect("guest 1 is started again", STEP)
    one = cons.shell(1)
    assert checksum(one, "cat /root/x") == written
    m.close()
    assert hashlib.md5(file_of(card, 1, "/root/x", tmp_path)).hexdigest() == written
    assert file_of(card, 2, "/root/y", tmp_path) == b"of guest 2\n"


@BOARDS
def test_guests_on_sd_card(boot, board, tmp_path):
    card = make_card(board, tmp_path / "card.img")
    check_card(boot(SCENARIO, board=board, cpus=4, disk=str(card)), card, tmp_path)


@pytest.mark.board("rpi4")
def test_machine_and_guests_on_one_card(boot, tmp_path):
    """U-Boot starts the system from the first partition."""
    card = make_card("rpi4", tmp_path / "card.img", UBOOT="image")
    m = boot(SCENARIO, board="rpi4", uboot="image", uboot_disk=str(card))
    m.expect(r"Found U-Boot script", BOOT)
    check_card(m, card, tmp_path)


def test_no_card(boot):
    m = boot(SCENARIO, board="rpi4", disk="")
    m.expect("SD card at 0xfe300000: there is no SD card", BOOT)
    m.expect("client for 'partlabel:guest1': there is no such disk or partition")


@pytest.mark.parametrize("variables, words", [
    ({"DISK": "README.md LICENSE"}, "has at most 1 disks"),
    ({"DISK": "README.md", "UBOOT": "image"}, "U-Boot of board 'rpi4' starts from the only disk"),
])
def test_one_card_at_most(variables, words):
    done = make("print-qemu", BOARD="rpi4", SCENARIO=SCENARIO, **variables)
    assert done.returncode != 0 and words in done.stdout
