# SPDX-License-Identifier: MIT
# Images: build/images/BOARD/SCENARIO/image, one flat file of boot program and modules.

BAD_NAME := $(shell printf '%s' '$(SCENARIO)' | tr -d 'A-Za-z0-9._+-')
ifneq ($(BAD_NAME),)
$(error SCENARIO='$(SCENARIO)': the name of a scenario consists of letters, digits and . _ + -)
endif

IMAGE_DIR := $(B)/images/$(BOARD)/$(SCENARIO)
IMAGE := $(IMAGE_DIR)/image
PLAN := $(IMAGE_DIR)/plan
# A bare name that is no file here may be a list in images/.
LIST := $(if $(wildcard $(MODULES_LIST)),$(MODULES_LIST),$(or $(wildcard images/$(MODULES_LIST)),$(MODULES_LIST)))

# Files that the build makes, by the name under which lists ask for them.
PROVIDED := $(KERNELS) $(foreach p,$(PROGS),$p=$(call program,$p)) \
	$(if $(BOARD_DISK_DRIVER),disk-drv=$(call program,$(BOARD_DISK_DRIVER))) \
	Image.gz=$G/Image-$(GUEST_KERNEL).gz $(foreach i,$(GUEST_IMAGES),$(notdir $i)=$i) \
	$(foreach f,$(LATE_FILES),$(notdir $f)=$f) ramdisk-armv8.cpio.gz=$(GUEST_RAMDISK) $(foreach f,$(GUEST_FIRMWARE),$(notdir $f)=$f) \
	$(foreach d,$(GUEST_DTBS) $(GUEST_OVERLAYS) $(TEST_GUESTS) $(ENEMY_OVERLAY),$(notdir $d)=$d) \
	vmm.lua=$(SRC_BASE)/pkg/uvmm/configs/vmm.lua
LIST_ENV := ARCH=arm64 BITS=64 PLATFORM_TYPE=$(BOARD) L4DIR=$(abspath $(SRC_BASE)) \
	SRC_BASE_ABS=$(abspath $(SRC_BASE))

# The plan is made anew in each run of make that needs an image: it takes milliseconds, and changes
# only if an entry resolves to something else. Its output names the prerequisites of the image.
ifneq ($(filter image run debug gdb $(FORMAT_GOALS),$(GOALS)),)
$(shell mkdir -p $(IMAGE_DIR))
IMAGE_NEEDS := $(shell $(LIST_ENV) $(LUA) mk/mkimage.lua plan '$(LIST)' '$(SCENARIO)' $(PLAN) \
	--root=$(CURDIR) '--path=$(MODULE_SEARCH_PATH)' --last=$(BOARD_DIR):images:$(patsubst %/,%,$(dir $(LIST))) \
	$(if $(filter yes,$(BOARD_COMPRESS)),--compress=all) $(addprefix --uart=,$(BOARD_UART)) $(addprefix --provide=,$(PROVIDED)) 2>$(PLAN).errors)
ifneq ($(.SHELLSTATUS),0)
IMAGE_NEEDS := plan-failed
endif
endif

.PHONY: image all-images plan-failed
plan-failed:
	@cat $(PLAN).errors >&2; exit 1

image: $(IMAGE)
	@:

$(IMAGE): $(IMAGE_NEEDS) $(PLAN) $(BOOT_BIN) mk/image.mk mk/mkimage.lua $(wildcard mk/lua/*.lua)
	@$(LUA) mk/mkimage.lua pack $(PLAN) $(BOOT_BIN) $@ $(STRIP) $(V)

$(PLAN): ;

# One after the other: each is a run of make with another SCENARIO.
all-images: $(ALL_PROGRAMS) $(KERNEL_ELF) $(BOOT_BIN) $(GUEST_IMAGES) $(GUEST_RAMDISK) $(GUEST_DTBS)
	$(Q)for s in $$($(LUA) mk/mkimage.lua names '$(LIST)'); do \
		$(MAKE) image SCENARIO=$$s || exit 1; \
	done
