# SPDX-License-Identifier: MIT
BOARD_DESC := NXP i.MX 8M Plus EVK: GICv3, PSCI, i.MX UART; emulated with up to 4 CPUs
BOARD_STATE := all scenarios in emulation; not tried on hardware
BOARD_FIXED := CPU=cortex-a53 GIC=3
BOARD_MAX_CPUS := 4
BOARD_DTB = $(LINUX_DTBS)/freescale/imx8mp-evk.dtb
include bsp/imx8/wires.mk
BOARD_QEMU = -M imx8mp-evk -smp $(CPUS) -m $(MEM) -dtb $(BOARD_DTB) $(IMX8_WIRES)
# Serial lines: 0 is UART1, 1 is UART2.
BOARD_CONSOLE := 1
BOARD_UART := fsl,imx8mp-uart@0x30890000
# The SD card, in its slot behind the second controller.
BOARD_DISK = -drive if=sd,bus=1,format=raw,file=$2
BOARD_MAX_DISKS := 1
BOARD_DISK_DRIVER := sdhci-drv
BOARD_GUEST_OVERLAYS := imx8mp-snvs imx8mp-wdog1
# The drivers of real-time clock and watchdog are in Debian's full kernel only.
BOARD_GUEST_KERNEL := 6.12-full
BOARD_LOAD := 0x60000000
BOARD_FILE := 0x50000000
# U-Boot of this board passes its own tree on, which is not that of Linux: take the disk's.
BOARD_TREE := imx8mp-evk.dtb
BOARD_DISK_FILES = imx8mp-evk.dtb=$(BOARD_DTB)
