# SPDX-License-Identifier: MIT
PROG := sdhci-drv
SRCS := main.c slot.c disk.c card.c csd.c sdhci.c bcm.c usdhc.c regs.c
LIBS := block vbus virtqueue srv l4re libc mem z
