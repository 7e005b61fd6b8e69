# SPDX-License-Identifier: MIT
BOARD_DESC := QEMU's virt machine: GICv3 or GICv2, any number of CPUs, PL011, PL031
BOARD_STATE := reference board: all scenarios, tested on each change
BOARD_QEMU = -M virt,virtualization=on,gic-version=$(GIC) -cpu $(CPU) -smp $(CPUS) -m $(MEM)
# Disk number $1, of the file $2, in the first page of the registers of virtio devices (images/disks.vbus); the network card is
# in the second one (images/nic.vbus), the random number device in the third one (images/rng.vbus).
MODERN := -global virtio-mmio.force-legacy=false
BOARD_DISK = $(MODERN) -drive if=none,id=disk$1,format=raw,file=$2 \
	-device virtio-blk-device,drive=disk$1,serial=DISK$1,bus=virtio-mmio-bus.$1
BOARD_MAX_DISKS := 8
BOARD_DISK_DRIVER := virtio-blk-drv
BOARD_NIC := $(MODERN) -device virtio-net-device,netdev=net,bus=virtio-mmio-bus.8
BOARD_RNG := $(MODERN) -device virtio-rng-device,bus=virtio-mmio-bus.16
BOARD_PCI_NIC := -device virtio-net-pci,disable-legacy=on,romfile=,netdev=net
BOARD_UART := arm,pl011@0x9000000
BOARD_UBOOT = $(B)/packages/u-boot-qemu/usr/lib/u-boot/qemu_arm64/u-boot.bin
BOARD_UBOOT_QEMU = $(BOARD_QEMU) -bios $(BOARD_UBOOT) \
	-drive if=none,format=raw,id=disk,file=$(UBOOT_DISK) -device virtio-blk-device,drive=disk
BOARD_UBOOT_FORMATS := image uimage itb
BOARD_LOAD := 0x60000000
BOARD_FILE := 0x50000000
