# SPDX-License-Identifier: MIT
BOARD_DESC := Raspberry Pi 4 (BCM2711): GIC-400, spin table, mini UART; emulated with 4 CPUs, 960 MiB
BOARD_STATE := all scenarios in emulation, also from an SD card image by U-Boot; not tried on hardware
BOARD_FIXED := CPUS=4 MEM=2G CPU=cortex-a72 GIC=2
BOARD_DTB = $(LINUX_DTBS)/broadcom/bcm2711-rpi-4-b.dtb
BOARD_QEMU = -M raspi4b -dtb $(BOARD_DTB)
# Serial lines: 0 is the PL011, which guest 1 gets in uvmm-2vm-net-io; 1 is the mini UART.
BOARD_CONSOLE := 1
BOARD_UART := brcm,bcm2835-aux-uart@0xfe215040
BOARD_GUEST_OVERLAYS := bcm2711-uart0
# Large images lie beyond what U-Boot uses: its script at 0x2400000, the tree at 0x8000000.
BOARD_LOAD := 0x10000000
BOARD_FILE := 0x20000000
# The emulated SD card gives less than 1 MiB a second.
BOARD_COMPRESS := yes
BOARD_UBOOT = $(B)/packages/u-boot-rpi/usr/lib/u-boot/rpi_4/u-boot.bin
BOARD_UBOOT_QEMU = -M raspi4b -dtb $(BOARD_DTB) -kernel $(BOARD_UBOOT) \
	-drive if=sd,format=raw,file=$(UBOOT_DISK)
# The SD card.
BOARD_DISK = -drive if=sd,format=raw,file=$2
BOARD_MAX_DISKS := 1
BOARD_UBOOT_SLOT := yes
BOARD_DISK_DRIVER := sdhci-drv
# Debian's U-Boot for this board has no code for FIT images.
BOARD_UBOOT_FORMATS := image uimage
BOARD_DISK_FILES = u-boot.bin=$(BOARD_UBOOT) bcm2711-rpi-4-b.dtb=$(BOARD_DTB) \
	config.txt=$(BOARD_DIR)/config.txt README.txt=$(BOARD_DIR)/sdcard.txt
