# SPDX-License-Identifier: MIT
# Board packages from device trees: make new-board, make check-board. The tools are in bsp/tools.

DTB ?=
NEW_BOARD_DIR := $(or $(firstword $(subst $(colon), ,$(BSP_PATH))),bsp)

# Reads device trees with the code of boot, on this machine.
DTREAD := $(B)/host/dtread
DTREAD_SRCS := $(wildcard bsp/tools/*.c kernel/uart/*.c) $(wildcard kernel/boot/dt/*.c \
	kernel/boot/machine/*.c) kernel/boot/memory/place.c
DTREAD_CFLAGS = -std=gnu17 -D_GNU_SOURCE -O1 -g $(WARNINGS) -Ibsp/tools -Ikernel/boot -Ikernel \
	-Ikernel/include
$(DTREAD): $(DTREAD_SRCS) $(wildcard bsp/tools/*.h kernel/boot/*.h kernel/boot/*/*.h \
		kernel/uart/*.h) kernel/include/ashlar/boot_info.h
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)$(HOSTCC) $(DTREAD_CFLAGS) -o $@ $(DTREAD_SRCS) $(host.fdt.libs)

# The board's tree: DTB=, that of its package, or what its emulator makes up.
CHECK_DTB := $(or $(DTB),$(BOARD_DTB),$(if $(strip $(BOARD_QEMU)),$(B)/boards/$(BOARD).dtb))

$(B)/boards/$(BOARD).dtb: $(BOARD_DIR)/board.mk
	@mkdir -p $(@D)
	$(call say,DTB,$@)$(QEMU) $(BOARD_QEMU) -display none -net none -machine dumpdtb=$@ 2>/dev/null

.PHONY: new-board check-board
new-board: $(DTREAD)
	@$(LUA) bsp/tools/new_board.lua $(DTREAD) '$(BOARD)' '$(DTB)' '$(NEW_BOARD_DIR)'

check-board: $(DTREAD) $(CHECK_DTB)
	@$(LUA) bsp/tools/check_board.lua $(DTREAD) userland/io/io.lua '$(CHECK_DTB)' '$(BOARD_DIR)'
