# SPDX-License-Identifier: MIT
"""The image tool: what module lists may say, and what comes out of it."""
import gzip
import os
import re
import struct
import subprocess

import pytest

from machine import ROOT
from payload import Payload

BOOT_SIZE = 0x1800  # memory size of the boot program that these tests make up


@pytest.fixture
def tool(tmp_path):
    """An image tool with a few files to put into images."""
    return Tool(tmp_path)


class Tool:
    def __init__(self, path):
        self.path = path
        boot = bytearray(0x1000)
        boot[16:24] = struct.pack("<Q", BOOT_SIZE)
        boot[56:60] = b"ARM\x64"
        self.write("boot.bin", bytes(boot))
        elf = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 2, 183)
        for name in ("kernel", "sigma0", "moe", "other-kernel"):
            self.write(name, elf + name.encode())
        for name in ("a", "b", "c"):
            self.write(name, name.encode() * 5000)
        self.write("packed.gz", gzip.compress(b"packed" * 1000))

    def write(self, name, data):
        (self.path / name).parent.mkdir(exist_ok=True)
        (self.path / name).write_bytes(data if isinstance(data, bytes) else data.encode())

    def lua(self, *args, **env):
        return subprocess.run(["lua5.4", os.path.join(ROOT, "mk/mkimage.lua"), *args], text=True,
                              cwd=self.path, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=dict(os.environ, **env))

    def plan(self, text, entry="e", options=(), **env):
        self.write("list", text)
        provided = [f"--provide={n}={n}" for n in ("kernel", "sigma0", "moe")]
        return self.lua("plan", "list", entry, "plan", "--path=" + env.pop("path", "."),
                        "--last=.", *provided, *options, **env)

    def modules(self, text, entry="e", **env):
        """Names of what an entry resolves to."""
        done = self.plan(text, entry, **env)
        assert done.returncode == 0, done.stdout
        plan = (self.path / "plan").read_text()
        return re.findall(r"^M\t\w+\t[^\t]*\t([^\t]*)\t", plan, re.M)

    def error(self, text, entry="e", **more):
        done = self.plan(text, entry, **more)
        assert done.returncode == 1
        return done.stdout

    def pack(self, text, options=()):
        """Makes an image; returns its payload, decoded."""
        assert self.plan(text, options=options).returncode == 0
        done = self.lua("pack", "plan", "boot.bin", "image", "")
        assert done.returncode == 0, done.stdout
        return Payload((self.path / "image").read_bytes())


def test_console_of_the_board(tool):
    text = "entry e\nkernel kernel\n"
    assert tool.pack(text).uart == ""
    assert tool.pack(text, ["--uart=x,y-z.1@0xFE00"]).uart == "x,y-z.1@0xfe00"
    assert tool.pack(text, ["--uart=x@0x10,2,4"]).uart == "x@0x10,2,4"
    for bad in ("x@0x10,5,4", "x@0x10,2,3", "x@0x10,2", "pl011", "@0x10", "pl011@10", "pl011@0x", "a b@0x1", "a@0x1 "):
        assert f"BOARD_UART is COMPATIBLE@0xADDRESS[,SHIFT,WIDTH], not '{bad}'" in \
            tool.error(text, options=[f"--uart={bad}"])


def test_image(tool):
    p = tool.pack('entry e\nbootstrap boot -x\nroottask moe rom/a "q"\nmodule a one two\n'
                  "module[fname=bb,compress] b\nmodule[uncompress] packed.gz\n")
    assert [(m[0], m[1], m[2]) for m in p.modules] == [
        (1, "kernel", "kernel"), (2, "sigma0", "sigma0"), (3, "moe", 'moe rom/a \\"q\\"'),
        (0, "a", "a one two"), (0, "bb", "bb"), (0, "packed.gz", "packed.gz")]
    assert p.content("a") == b"a" * 5000
    assert p.content("bb") == b"b" * 5000 and p.modules[4][4] == 1
    assert p.content("packed.gz") == b"packed" * 1000
    assert p.boot_cmdline == "-x"


@pytest.mark.parametrize("size, alignment", [(65536, 65536), (16 << 20, 2 << 20)])
def test_large_files_are_aligned(tool, size, alignment):
    """In the image, which lies at a multiple of 2 MiB in memory: they are mapped in large pieces."""
    tool.write("large", b"large".ljust(size, b"\xff"))
    tool.pack("entry e\nmodule a\nmodule large\nmodule b\n")
    assert (tool.path / "image").read_bytes().index(b"large\xff") % alignment == 0


def test_same_input_same_image(tool):
    tool.pack("entry e\nmodule[compress] a\n")
    first = (tool.path / "image").read_bytes()
    tool.pack("entry e\nmodule[compress] a\n")
    assert (tool.path / "image").read_bytes() == first


def test_implicit_modules_come_first(tool):
    assert tool.modules("entry e\nmodule a\n") == ["kernel", "sigma0", "moe", "a"]
    assert tool.modules("entry[no-defaults] e\nmodule a\n") == ["a"]
    assert tool.modules("entry e\nmodule a\nkernel other-kernel\n")[0] == "other-kernel"
    assert tool.modules("entry e\nkernel fiasco -serial_esc\n")[0] == "fiasco"


def test_defaults_count_before_and_inside(tool):
    text = "default-kernel other-kernel\nentry e\nmodule a\nentry f\ndefault-kernel kernel\n"
    assert tool.modules(text)[0] == "other-kernel"
    assert tool.modules(text, "f")[0] == "kernel"
    assert tool.modules("entry e\nmodule a\nentry f\ndefault-kernel other-kernel\n")[0] == "kernel"


def test_moe_shorthand(tool):
    tool.write("dir/my.cfg", "x")
    assert tool.modules("entry e\nmoe dir/my.cfg\n") == ["kernel", "sigma0", "moe", "my.cfg"]
    assert "moe rom/my.cfg" in (tool.path / "plan").read_text()


def test_groups(tool):
    text = "group g one\nmodule a\nmodule b\nentry e\nmodule c\nmodule-group g\n"
    assert tool.modules(text)[3:] == ["c", "a", "b"]
    assert "list:2: there is no group 'h'" in tool.error("entry e\nmodule-group h\n")


def test_architecture_options(tool):
    text = ("entry e\nmodule[arch=arm64] a\nmodule[arch=x86|amd64] nope\nmodule[bits=64] b\n"
            "module[bits=32] nope\n")
    assert tool.modules(text)[3:] == ["a", "b"]
    assert "there is no entry 'e'" in tool.error("entry[arch=mips] e\nmodule a\nentry f\n")


def test_first_entry_of_a_name_wins_whatever_its_case(tool):
    assert tool.modules("title E\nmodule a\nentry e\nmodule b\n", "e")[3:] == ["a"]


def test_comments_blanks_and_case(tool):
    assert tool.modules("# x\n  ENTRY e  # y\n\n\tModule a # z\n  bin b\ndata c\n")[3:] == \
        ["a", "b", "c"]


def test_shell_glob_and_include(tool):
    tool.write("sub/more", "module c\n")
    text = ("entry e\nmodule[shell] echo a one; echo $SRC_BASE_ABS/b\nmodule[glob] c*\n")
    assert tool.modules(text, SRC_BASE_ABS=str(tool.path))[3:] == ["a", "b", "c"]
    assert tool.modules("entry e\ninclude ${D}/mor*\n", D="sub")[3:] == ["c"]
    assert "list:2: the command 'exit 3' failed" in tool.error("entry e\nmodule[shell] exit 3\n")
    assert "list:2: no file matches 'zz*'" in tool.error("entry e\nmodule[glob] zz*\n")
    # lines of other entries are not carried out
    assert tool.modules("entry e\nmodule a\nentry f\nmodule[shell] exit 3\n")[3:] == ["a"]


def test_search_path(tool):
    tool.write("one/x", "1")
    tool.write("two/x", "2")
    assert tool.modules("entry e\nmodule x\n", path="one:two") and \
        "\tone/x\t" in (tool.path / "plan").read_text()
    assert tool.modules("searchpath two\nentry e\nmodule x\n", path="/nowhere") and \
        "\ttwo/x\t" in (tool.path / "plan").read_text()
    assert "list:2: module 'x'" in tool.error("entry e\nmodule x\n", path="/nowhere")


def test_same_name(tool):
    tool.write("d/a", "another")
    assert tool.modules("entry e\nmodule a\nmodule a\n")[3:] == ["a"]
    message = tool.error("entry e\nmodule a\nmodule d/a\n")
    assert "list:3: two files are called 'a'" in message and "list:2" in message
    assert tool.modules("entry e\nmodule a\nmodule[fname=z] d/a\n")[3:] == ["a", "z"]


@pytest.mark.parametrize("line,words", [
    ("modul a", "list:2: 'modul' is no statement"),
    ("module[perl] 1", "perl"),
    ("module[nonsense] a", "unknown option 'nonsense'"),
    ("module", "a file name is missing"),
    ("module ssh://host/file", "remote"),
    ("initrd a", "uvmm"),
    ("include nowhere", "there is no file"),
])
def test_bad_lines(tool, line, words):
    assert words in tool.error(f"entry e\n{line}\n")


def test_ignored_with_a_note(tool):
    assert tool.modules("modaddr 0x1100000\nentry e\nmodaddr 0x2\nmodule a\n")[3:] == ["a"]
    assert (tool.path / "plan").read_text().count("'modaddr' is ignored") == 2


def test_kernel_must_be_a_program(tool):
    tool.plan("entry e\nkernel a\n")
    done = tool.lua("pack", "plan", "boot.bin", "image", "")
    assert done.returncode == 1 and "no arm64 ELF file" in done.stdout


def test_list_shows_descriptions(tool):
    tool.write("list", "# what it is for\nentry e\nmodule a\n")
    done = tool.lua("list", "list")
    assert re.search(r"^  e +what it is for$", done.stdout, re.M)
