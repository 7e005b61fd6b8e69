# SPDX-License-Identifier: MIT
# Boards: every directory with a board.mk in bsp/ and in the directories of BSP_PATH.
#
# board.mk sets:
#   BOARD_DESC  one line for `make list`
#   BOARD_QEMU  machine part of the emulator's command line, empty when there is no emulator
#   BOARD_CONSOLE  number of the serial line with the console (default 0)
#   BOARD_DTB   the board's device tree, when the package has one
#   BOARD_LOAD  address at which a boot loader puts the image, a multiple of 2 MiB

colon := :
BOARD_DIRS := $(patsubst %/board.mk,%,$(wildcard bsp/*/board.mk \
	$(addsuffix /*/board.mk,$(subst $(colon), ,$(BSP_PATH)))))
BOARD_DIR := $(firstword $(filter %/$(BOARD),$(BOARD_DIRS)))
BOARD_CONSOLE := 0
ifneq ($(BOARD_DIR),)
include $(BOARD_DIR)/board.mk
else ifeq ($(filter new-board,$(GOALS)),)
$(error There is no board '$(BOARD)'. Boards: $(sort $(notdir $(BOARD_DIRS))))
endif
