# SPDX-License-Identifier: MIT
"""The device that guest 1 has in uvmm-2vm-net-io: another one on each board."""
import os
import re
import socket
import time

from machine import BOARD, LOGS, STEP, WORKER

# Serial line 0 of rpi4 is guest 1's; tests are at its other end.
LINE = os.path.join(LOGS, "passed-through-line" + WORKER)


def machine_parameters(board=BOARD):
    """What the emulated machine needs beside the usual."""
    if board != "rpi4":
        return {}
    os.makedirs(LOGS, exist_ok=True)
    if os.path.exists(LINE):
        os.unlink(LINE)
    return {"serial": f"unix:{LINE},server=on,wait=off"}


def interrupts(shell, name):
    """How many interrupts the guest has counted on all its CPUs."""
    line = shell.run(f"grep -i {name} /proc/interrupts")
    return sum(map(int, re.match(r"\s*\d+:((\s+\d+)+)", line).group(1).split()))


def wait_for(condition):
    end = time.monotonic() + STEP
    while not condition():
        assert time.monotonic() < end


def check_time(shell):
    shell.run("test -c /dev/rtc0")
    before = int(time.time())
    clock = int(shell.run("cat /sys/class/rtc/rtc0/since_epoch"))
    assert before - 2 <= clock <= int(time.time()) + 2
    assert "20" in shell.run("hwclock -u -r")


def check_pl031(cons):
    one = cons.shell(1)
    check_time(one)
    count = interrupts(one, "pl031")
    one.run("echo +3 >/sys/class/rtc/rtc0/wakealarm; sleep 6")
    wait_for(lambda: interrupts(one, "pl031") != count)
    assert interrupts(one, "pl031") == count + 1

    two = cons.shell(2)
    two.run("test ! -e /dev/rtc0")
    assert "pl031" not in two.run("cat /proc/interrupts").lower()


def check_snvs(cons):
    """Its driver is a module. The emulator raises no alarm."""
    one = cons.shell(1)
    check_time(one)
    assert "snvs" in one.run("cat /sys/class/rtc/rtc0/name")
    assert interrupts(one, "rtc") == 0  # requested, so it has its line in the list

    two = cons.shell(2)
    two.run("test ! -e /dev/rtc0")


def check_uart0(cons):
    """What is typed into the board's first serial line appears in guest 1 alone, as interrupts."""
    one = cons.shell(1)
    # guests have an emulated PL011 too
    assert "fe201000" in one.run("readlink /sys/class/tty/ttyAMA0/device")
    one.run("stty -F /dev/ttyAMA0 raw -echo; cat /dev/ttyAMA0 >/tmp/typed & "
            "until ls -l /proc/$!/fd | grep -q ttyAMA0; do sleep 1; done")
    count = interrupts(one, "uart-pl011")
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(LINE)
        for word in ("swordfish", "marlin"):
            line.sendall(word.encode() + b"\n")
            wait_for(lambda: word in one.run("cat /tmp/typed"))
            assert interrupts(one, "uart-pl011") > count
            count = interrupts(one, "uart-pl011")
        one.run("echo from-guest-1 >/dev/ttyAMA0")
        line.settimeout(STEP)
        received = b""
        while b"from-guest-1" not in received:
            received += line.recv(4096)
    one.run("kill $!; wait $!; true")
    two = cons.shell(2)
    assert two.run("grep -c -i fe201000 /proc/iomem; true").strip() == "0"


CHECKS = {"qemu-virt": check_pl031, "imx8": check_snvs, "rpi4": check_uart0}


def check(cons, board=BOARD):
    """Boards outside the tree have what their owner knows."""
    if board in CHECKS:
        CHECKS[board](cons)
