# SPDX-License-Identifier: MIT
# The one entry point. `make help` explains targets and variables.

# -- what a user chooses ---------------------------------------------------------------------
BOARD    ?= qemu-virt
SCENARIO ?= uvmm-2vm-net-io
CPUS     ?= 2
MEM      ?= 1G
CPU      ?= cortex-a57
GIC      ?= 3
V        ?= 0
DEBUG    ?= 0
BOOT_TIMEOUT       ?= 300
MODULES_LIST       ?= images/modules.list
MODULE_SEARCH_PATH ?=
BSP_PATH           ?=
QEMU_OPTIONS       ?=
GUEST_KERNEL       ?= 6.12
SETUP              ?= yes

# -- make itself -----------------------------------------------------------------------------
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
# As many jobs as there are CPUs; -j of the command line goes first, and a make that is started by
# another shares its jobs.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
SHELL := /bin/sh
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := image

B := build
GOALS := $(or $(MAKECMDGOALS),$(.DEFAULT_GOAL))

# $(call say,TAG,NAME) before a command: one short line, or with V=1 the command itself.
say = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' '$1' '$2';)
Q = $(if $(filter 1,$(V)),,@)

# Set-up comes first: build/setup.mk is a makefile that make brings up to date before it does
# anything else, then it starts anew with all tools in place.
ifneq ($(filter-out help list clean distclean,$(GOALS)),)
NEEDS_BUILD := yes
ifeq ($(SETUP),yes)
ifeq ($(and $(shell command -v aarch64-linux-gnu-gcc),$(shell command -v qemu-system-aarch64),$(shell command -v lua5.4)),)
$(shell rm -f $(B)/setup.mk)
endif
ifneq ($(LOCK),)
SETUP_NEEDS := $(if $(filter yes,$(shell BUILD=$(B) LOCK=$(LOCK) mk/setup same)),,setup-again)
endif
include $(B)/setup.mk
.PHONY: setup-again
setup-again:
$(B)/setup.mk: mk/setup mk/packages.list $(SETUP_NEEDS)
	@BUILD=$(CURDIR)/$(B) LOCK=$(abspath $(LOCK)) mk/setup
	@echo '# Set-up is complete.' >$@
endif
endif

include mk/boards.mk
include mk/toolchain.mk
include mk/third-party.mk
include mk/components.mk
include mk/kernel.mk
include mk/guest.mk
include mk/test-guests.mk
FORMAT_GOALS := uimage itb bootscr disk formats
include mk/image.mk
include mk/formats.mk
include mk/run.mk
include mk/tests.mk
include mk/new-board.mk
include mk/help.mk

.PHONY: all components clean distclean
# Everything: all components and the images of all scenarios of the list for this board.
all: components $(ALL_UNIT_TESTS) all-images
components: $(ALL_PROGRAMS) $(KERNEL_ELF) $(BOOT_BIN)

clean:
	$(call say,CLEAN,$(B) without the downloaded packages)rm -rf $(filter-out $(B)/packages \
		$(B)/packages.lock $(B)/setup.mk $(B)/setup.stamp,$(wildcard $(B)/*))

distclean:
	$(call say,CLEAN,$(B))rm -rf $(B)
