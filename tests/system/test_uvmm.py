# SPDX-License-Identifier: MIT
"""uvmm: one unmodified Debian kernel with its shell on hvc0."""
import re
import subprocess
import time

import pytest

from machine import BOOT, ROOT, SLOW, STEP, TEST_PATH, Shell

ALARM = 10 * SLOW  # seconds

RESERVED_LIST = """entry uvmm-reserved
roottask moe rom/uvmm-reserved.ned
module l4re
module ned
module uvmm-reserved.ned
module uvmm
module virt-arm_virt.dtb
module reserved-top.dtbo
module ramdisk-armv8.cpio.gz
module Image.gz
"""

L4RTC_LIST = """entry uvmm-l4rtc
roottask moe rom/uvmm-l4rtc.ned
module l4re
module ned
module uvmm-l4rtc.ned
module vmm.lua
module io
module io.cfg
module clock.vbus
module uvmm
module virt-arm_virt.dtb
module l4rtc.dtbo
module ramdisk-armv8.cpio.gz
module Image.gz
"""


@pytest.mark.parametrize("scenario,version,cpus", [
    ("uvmm", "6.12.", 1),
    pytest.param("uvmm", "6.12.", 4, marks=pytest.mark.full),
    ("uvmm-linux-6.1", "6.1.", 2),
])
def test_guest(boot, scenario, version, cpus):
    m = boot(scenario, cpus=cpus)
    m.expect(r"Linux version " + version.replace(".", r"\."), BOOT)
    shell = Shell(m)
    shell.wait_prompt()

    assert shell.run("uname -r").startswith(version)
    assert "hvc0" in shell.run("cat /proc/consoles; tty")
    # started without vmm.lua: a vCPU for each CPU of the machine, as the tree has four
    assert shell.run("nproc").strip() == str(min(cpus, 4))
    # 128 MiB less what the kernel keeps for itself and its page array
    total = int(shell.run("sed -n 's/^MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo"))
    assert 80 * 1024 < total <= 128 * 1024
    assert "40000000-47ffffff" in shell.run("cat /proc/iomem").replace("\r", "")
    # a guest that sleeps wakes up again
    shell.run("sleep 2")

    # job control: Ctrl-C ends what runs, Ctrl-Z stops it
    shell.start("sleep 1000")
    shell.interrupt()
    assert shell.run("echo $((6*7))").strip() == "42"

    m.type("poweroff")
    m.expect(r"reboot: Power down", STEP)
    m.expect(r"VMM: .*powered off", STEP)


@pytest.mark.parametrize("gic", ["2", "3"])
def test_cpus_go_off_and_come_back(boot, gic):
    m = boot("uvmm", cpus=2, gic=gic)
    shell = Shell(m)
    shell.wait_prompt()
    cpu1 = "/sys/devices/system/cpu/cpu1/online"
    rounds = f"for i in $(seq 20); do echo 0 >{cpu1} && echo 1 >{cpu1} || break; done; echo $i"
    assert shell.run(rounds, timeout=2 * STEP).split()[-1] == "20"
    assert shell.run("nproc").strip() == "2"
    # its interrupts and timer work: a program that may run there only sleeps and ends
    assert shell.run("taskset 2 sleep 1 && echo woken").strip() == "woken"


@pytest.mark.parametrize("cpus, gic", [
    (1, "3"),
    (2, "3"),
    (1, "2"),
    (2, "2"),
])
@pytest.mark.full  # in make test, bare-metal guests have several CPUs on one (test_guests.py)
def test_several_cpus_on_one(boot, cpus, gic):
    m = boot("uvmm-vcpus", cpus=cpus, gic=gic)
    shell = Shell(m)
    shell.wait_prompt()
    assert shell.run("nproc").strip() == "4"
    # each runs at the same time, and what they find is put together
    work = "for i in 0 1 2 3; do taskset $((1 << i)) sh -c 'n=0; for j in $(seq 20000); do n=$((n + j)); done; echo $n' " \
           ">/tmp/$i & done; wait; cat /tmp/0 /tmp/1 /tmp/2 /tmp/3 | sort | uniq -c; rm /tmp/?"
    assert shell.run(work, timeout=2 * STEP).split() == ["4", "200010000"]
    # a chain of programs that wait for each other, on different CPUs
    chain = "seq 1 20000 | taskset 2 cat | taskset 4 cat | taskset 8 cat | taskset 1 md5sum"
    alone = "seq 1 20000 | md5sum"
    assert len(set(re.findall(r"\b[0-9a-f]{32}\b", shell.run(f"{chain}; {alone}", timeout=2 * STEP)))) == 1
    # they go off and come back while others work
    online = "/sys/devices/system/cpu/cpu$i/online"
    shell.run("for i in 0 1; do (while :; do :; done) & done", timeout=2 * STEP)
    rounds = f"for n in $(seq 5); do for i in 1 2 3; do echo 0 >{online}; done; nproc; " \
             f"for i in 1 2 3; do echo 1 >{online}; done; nproc; done"
    # among uvmm's lines about CPUs that start
    assert re.findall(r"(?m)^(\d+)\r*$", shell.run(rounds, timeout=3 * STEP)) == ["1", "4"] * 5
    shell.run("kill $!; kill $(jobs -p); wait", check=False)
    assert not re.search(r"(?i)stall|lockup|hung task|call trace", m.text()), m.tail()
    assert {int(n) for n in re.findall(r"VMM: CPU \d starts at .* on physical CPU (\d)", m.text())} == set(range(cpus))


@pytest.mark.parametrize("gic", [pytest.param("2", marks=pytest.mark.full), "3"])
def test_suspend(boot, gic):
    """By PSCI's SYSTEM_SUSPEND, woken by the clock's alarm. Linux switches its other CPU off and on."""
    m = boot("uvmm-suspend", cpus=2, gic=gic)
    shell = Shell(m)
    shell.wait_prompt()
    assert "[deep]" in shell.run("cat /sys/power/mem_sleep")
    clock = "/sys/class/rtc/rtc0"
    assert "pl031" in shell.run(f"cat {clock}/name")
    for _ in range(2):
        before = int(shell.run(f"cat {clock}/since_epoch"))
        # an alarm that is over before all is suspended wakes nobody
        shell.run(f"echo +{ALARM} >{clock}/wakealarm && echo mem >/sys/power/state")
        assert int(shell.run(f"cat {clock}/since_epoch")) >= before + ALARM
        assert shell.run("nproc").strip() == "2"
        assert shell.run("taskset 1 sleep 1 && taskset 2 sleep 1 && echo woken").strip() == "woken"
    assert shell.run("cat /sys/power/suspend_stats/success /sys/power/suspend_stats/fail").split() == ["2", "0"]
    assert len(re.findall(r"PM: suspend entry \(deep\)", shell.run("dmesg | grep 'PM: suspend' | cut -c16-"))) == 2
    assert not re.search(r"(?i)stall|lockup|hung task|call trace", m.text()), m.tail()


def test_its(boot):
    """Linux' driver takes the ITS as it is: no table in memory for devices, fewer LPIs than numbers for them."""
    m = boot("uvmm-its", cpus=2, gic="3")
    shell = Shell(m)
    shell.wait_prompt()
    cpu1 = "/sys/devices/system/cpu/cpu1/online"
    assert shell.run(f"for i in 1 2 3; do echo 0 >{cpu1} && echo 1 >{cpu1} || break; done; echo $i").split()[-1] == "3"
    said = "\n".join(line for line in m.text().splitlines() if re.search("ITS|LPI", line))
    assert "ITS [mem 0x00450000-0x0046ffff]" in said
    assert "restricted LPI range [1024]" in said
    for cpu in range(2):
        assert f"CPU{cpu}: using allocated LPI pending table" in said
    assert not re.search(r"(?i)timeout|fail|corrupt|unable|error", said), said
    assert "VMM: ITS" not in said


def test_long_lines_and_reset(boot):
    m = boot("uvmm")
    shell = Shell(m)
    shell.wait_prompt()
    word = "x" * 600
    assert shell.run(f"echo {word} | wc -c").strip() == "601"
    m.type("reboot")
    m.expect(r"reboot: (Restarting|machine restart)", STEP)
    m.expect(r"VMM: .*(reset|reboot|restart)", STEP)


def test_pl011_console(boot):
    m = boot("uvmm-pl011")
    shell = Shell(m)
    shell.wait_prompt()
    assert "ttyAMA0" in shell.run("tty")
    # What `seq 1 200` prints has a checksum that anyone can compute
    assert shell.run("seq 1 200 | md5sum").split()[0] == "304f7b9574921ad21a2bc72f200483d7"


def test_reserved_memory(boot, tmp_path):
    """Ramdisk and device tree stay out of what the tree reserves, or Linux would drop the reservation. The tree is
    made by an overlay, which keeps the phandle of a clock, and has no more CPUs than the guest."""
    subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", tmp_path / "reserved-top.dtbo",
                    f"{ROOT}/{TEST_PATH}/reserved-top.dtso"], check=True)
    (tmp_path / "my.list").write_text(RESERVED_LIST)
    m = boot("uvmm-reserved", cpus=2, modules_list=tmp_path / "my.list",
             module_search_path=f"{TEST_PATH}:{tmp_path}")
    shell = Shell(m)
    shell.wait_prompt()
    iomem = shell.run("cat /proc/iomem")
    assert "40000000-46ffffff : System RAM" in iomem
    assert "47000000-47ffffff : reserved" in iomem
    assert shell.run("ls -d /proc/device-tree/cpus/cpu@* | wc -l").strip() == "2"
    clocks = shell.run("cd /proc/device-tree; cat apb-pclk/phandle pl031@9010000/clocks another-device/clocks | "
                       "od -An -tx1 -v; cat apb-pclk/clock-output-names; cd /")
    assert clocks.split()[:12] == ["00", "00", "80", "00"] * 3
    assert "again" in clocks


@pytest.mark.board("qemu-virt")
def test_l4rtc(boot, tmp_path):
    """The usual tree's clock, of which it says nothing, is emulated when a node l4rtc says where the time comes from."""
    subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", tmp_path / "l4rtc.dtbo",
                    f"{ROOT}/{TEST_PATH}/l4rtc.dtso"], check=True)
    (tmp_path / "my.list").write_text(L4RTC_LIST)
    m = boot("uvmm-l4rtc", modules_list=tmp_path / "my.list", module_search_path=f"{TEST_PATH}:{tmp_path}")
    shell = Shell(m)
    shell.wait_prompt()
    assert "pl031" in shell.run("cat /sys/class/rtc/rtc0/name")
    clock = int(shell.run("cat /sys/class/rtc/rtc0/since_epoch"))
    assert abs(clock - time.time()) < 3600
