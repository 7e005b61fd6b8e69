# SPDX-License-Identifier: MIT
"""A change of flags or rules rebuilds what it concerns."""
import subprocess

import pytest

from machine import ROOT, build_lock, make, make_command

KERNEL, BOOT, NED, LUA = (f"build/arm64/{name}" for name in (
    "kernel/kernel", "boot/boot.bin", "userland/ned/ned", "third-party/liblua.a"))
STAMP = "build/arm64/flags.stamp"


@pytest.fixture(scope="module", autouse=True)
def built():
    done = make("components")
    assert done.returncode == 0, done.stdout


def rebuilds(changed, target):
    """Would make build the target anew if that file were newer? Builds nothing."""
    command, env = make_command("-q", "-W", changed, target)
    with build_lock():
        done = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True,
                              text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 1


@pytest.mark.parametrize("changed, targets", [
    ("README.md", []),
    ("mk/components.mk", [NED]),
    ("mk/user.ld", [NED]),
    ("mk/kernel.mk", [KERNEL, BOOT]),
    ("mk/third-party.mk", [LUA, NED, BOOT]),
    ("kernel/build.mk", [KERNEL]),
    ("kernel/boot/build.mk", [BOOT]),
    (STAMP, [KERNEL, BOOT, NED, LUA]),
])
def test_edit_rebuilds(changed, targets):
    for target in (KERNEL, BOOT, NED, LUA):
        assert rebuilds(changed, target) == (target in targets), f"{changed}: {target}"


def test_flags_of_links_are_in_the_stamp():
    with open(f"{ROOT}/{STAMP}", encoding="utf-8") as f:
        text = f.read()
    for flag in ("-Wl,-u,_start", "-Wl,--no-dynamic-linker", "-fvisibility=hidden", "-fno-pie"):
        assert flag in text, flag
