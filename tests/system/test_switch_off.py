# SPDX-License-Identifier: MIT
"""The machine is switched off and restarted by who has the right, and by nobody else."""
import pexpect
import pytest

from machine import BOOT, STEP

pytestmark = pytest.mark.board("qemu-virt", "imx8")  # rpi4's emulator has no firmware that could do it


def refused_to_others(m):
    m.expect(r"classes\tL4Re::Dataspace\tL4Re::Parent\tL4Re::Dma_space_mgr\tL4::Vcon", BOOT)
    m.expect(r"plain.*runtime error.*\(-1\)", BOOT)
    m.expect(r"restricted.*runtime error.*\(-1\)", STEP)
    m.expect(r"the machine is on", STEP)


def test_ned_switches_off(boot):
    m = boot("switch-off")
    refused_to_others(m)
    m.expect(r"restarts\tleft nothing", BOOT)
    m.expect(pexpect.EOF, STEP)
    assert "still on" not in m.text()


def test_restart_with_the_right_handed_on(boot):
    m = boot("switch-off-handed")
    refused_to_others(m)
    m.expect(r"Ashlar boot", STEP)
    assert "still on" not in m.text()
