# SPDX-License-Identifier: MIT
"""rng: guests get random numbers by their virtio device and by calls; what they come from; who is given none has neither."""
import pytest

from machine import BOOT, STEP, Cons

pytestmark = pytest.mark.board("qemu-virt")
HWRNG = "/sys/devices/virtual/misc/hw_random"
SIZE = 1024
VIRTIO, CALLS = "virtio_rng.0", "smccc_trng"


def available(shell):
    return set(shell.run(f"cat {HWRNG}/rng_available").split()) - {"none"}


def read(shell, source, size=SIZE):
    """What the guest reads, as hexadecimal digits."""
    shell.run(f"echo {source} >{HWRNG}/rng_current")
    assert shell.run(f"cat {HWRNG}/rng_current").strip() == source
    text = "".join(shell.run(f"head -c {size} /dev/hwrng | hexdump -v -e '32/1 \"%02x\" \"\\n\"'", timeout=5 * STEP).split())
    assert len(text) == 2 * size
    return text


def blocks(text):
    return [text[i:i + 32] for i in range(0, len(text), 32)]


def test_two_guests(boot):
    m = boot("uvmm-2vm-rng")
    m.expect(r"random numbers come from .*the machine's virtio device \(256 bits\)", BOOT)
    cons = Cons(m)
    seen = []
    for guest in (1, 2):
        shell = cons.shell(guest)
        assert available(shell) == {VIRTIO, CALLS}
        for source in (VIRTIO, CALLS):
            seen += blocks(read(shell, source))
        # the kernel has used the calls before it had any device: its own numbers are there at once
        ready = shell.run("dmesg | sed -n 's/^.*\\[ *\\([0-9.]*\\)\\] random: crng init done.*/\\1/p'")
        assert float(ready) < 0.1
    assert len(seen) == 4 * SIZE // 16
    assert len(set(seen)) == len(seen), "a block of 16 bytes came twice"
    ones = sum(bin(int(block, 16)).count("1") for block in seen)
    assert abs(ones - 4 * SIZE * 4) < 1000  # 11 standard deviations of fair bits


def test_sources_and_shares(boot):
    m = boot("rng", cpu="max")
    m.expect(r"random numbers come from the seed of the machine's start \(128 bits\), the CPU's RNDRRS \(256 bits\)", BOOT)
    cons = Cons(m)
    shell = cons.shell(1)
    assert available(shell) == {VIRTIO, CALLS}
    # 4 KiB a second, and what was not used of the last one
    seconds = float(shell.run("cut -d ' ' -f 1 /proc/uptime"))
    read(shell, VIRTIO, 5 * 4096)
    assert float(shell.run("cut -d ' ' -f 1 /proc/uptime")) - seconds > 3
    # who has no capability has no device, and his calls are not supported
    shell = cons.shell(2)
    assert available(shell) == set()
    assert "smccc_trng" not in shell.run("ls /sys/bus/platform/devices")
    assert "disabled" in shell.run("cat /proc/device-tree/l4vmm/virtio_rng@23000/status; echo")


def test_no_source(boot):
    """Without any entropy there are no random numbers rather than bad ones."""
    m = boot("uvmm-2vm-rng", rng="no", cpu="cortex-a72", options="-machine dtb-randomness=off")
    m.expect("there is no source of entropy: no virtio device, no RNDRRS, no seed", BOOT)
    cons = Cons(m)
    shell = cons.shell(1)
    assert available(shell) == set()
    assert "smccc_trng" not in shell.run("ls /sys/bus/platform/devices")
