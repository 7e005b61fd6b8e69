# SPDX-License-Identifier: MIT
"""Compiler and linker are asked for what Cortex-A53 needs."""
import re
import subprocess

from machine import ROOT, make, make_command

COMPILER = "-mfix-cortex-a53-835769"
BOTH = {COMPILER, "-mfix-cortex-a53-843419"}
PROGRAMS = ("kernel/kernel", "kernel/restless", "kernel-debug/kernel", "boot/boot.elf",
            "userland/moe/moe", "userland/uvmm/uvmm", "tests/kernel/ktest")


def commands():
    """What make would execute if all flags had changed; nothing is built. As lists of words."""
    done = make("components")
    assert done.returncode == 0, done.stdout
    command, env = make_command("-n", "V=1", "-W", "build/arm64/flags.stamp", "components",
                                *(f"build/arm64/{name}" for name in PROGRAMS))
    done = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    lines = done.stdout.replace("\\\n", " ").splitlines()
    return [line.split() for line in lines if re.match(r"\s*\S+-(gcc|g\+\+)\s", line)]


def test_links_and_compilations():
    all_commands = commands()
    links = {words[words.index("-o") + 1]: words for words in all_commands
             if not {"-c", "-S", "-E"} & set(words)}
    assert {f"build/arm64/{name}" for name in PROGRAMS} <= set(links)
    for name, words in links.items():
        assert BOTH <= set(words), name
    compilations = [w for w in all_commands if "-c" in w and any(x.endswith((".c", ".cc")) for x in w)]
    assert len(compilations) > 100 and any(w[0].endswith("g++") for w in compilations)
    for words in compilations:
        assert COMPILER in words, " ".join(words)
