# SPDX-License-Identifier: MIT
"""Linux guests that want more of their machine than a shell does: a debugger, a crash kernel, other kernels, an installer."""
import re

import pytest

from machine import BOOT, SLOW, STEP, TEST_PATH, Shell, build_overlay, make

pytestmark = pytest.mark.full
LONG = 300 * SLOW  # the debugger reads megabytes, and so does a kernel that loads another


@pytest.fixture(scope="module")
def late():
    done = make("guests-late")
    assert done.returncode == 0, done.stdout


def start(boot, scenario, **parameters):
    m = boot(scenario, mem="2G", **parameters)
    shell = Shell(m)
    shell.wait_prompt(LONG)
    return m, shell


def gdb(shell, *commands):
    return shell.run("gdb --batch " + " ".join(f"-ex '{c}'" for c in commands) + " /bin/busybox", timeout=LONG)


def test_gdb_steps_and_watches(late, boot):
    _, shell = start(boot, "uvmm-tools", cpus=2)
    text = gdb(shell, "starti", "set $at = $pc", "stepi", r'printf "moved %ld\n", (long)$pc - (long)$at')
    assert "moved 4" in text
    text = gdb(shell, "starti", "watch -l *(long *)($sp - 256)", "continue", r'printf "below by %ld\n", (long)$sp')
    assert "Hardware watchpoint 1" in text
    assert "Old value = " in text and "New value = " in text
    text = gdb(shell, "starti", "set $at = $pc", "hbreak *($pc + 8)", "continue", r'printf "moved %ld\n", (long)$pc - (long)$at')
    assert "Hardware assisted breakpoint 1" in text
    assert "moved 8" in text


def test_uprobe(late, boot):
    """A probe in a program: its instruction is executed elsewhere, by a single step."""
    _, shell = start(boot, "uvmm-tools", cpus=2)
    events = "/sys/kernel/tracing"
    shell.run(f"mount -t tracefs tracefs {events}")
    # A static program at 0x400000: where it starts is in its header.
    shell.run("entry=$(od -An -tx8 -j24 -N8 /bin/busybox | tr -d ' ')")
    shell.run(f"printf 'p:start /bin/busybox:0x%x\\n' $((0x$entry - 0x400000)) >{events}/uprobe_events")
    shell.run(f"echo 1 >{events}/events/uprobes/start/enable")
    assert shell.run("busybox echo still here").strip() == "still here"
    assert "start: (0x" in shell.run(f"cat {events}/trace")


@pytest.mark.parametrize("gic", ["2", "3"])
def test_crash_kernel(late, boot, gic):
    """It is entered out of the console's interrupt, which nobody ends."""
    m, shell = start(boot, "uvmm-tools", cpus=1, gic=gic)
    shell.run("kexec -p /boot/Image.gz --initrd=/boot/ramdisk --append='console=hvc0 rdinit=/init maxcpus=1 reset_devices'",
              timeout=LONG)
    assert shell.run("cat /sys/kernel/kexec_crash_loaded").strip() == "1"
    shell.run("echo 1 >/proc/sys/kernel/sysrq")
    m.key("\x0fc")  # Ctrl-O is hvc0's SysRq
    m.expect(r"Kernel panic - not syncing: sysrq triggered crash", LONG)
    m.expect(r"Starting crashdump kernel", STEP)
    m.expect(r"Linux version", LONG)
    shell.wait_prompt(LONG)
    assert "/proc/vmcore" in shell.run("ls /proc/vmcore")


@pytest.mark.parametrize("scenario, version, cpu", [
    ("uvmm-6.1-rt", "6.1.", "cortex-a57"),
    ("uvmm-6.12-rt", "6.12.", "cortex-a57"),
    ("uvmm-6.12-16k", "6.12.", "cortex-a76"),
])
def test_kernels(late, boot, scenario, version, cpu):
    _, shell = start(boot, scenario, cpus=2, cpu=cpu, gic="3")
    assert shell.run("uname -r").startswith(version)
    kind = scenario.rsplit("-", 1)[1]
    assert kind in shell.run("uname -r")
    assert shell.run("nproc").strip() == "2"
    shell.run("sleep 2")
    if kind == "16k":
        assert "KernelPageSize:       16 kB" in shell.run("grep -m1 KernelPageSize /proc/self/smaps")


EIGHT_LIST = """entry uvmm-eight
roottask moe rom/uvmm-eight.ned
module l4re
module ned
module uvmm-eight.ned
module uvmm
module virt-arm_virt.dtb
module eight-cpus.dtbo
module ramdisk-armv8.cpio.gz
module Image.gz
"""


@pytest.mark.parametrize("gic", ["2", "3"])
def test_eight_cpus(boot, tmp_path, gic):
    build_overlay("eight-cpus", tmp_path)
    (tmp_path / "my.list").write_text(EIGHT_LIST)
    m = boot("uvmm-eight", cpus=8, gic=gic, modules_list=tmp_path / "my.list", module_search_path=f"{TEST_PATH}:{tmp_path}")
    shell = Shell(m)
    shell.wait_prompt(LONG)
    assert shell.run("nproc").strip() == "8"
    # each runs a program at the same time, and some go and come
    run = "for i in 0 1 2 3 4 5 6 7; do taskset $(printf %x $((1 << i))) sh -c 'seq 1 2000 | md5sum' & done; wait"
    assert len(set(re.findall(r"\b[0-9a-f]{32}\b", shell.run(run, timeout=LONG)))) == 1
    rounds = "for i in 5 6 7; do echo 0 >/sys/devices/system/cpu/cpu$i/online; done; nproc; " \
             "for i in 5 6 7; do echo 1 >/sys/devices/system/cpu/cpu$i/online; done; nproc"
    # among uvmm's lines about CPUs that start
    assert re.findall(r"(?m)^(\d+)\r*$", shell.run(rounds, timeout=LONG)) == ["5", "8"]


IDLE_LIST = """entry uvmm-idle
roottask moe rom/uvmm-idle.ned
module l4re
module ned
module uvmm-idle.ned
module uvmm
module virt-arm_virt.dtb
module idle-states.dtbo
module ramdisk-armv8.cpio.gz
module Image.gz
"""


@pytest.mark.parametrize("gic", ["2", "3"])
def test_idle_states(boot, tmp_path, gic):
    """CPU_SUSPEND. Linux switches its CPU interface off before, and takes a standby for a refusal where it has asked for
    powering down; all the same an interrupt has to end it."""
    build_overlay("idle-states", tmp_path)
    (tmp_path / "my.list").write_text(IDLE_LIST)
    m = boot("uvmm-idle", cpus=2, gic=gic, modules_list=tmp_path / "my.list", module_search_path=f"{TEST_PATH}:{tmp_path}")
    shell = Shell(m)
    shell.wait_prompt(LONG)
    system = "/sys/devices/system/cpu"
    assert shell.run(f"cat {system}/cpuidle/current_driver").strip() == "psci_idle"
    for state, counter in ((1, "usage"), (2, "rejected")):
        shell.run(f"for i in 0 1 2; do for c in 0 1; do echo $((i != {state})) >{system}/cpu$c/cpuidle/state$i/disable; "
                  "done; done")
        shell.run("taskset 1 sleep 1 && taskset 2 sleep 1")
        counts = shell.run(f"cat {system}/cpu[01]/cpuidle/state{state}/{counter}").split()
        assert len(counts) == 2 and all(int(n) > 0 for n in counts), counts


def test_installer(late, boot):
    m = boot("uvmm-installer", mem="2G", cpus=2)
    m.expect(r"Select a language", BOOT + LONG)
