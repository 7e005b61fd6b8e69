# SPDX-License-Identifier: MIT
"""`make bench`: counts guest instructions per operation, and prints them beside those of others.

Boots the entries of tests/bench/modules.list and hello-ned on QEMU's virt machine so that an
instruction is a nanosecond of virtual time and nothing depends on the host: two runs give the same
figures. The machine's tree has no random seed: everything lies where it always does. `BENCH name
figure` lines of the programs are figures, with one CPU and, what runs in the kernel, with four; a
plugin of ours stamps console lines with the instructions executed so far.
Writes build/bench.json. Ends with status 1 if a figure is missing or above its limit in
anchors.txt. BENCH_TWICE=1 runs all twice and compares.
BENCH_HARDENING=1 leaves measures against speculation across domains on, for which there are no
limits.
"""
import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = "build"
WORK = os.path.join(BUILD, "bench")
GUEST_IMAGE = os.path.join(WORK, "Image")
RAMDISK = os.path.join(BUILD, "guest", "ramdisk-armv8.cpio.gz")
TIMEOUT = 600
PEERS = ["L4Re", "seL4", "seL4 SMP", "KVM"]
# By console: the command line of a Linux whose init writes to it, and then, where that is another,
# to the PL011, whose lines the plugin stamps. hvc0 is there when init has loaded its driver.
# cryptomgr.notests: Linux's self-tests of ECDSA, ECDH and RSA draw their keys from the jitter of the
# clock; a boot with them takes 998 to 1050 million instructions, by any change of what ran before.
CMDLINES = {
    "hvc0": 'console=hvc0 quiet cryptomgr.notests rdinit=/bin/sh -- -c "b=/bin/busybox;'
            ' $b mount -t devtmpfs dev /dev; cd /lib/modules/$($b uname -r);'
            ' while read m; do $b insmod $m.ko; done <order;'
            ' [ -c /dev/hvc0 ] && echo init runs >/dev/hvc0 && echo init ran >/dev/ttyAMA0;'
            ' exec $b sleep 9999"',
    "pl011": 'console=ttyAMA0 quiet cryptomgr.notests rdinit=/bin/sh -- -c "echo init ran; exec busybox sleep 9999"',
}
UART = "0x9000000"
EXACT = ["-nodefaults", "-display", "none", "-monitor", "none", "-serial", "stdio",
         "-cpu", "cortex-a57", "-rtc", "base=2026-01-01,clock=vm"]
# Time goes on by instructions, and to the next timer when there is nothing to do.
CLOCK = "shift=0,sleep=off"
MACHINE = ["-M", "virt,virtualization=on,gic-version=3,dtb-randomness=off", "-m", "1G"]
MANY = 4  # CPUs of the second column
HARDENED = os.environ.get("BENCH_HARDENING") == "1"
if not HARDENED:
    MACHINE += ["-append", "-nohardening"]
DIRECT_TREE = os.path.join(WORK, "direct.dtb")
DIRECT = ["-M", "virt,gic-version=3,dtb-randomness=off", "-m", "256M", "-dtb", DIRECT_TREE,
          "-kernel", GUEST_IMAGE, "-initrd", RAMDISK, "-global", "virtio-mmio.force-legacy=false",
          "-global", "virtio-mmio.ioeventfd=off",  # else another thread serves the queues, any time
          "-device", "virtio-serial-device,bus=virtio-mmio-bus.0",
          "-chardev", "null,id=hvc0", "-device", "virtconsole,chardev=hvc0"]


def fail(text):
    sys.exit(f"bench: {text}")


def read_rows(path):
    """Rows of anchors.txt: dictionaries with name, operation, limit and a figure for each peer."""
    rows = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#") or not line.strip():
                continue
            fields = [f.strip() for f in line.split("|")]
            if len(fields) != 4 + len(PEERS):
                fail(f"{path}:{number}: {len(fields)} columns, expected {4 + len(PEERS)}")
            try:
                values = [float(f) if f else None for f in fields[2:]]
            except ValueError as e:
                fail(f"{path}:{number}: {e}")
            rows.append({"name": fields[0], "operation": fields[1], "limit": values[0],
                         "limit4": values[1], "peers": dict(zip(PEERS, values[2:]))})
    return rows


def build_plugin():
    """Compiles the plugin; None, and a note, if this machine cannot."""
    plugin = os.path.join(WORK, "count.so")
    command = shlex.split(os.environ.get("HOSTCC", "gcc")) + [
        "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", plugin, os.path.join(HERE, "count.c")]
    done = subprocess.run(command, check=False)
    if done.returncode:
        print("bench: no plugin, no figures from reset on", file=sys.stderr)
        return None
    return plugin


def make_run(*arguments):
    """Runs make with the variables, but not the job server, of the make that runs us."""
    make = shlex.split(os.environ.get("MAKE", "make"))
    flags = re.sub(r"(^| )(-j\d*|--jobserver\S*)", " ", os.environ.get("MAKEFLAGS", ""))
    environment = dict(os.environ, MAKEFLAGS=flags)
    if subprocess.run([*make, *arguments], check=False, env=environment).returncode:
        fail(f"make {' '.join(arguments)} failed")


def build_image(scenario, modules_list):
    make_run("image", "BOARD=qemu-virt", f"SCENARIO={scenario}", f"MODULES_LIST={modules_list}",
             f"MODULE_SEARCH_PATH={WORK}")
    return os.path.join(BUILD, "images", "qemu-virt", scenario, "image")


def unpack_guest():
    source = os.path.join(BUILD, "guest", "Image-6.12.gz")
    make_run("-s", source, RAMDISK)
    if os.path.exists(GUEST_IMAGE) and os.path.getmtime(GUEST_IMAGE) >= os.path.getmtime(source):
        return
    with gzip.open(source) as packed, open(GUEST_IMAGE + ".tmp", "wb") as raw:
        shutil.copyfileobj(packed, raw)
    os.replace(GUEST_IMAGE + ".tmp", GUEST_IMAGE)


def write_linux():
    """Scripts that boot linux.lua's guest, and the tree of the direct boot."""
    for console, cmdline in CMDLINES.items():
        with open(os.path.join(WORK, f"linux-{console}.ned"), "w", encoding="utf-8") as script:
            script.write(f"require 'linux'([[{cmdline}]])\n")
    command = ["dtc", "-q", "-I", "dts", "-O", "dtb", "-i", "images/dts", "-o", DIRECT_TREE,
               os.path.join(HERE, "direct.dts")]
    if subprocess.run(command, check=False).returncode:
        fail("no tree for the direct boot")


def run(name, arguments, last, plugin, cpus=1, clock=CLOCK):
    """Runs QEMU until its console shows a line with the regular expression `last`. Returns the
    console's text and the plugin's (instructions, line) stamps."""
    stamps = os.path.join(WORK, name + ".stamps")
    command = shlex.split(os.environ.get("QEMU", "qemu-system-aarch64")) + EXACT
    command += ["-icount", clock, "-smp", str(cpus)] + arguments
    if plugin:
        command += ["-plugin", f"./{plugin},uart={UART},out={stamps}"]
    print(f"  BENCH  {name}, {cpus} CPU{'s' if cpus > 1 else ''}", flush=True)
    try:
        qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    except OSError as e:
        fail(f"cannot start {command[0]}: {e.strerror}")
    watchdog = threading.Timer(TIMEOUT, qemu.kill)
    watchdog.start()
    lines, marks, seen = [], [], False
    try:
        for raw in qemu.stdout:
            lines.append(raw.decode(errors="replace").rstrip("\r\n"))
            if re.search(last, lines[-1]):
                seen = True
                break
        while seen and plugin and first(marks, last) is None and qemu.poll() is None:
            time.sleep(0.05)  # the plugin may be a moment behind
            marks = read_stamps(stamps)
    finally:
        watchdog.cancel()
        qemu.kill()
        qemu.wait()
    if not seen:
        fail(f"{name} ended, or took more than {TIMEOUT} s, without a line '{last}'; the last:\n"
             + "\n".join(lines[-10:]))
    return lines, marks


def read_stamps(path):
    """The plugin's stamps: (instructions, text of the line)."""
    with open(path, encoding="utf-8", errors="replace") as file:
        pairs = (line.partition(" ") for line in file.read().split("\n")[:-1])
        return [(int(count), text) for count, _, text in pairs]


def figures_of(lines):
    matches = (re.search(r"BENCH ([\w-]+) (\d+)", line) for line in lines)
    return {m[1]: int(m[2]) for m in matches if m and m[1] != "done"}


def first(marks, pattern):
    """Instructions before the first line that matches, or None."""
    return next((count for count, text in marks if re.search(pattern, text)), None)


def millions(count):
    return None if count is None else round(count / 1e6, 2)


def measure_linux(console, cmdline, images, plugin):
    """A Linux until its init has said something, as a guest and without a hypervisor."""
    figures = {}
    name = f"linux-{console}"
    _, marks = run(name, MACHINE + ["-kernel", images[name]], "init ran", plugin)
    start, init = first(marks, "CPU 0 starts"), first(marks, "init ran")
    figures["uvmm-first-line"] = millions(first(marks, "VMM: "))
    figures["guest-first-instruction"] = millions(start)
    _, marks = run(f"direct-{console}", DIRECT + ["-append", cmdline], "init ran", plugin)
    direct = first(marks, "init ran")
    if start and init and direct:
        figures[f"guest-init-{console}"] = millions(init - start)
        figures[f"direct-init-{console}"] = millions(direct)
        figures[f"guest-init-ratio-{console}"] = round((init - start) / direct, 4)
    return figures


def measure(images, plugin):
    """All figures: by name, and name + ":4" for those with MANY CPUs."""
    figures = {}
    for name, last in (("bench", "BENCH done"), ("bench-guest", "powered off"),
                       ("latency", "BENCH done")):
        lines, _ = run(name, MACHINE + ["-kernel", images[name]], last, None)
        figures.update(figures_of(lines))
    for name, last in (("bench", "BENCH done"), ("bench-guest", "powered off")):
        lines, _ = run(name, MACHINE + ["-kernel", images[name]], last, None, MANY)
        figures.update({n + ":4": f for n, f in figures_of(lines).items()})
    if not plugin:
        return figures
    _, marks = run("hello-ned", MACHINE + ["-kernel", images["hello-ned"]], "Hello World!", plugin)
    for name, pattern in (("boot", "Ashlar boot"), ("kernel", "Ashlar: "), ("ned", "Ned"),
                          ("hello", "Hello World!")):
        figures[name + "-first-line"] = millions(first(marks, pattern))
    for console, cmdline in CMDLINES.items():
        figures.update(measure_linux(console, cmdline, images, plugin))
    return figures


def show(value):
    if value is None:
        return ""
    return f"{value:g}" if abs(value - round(value)) > 1e-9 else f"{round(value)}"


def print_table(rows, figures):
    width = max(len(r["operation"]) for r in rows)
    print(f"{'guest instructions':{width}} {'1 CPU':>7} {'limit':>6} {f'{MANY} CPUs':>7} {'limit':>6}",
          *(f"{p:>9}" for p in PEERS))
    for row in rows:
        print(f"{row['operation']:{width}} {show(figures.get(row['name'])) or '-':>7}"
              f" {show(row['limit']):>6} {show(figures.get(row['name'] + ':4')):>7}"
              f" {show(row['limit4']):>6}", *(f"{show(row['peers'][p]):>9}" for p in PEERS))


def verdict(rows, figures):
    """Prints what is wrong, and returns the exit status."""
    status = 0
    for row in rows:
        for key, limit, where in ((row["name"], row["limit"], "one CPU"),
                                  (row["name"] + ":4", row["limit4"], f"{MANY} CPUs")):
            value = figures.get(key)
            wanted = limit is not None or (key == row["name"] and key + ":4" not in figures)
            if value is None and wanted:
                print(f"bench: no figure for '{row['operation']}' ({key})", file=sys.stderr)
                status = 1
            elif limit is not None and value > limit and not HARDENED:
                print(f"bench: '{row['operation']}' takes {show(value)} with {where}, more than"
                      f" {show(limit)}", file=sys.stderr)
                status = 1
    return status


def compare(one, two):
    differing = [n for n in sorted(one | two) if one.get(n) != two.get(n)]
    for name in differing:
        print(f"bench: {name} differs: {one.get(name)} and {two.get(name)}", file=sys.stderr)
    if not differing:
        print("Both runs gave the same figures.")
    return 1 if differing else 0


def main():
    if os.environ.get("BOARD", "qemu-virt") != "qemu-virt":
        fail("instructions are counted on BOARD=qemu-virt only")
    os.makedirs(WORK, exist_ok=True)
    rows = read_rows(os.path.join(HERE, "anchors.txt"))
    own_list = os.path.relpath(os.path.join(HERE, "modules.list"))
    plugin = build_plugin()
    unpack_guest()
    write_linux()
    entries = ("bench", "bench-guest", "latency", *(f"linux-{c}" for c in CMDLINES))
    images = {n: build_image(n, own_list) for n in entries}
    images["hello-ned"] = build_image("hello-ned", "images/modules.list")
    figures = measure(images, plugin)
    status = 0
    if os.environ.get("BENCH_TWICE") == "1":
        status = compare(figures, measure(images, plugin))
    print_table(rows, figures)
    with open(os.path.join(BUILD, "bench.json"), "w", encoding="utf-8") as file:
        json.dump({"unit": "guest instructions; first lines, starts and inits in millions; ratios",
                   "operations": [dict(row, ours=figures.get(row["name"]),
                                        ours4=figures.get(row["name"] + ":4"))
                                   for row in rows]},
                  file, indent=2)
        file.write("\n")
    sys.exit(verdict(rows, figures) or status)


if __name__ == "__main__":
    main()
