# SPDX-License-Identifier: MIT
"""`make fuzz`: builds and boots the kernel fuzzer on 1, 2 and 4 CPUs, one after the other.

Variables of make: MINUTES= (altogether) or CALLS= (on each number of CPUs), SEED=, CPUS= (only that
many), GIC=, KERNEL=restless. Several CPUs are emulated by one thread of this machine, for CPUs
that wait for each other cost little then; MULTI=1: by a thread each, as in `make test`. Ends with
status 1 when there is a finding, when the kernel stops, or when nothing is heard for four minutes.
"""
import argparse
import os
import re
import selectors
import shlex
import subprocess
import sys
import time

QUIET = 240  # seconds without output: the fuzzer says something every ten, on a machine of its own
KERNELS = os.path.join("build", "arm64")
WORK = os.path.join("build", "fuzz")


def make(*arguments):
    """Runs make with the variables, but not the job server, of the make that runs us."""
    command = [*shlex.split(os.environ.get("MAKE", "make")), *arguments]
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(command, check=False, env=environment, text=True, stdout=subprocess.PIPE)


def write_list(words, kernel):
    os.makedirs(WORK, exist_ok=True)
    path = os.path.join(WORK, "modules.list")
    with open(path, "w", encoding="utf-8") as file:
        file.write("# Written by tests/fuzz/fuzz.py\nentry fuzz\n")
        file.write(f"kernel {kernel or 'kernel'} -kmemsize=65536\n")
        file.write(f"roottask fuzz {words}\n")
    return path


def lines_of(command):
    """Runs the emulator and yields its lines; None for silence that is too long."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as qemu:
        selector = selectors.DefaultSelector()
        selector.register(qemu.stdout, selectors.EVENT_READ)
        rest, heard = b"", time.monotonic()
        try:
            while True:
                if not selector.select(1):
                    if time.monotonic() - heard > QUIET:
                        yield None
                        return
                    continue
                data = os.read(qemu.stdout.fileno(), 65536)
                if not data:
                    return
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    text = line.decode(errors="replace").strip()
                    if text.startswith(("fuzz", "FINDING")): # threads that end are no sign of life
                        heard = time.monotonic()
                    yield text
        finally:
            qemu.kill()


def what_holds(socket, kernel, log):
    """Are the factories that did not go held by cycles of tasks, and nothing else? The finding, or None."""
    time.sleep(1) # for the kernel's last instruction
    done = subprocess.run(["gdb-multiarch", "-batch", "-nx", "-ex", "set remotetimeout 120", "-ex",
                           f"file {KERNELS}/{kernel or 'kernel'}/kernel", "-ex",
                           f"target remote {socket}", "-x", os.path.join(os.path.dirname(__file__), "holders.py")],
                          check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=QUIET)
    log.write(done.stdout)
    match = re.search(r"^holders: (\d+) objects, (\d+) leaks$", done.stdout, re.M)
    if match:
        print(match.group(0), flush=True)
        return None if match.group(2) == "0" else "objects that nobody holds were not destroyed"
    return "gdb did not say who holds the factories:\n" + done.stdout


def run(cpus, gic, image_list, multi, kernel, log):
    """One run; what was found, as text, or None."""
    variables = ["BOARD=qemu-virt", "SCENARIO=fuzz", f"MODULES_LIST={image_list}", "MODULE_SEARCH_PATH=.",
                 f"CPUS={cpus}", f"GIC={gic}", "MEM=1G"]
    if make("image", *variables).returncode:
        return "the image was not built"
    done = make("-s", "print-qemu", *variables)
    found, last = None, []
    socket = os.path.join(WORK, f"gdb-{cpus}cpu")
    command = shlex.split(done.stdout.strip().splitlines()[-1])
    command += ["-no-shutdown", "-chardev", f"socket,path={socket},server=on,wait=off,id=gdb0", "-gdb", "chardev:gdb0"]
    if not multi:
        command += ["-accel", "tcg,thread=single"]
    for line in lines_of(command):
        if line is None:
            return f"nothing was heard for {QUIET} seconds; last lines:\n  " + "\n  ".join(last)
        log.write(line + "\n")
        last = last[-30:] + [line]
        if line.startswith("FINDING"):
            found = found or line
        if line.startswith(("FINDING", "fuzz", "#")):
            print(f"[{cpus} CPU{'s' if cpus > 1 else ''}] {line}", flush=True)
        match = re.match(r"fuzz done: .* (\d+) findings", line)
        if match:
            found = found or (None if match.group(1) == "0" else line)
            return found or what_holds(socket, kernel, log)
    return found or "the system ended; last lines:\n  " + "\n  ".join(last)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--calls", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cpus", type=int, nargs="*")
    parser.add_argument("--gic", type=int, default=3)
    parser.add_argument("--round", type=int, default=2000)
    parser.add_argument("--multi", action="store_true")
    parser.add_argument("--kernel", default="")
    options = parser.parse_args()
    cpus = options.cpus or [1, 2, 4]
    minutes = options.minutes or (0 if options.calls else 3)
    words = f"calls={options.calls}" if options.calls else f"ms={int(minutes * 60000 / len(cpus))}"
    words += f" round={options.round}"
    if options.seed:
        words += f" seed={options.seed}"
    image_list = write_list(words, options.kernel)
    found = 0
    for n in cpus:
        with open(os.path.join(WORK, f"log-{n}cpu"), "w", encoding="utf-8") as log:
            what = run(n, options.gic, image_list, options.multi, options.kernel, log)
        if what:
            found += 1
            print(f"fuzz: {n} CPUs, {words}: {what}", flush=True)
    print(f"fuzz: {'no finding' if not found else f'{found} runs with a finding'}; logs in {WORK}/log-*")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
