# SPDX-License-Identifier: MIT
"""A PCI network card of the machine that belongs to a guest."""
import re

import pytest

from guide import own_entry
from machine import BOOT, ROOT, STEP, Cons
from passed_through import interrupts
from test_guests import verdict

pytestmark = pytest.mark.board("qemu-virt")
HOST = "10.0.2.2"  # of the emulator's network
CARD = "/sys/bus/pci/devices/0000:00:01.0"


def test_network_card(boot):
    """Used, with its interrupts; what the guest does to its configuration space is its own affair."""
    m = boot("uvmm-pci", options=" -device pcie-root-port,id=rp,chassis=1 -device virtio-rng-pci,bus=rp,disable-legacy=on")
    m.expect(r"device 'network' of bus 'pci' can reach all memory of the machine")
    m.expect("guest RAM is at 0x[0-9a-f]+, as in the machine: devices of the vbus do DMA")
    shell = Cons(m).shell(1)
    assert shell.run("ls /sys/bus/pci/devices").split() == ["0000:00:00.0", "0000:00:01.0"]
    assert shell.run(f"cat {CARD}/vendor {CARD}/device").split() == ["0x1af4", "0x1041"]
    assert " 0% packet loss" in shell.run(f"ping -c 3 {HOST}", timeout=STEP)
    assert interrupts(shell, "virtio") > 3

    # BARs onto RAM, beyond the windows and onto each other; all bits of all registers
    shell.run(f"echo 0000:00:01.0 >{CARD}/driver/unbind")
    ram = int(re.search("([0-9a-f]+)-[0-9a-f]+ : System RAM", shell.run("cat /proc/iomem")).group(1), 16)
    for bar in (ram, 0x3f000000, 0, 0xfffff000, 0x10000000):
        word = "".join(f"\\x{b:02x}" for b in bar.to_bytes(4, "little"))
        for offset in (16, 20, 32, 36):
            shell.run(f"printf '{word}' | dd of={CARD}/config bs=1 seek={offset} conv=notrunc 2>/dev/null")
        shell.run(f"printf '\\x06' | dd of={CARD}/config bs=1 seek=4 conv=notrunc 2>/dev/null")
        assert int(shell.run(f"dd if={CARD}/config bs=4 skip=5 count=1 2>/dev/null | hexdump -e '1/4 \"%x\"'"), 16) == bar
    shell.run(f"tr '\\0' '\\377' </dev/zero | dd of={CARD}/config bs=4 count=64 conv=notrunc 2>/dev/null; true")
    shell.run(f"echo 1 >{CARD}/remove; echo 1 >/sys/bus/pci/rescan; until test -e /sys/class/net/eth0; do sleep 1; done",
              timeout=STEP)
    shell.run("ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up")
    assert " 0% packet loss" in shell.run(f"ping -c 3 {HOST}", timeout=STEP)


def test_dma_is_refused(boot, tmp_path):
    """A bus that does not ask for it by name is none."""
    with open(f"{ROOT}/images/pci.vbus", encoding="utf-8") as f:
        text = f.read()
    assert "allow_dma" in text
    (tmp_path / "pci.vbus").write_text(re.sub(".*allow_dma.*\n", "", text))
    m = boot("guide-uvmm-pci", options=" -device virtio-net-pci,romfile=",
             **own_entry("uvmm-pci", tmp_path, "images/modules.list"))
    m.expect(r"device 'network' of bus 'pci' could reach all memory of the machine: allow it by Property.allow_dma = true", BOOT)
    m.expect("the vbus is not to be had")


NVME_BUS = """-- SPDX-License-Identifier: MIT
Io.add_vbusses
{
  pci = Io.Vi.System_bus(function()
    PCI = Io.Vi.PCI_bus(function()
      disk = wrap(Io.system_bus():match("PCI/CC_0108"));
    end);
  end);
}
"""


def nvme(boot, tmp_path, machine=""):
    """Boots a guest that is to have the machine's NVMe disk, which nothing else allows to do DMA."""
    (tmp_path / "pci.vbus").write_text(NVME_BUS)
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"written by the host" + bytes(4 * 1024 * 1024 - 19))
    options = f"{machine} -drive if=none,id=d,format=raw,file={disk} -device nvme,drive=d,serial=d"
    return disk, boot("guide-uvmm-pci", options=" " + options, **own_entry("uvmm-pci", tmp_path, "images/modules.list"))


def test_nvme_behind_the_smmu(boot, tmp_path):
    """The guest's addresses are the device's, and no bus has to allow it."""
    disk, m = nvme(boot, tmp_path, "-machine iommu=smmuv3")
    shell = Cons(m).shell(1)
    assert shell.run("head -c 19 /dev/nvme0n1") == "written by the host"
    shell.run("yes guest | head -c 1048576 | dd of=/dev/nvme0n1 bs=64k seek=16 conv=fsync 2>/dev/null", timeout=STEP)
    assert disk.read_bytes()[1 << 20:2 << 20] == b"guest\n" * 174762 + b"gues"
    assert "refused" not in m.text() and "reach all memory" not in m.text()


def test_nvme_without_smmu(boot, tmp_path):
    _, m = nvme(boot, tmp_path)
    m.expect(r"device 'disk' of bus 'pci' could reach all memory of the machine: allow it by Property.allow_dma = true", BOOT)
    m.expect("the vbus is not to be had")


def test_hostile_dma(boot):
    """A guest sends its device into the memory of others: the SMMU says no, the kernel says who it was, nobody else notices."""
    m = boot("guests-dma", options="-machine iommu=smmuv3 -device edu,dma_mask=0xffffffffffffffff")
    m.expect(r"kernel: SMMU 0, stream 8: write at [0-9a-f]+ refused: nothing is mapped there", BOOT)
    m.expect(r"END guest-dma status (\w+)", STEP)
    assert m.console.match.group(1) == "0"
    m.expect(r"NEIGHBOUR status (\w+)", STEP)
    assert m.console.match.group(1) == "0"
    text = m.text()
    assert not verdict(re.search(r"(?ms)BEGIN guest-dma$(.*)^END guest-dma", text)[1])
    assert "neighbour: ok" in text and "FAIL" not in text
    assert 0 < len(re.findall("kernel: SMMU 0, stream 8", text)) <= 4
