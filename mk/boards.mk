# SPDX-License-Identifier: MIT
# Boards: every directory with a board.mk in bsp/ and in the directories of BSP_PATH.
#
# board.mk sets:
#   BOARD_DESC  one line for `make list`
#   BOARD_QEMU  machine part of the emulator's command line, empty when there is no emulator
#   BOARD_UART  COMPATIBLE@0xADDRESS of the console, on which boot says that the device tree is missing
#               or damaged; ",SHIFT,WIDTH" behind it if its reg-shift and reg-io-width are not usual
#   BOARD_CONSOLE  number of the serial line with the console (default 0)
#   BOARD_FIXED    what the machine does not leave to choose: CPUS=4 MEM=2G CPU=... GIC=2
#   BOARD_MAX_CPUS how many CPUS there may be at most
#   BOARD_DTB      device tree, where firmware does not pass one
#   BOARD_GUEST_OVERLAYS  overlays/NAME.dtso (or NAME.dtso of the board) put onto the guests' trees
#   BOARD_GUEST_KERNEL    the guests' kernel if not the default one
#   BOARD_COMPRESS        yes: all modules of an image are compressed
#   BOARD_LOAD, BOARD_FILE  physical addresses, multiples of 2 MiB: where U-Boot puts the system, and
#                         the file that it reads (formats.mk)
#   BOARD_TREE     device tree on the disk that the boot script loads; else what U-Boot has
#   BOARD_DISK_FILES  NAME=FILE: what the disk needs beside image and boot script
#   BOARD_UBOOT    U-Boot for the emulator
#   BOARD_UBOOT_QEMU  the emulator's command line with U-Boot and disk $(UBOOT_DISK)
#   BOARD_UBOOT_FORMATS  formats that this U-Boot starts: image uimage itb
#   BOARD_DISK_DRIVER  program that serves the machine's disks; disk-drv in module lists
#   BOARD_DISK     the emulator's options for a disk: number (from 0), file; its name is DISK and the number
#   BOARD_MAX_DISKS
#   BOARD_UBOOT_SLOT  yes: the disk that U-Boot starts from takes the place of the only one
#   BOARD_NIC      the emulator's options for a network card, of -netdev id=net
#   BOARD_PCI_NIC  those for one of PCI, which scenarios have that pass it through
#   BOARD_STATE    what is known of it, for `make list`
# Any of them may use $(LINUX_DTBS), the device trees of Debian's kernel.

colon := :
BOARD_DIRS := $(patsubst %/board.mk,%,$(wildcard bsp/*/board.mk \
	$(addsuffix /*/board.mk,$(subst $(colon), ,$(BSP_PATH)))))
BOARD_DIR := $(firstword $(filter %/$(BOARD),$(BOARD_DIRS)))
BOARD_CONSOLE := 0
BOARD_LOAD :=
BOARD_FILE :=
BOARD_DISK_FILES = $(if $(BOARD_DTB),$(BOARD).dtb=$(BOARD_DTB))
LINUX_DTBS = $(wildcard $(B)/packages/linux-6.12-full/usr/lib/linux-image-*)
ifneq ($(BOARD_DIR),)
include $(BOARD_DIR)/board.mk
else ifeq ($(filter new-board,$(GOALS)),)
$(error There is no board '$(BOARD)'. Boards: $(sort $(notdir $(BOARD_DIRS))))
endif

# A board whose machine fixes something takes no other value, and says so.
chosen_by_user = $(filter command environment,$(firstword $(origin $1)))
fixed_conflict = $(if $(call chosen_by_user,$1),$(filter-out $2,$($1)))
define fix
ifneq ($(call fixed_conflict,$1,$2),)
BOARD_CONFLICT := BOARD=$(BOARD): the machine has $1=$2, not $($1)
else
override $1 := $2
endif
endef
BOARD_CONFLICT :=
$(foreach f,$(BOARD_FIXED),$(eval $(call fix,$(word 1,$(subst =, ,$f)),$(word 2,$(subst =, ,$f)))))
ifneq ($(BOARD_MAX_CPUS),)
ifeq ($(shell test '$(CPUS)' -le $(BOARD_MAX_CPUS) && echo yes),)
BOARD_CONFLICT := BOARD=$(BOARD): the machine has at most $(BOARD_MAX_CPUS) CPUs, not $(CPUS)
endif
endif
ifneq ($(BOARD_CONFLICT),)
ifneq ($(filter run debug print-qemu,$(GOALS)),)
$(error $(BOARD_CONFLICT))
endif
endif
ifneq ($(BOARD_GUEST_KERNEL),)
ifeq ($(call chosen_by_user,GUEST_KERNEL),)
GUEST_KERNEL := $(BOARD_GUEST_KERNEL)
endif
endif
