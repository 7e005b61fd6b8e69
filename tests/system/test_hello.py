# SPDX-License-Identifier: MIT
"""hello-ned: kernel, sigma0, moe, ned, l4re and a program that prints through moe's log."""
import os
import re
import struct

import pytest

from machine import BOOT, ROOT, STEP


@pytest.mark.parametrize("cpus", [1, 2, 4])
def test_hello(boot, cpus):
    m = boot("hello-ned", cpus=cpus)
    m.expect(r"hello   \| (\x1b\[[0-9;]*m)?Hello World!", BOOT)


@pytest.mark.parametrize("mem", ["256M", "4G"])
def test_hello_memory(boot, mem):
    m = boot("hello-ned", mem=mem)
    m.expect(r"hello   \| (\x1b\[[0-9;]*m)?Hello World!", BOOT)


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a72", "cortex-a76", "max"])
def test_hello_cpu(boot, cpu):
    m = boot("hello-ned", cpu=cpu)
    m.expect(r"hello   \| (\x1b\[[0-9;]*m)?Hello World!", BOOT)


def test_a_silent_machine_is_looked_into(boot):
    """A test that waits in vain tells whether the emulator had a CPU, and where its CPUs were; a message is all that is left."""
    m = boot("hello-ned", cpus=2)
    m.expect(r"Hello World!", BOOT)
    with pytest.raises(AssertionError) as waited:
        m.expect("no such line", 1)
    text = str(waited.value)
    assert "Hello World!" in text
    assert "had no CPU" in text
    assert len(re.findall(r"^  (?:then|now ) (?:PC=[0-9a-f]{16} ?){2}$", text, re.M)) == 2, text


def without_dynamic_section(program):
    """The ELF file as one that a loader takes for what need not be relocated."""
    data = bytearray(program)
    headers, = struct.unpack_from("<Q", data, 32)
    count, = struct.unpack_from("<H", data, 56)
    for at in range(headers, headers + 56 * count, 56):
        if struct.unpack_from("<I", data, at)[0] == 2: # PT_DYNAMIC
            struct.pack_into("<I", data, at, 0)
            return bytes(data)
    raise AssertionError("the program has no dynamic section")


@pytest.mark.full
def test_all_is_position_independent(boot, tmp_path):
    """Another loader than Ashlar's places sigma0 and moe, and changes nothing in them; the in-task runtime has no link address."""
    for name in ("sigma0", "moe"):
        with open(os.path.join(ROOT, f"build/arm64/userland/{name}/{name}"), "rb") as f:
            (tmp_path / f"{name}-moved").write_bytes(without_dynamic_section(f.read()))
    (tmp_path / "moved.list").write_text("entry moved\nsigma0 sigma0-moved\nroottask moe-moved --init=rom/hello\n"
                                         "module[fname=l4re] runtime-pie\nmodule hello\n")
    m = boot("moved", modules_list=tmp_path / "moved.list", module_search_path=tmp_path)
    m.expect(r"runtime: relocated constants", BOOT)
    m.expect(r"runtime: relocated variables", STEP)
