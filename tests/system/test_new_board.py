# SPDX-License-Identifier: MIT
"""make new-board and make check-board: board packages from device trees."""
import glob
import os
import re
import subprocess

import pytest

from machine import BOOT, ROOT, STEP, Cons, make, run

pytestmark = pytest.mark.xdist_group("new_board")  # boards of one name

GIC = """
    gic: interrupt-controller@8000000 {
        compatible = "arm,gic-v3"; #interrupt-cells = <3>; interrupt-controller;
        reg = <0x8000000 0x10000 0x80a0000 0xf60000>; interrupts = <1 9 4>;
    };"""
PSCI = """
    psci { compatible = "arm,psci-1.0"; method = "smc"; };"""
UART = "arm,pl011"
TREE = """/dts-v1/;
/ {
    #address-cells = <1>; #size-cells = <1>;
    model = "Board of a test"; compatible = "test,board";
    %(parent)s
    chosen { stdout-path = "/soc/serial@1000"; };
    memory@40000000 { device_type = "memory"; reg = <0x40000000 0x40000000>; };
    cpus {
        #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; reg = <0>; enable-method = "psci"; };
        cpu@1 { device_type = "cpu"; reg = <1>; enable-method = "psci"; };
    };%(gic)s%(psci)s
    timer { compatible = "arm,armv8-timer"; interrupts = <1 13 4 1 14 4 1 11 4 1 10 4>; };
    soc {
        compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>;
        ranges = <0 0x10000000 0x100000>;
        serial@1000 { compatible = "%(uart)s"; reg = <0x1000 0x1000>; interrupts = <0 1 4>; };
        rtc@2000 { compatible = "x,rtc"; reg = <0x2000 0x1000>; interrupts = <0 2 4>; };
        one@3000 { compatible = "x,one"; reg = <0x3000 0x100>; interrupts = <0 3 1>; };
        two@3100 { compatible = "x,two"; reg = <0x3100 0x100>; };
        off@4000 { compatible = "x,off"; reg = <0x4000 0x100>; status = "disabled"; };
        snvs@5000 {
            compatible = "x,snvs", "syscon", "simple-mfd"; reg = <0x5000 0x1000>;
            part { compatible = "x,part"; interrupts = <0 9 4>; };
        };
        mmc@6000 { compatible = "x,usdhc", "fsl,imx7d-usdhc"; reg = <0x6000 0x1000>; interrupts = <0 10 4>; };
        mmc@7000 { compatible = "x,mmc"; reg = <0x7000 0x1000>; interrupts = <0 11 4>; };
        ethernet@8000 { compatible = "x,net"; reg = <0x8000 0x1000>; interrupts = <0 12 4>; };
    };
};
"""


class Workshop:
    """A directory outside the tree in which boards are made."""

    def __init__(self, path):
        self.path = path

    def tree(self, gic=GIC, psci=PSCI, uart=UART):
        source = TREE % {"gic": gic, "psci": psci, "uart": uart,
                         "parent": "interrupt-parent = <&gic>;" if gic else ""}
        dtb = self.path / "tree.dtb"
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", dtb], input=source, text=True,
                       check=True)
        return dtb

    def new(self, dtb, board="mine"):
        return make("new-board", BOARD=board, DTB=dtb, BSP_PATH=self.path)

    def check(self, board="mine", **variables):
        return make("check-board", BOARD=board, BSP_PATH=self.path, **variables)

    def file(self, name, board="mine"):
        return self.path / board / name

    def replace(self, name, old, new):
        text = self.file(name).read_text()
        assert old in text
        self.file(name).write_text(text.replace(old, new))


@pytest.fixture(name="shop")
def workshop(tmp_path):
    return Workshop(tmp_path)


def test_whole_board(shop):
    done = shop.new(shop.tree())
    assert done.returncode == 0, done.stdout
    assert "MISSING" not in done.stdout
    for kind, text in (("disk", "mmc_6000: sdhci-drv"), ("disk", "mmc_7000: no driver here"),
                       ("network", "ethernet_8000: no driver here")):
        assert re.search(rf"(found|note) +{kind} +{text}", done.stdout), done.stdout
    config = shop.file("io.cfg").read_text()
    assert "Res.mmio(0x10002000, 0x10002fff)" in config        # through ranges of the bus
    assert "Res.irq(32 + 2, Io.Resource.Irq_type_level_high)" in config
    assert "Res.irq(32 + 3, Io.Resource.Irq_type_raising_edge)" in config
    assert "the kernel's console" in config and "serial_1000 =" not in config
    assert "off_4000" not in config
    snvs = config[config.index("snvs_5000 ="):]                # a block has its parts' interrupts
    assert "Res.irq(32 + 9" in snvs[:snvs.index("end)")]
    assert "wrap(Io.system_bus().rtc_2000)" in shop.file("vm_hw.vbus").read_text()
    assert "setenv" in shop.file("boot.cmd").read_text()
    overlay = subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", "/dev/null",
                              shop.file("vm_hw.dtso")], check=False)
    assert overlay.returncode == 0
    done = shop.check()
    assert done.returncode == 0 and "0 errors, 0 warnings" in done.stdout, done.stdout
    assert "mine" in make("list", BSP_PATH=shop.path).stdout
    done = shop.new(shop.tree())
    assert done.returncode != 0 and "is there already" in done.stdout


@pytest.mark.parametrize("change, words", [
    ({"gic": ""}, ["GIC", "no interrupt controller"]),
    ({"uart": "y,unknown-uart"}, ["console", "y,unknown-uart", "kernel/uart/"]),
])
def test_missing_parts(shop, change, words):
    done = shop.new(shop.tree(**change))
    assert done.returncode == 0
    for word in ["MISSING"] + words:
        assert word in done.stdout
    done = shop.check()
    assert done.returncode != 0
    for word in ["error"] + words:
        assert word in done.stdout


def test_no_psci_is_told(shop):
    done = shop.new(shop.tree(psci=""))
    assert "cannot be started" in done.stdout and "no PSCI" in done.stdout
    assert shop.check().returncode == 0


@pytest.mark.parametrize("file, old, new, message", [
    ("io.cfg", "0x10002000, 0x10002fff", "0x20002000, 0x20002fff", "in no device"),
    ("io.cfg", "0x10002000, 0x10002fff", "0x10002000, 0x10003fff", "larger than the"),
    ("io.cfg", "0x10002000, 0x10002fff", "0x10010002000, 0x10010002fff", "lies beyond 2^40"),
    ("io.cfg", "0x10002000, 0x10002fff", "0x10001000, 0x10001fff", "which the kernel uses"),
    ("io.cfg", "32 + 2,", "32 + 3,", "interrupt 35 is that of /soc/one@3000"),
    ("io.cfg", "32 + 2,", "32 + 77,", "interrupt 109 is that of no device"),
    ("io.cfg", "rtc_2000 = Hw.Device", "rtc_2000 = = Hw.Device", "io.cfg:"),
    ("vm_hw.vbus", "rtc_2000);", "clock);", "no such hardware device"),
    ("vm_hw.vbus", "vm_hw =", "other =", "publishes no bus 'vm_hw'"),
    ("board.mk", "BOARD_UART := arm,pl011@0x10001000", "BOARD_UART := arm,pl011@0x10002000",
     "the console of the tree is arm,pl011@0x10001000"),
    ("board.mk", "BOARD_LOAD := 0x44000000", "BOARD_LOAD := 0x44001000", "multiple of 2 MiB"),
    ("board.mk", "BOARD_LOAD := 0x44000000", "BOARD_LOAD := 0x20000000", "no RAM"),
])
def test_mistakes_are_found(shop, file, old, new, message):
    shop.new(shop.tree())
    shop.replace(file, old, new)
    done = shop.check()
    assert done.returncode != 0 and message in done.stdout, done.stdout


def test_load_addresses_are_asked_for(shop):
    """Where the tree names no memory nobody but the user knows them."""
    tree = shop.tree()
    subprocess.run(["fdtput", "-r", tree, "/memory@40000000"], check=True)
    assert "the tree names none" in shop.new(tree).stdout
    variables = {"BOARD": "mine", "BSP_PATH": shop.path, "SCENARIO": "hello-ned"}
    done = make("formats", **variables)
    assert done.returncode != 0 and "BOARD_LOAD" in done.stdout, done.stdout
    shop.replace("board.mk", "#BOARD_LOAD := 0x", "BOARD_LOAD := 0x80000000")
    shop.replace("board.mk", "#BOARD_FILE := 0x", "BOARD_FILE := 0x90000000")
    done = make("formats", **variables)
    assert done.returncode == 0, done.stdout


def test_run_without_emulator(shop):
    """The image is there all the same."""
    shop.new(shop.tree(), "no-emulator")
    image = os.path.join(ROOT, "build/images/no-emulator/hello-ned/image")
    if os.path.exists(image):
        os.unlink(image)
    done = make("run", BOARD="no-emulator", BSP_PATH=shop.path, SCENARIO="hello-ned")
    assert done.returncode != 0 and "has no emulator" in done.stdout, done.stdout
    assert os.path.exists(image)


def test_memory_that_covers_devices(shop):
    tree = shop.tree()
    subprocess.run(["fdtput", "-t", "x", tree, "/memory@40000000", "reg", "0", "80000000"],
                   check=True)
    assert "calls the interrupt controller at 0x8000000 memory: left out" in shop.new(tree).stdout
    done = shop.check()
    assert "0x8000000 memory: left out" in done.stdout and "the real banks" in done.stdout
    assert "0 errors, 3 warnings" in done.stdout, done.stdout


def test_busses_must_not_share_a_page(shop):
    shop.new(shop.tree())
    for name, device in (("a", "one_3000"), ("b", "two_3100")):
        shop.file(name + ".vbus").write_text(
            f"Io.add_vbusses {{ {name} = Io.Vi.System_bus(function()\n"
            f"  dev = wrap(Io.system_bus().{device});\nend) }}\n")
    done = shop.check()
    assert done.returncode != 0 and "shares a page with" in done.stdout, done.stdout


def test_bad_arguments(shop):
    done = make("new-board", BOARD="mine", BSP_PATH=shop.path)
    assert done.returncode != 0 and "DTB=FILE is missing" in done.stdout
    done = shop.new(shop.path / "nothing.dtb")
    assert done.returncode != 0 and "nothing.dtb" in done.stdout
    truncated = shop.path / "truncated.dtb"
    truncated.write_bytes(shop.tree().read_bytes()[:400])
    done = shop.new(truncated)
    assert done.returncode != 0 and "truncated.dtb" in done.stdout and "damaged" in done.stdout
    assert not shop.file("board.mk").exists()


def test_reference_board():
    done = make("check-board", BOARD="qemu-virt")
    assert done.returncode == 0 and "0 errors" in done.stdout, done.stdout


# Trees of many SoCs, from the kernel package that set-up unpacks for guests of the boards.
SOCS = """allwinner/sun50i-a64-pine64 allwinner/sun50i-h6-pine-h64 amlogic/meson-gxbb-odroidc2
amlogic/meson-g12b-odroid-n2 apm/apm-mustang arm/juno-r2 arm/foundation-v8
broadcom/bcm2711-rpi-4-b broadcom/bcm2837-rpi-3-b cavium/thunder-88xx freescale/imx8mq-evk
freescale/imx8mp-evk freescale/imx8qxp-mek freescale/fsl-ls1043a-rdb freescale/fsl-lx2160a-rdb
hisilicon/hi6220-hikey hisilicon/hi3660-hikey960 marvell/armada-3720-db marvell/armada-8040-db
nvidia/tegra210-p2371-2180 qcom/apq8016-sbc qcom/sdm845-db845c rockchip/rk3328-rock64
rockchip/rk3399-rockpro64 ti/k3-am654-base-board ti/k3-j721e-common-proc-board
xilinx/zynqmp-zcu102-rev1.1""".split()


def packaged_tree(name):
    """A tree of the kernel package, None if set-up took no such package."""
    found = glob.glob(os.path.join(ROOT, f"build/packages/*/usr/lib/linux-image-*/{name}.dtb"))
    return found[0] if found else None


def test_trees_of_many_socs(shop):
    trees = [t for t in map(packaged_tree, SOCS) if t]
    if not trees:
        pytest.skip("no package with device trees among those of set-up")
    assert len(trees) >= 20
    for tree in trees:
        board = os.path.basename(tree)[:-len(".dtb")]
        made = shop.new(tree, board)
        assert made.returncode == 0, made.stdout
        done = shop.check(board)
        # Passes, or lacks just what new-board has said.
        errors = [line for line in done.stdout.splitlines() if line.startswith("  error")]
        if "MISSING" in made.stdout:
            assert done.returncode != 0
            assert all(e.split()[1] in ("GIC:", "console:") for e in errors), done.stdout
        else:
            assert done.returncode == 0 and not errors, done.stdout


@pytest.mark.parametrize("name, words", [
    # a machine that has no package in this tree
    ("xilinx/zynqmp-zcu102-rev1.1", "ZCU102"),
    ("broadcom/bcm2711-rpi-4-b", "Raspberry Pi 4"),
    ("freescale/imx8mp-evk", "i.MX8MPlus"),
])
@pytest.mark.parametrize("scenario, shown", [
    ("hello-ned", "Hello World!"),
    pytest.param("uvmm", "/ # ", marks=pytest.mark.full),
])
def test_written_board_boots(shop, name, words, scenario, shown):
    """Nothing but what make new-board writes."""
    tree = packaged_tree(name)
    if not tree:
        pytest.skip("no package with device trees among those of set-up")
    assert "MISSING" not in shop.new(tree, "written").stdout
    board = shop.file("board.mk", "written").read_text()
    size = {} if "MEM=" in board else {"CPUS": 4, "MEM": "2G"}
    done = run(scenario, BOARD="written", BSP_PATH=shop.path, BOOT_TIMEOUT=BOOT, **size)
    assert done.returncode == 0, done.stdout
    assert words in done.stdout and "4 CPUs" in done.stdout and shown in done.stdout


def test_16550(shop, boot):
    """Both directions of a 16550, on a machine whose GIC has no virtualization part."""
    tree = shop.path / "npcm.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, f"{ROOT}/tests/system/npcm845.dts"],
                   check=True)
    assert "without virtualization part" in shop.new(tree).stdout
    shop.replace("board.mk", "BOARD_QEMU :=",
                 "BOARD_QEMU = -M npcm845-evb -m 1G -dtb $(BOARD_DTB)")
    m = boot("uvmm-2vm", board="mine", bsp_path=shop.path)
    m.expect(r"no guests on this machine", BOOT)
    m.expect(r"cons> ", BOOT)
    Cons(m).command("help")
    m.expect(r"connect", STEP)
