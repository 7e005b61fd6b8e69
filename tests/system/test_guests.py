# SPDX-License-Identifier: MIT
"""Bare-metal guests that check the machine they run on (tests/guest): under uvmm, and on QEMU's own machine, a second
implementation that holds the checks to the truth."""
import glob
import os
import re
import shlex
import subprocess

import pytest

from machine import BOOT, ROOT, STEP, Machine, make, make_command, plain

TOPICS = sorted(os.path.basename(f)[:-2] for f in glob.glob(os.path.join(ROOT, "tests/guest/*.c")))
UVMM_ONLY = ("lines",)  # topics about uvmm itself
GICS = ("2", "3")
CPUS = 3  # the third watches the others
# Beside cortex-a57, on which all topics run: from Armv8.0 to all that QEMU knows.
ID_CPUS = ("cortex-a53", "cortex-a72", "cortex-a76", "cortex-a710", "neoverse-v1", "max")
IMAGE = os.path.join(ROOT, "build/arm64/tests/guest/guest-{}")
LINE = re.compile(r"(?m)^(?:GUEST: )?((?:ok|FAIL|skip|#|DONE) .*)$")


def verdict(text):
    """What is wrong with a guest's output, as text; empty: nothing."""
    lines = LINE.findall(text)
    failed = [line for line in lines if line.startswith("FAIL ")]
    done = [line for line in lines if line.startswith("DONE ")]
    if len(done) != 1 or done[0] != f"DONE {sum(line.startswith('ok ') for line in lines)} ok, {len(failed)} failed":
        failed.append(f"no end, or lines are missing; last: {lines[-1:]}\n{text[-1500:]}")
    elif done[0].startswith("DONE 0 "):
        failed.append("not a single check")
    return "\n".join(failed)


@pytest.fixture(scope="module", params=GICS)
def under_uvmm(request):
    """All topics in one boot: what each printed, and uvmm's exit status."""
    machine = Machine("guests", f"guests-gic{request.param}", cpus=CPUS, gic=request.param)
    results = {}
    try:
        machine.expect(r"BEGIN guest-", BOOT)
        for _ in TOPICS:
            machine.expect(r"END guest-.*\n", STEP)
        machine.expect(r"ALL GUESTS ENDED", STEP)
    except AssertionError:
        pass  # those that have ended count, and the others tell
    finally:
        for m in re.finditer(r"(?ms)^BEGIN guest-(\w+)$(.*?)(?:^END guest-\1 status (\w+)$|\Z)", machine.text()):
            results[m[1]] = (m[2], m[3])
        machine.close()
    return results


@pytest.mark.board("qemu-virt")
@pytest.mark.parametrize("topic", TOPICS)
def test_under_uvmm(under_uvmm, topic):
    text, status = under_uvmm.get(topic, ("it never began (is it in tests/guest/guests.ned?)", None))
    wrong = verdict(text)
    assert not wrong, wrong
    assert status == "0", f"uvmm ended with status {status}:\n{text[-1500:]}"


@pytest.mark.board("qemu-virt")
def test_lines(under_uvmm):
    """Nobody's line is cut by uvmm's, which come all the same (tests/guest/lines.c). On a machine that is slow enough a guest
    seems to have stopped in the middle of a line: few times, and even then uvmm's are lines of their own."""
    text = re.sub(r"\n+", "\n", under_uvmm.get("lines", ("", None))[0])
    assert text.count("VMM: guest reads 0xb000000") == 20, text
    assert not re.search(r"[^\n](?:VMM|GUEST):", text), text
    whole = re.findall(r"(?m)^<piece (\d\d) of a line>$", text)
    # All of them are there, with uvmm's lines between; and few that were written in time were cut.
    pieces = re.sub(r"(?m)^VMM: .*\n", "", text).replace("\n", "")
    assert re.findall(r"<piece (\d\d) of a line>", pieces) == [f"{i:02}" for i in range(60)], text
    in_time = int(re.search(r"(?m)^lines in time: (\d\d)$", text)[1])
    assert len(whole) >= in_time * 5 // 6, text
    # On a slow machine uvmm's line may come before what the guest had written.
    prompt, endless = (f"VMM: guest reads 0xb000{n}00, .*\n" for n in (1, 2))
    assert re.search(f"\n(prompt> \n{prompt}|{prompt}prompt> )typed\n", text), text
    assert re.search(f"[^=]\n(=+\n)?{endless}=+\n", text), text
    for who in ("first", "second"):
        numbers = re.findall(rf"(?m)^GUEST: <hypercall (\d\d), the {who}, of a line>$", text)
        assert numbers == [f"{i:02}" for i in range(60)], text
    assert "\nGUEST: <last words>\n" in text, text


@pytest.fixture(scope="module")
def images():
    done = make("test-guests")
    assert done.returncode == 0, done.stdout


@pytest.mark.board("qemu-virt")
@pytest.mark.parametrize("gic", GICS)
def test_cpus_on_one_cpu(gic):
    """Topics in which CPUs wait for each other, with all of them on the machine's only CPU."""
    machine = Machine("guests-shared", f"guests-shared-gic{gic}", cpus=1, gic=gic)
    try:
        machine.expect(r"ALL GUESTS ENDED", BOOT)
    finally:
        text = machine.text()
        machine.close()
    ended = re.findall(r"(?ms)^BEGIN guest-(\w+)$(.*?)^END guest-\1 status (\w+)$", text)
    assert [(topic, status) for topic, _, status in ended] == [("psci", "0"), ("gic_cpus", "0")], text[-1500:]
    wrong = "\n".join(verdict(output) for _, output, _ in ended).strip()
    assert not wrong, wrong


def emulator():
    return shlex.split(make_command()[1].get("QEMU", "qemu-system-aarch64"))


def run_on_qemu(topic, gic, cpu="cortex-a57"):
    command = [*emulator(), "-M", f"virt,gic-version={gic}", "-cpu", cpu, "-smp", str(CPUS), "-m", "256M",
               "-nographic", "-net", "none", "-kernel", IMAGE.format(topic)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=STEP, check=False)
    wrong = verdict(plain(done.stdout))
    assert not wrong, wrong
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("gic", GICS)
@pytest.mark.parametrize("topic", [t for t in TOPICS if t not in UVMM_ONLY])
def test_on_qemu(images, topic, gic):
    run_on_qemu(topic, gic)


def need_cpu(cpu):
    done = subprocess.run([*emulator(), "-M", "virt", "-cpu", "help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True, timeout=STEP, check=False)
    if cpu not in done.stdout.split():
        pytest.skip(f"this QEMU has no {cpu}")


@pytest.mark.parametrize("cpu", ID_CPUS)
def test_id_registers_on_qemu(images, cpu):
    need_cpu(cpu)
    run_on_qemu("ids", "3", cpu)


@pytest.mark.board("qemu-virt")
@pytest.mark.parametrize("cpu", ID_CPUS)
def test_id_registers_under_uvmm(cpu):
    need_cpu(cpu)
    machine = Machine("guests-ids", f"guests-ids-{cpu}", cpus=CPUS, gic="3", cpu=cpu)
    try:
        machine.expect(r"ALL GUESTS ENDED", BOOT)
    finally:
        text = machine.text()
        machine.close()
    wrong = verdict(text)
    assert not wrong, wrong
    assert "END guest-ids status 0\n" in text, text[-1500:]
