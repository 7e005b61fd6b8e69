# SPDX-License-Identifier: MIT
"""What goes wrong on the first day: one message that names the culprit, and a right exit status."""
import fcntl
import os
import re
import subprocess

from machine import BOARD, BOOT, ROOT, SLOW, STEP, TEST_PATH, list_variables, make, run

BAD_LIST = "tests/system/scenarios/bad.list"


def test_missing_module():
    done = make("image", SCENARIO="missing-module", MODULES_LIST=BAD_LIST)
    assert done.returncode != 0
    assert "bad.list:6: module 'no-such-module'" in done.stdout
    assert "MODULE_SEARCH_PATH" in done.stdout


def test_two_files_of_one_name():
    done = make("image", SCENARIO="same-name", MODULES_LIST=BAD_LIST, MODULE_SEARCH_PATH=TEST_PATH)
    assert done.returncode != 0
    assert "two files are called 'hello'" in done.stdout
    assert "bad.list:12" in done.stdout and "bad.list:13" in done.stdout


def test_failing_shell_line():
    done = make("image", SCENARIO="failing-shell", MODULES_LIST=BAD_LIST)
    assert done.returncode != 0
    assert "bad.list:18" in done.stdout and "false" in done.stdout


def test_perl_line():
    done = make("image", SCENARIO="perl-line", MODULES_LIST=BAD_LIST)
    assert done.returncode != 0
    assert "bad.list:22" in done.stdout and "perl" in done.stdout


def test_unknown_scenario():
    done = make("image", SCENARIO="no-such-scenario")
    assert done.returncode != 0
    assert "no-such-scenario" in done.stdout and "uvmm-2vm-net-io" in done.stdout


def test_unknown_board():
    done = make("image", BOARD="no-such-board")
    assert done.returncode != 0
    assert "no-such-board" in done.stdout and "qemu-virt" in done.stdout


def test_missing_compiler():
    done = make("image", CROSS_COMPILE="/nowhere/arm-")
    assert done.returncode != 0
    assert "CROSS_COMPILE=/nowhere/arm-: there is no compiler '/nowhere/arm-gcc'" in done.stdout


def test_lock_file_counts_by_what_it_names(tmp_path):
    """Not by its date; host packages are in it as a record only."""
    (tmp_path / "packages.lock").write_text("# comment\na 1 00 a\nb 1 00 b\nqemu 1 00 host\n")
    lock = tmp_path / "given.lock"
    for text, answer in (("b 1 00 b\na 1 00 a\nqemu 2 11 host\n", "yes\n"), ("a 1 00 a\n", ""),
                         ("a 1 00 a\nb 1 11 b\n", "")):
        lock.write_text(text)
        done = subprocess.run(["mk/setup", "same"], cwd=ROOT, check=False, stdout=subprocess.PIPE,
                              text=True, env=os.environ | {"BUILD": tmp_path, "LOCK": lock})
        assert done.stdout == answer, text
    done = make("setup", LOCK="/nowhere/x.lock")
    assert done.returncode != 0 and "LOCK=/nowhere/x.lock: no such file" in done.stdout


def test_two_set_ups_at_once(tmp_path):
    """The second waits, and finds that all is there."""
    env = {k: v for k, v in os.environ.items() if k != "LOCK"} | {"BUILD": str(tmp_path)}
    with open(tmp_path / "setup.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(["mk/setup"], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=env) as second:
            assert second.stdout.readline() == f"  WAIT   another set-up of {tmp_path} is under way\n"
            (tmp_path / "setup.stamp").touch()
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert second.stdout.read() == ""
            assert second.wait() == 0


def test_missing_list():
    done = make("image", MODULES_LIST="/nowhere/modules.list")
    assert done.returncode != 0
    assert "/nowhere/modules.list" in done.stdout


def test_list_and_help():
    done = make("list")
    assert done.returncode == 0
    for word in ("qemu-virt", "hello-ned", "uvmm-2vm-net-io"):
        assert word in done.stdout
    done = make("help")
    assert done.returncode == 0 and "make run" in done.stdout


def test_scenario_outside_the_tree(boot, tmp_path):
    (tmp_path / "mine.ned").write_text('print("a script from " .. "elsewhere")\n')
    (tmp_path / "my.list").write_text("entry mine\nroottask moe rom/mine.ned\n"
                                      "module l4re\nmodule ned\nmodule mine.ned\n")
    done = make("image", SCENARIO="mine", MODULES_LIST=str(tmp_path / "my.list"),
                MODULE_SEARCH_PATH=f"/nowhere:{tmp_path}")
    assert done.returncode == 0, done.stdout
    m = boot("mine", modules_list=tmp_path / "my.list", module_search_path=tmp_path)
    m.expect(r"a script from elsewhere", BOOT)


def test_run_without_prompt_ends():
    done = run("no-prompt", MODULES_LIST=BAD_LIST, MODULE_SEARCH_PATH=TEST_PATH,
               BOOT_TIMEOUT=12 * SLOW)
    assert done.returncode != 0
    assert "no prompt within" in done.stdout and "stage" in done.stdout


def test_run_without_terminal_ends_well():
    done = run("hello-ned")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Hello World!" in done.stdout


def test_lua_syntax_error(boot):
    m = boot("lua-syntax-error")
    m.expect(r"lua-syntax-error\.ned:4:", BOOT)


def test_lua_runtime_error(boot):
    m = boot("lua-runtime-error")
    m.expect(r"lua-runtime-error\.ned:4:.*deliberate", BOOT)
    m.expect(r"traceback", STEP)


def test_program_is_no_elf(boot):
    """And before that the same boot tries names, rights and quotas (names.lua)."""
    m = boot("no-elf")
    m.expect(r"names, rights and quotas are right", BOOT)
    m.expect(r"(?i)(text|rom/text\.txt).*(ELF|executable)|(ELF|executable).*text\.txt", BOOT)


def test_program_of_another_machine(boot):
    m = boot("wrong-elf")
    m.expect(r"(?i)wrong-elf-file.*(arm64|aarch64|machine|architecture)"
             r"|(arm64|aarch64|machine|architecture).*wrong-elf-file", BOOT)


def test_program_is_missing(boot):
    m = boot("no-program")
    m.expect(r"not-in-rom", BOOT)


def test_guest_without_ram(boot):
    m = boot("uvmm-no-ram")
    m.expect(r"VMM: .*\bram\b", BOOT)
    m.expect(r"Ned: .*uvmm.* 1\b", STEP)


def test_guest_kernel_is_none(boot):
    m = boot("uvmm-no-kernel")
    m.expect(r"(?i)text\.txt", BOOT)


def test_module_named_twice_is_a_note():
    """The document's lists name uvmm twice."""
    done = make("image", SCENARIO="named-twice", V="1", **list_variables("named-twice"))
    assert done.returncode == 0, done.stdout
    with open(os.path.join(ROOT, f"build/images/{BOARD}/named-twice/plan"), encoding="utf-8") as f:
        plan = f.read()
    assert len(re.findall(r"^M\tmodule\t\S+/hello\t", plan, re.M)) == 1
    assert "goes in once" in plan
