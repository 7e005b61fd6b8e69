#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are bugs found? `make mutate` puts one at a time into a copy of the tree, and lets the quickest test look that should notice.

Each mutation (bugs/) replaces a text that occurs once in a file. The copy lies in build/mutate/tree, keeps what it has built and
shares the downloaded packages. KIND tells by what they are found:
  unit     a unit test of this machine, some seconds each
  kernel   the kernel fuzzer or a kernel test, one to two minutes each
  system   another system test
Quick ones come first, and before the first one that a test is to find, the test must pass without any. A mutation that does
not build, or whose text is no longer there, is not caught. Ends with `N of N mutations caught`, and with status 1 when one is
missed. MUTATION='part of a name' and KIND= choose. --check only looks whether each could be put in (make test does it).
"""
import argparse
import filecmp
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from typing import NamedTuple

import bugs

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TREE = os.path.join("build", "mutate", "tree")
SHARED = ["apt", "guest", "packages", "packages.lock", "setup.mk", "setup.stamp", "src-base"]
COPIED = ["Makefile", "bsp", "docs", "images", "kernel", "mk", "overlays", "tests", "userland"]
CALLS = 200000  # of the fuzzer: as many on a busy machine as on an idle one
UNIT_SECONDS = 900  # a unit test that takes longer does not end
KINDS = ["unit", "kernel", "system"]
MUTANT = os.path.join("build", "mutant", "")  # of a unit test, what was built of a mutation


class Mutation(NamedTuple):
    name: str
    path: str
    old: str
    new: str
    how: dict

    @property
    def kind(self):
        if "unit" in self.how:
            return "unit"
        return "system" if not self.how.get("test", "test_kernel.py").startswith("test_kernel.py") else "kernel"


def all_mutations():
    """Quick ones first."""
    made = [Mutation(name, *what, {"unit": test}) for test, group in bugs.UNIT.items() for name, what in group.items()]
    made += [Mutation(name, *what[:3], what[3] if len(what) > 3 else {}) for name, what in bugs.SYSTEM.items()]
    return sorted(made, key=lambda m: KINDS.index(m.kind))


# ---- can they be put in? ----

def read(*path):
    try:
        with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def builds(fragment, path):
    """Whether a unit test's sources have the file: by its name, or by a pattern. Headers are not listed."""
    folder, name = os.path.split(path)
    return name.endswith(".h") or name in re.split(r"[\s,()/]+", fragment) or f"{folder}/*.c" in fragment


def problems(m):
    """Why a mutation can't be put in, or a test can't find it."""
    text = read(m.path)
    if text is None:
        yield f"there is no {m.path}"
    elif text.count(m.old) != 1:
        yield f"the text is {text.count(m.old)} times in {m.path}"
    if m.old == m.new:
        yield "it changes nothing"
    if m.kind == "unit":
        fragment = read("tests", "unit", m.how["unit"] + ".mk")
        if fragment is None:
            yield f"there is no unit test {m.how['unit']}"
        elif not builds(fragment, m.path):
            yield f"the unit test {m.how['unit']} has no {m.path}"
    elif "test" in m.how:
        file, function = re.match(r"(\w+\.py)::(\w+)", m.how["test"]).groups()
        if f"def {function}(" not in (read("tests", "system", file) or ""):
            yield f"there is no test {m.how['test']}"


# ---- the copy ----

def make_tree():
    """The copy; what has not changed stays as it is, so that little is built anew."""
    os.makedirs(os.path.join(TREE, "build"), exist_ok=True)
    for name in SHARED:
        link = os.path.join(TREE, "build", name)
        if not os.path.lexists(link):
            os.symlink(os.path.abspath(os.path.join("build", name)), link)
    for name in COPIED:
        if os.path.isdir(name):
            for directory, _, files in os.walk(name):
                os.makedirs(os.path.join(TREE, directory), exist_ok=True)
                for file in files:
                    copy_changed(os.path.join(directory, file))
        else:
            copy_changed(name)


def copy_changed(path):
    target = os.path.join(TREE, path)
    if not os.path.islink(path) and not (os.path.exists(target) and filecmp.cmp(path, target, shallow=False)):
        shutil.copy(path, target)


def run(command, timeout=3600, **variables):
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    environment.update(variables, SETUP="no")  # the packages are there
    return subprocess.run(command, cwd=TREE, env=environment, text=True, errors="replace", stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT, timeout=timeout)


def make(*words):
    return [*shlex.split(os.environ.get("MAKE", "make")), *words]


# ---- those who look. Each tells whether it fails (None: it could not be built), and what it says then. ----

def unit_program(unit):
    return os.path.join("build", "unit", unit)


unit_commands = {}  # (unit test, file): what make would do after a change of the file


def commands_after_change(unit, path):
    """As a script that leaves the objects and the program of the sound tree as they are; and where its own program is."""
    if (unit, path) not in unit_commands:
        script = run(make("-n", "-s", "V=1", "-W", path, unit_program(unit))).stdout
        for built in [*re.findall(r" -o (\S+\.o)\b", script), unit_program(unit)]:
            mutant = built.replace("build/unit/", MUTANT)
            os.makedirs(os.path.join(TREE, os.path.dirname(mutant)), exist_ok=True)
            script = script.replace(f"{built} ", f"{mutant} ").replace(f"{built}\n", f"{mutant}\n")
        script = script.replace(" -Werror ", " -Werror -Wno-unused ")  # a dropped check may leave what it has looked at
        unit_commands[unit, path] = "set -e\n" + script
    return unit_commands[unit, path], unit_program(unit).replace("build/unit/", MUTANT)


def unit_test(unit, path=None):
    """path: the file that is another one now than when the program was built."""
    if not path:
        done = run(make("-s", unit_program(unit)))
        program = unit_program(unit)
    else:
        script, program = commands_after_change(unit, path)
        done = run(["sh", "-c", script])
    if done.returncode:
        return None, done.stdout[-2000:]
    return first_failure(program)


def end_session(leader):
    """Check's tests are process groups of their own, and one that does not end outlives its program."""
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.getsid(int(name)) == leader:
                os.kill(int(name), signal.SIGKILL)
        except OSError:
            pass  # it has ended


def first_failure(program):
    """Check's log has the result of each test as soon as it is there: the others need not be waited for."""
    names = [os.path.join(TREE, "build", f"mutate.{name}") for name in ("log", "out")]
    with open(names[0], "w+", encoding="utf-8", errors="replace") as log, \
         open(names[1], "w+", encoding="utf-8", errors="replace") as out:
        environment = {"CK_DEFAULT_TIMEOUT": "60", **os.environ, "CK_LOG_FILE_NAME": os.path.abspath(log.name)}
        started, failure = time.monotonic(), None
        with subprocess.Popen([os.path.join(".", program)], cwd=TREE, env=environment, stdout=out, stderr=subprocess.STDOUT,
                              start_new_session=True) as process:
            while process.poll() is None and not failure:
                time.sleep(0.05)
                log.seek(0)
                failure = re.search(r".*:[FE]:.*", log.read())
                if time.monotonic() - started > UNIT_SECONDS:
                    failure = [f"{program} does not end"]
            status = process.poll()
            end_session(process.pid)
        out.seek(0)
        said = out.read()
    if not failure and status:
        failure = re.search(r".*(:[FE]:|ERROR: |runtime error|abort).*", said) or [said[-500:].strip()]
    return failure is not None, (failure or [""])[0][:300]


def system_test(test):
    path = os.path.join("tests", "system", test)
    done = run([sys.executable, os.path.join("mk", "test.py"), "--workers", "1", "--unit", "", "--", path])
    if re.search(r" error: |\*\*\*.*Error |make image .* failed", done.stdout):
        return None, done.stdout[-2000:]
    told = [line for line in done.stdout.splitlines() if re.match(r"E +(AssertionError|.*(panic|FAULT|[Tt]imeout))", line)]
    return done.returncode != 0, told[0][:300] if told else done.stdout[-500:].strip()


def fuzz(cpus=1, kernel="", calls=CALLS):
    command = make("fuzz", f"CPUS={cpus}", f"CALLS={calls}", "SEED=4711", *([f"KERNEL={kernel}"] if kernel else []))
    done = run(command)
    lines = done.stdout.splitlines()
    if any(re.search(r"error:|\*\*\*.*Error|not built", line) and "FINDING" not in line for line in lines):
        if not any("fuzz: CPUs" in line for line in lines):
            return None, done.stdout[-2000:]
    found = [line for line in lines if "FINDING" in line] or [line for line in lines if line.startswith("fuzz: ")]
    return done.returncode != 0, found[0] if found else done.stdout[-500:]


def look(how, path=None):
    if "unit" in how:
        return unit_test(how["unit"], path)
    return system_test(**how) if "test" in how else fuzz(**how)


sound = {}  # tests, as text: what they say when nothing is wrong; empty: they pass


def says_without(how):
    if str(how) not in sound:
        fails, line = look(how)
        sound[str(how)] = line if fails is not False else ""
    return sound[str(how)]


def look_for(m):
    """(whether it was caught, how it ended, a line about it)"""
    line = says_without(m.how)
    if line:
        return False, "ERROR: the test fails without it", line
    copy = os.path.join(TREE, m.path)
    before = os.stat(copy)
    with open(copy, "w", encoding="utf-8") as file:
        file.write(read(m.path).replace(m.old, m.new))
    try:
        fails, line = look(m.how, m.path)
    finally:
        shutil.copy(m.path, copy)
        if m.kind == "unit":  # what was built of it lies elsewhere
            os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))
    return bool(fails), "caught" if fails else "ERROR: it does not build" if fails is None else "MISSED", line


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--kind", default="", choices=["", *KINDS])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    os.chdir(ROOT)
    chosen = [m for m in all_mutations() if options.only in m.name and options.kind in ("", m.kind)]
    wrong = {m.name: line for m in chosen for line in problems(m)}
    for name, line in wrong.items():
        print(f"mutate: ERROR: {name}: {line}", flush=True)
    if options.check or not chosen:
        print(f"mutate: {len(wrong)} of {len(chosen)} mutations can't be tried")
        sys.exit(1 if wrong or not chosen else 0)
    make_tree()
    missed = list(wrong)
    for m in chosen:
        if m.name in wrong:
            continue
        caught, end, line = look_for(m)
        print(f"mutate: {end}: {m.name}\n    {line}", flush=True)
        if not caught:
            missed.append(m.name)
    print("".join(f"mutate: not caught: {name}\n" for name in missed), end="")
    print(f"{len(chosen) - len(missed)} of {len(chosen)} mutations caught")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
