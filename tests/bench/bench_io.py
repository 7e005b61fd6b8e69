# SPDX-License-Identifier: MIT
"""`make bench-io`: what disks cost guests, in instructions executed (waiting executes none) between marks that a Linux writes to
its PL011, beside the same kernel and commands with the same device of QEMU's without a hypervisor.

The device is QEMU's null-co, which keeps nothing and is done at once: only the way there and back is counted. So reads that
follow one another cost it what random ones do. Each command runs once before it counts. Time goes on by instructions, but while
nothing is to be done as on a clock: a device's thread is not outrun by timers.
Writes build/bench-io.json; ends with status 1 if a figure is missing.
"""
import json
import os
import subprocess
import sys

import bench

MIB = 64
SMALL = 4096  # requests of 4 KiB
# By mark: what runs from it to the next one. `nothing` is what a command itself costs.
COMMANDS = {
    "nothing": "dd if=/dev/null of=/dev/null bs=4k count=1",
    "read": f"dd if=/dev/vda of=/dev/null bs=1M count={MIB} iflag=direct",
    "write": f"dd if=/dev/zero of=/dev/vda bs=1M count={MIB} oflag=direct",
    "small": f"dd if=/dev/vda of=/dev/null bs=4k count={SMALL} iflag=direct",
}
STEPS = "".join(f"$b {c} 2>/dev/null; m {name}; $b {c} 2>/dev/null; m {name}-end; " for name, c in COMMANDS.items())
CMDLINE = ('console=hvc0 quiet cryptomgr.notests rdinit=/bin/sh -- -c "b=/bin/busybox; $b mount -t devtmpfs dev /dev;'
           ' cd /lib/modules/$($b uname -r); while read m; do $b insmod $m.ko; done <order; m() { echo mark $1 >/dev/ttyAMA0; };'
           f' while [ ! -b /dev/vda ]; do $b usleep 100000; done; {STEPS} m over; exec $b sleep 9999"')
CLOCK = "shift=0,sleep=on"
DISK = ["-blockdev", "driver=null-co,node-name=disk0,size=134217728,read-zeroes=on",
        "-device", "virtio-blk-device,drive=disk0,serial=DISK0,bus=virtio-mmio-bus.1"]
MODERN = ["-global", "virtio-mmio.force-legacy=false", "-global", "virtio-mmio.ioeventfd=off"]
TREE = os.path.join(bench.WORK, "direct-disk.dtb")


def prepare():
    """The plugin and the image."""
    os.makedirs(bench.WORK, exist_ok=True)
    plugin = bench.build_plugin()
    if not plugin:
        bench.fail("instructions are counted by a plugin")
    bench.unpack_guest()
    with open(os.path.join(bench.WORK, "linux-disk.ned"), "w", encoding="utf-8") as script:
        script.write(f'package.path = "rom/?.lua"\nrequire("linux")([[{CMDLINE}]], true)\n')
    command = ["dtc", "-q", "-I", "dts", "-O", "dtb", "-i", "images/dts", "-i", bench.HERE, "-o", TREE,
               os.path.join(bench.HERE, "direct-disk.dts")]
    if subprocess.run(command, check=False).returncode:
        bench.fail("no tree for the direct boot")
    return plugin, bench.build_image("linux-disk", os.path.relpath(os.path.join(bench.HERE, "modules.list")))


def work_of(marks):
    """Instructions of each command."""
    work = {}
    for name in COMMANDS:
        begin, end = bench.first(marks, f"mark {name}$"), bench.first(marks, f"mark {name}-end$")
        if begin is None or end is None:
            bench.fail(f"no marks of '{name}'")
        work[name] = end - begin
    return {name: count - work["nothing"] for name, count in work.items() if name != "nothing"}


def main():
    if os.environ.get("BOARD", "qemu-virt") != "qemu-virt":
        bench.fail("instructions are counted on BOARD=qemu-virt only")
    plugin, image = prepare()
    direct_options = [o if o != bench.DIRECT_TREE else TREE for o in bench.DIRECT]
    _, marks = bench.run("linux-disk", bench.MACHINE + MODERN + DISK + ["-kernel", image], "mark over", plugin, clock=CLOCK)
    ours = work_of(marks)
    _, marks = bench.run("direct-disk", direct_options + DISK + ["-append", CMDLINE], "mark over", plugin, clock=CLOCK)
    direct = work_of(marks)
    rows = [{"measure": f"dd bs=1M of {MIB} MiB, direct, {name}", "unit": "times", "to reach": 1.1, "ours": ours[name],
             "direct": direct[name], "result": round(ours[name] / direct[name], 3)} for name in ("read", "write")]
    rows.append({"measure": "4 KiB reads, depth 1: more than direct", "unit": "a request", "to reach": 3500,
                 "ours": ours["small"], "direct": direct["small"], "result": round((ours["small"] - direct["small"]) / SMALL)})
    print(f"{'instructions':40} {'guest':>12} {'direct':>12} {'result':>10}            to reach")
    for r in rows:
        print(f"{r['measure']:40} {r['ours']:>12} {r['direct']:>12} {r['result']:>10g} {r['unit']:10} {r['to reach']:g}")
    with open(os.path.join(bench.BUILD, "bench-io.json"), "w", encoding="utf-8") as file:
        json.dump({"unit": "instructions of all CPUs between two marks of the guest", "measures": rows}, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    sys.exit(main())
