# SPDX-License-Identifier: MIT
BOARD_DESC := QEMU's virt machine: GICv3 or GICv2, any number of CPUs, PL011, PL031
BOARD_QEMU = -M virt,virtualization=on,gic-version=$(GIC) -cpu $(CPU) -smp $(CPUS) -m $(MEM)
