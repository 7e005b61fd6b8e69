# SPDX-License-Identifier: MIT
"""Boards beside qemu-virt, boot through real U-Boot binaries, and qemu-virt with a GICv2."""
import os
import shutil
import struct
import subprocess
import time

import pytest

import network
import passed_through
from machine import BOOT, ROOT, Cons, Shell, build, make
from payload import Payload

HELLO = r"hello   \| (\x1b\[[0-9;]*m)?Hello World!"
# What is made for boot loaders, disks above all, is made anew by other tests.
formats = pytest.mark.xdist_group("formats")
ALL_BOARDS = ["qemu-virt", "rpi4", "imx8"]
SCENARIO = "uvmm-2vm-net-io"


def image_path(board, name, scenario="hello-ned"):
    return os.path.join(ROOT, "build/images", board, scenario, name)


def two_guests(m):
    """Waits for both shells and lets the guests ping each other. Returns the consoles."""
    cons = Cons(m)
    cons.shell(2)
    cons.shell(1)
    network.check_interfaces(cons)
    network.check_ping(cons, 1, 2, 10)
    network.check_ping(cons, 2, 1, 10)
    return cons


# -- the boards --------------------------------------------------------------------------------

@pytest.mark.parametrize("board", ["rpi4", "imx8"])
def test_hello(boot, board):
    m = boot("hello-ned", board=board, cpus=4)
    m.expect(r"Ashlar: 4 CPUs", BOOT)
    m.expect(HELLO, BOOT)


def test_missing_cpus_are_reported(boot):
    m = boot("hello-ned", board="imx8", cpus=2)
    m.expect(r"MPIDR.*left out", BOOT)
    m.expect(r"Ashlar: 2 CPUs", BOOT)
    m.expect(HELLO, BOOT)


@pytest.mark.parametrize("board,variable,words", [
    ("rpi4", "CPUS=2", "the machine has CPUS=4, not 2"),
    ("rpi4", "GIC=3", "the machine has GIC=2, not 3"),
    ("imx8", "CPUS=8", "at most 4 CPUs, not 8"),
    ("imx8", "UBOOT=image", "there is no U-Boot for board 'imx8'"),
    ("rpi4", "UBOOT=itb", "the U-Boot of board 'rpi4' starts: image uimage"),
])
def test_what_a_board_lacks_is_said(board, variable, words):
    done = make("run", variable, BOARD=board, SCENARIO="hello-ned")
    assert done.returncode != 0 and words in done.stdout


@pytest.mark.parametrize("board, address", [("qemu-virt", 0x60000000), ("rpi4", 0x10000000),
                                            ("imx8", 0x60000000)])
def test_no_device_tree(boot, board, address):
    """Nothing but the image knows which UART the console is."""
    def change(command):
        i = command.index("-kernel")
        command[i:i + 2] = ["-device", f"loader,file={command[i + 1]},addr={address:#x},"
                                       "force-raw=on,cpu-num=0"]
        if "-dtb" in command:
            i = command.index("-dtb")
            del command[i:i + 2]
        return command

    m = boot("hello-ned", board=board, change=change)
    m.expect(r"error: no device tree at the address .*: 0x0", BOOT)
    m.expect(r"Ashlar boot: stopped", BOOT)


PROGRAMS = {"kernel", "sigma0", "moe", "ned", "l4re", "cons", "io", "uvmm", "l4vio_net_p2p"}


def test_same_binaries_on_all_boards():
    """What is in the images, packed or not; the boot program in front of them too."""
    contents = []
    for board in ALL_BOARDS:
        build(SCENARIO, BOARD=board)
        with open(image_path(board, "image", SCENARIO), "rb") as f:
            payload = Payload(f.read())
        programs = {name: content for _, name, _, content, _ in payload.modules
                    if content.startswith(b"\x7fELF")}
        assert set(programs) == PROGRAMS
        contents.append(programs | {"boot": payload.boot})
    for other in contents[1:]:
        assert other == contents[0]


@pytest.mark.parametrize("board", [
    "imx8",
    # with FULL=1, and with BOARD=rpi4: test_2vm_net_io.py
    pytest.param("rpi4", marks=pytest.mark.board("rpi4")),
])
def test_device_of_guest_1(boot, board):
    m = boot(SCENARIO, board=board, cpus=4, **passed_through.machine_parameters(board))
    m.expect(r"Ashlar: 4 CPUs", BOOT)
    passed_through.check(two_guests(m), board)


@formats
@pytest.mark.board("rpi4")
def test_rpi4_from_sd_card(boot):
    """By the real U-Boot to two guests, the first of which has the board's first serial line."""
    m = boot(SCENARIO, board="rpi4", uboot="image", **passed_through.machine_parameters("rpi4"))
    m.expect(r"Found U-Boot script", BOOT)
    m.expect(r"Ashlar: 4 CPUs", BOOT)
    passed_through.check(two_guests(m), "rpi4")


@pytest.mark.full
def test_imx8_watchdog(boot, tmp_path):
    """U-Boot leaves it running with 60 seconds. Guest 1 has it, and keeps the board alive."""
    tree_at, stub_at, image_at = 0x7e000000, 0x7f000000, 0x60000000
    tree, stub = tmp_path / "tree.dtb", tmp_path / "stub"
    # ldr x0, 1f; ldr x1, 2f; ldr x3, 3f; ldr w2, 4f; strh w2, [x3]; br x1;
    # 1: .quad tree_at; 2: .quad image_at; 3: .quad WDOG1; 4: .word WCR: 60 s, WDA, SRS, WDE
    stub.write_bytes(struct.pack("<6I3QI", 0x580000c0, 0x580000e1, 0x58000103, 0x18000122,
                                 0x79000062, 0xd61f0020, tree_at, image_at, 0x30280000, 0x7734))

    def change(command):
        i = command.index("-dtb")
        shutil.copy(command[i + 1], tree)
        del command[i:i + 2]
        subprocess.run(["fdtput", "-p", "-t", "x", tree, "/memory@40000000", "reg", "0", "40000000",
                        "0", "40000000"], check=True)
        i = command.index("-kernel")
        image = command[i + 1]
        del command[i:i + 2]
        for file, where, more in ((image, image_at, ""), (tree, tree_at, ""),
                                  (stub, stub_at, ",cpu-num=0")):
            command += ["-device", f"loader,file={file},addr={where:#x},force-raw=on{more}"]
        return command

    m = boot(SCENARIO, board="imx8", cpus=4, change=change)
    m.expect(r"entered at EL", BOOT)
    begin = time.monotonic()
    one = Cons(m).shell(1)
    assert one.run("cat /sys/class/watchdog/watchdog0/identity").strip() == "imx2+ watchdog"
    time.sleep(max(0, begin + 90 - time.monotonic()))
    assert one.answers()
    assert m.text().count("RAM 1024 MiB, ") == 1  # no reset


@pytest.mark.parametrize("uboot", [None, "image"])
def test_rpi4_keeps_reservations(boot, tmp_path, uboot):
    """What firmware reserves in the tree that it hands on is kept, on the way by U-Boot and the card's
    boot script too."""
    def memory_of_moe(**parameters):
        m = boot("hello-ned", board="rpi4", cpus=4, **parameters)
        m.expect(r"MOE: (\d+) MiB of RAM", BOOT)
        m.close()
        return int(m.console.match.group(1))

    def reserve(command):
        at = command.index("-dtb") + 1
        text = tell("dtc", "-q", "-I", "dtb", "-O", "dts", command[at])
        text = text.replace("/memreserve/", "/memreserve/ 0x30000000 0x2000000;\n/memreserve/", 1)
        text += "/ { reserved-memory { kept@34000000 { reg = <0 0x34000000 0x1000000>; }; }; };"
        command[at] = str(tmp_path / "firmware.dtb")
        subprocess.run(["dtc", "-q", "-O", "dtb", "-o", command[at]], input=text, text=True,
                       check=True)
        return command

    how = {"uboot": uboot} if uboot else {}
    assert memory_of_moe(**how) - memory_of_moe(change=reserve, **how) == 32 + 16


# -- qemu-virt with other interrupt controllers and CPUs ---------------------------------------

@pytest.mark.board("qemu-virt")
def test_gicv2_two_guests(boot):
    m = boot(SCENARIO, board="qemu-virt", cpus=4, gic=2)
    m.expect(r"GICv2", BOOT)
    cons = two_guests(m)
    one = cons.shell(1)
    assert "GIC-0" in one.run("cat /proc/interrupts")  # Linux's name for a GICv2
    one.run("echo +3 >/sys/class/rtc/rtc0/wakealarm; sleep 6")
    passed_through.wait_for(lambda: passed_through.interrupts(one, "pl031"))
    assert int(one.run("grep pl031 /proc/interrupts").split()[1]) == 1


@pytest.mark.board("qemu-virt")
@pytest.mark.full
@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a57", "cortex-a72", "cortex-a76", "max"])
def test_matrix(boot, cpu, gic):
    m = boot(SCENARIO, board="qemu-virt", cpus=2, cpu=cpu, gic=gic)
    two_guests(m)


@pytest.mark.board("qemu-virt")
@pytest.mark.full
@pytest.mark.parametrize("scenario", ["hello-ned", "uvmm", SCENARIO])
def test_gicv2_eight_cpus(boot, scenario):
    m = boot(scenario, board="qemu-virt", cpus=8, gic=2)
    m.expect(r"Ashlar: 8 CPUs", BOOT)
    if scenario == "hello-ned":
        m.expect(HELLO, BOOT)
    elif scenario == SCENARIO:
        passed_through.check(two_guests(m), "qemu-virt")
    else:
        shell = Shell(m)
        shell.wait_prompt()
        assert shell.run("nproc").strip() == "4"


# -- U-Boot ------------------------------------------------------------------------------------

@formats
@pytest.mark.board("qemu-virt")
@pytest.mark.parametrize("uboot,gic,words", [
    ("image", 2, "Flattened Device Tree blob"),
    ("uimage", 3, "Verifying Checksum ... OK"),
    ("itb", 2, r"sha256\+ OK"),
])
def test_uboot(boot, uboot, gic, words):
    """boot.scr is found on the FAT disk and starts the image by booti, or by bootm."""
    m = boot("hello-ned", board="qemu-virt", uboot=uboot, gic=gic, cpus=4)
    m.expect(r"Found U-Boot script /boot.scr", BOOT)
    m.expect(words, BOOT)
    m.expect(r"entered at EL2.*4 CPUs", BOOT)
    m.expect(HELLO, BOOT)


@formats
@pytest.mark.parametrize("uboot", ["image", "uimage"])
def test_uboot_rpi4(boot, uboot):
    m = boot("hello-ned", board="rpi4", uboot=uboot)
    m.expect(r"Found U-Boot script /boot.scr", BOOT)
    m.expect(r"Ashlar: 4 CPUs", BOOT)
    m.expect(HELLO, BOOT)


@formats
@pytest.mark.board("qemu-virt")
def test_damaged_fit_is_refused(boot, tmp_path):
    build("hello-ned", BOARD="qemu-virt", UBOOT="itb")
    disk = bytearray(open(image_path("qemu-virt", "disk-itb.img"), "rb").read())
    disk[disk.index(b"ASHLARP1") + 100] ^= 1
    damaged = tmp_path / "damaged.img"
    damaged.write_bytes(disk)
    m = boot("hello-ned", board="qemu-virt", uboot="itb", uboot_disk=damaged)
    m.expect(r"Bad hash value", BOOT)
    m.expect(r"=> ", BOOT)
    assert "Ashlar boot" not in m.text()


@formats
@pytest.mark.board("qemu-virt")
def test_signed_fit(boot, tmp_path):
    """A U-Boot that knows the key starts what was signed with it, and nothing else."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                    "-subj", "/CN=ashlar", "-keyout", tmp_path / "ashlar.key", "-out",
                    tmp_path / "ashlar.crt"], check=True, capture_output=True)
    tree = tmp_path / "uboot.dtb"
    build("hello-ned", BOARD="qemu-virt", UBOOT="itb")
    command = make("-s", "print-qemu", BOARD="qemu-virt", UBOOT="itb", SCENARIO="hello-ned")
    subprocess.run(command.stdout.split() + ["-machine", f"dumpdtb={tree}"], cwd=ROOT, check=True,
                   capture_output=True)
    plain = tmp_path / "plain.img"
    shutil.copy(image_path("qemu-virt", "disk-itb.img"), plain)
    done = make("disk", BOARD="qemu-virt", UBOOT="itb", SCENARIO="hello-ned", KEY_DIR=tmp_path,
                KEY_TREE=tree)
    assert done.returncode == 0, done.stdout
    signed = tmp_path / "signed.img"
    shutil.copy(image_path("qemu-virt", "disk-itb.img"), signed)

    parameters = {"board": "qemu-virt", "uboot": "itb", "options": f"-dtb {tree}"}
    m = boot("hello-ned", uboot_disk=signed, **parameters)
    m.expect(r"sha256,rsa2048:ashlar\+ OK", BOOT)
    m.expect(HELLO, BOOT)
    m.close()
    m = boot("hello-ned", uboot_disk=plain, **parameters)
    m.expect(r"Failed to verify required signature", BOOT)
    m.expect(r"=> ", BOOT)
    assert "Ashlar boot" not in m.text()


@formats
@pytest.mark.board("qemu-virt")
def test_formats_are_the_same_each_time():
    """The same input gives the same uImage, FIT and boot script."""
    names = ["uimage", "image.itb", "boot.scr"]

    def make_all():
        done = make("formats", BOARD="qemu-virt", SCENARIO="hello-ned")
        assert done.returncode == 0, done.stdout
        return [open(image_path("qemu-virt", n), "rb").read() for n in names]

    first = make_all()
    for n in names:
        os.unlink(image_path("qemu-virt", n))
    assert make_all() == first


@formats
@pytest.mark.parametrize("board, load, files", [
    ("rpi4", "10000000", ["u-boot   bin", "config   txt", "README   txt", "bcm2711-rpi-4-b.dtb"]),
    ("imx8", "60000000", ["imx8mp-evk.dtb"]),
])
def test_formats_of_boards(board, load, files):
    done = make("formats", BOARD=board, SCENARIO="hello-ned")
    assert done.returncode == 0, done.stdout
    uimage = tell("mkimage", "-l", image_path(board, "uimage"))
    assert f"Load Address: {load}" in uimage and "AArch64 Linux Kernel Image" in uimage
    fit = tell("mkimage", "-l", image_path(board, "image.itb"))
    assert f"Load Address: 0x{load}" in fit and "Hash algo:    sha256" in fit
    assert "Script" in tell("mkimage", "-l", image_path(board, "boot.scr"))
    disk = tell("mdir", "-i", image_path(board, "disk.img") + "@@1M", "::")
    for name in ["image ", "boot     scr"] + files:
        assert name in disk


def tell(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          env=dict(os.environ, MTOOLS_SKIP_CHECK="1")).stdout
