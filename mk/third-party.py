# SPDX-License-Identifier: MIT
"""Lists what images contain of others: third-party.py LOCK-FILE

Versions come from the lock file of set-up, licences from what the packages say of themselves.
"""
import sys

# package (or its prefix) -> (name, what is in an image, licence)
PARTS = [
    ("linux-image-", "Linux", "kernel of guests (Image*.gz) and its modules in the ramdisk", "GPL-2.0"),
    ("busybox-static", "BusyBox", "userland of guests, in the ramdisk", "GPL-2.0"),
    ("u-boot-qemu", "U-Boot", "firmware that is a guest (u-boot.bin)", "GPL-2.0-or-later"),
    ("qemu-efi-aarch64", "EDK2", "firmware that is a guest (QEMU_EFI.fd)", "BSD-2-Clause-Patent and compatible"),
    ("picolibc-aarch64-linux-gnu", "picolibc", "C library of all programs", "BSD-3-Clause and compatible"),
    ("lua5.4", "Lua", "in ned and io", "MIT"),
    ("libfdt-dev", "libfdt", "in boot and uvmm", "BSD-2-Clause or GPL-2.0-or-later"),
    ("zlib1g-dev", "zlib", "in boot and uvmm", "Zlib"),
    ("gcc-aarch64-linux-gnu", "libgcc", "helper functions in all programs",
     "GPL-3.0-or-later with GCC Runtime Library Exception"),
    ("g++-aarch64-linux-gnu", "libstdc++", "its headers' templates in C++ programs",
     "GPL-3.0-or-later with GCC Runtime Library Exception"),
]


def main(lock):
    rows = []
    with open(lock, encoding="utf-8") as f:
        lines = [line.split() for line in f if not line.startswith("#")]
    for prefix, name, use, licence in PARTS:
        for package, version, *_, place in lines:
            # lua5.4 and the libraries are also on the host, for its own tools: count the target's.
            host_only = ("picolibc-aarch64-linux-gnu", "gcc-aarch64-linux-gnu", "g++-aarch64-linux-gnu")
            if package.startswith(prefix) and (place != "host" or prefix in host_only):
                rows.append((name, version, licence, use, package))
    print("# Third-party parts of images\n")
    print("All come from Debian packages at set-up, unmodified; none is in this repository. Their\n"
          "sources and full licence texts are in Debian's source packages of the same version.\n")
    print("| part | version | licence | where | package |\n|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main(sys.argv[1])
