# SPDX-License-Identifier: MIT
"""Firmware as guest: the real U-Boot and EDK2 for QEMU's machine, and Linux that they boot."""
import time

import pytest

from machine import BOARD, BOOT, LINE, STEP, Shell, plain

COLOURS = r"(?:\x1b\[[0-9;?=]*[A-Za-z])*"
UBOOT_PROMPT = LINE + "=> "
EFI_PROMPT = f"{COLOURS}Shell> {COLOURS}"
WATCHDOG = 0x9050000
HOUR = 3600


class Prompt:
    """The command line of a firmware."""

    def __init__(self, machine, prompt):
        self.machine, self.prompt = machine, prompt
        machine.expect(prompt, BOOT)

    def run(self, command):
        self.machine.type(command)
        self.machine.expect(self.prompt)
        return plain(self.machine.console.before).partition("\n")[2]


def check_linux(shell):
    """Two CPUs, the command line of fw-cfg, the time of the machine; then it is switched off."""
    assert shell.run("nproc").strip() == "2"
    assert "console=ttyAMA0 rdinit=/init" in shell.run("cat /proc/cmdline")
    clock = int(shell.run("cat /sys/class/rtc/rtc0/since_epoch"))
    if BOARD == "qemu-virt":  # the others have no PL031 that it could take the time from
        assert abs(clock - time.time()) < HOUR
    shell.machine.type("poweroff")
    shell.machine.expect(r"VMM: .*powered off", STEP)


def check_alarm(shell):
    """An alarm of the clock is an interrupt."""
    alarm = "/sys/class/rtc/rtc0/wakealarm"
    shell.run(f"echo +2 >{alarm}; while [ -n \"$(cat {alarm})\" ]; do sleep 1; done", check=False)
    lines = [line.split() for line in shell.run("cat /proc/interrupts").splitlines() if "rtc-pl031" in line]
    assert sum(int(count) for count in lines[0][1:3]) == 1


@pytest.mark.parametrize("gic", [pytest.param("2", marks=pytest.mark.full), "3"])
def test_uboot(boot, gic):
    m = boot("uvmm-uboot", cpus=2, gic=gic)
    with m.pressing(" "):
        m.expect(r"U-Boot 20\d\d", BOOT)
        uboot = Prompt(m, UBOOT_PROMPT)
    assert time.strftime("%Y-") in uboot.run("date")
    assert "Bank # 2: CFI conformant flash" in uboot.run("flinfo")
    loaded = uboot.run("qfw load ${kernel_addr_r} ${ramdisk_addr_r}")
    assert "loading" in loaded
    m.type("booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}")
    m.expect(r"Linux version", BOOT)
    shell = Shell(m)
    shell.wait_prompt()
    check_alarm(shell)
    check_linux(shell)


@pytest.mark.parametrize("gic", [pytest.param("2", marks=pytest.mark.full), "3"])
def test_efi_shell(boot, gic):
    """A variable is still there when the watchdog has reset the guest."""
    variable = "setvar Keep -guid 11111111-2222-3333-4444-555555555555"
    m = boot("uvmm-efi", cpus=2, gic=gic)
    m.expect("ESC", BOOT)
    m.key("\x1b")
    efi = Prompt(m, EFI_PROMPT)
    assert time.strftime("/%Y") in efi.run("date")
    assert "Unable" not in efi.run(f"{variable} -nv -bs =0x5678")
    efi.run(f"mm {WATCHDOG:x} 800000 -w 4 -MMIO -n")
    efi.run(f"mm {WATCHDOG + 8:x} 3 -w 4 -MMIO -n")
    m.expect(r"VMM: .*watchdog", STEP)
    m.expect("ESC", BOOT)
    m.key("\x1b")
    assert "78 56" in Prompt(m, EFI_PROMPT).run(variable)


@pytest.mark.parametrize("gic", [pytest.param("2", marks=pytest.mark.full), "3"])
def test_efi_linux(boot, gic):
    m = boot("uvmm-efi-linux", cpus=2, gic=gic)
    m.expect(r"EFI stub: Booting Linux Kernel", BOOT)
    m.expect(r"Linux version", BOOT)
    shell = Shell(m)
    shell.wait_prompt()
    assert "systab" in shell.run("ls /sys/firmware/efi")
    check_linux(shell)
