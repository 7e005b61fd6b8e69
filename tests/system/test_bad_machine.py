# SPDX-License-Identifier: MIT
"""Machines that boot cannot use, or not wholly: each gets a message, none hangs silently."""
import os
import shlex
import struct
import subprocess

import pytest

from machine import BOOT, ROOT, Shell, build, make

pytestmark = pytest.mark.board("qemu-virt")
HELLO = r"hello   \| (\x1b\[[0-9;]*m)?Hello World!"
STOPPED = r"Ashlar boot: stopped"
STUB_AT, IMAGE_AT, TREE_AT = 0x4f000000, 0x50000000, 0x4e000000
RELEASE_AT = 0x4d000000
TIMER_HZ = {"cortex-a57": 62500000, "max": 1000000000}  # what the emulated CPU's timer runs at
VIRT = "virt,virtualization=on,gic-version=3"


class Workshop:
    """Makes device trees, and starts the image as a boot loader would that has one of its own."""

    def __init__(self, boot, path):
        self.boot, self.path = boot, path
        self.tree = path / "tree.dtb"

    def command(self, **machine):
        build("hello-ned", BOARD="qemu-virt")
        done = make("-s", "print-qemu", BOARD="qemu-virt", SCENARIO="hello-ned", **machine)
        assert done.returncode == 0, done.stdout
        return shlex.split(done.stdout.strip().splitlines()[-1])

    def dump_tree(self, **machine):
        """The tree of a machine that is all right."""
        command = self.command(**machine)
        command[command.index("-M") + 1] += f",dumpdtb={self.tree}"
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    def put(self, node, name, *values):
        """Changes a property; numbers are cells, none make it empty."""
        kind = "s" if values and isinstance(values[0], str) else "x"
        text = [v if kind == "s" else f"{v:x}" for v in values]
        subprocess.run(["fdtput", "-p", "-t", kind, self.tree, node, name, *text], check=True)

    def remove(self, node):
        subprocess.run(["fdtput", "-r", self.tree, node], check=True)

    def start(self, machine=VIRT, image_at=IMAGE_AT, scenario="hello-ned", **parameters):
        """A few instructions at STUB_AT put the address of the tree into x0 and enter the image, at
        the highest exception level that the machine has."""
        stub = self.path / "stub"
        # ldr x0, 1f; ldr x1, 2f; br x1; nop; 1: .quad TREE_AT; 2: .quad image_at
        stub.write_bytes(struct.pack("<4I2Q", 0x58000080, 0x580000a1, 0xd61f0020, 0xd503201f,
                                     TREE_AT, image_at))

        def change(command):
            command = self.load(command, machine, image_at)
            return command + ["-device", f"loader,file={stub},addr={STUB_AT:#x},force-raw=on,cpu-num=0"]

        return self.boot(scenario, board="qemu-virt", change=change, **parameters)

    def load(self, command, machine, image_at):
        """The emulator's command with image and tree in memory, which nobody enters."""
        image = command[command.index("-kernel") + 1]
        command[command.index("-M") + 1] = machine
        for file, where in ((image, image_at), (self.tree, TREE_AT)):
            command += ["-device", f"loader,file={file},addr={where:#x},force-raw=on"]
        i = command.index("-kernel")
        return command[:i] + command[i + 2:]

    def start_at_el3(self, gic, scenario, timer_set=True, **parameters):
        """All CPUs come out of reset at EL3 and find el3_firmware.S, which stays in no one's way. The
        tree gets its spin table."""
        timer_hz = TIMER_HZ[parameters.get("cpu", "cortex-a57")] if timer_set else 0
        cc = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-")
        program, firmware = self.path / "firmware.elf", self.path / "firmware"
        board = {"TREE": TREE_AT, "IMAGE": IMAGE_AT, "RELEASE": RELEASE_AT, "TIMER_HZ": timer_hz}
        subprocess.run([f"{cc}gcc", "-nostdlib", "-static", "-Wl,--build-id=none", "-Wl,-Ttext=0",
                        *(f"-DBOARD_{k}={v:#x}" for k, v in board.items()), "-o", program,
                        os.path.join(ROOT, "tests/system/el3_firmware.S")], check=True)
        subprocess.run([f"{cc}objcopy", "-O", "binary", "-j", ".text", program, firmware], check=True)
        for i in range(parameters.get("cpus", 2)):
            self.put(f"/cpus/cpu@{i:x}", "enable-method", "spin-table")
            self.put(f"/cpus/cpu@{i:x}", "cpu-release-addr", 0, RELEASE_AT + 8 * i)

        def change(command):
            machine = f"virt,secure=on,virtualization=on,gic-version={gic}"
            return self.load(command, machine, IMAGE_AT) + ["-bios", str(firmware)]

        return self.boot(scenario, board="qemu-virt", change=change, gic=gic, **parameters)


@pytest.fixture(name="shop")
def workshop(boot, tmp_path):
    return Workshop(boot, tmp_path)


def test_unchanged_tree(shop):
    """What the other tests start from works."""
    shop.dump_tree()
    m = shop.start()
    m.expect(r"entered at EL2.*2 CPUs, GICv3", BOOT)
    m.expect(HELLO, BOOT)


# -- device trees ------------------------------------------------------------------------------

def test_no_interrupt_controller(shop):
    shop.dump_tree()
    shop.remove("/intc@8000000")
    m = shop.start()
    m.expect(r"error: the device tree names no interrupt controller that is known", BOOT)
    m.expect(STOPPED)


def test_no_memory(shop):
    shop.dump_tree()
    shop.remove("/memory@40000000")
    m = shop.start()
    m.expect(r"error: the device tree names no memory", BOOT)
    m.expect(STOPPED)


def test_empty_memory_node(shop):
    shop.dump_tree()
    shop.put("/memory@40000000", "reg", 0, 0x40000000, 0, 0)
    m = shop.start()
    m.expect(r"error: the device tree names no memory: its memory nodes are empty", BOOT)
    m.expect(STOPPED)


def compact(tree):
    """The blob as dtc writes it, without the room that QEMU leaves at its end."""
    return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", tree], check=True,
                          capture_output=True).stdout


@pytest.mark.parametrize("rest", [0.99, 0.92, 0.78, 0.1, 0.007])
def test_truncated_tree(shop, rest):
    """The end of the blob, where the names of properties are, has not arrived: some of them, all,
    and nodes too; the console's as well, which the image knows then; nearly all."""
    shop.dump_tree()
    blob = compact(shop.tree)
    shop.tree.write_bytes(blob[:int(len(blob) * rest)])
    m = shop.start()
    m.expect(r"error: the device tree is damaged \(", BOOT)
    m.expect(STOPPED)


@pytest.mark.parametrize("size", [0, 8000])
def test_no_tree(shop, size):
    shop.tree.write_bytes(b"no" * (size // 2) or b"\0")
    m = shop.start()
    m.expect(r"error: no device tree at the address that the boot loader passed \(in register x0\): "
             rf"{TREE_AT:#x}", BOOT)
    m.expect(STOPPED)


def test_damaged_structure(shop):
    shop.dump_tree()
    blob = bytearray(compact(shop.tree))
    at = blob.index(b"timer\0\0\0")
    blob[at - 1] = 77  # no token begins a node so
    shop.tree.write_bytes(blob)
    m = shop.start()
    m.expect(r"error: the device tree is damaged \(", BOOT)
    m.expect(STOPPED)


def test_old_tree(shop):
    """Before version 16 nodes have paths in place of names."""
    shop.dump_tree()
    blob = bytearray(shop.tree.read_bytes())
    blob[20:28] = struct.pack(">II", 3, 1)  # version, last compatible version
    shop.tree.write_bytes(blob)
    m = shop.start()
    m.expect(r"error: the device tree is damaged \(its format is older than version 16\)", BOOT)
    m.expect(STOPPED)


def test_tree_of_no_size(shop):
    shop.dump_tree()
    blob = bytearray(shop.tree.read_bytes())
    blob[4:8] = bytes(4)
    shop.tree.write_bytes(blob)
    m = shop.start()
    m.expect(r"error: the device tree is damaged \(", BOOT)
    m.expect(STOPPED)


def test_memory_beyond_40_bits(shop):
    """Programs have addresses of 40 bits: what lies beyond is left out."""
    shop.dump_tree()
    shop.put("/memory@40000000", "reg", 0, 0x40000000, 0, 0x40000000, 0x100, 0, 0, 0x40000000)
    m = shop.start()
    m.expect(r"memory 0x10000000000..0x1003fffffff left out", BOOT)
    m.expect(r"RAM 1024 MiB", BOOT)
    m.expect(HELLO, BOOT)


def test_no_memory_below_40_bits(shop):
    shop.dump_tree()
    shop.put("/memory@40000000", "reg", 0x100, 0, 0, 0x40000000)
    m = shop.start()
    m.expect(r"error: all memory of the machine lies from 2\^40 on", BOOT)
    m.expect(STOPPED)


def test_overlapping_banks(shop):
    shop.dump_tree()
    shop.put("/memory@40000000", "reg", 0, 0x40000000, 0, 0x30000000, 0, 0x60000000, 0, 0x20000000)
    m = shop.start()
    m.expect(r"bank 0x60000000..0x7fffffff overlaps another one: merged", BOOT)
    m.expect(r"RAM 1024 MiB", BOOT)
    m.expect(HELLO, BOOT)


def memory_of_moe(m):
    m.expect(r"MOE: (\d+) MiB of RAM", BOOT)
    return int(m.console.match.group(1))


@pytest.mark.parametrize("no_map", [False, True])
def test_reserved_memory(shop, no_map):
    shop.dump_tree()
    m = shop.start()
    whole = memory_of_moe(m)
    m.close()
    node = "/reserved-memory/firmware@60000000"
    shop.put("/reserved-memory", "ranges")
    shop.put("/reserved-memory", "#address-cells", 2)
    shop.put("/reserved-memory", "#size-cells", 2)
    shop.put(node, "reg", 0, 0x60000000, 0, 0x10000000)
    if no_map:
        shop.put(node, "no-map")
    m = shop.start()
    assert whole - memory_of_moe(m) == 256
    m.expect(HELLO, BOOT)


def test_unknown_console(shop):
    """The tree's console has no driver: the message goes to a UART that has one."""
    shop.dump_tree()
    shop.put("/strange@a100000", "compatible", "x,strange-uart")
    shop.put("/chosen", "stdout-path", "/strange@a100000")
    m = shop.start()
    m.expect(r'stdout-path "/strange@a100000" is no UART that a driver knows: taking pl011@9000000',
             BOOT)
    m.expect(HELLO, BOOT)


def test_more_cpus_than_supported(shop):
    shop.dump_tree(CPUS=20)
    m = shop.start(cpus=20)
    m.expect(r"4 CPUs left out: 16 are supported", BOOT)
    m.expect(r"Ashlar: 16 CPUs", BOOT)
    m.expect(HELLO, BOOT)


# -- how the image is entered ------------------------------------------------------------------

@pytest.mark.parametrize("gic", [2, 3])
def test_entered_at_el3(shop, gic):
    shop.dump_tree(GIC=gic)
    m = shop.start(f"virt,secure=on,virtualization=on,gic-version={gic}", scenario="uvmm")
    m.expect(rf"entered at EL3.*GICv{gic}", BOOT)
    Shell(m).wait_prompt()


@pytest.mark.parametrize("gic", [2, 3])
def test_entered_at_el3_of_a_newer_cpu(shop, gic):
    """Fine grained traps, HCRX, and all else that EL3 keeps unless it lets go."""
    shop.dump_tree(GIC=gic, CPU="max")
    m = shop.start(f"virt,secure=on,virtualization=on,gic-version={gic}", cpu="max")
    m.expect(rf"entered at EL3.*GICv{gic}", BOOT)
    m.expect(HELLO, BOOT)


@pytest.mark.full
@pytest.mark.parametrize("gic, cpu", [(2, "cortex-a57"), (3, "cortex-a57"), (3, "max")])
def test_spin_table_at_el3(shop, gic, cpu):
    """Further CPUs that come at EL3 are as good as the first: the kernel's tests run on both."""
    shop.dump_tree(GIC=gic, CPU=cpu)
    m = shop.start_at_el3(gic, "ktest", cpu=cpu)
    m.expect(rf"entered at EL3.*2 CPUs, GICv{gic}", BOOT)
    m.expect(r"Ashlar: 2 CPUs", BOOT)
    m.expect(r"done: \d+ passed, (\d+) failed", BOOT)
    assert m.console.match.group(1) == "0", m.tail()


def test_timer_frequency_of_the_tree(shop):
    """Nobody has set CNTFRQ_EL0 before an entry at EL3."""
    shop.dump_tree()
    hz = TIMER_HZ["cortex-a57"]
    shop.put("/timer", "clock-frequency", hz)
    m = shop.start_at_el3(3, "hello-ned", timer_set=False)
    m.expect(rf"the timer runs at {hz} Hz, says the device tree", BOOT)
    m.expect(r"Ashlar: 2 CPUs", BOOT)
    m.expect(HELLO, BOOT)


@pytest.mark.parametrize("cpu", ["cortex-a57", "max"])
def test_el3_without_el2(shop, cpu):
    shop.dump_tree()
    m = shop.start("virt,secure=on,gic-version=3", cpu=cpu)
    m.expect(r"error: this CPU has EL3 but no EL2", BOOT)
    m.expect(STOPPED)


def test_entered_at_el1(shop):
    shop.dump_tree()
    m = shop.start("virt,gic-version=3")
    m.expect(r"error: entered at EL1, but the kernel is a hypervisor and needs EL2", BOOT)
    m.expect(STOPPED)


@pytest.mark.parametrize("machine", [VIRT, "virt,gic-version=3",
                                     "virt,secure=on,virtualization=on,gic-version=3"])
@pytest.mark.parametrize("offset", [4, 0x200])
def test_wrong_alignment(shop, machine, offset):
    shop.dump_tree()
    m = shop.start(machine, image_at=IMAGE_AT + offset)
    m.expect(r"error: (entered at EL1|the image was loaded at no page boundary)", BOOT)
    m.expect(STOPPED)


def test_page_alignment(shop):
    """Enough to work, but loaders should do better."""
    shop.dump_tree()
    m = shop.start(image_at=IMAGE_AT + 0x3000)
    m.expect(r"the image lies at 0x50003000; it belongs at a multiple of 2 MiB", BOOT)
    m.expect(HELLO, BOOT)
