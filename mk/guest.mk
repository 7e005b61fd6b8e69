# SPDX-License-Identifier: MIT
# What guests are made of: Debian's kernels, the ramdisk, device trees.

G := $(B)/guest
GUEST_KERNELS := 6.12 6.1 6.12-full
ifeq ($(filter $(GUEST_KERNEL),$(GUEST_KERNELS)),)
$(error GUEST_KERNEL=$(GUEST_KERNEL): there is only $(GUEST_KERNELS))
endif
GUEST_IMAGES := $(patsubst %,$G/Image-%.gz,$(GUEST_KERNELS))
# Guests' trees hold the devices that the board can pass through; uvmm disables what a guest lacks.
GUEST_TREES := $(patsubst images/dts/%.dts,$G/%.dtb,$(wildcard images/dts/*.dts))
GUEST_DTBS := $(patsubst $G/%,$G/$(BOARD)/%,$(GUEST_TREES))
overlay_source = $(or $(wildcard $(BOARD_DIR)/$1.dtso),overlays/$1.dtso)
GUEST_OVERLAYS := $(foreach o,$(sort $(BOARD_GUEST_OVERLAYS) \
	$(patsubst overlays/%.dtso,%,$(wildcard overlays/*.dtso))),$G/$(BOARD)/$o.dtbo)
BOARD_OVERLAYS := $(patsubst %,$G/$(BOARD)/%.dtbo,$(BOARD_GUEST_OVERLAYS))
GUEST_RAMDISK := $G/ramdisk-armv8.cpio.gz
# Firmware that is a guest, as its packages have it.
GUEST_FIRMWARE := $P/u-boot-qemu/usr/lib/u-boot/qemu_arm64/u-boot.bin \
	$P/qemu-efi-aarch64/usr/share/qemu-efi-aarch64/QEMU_EFI.fd
$(GUEST_FIRMWARE): ;

$(GUEST_IMAGES): $G/Image-%.gz: mk/guest.mk $(B)/setup.mk
	@mkdir -p $(@D)
	$(call say,GZIP,$@)gzip -nc $P/linux-$*/boot/vmlinuz-* >$@

$(GUEST_RAMDISK): images/ramdisk/build images/ramdisk/init images/ramdisk/modules.list mk/guest.mk $(B)/setup.mk
	$(call say,CPIO,$@)images/ramdisk/build $P $@

COMPILE_DTS = gcc -E -nostdinc -undef -D__DTS__ -x assembler-with-cpp -MMD -MF $@.d -MT $@ \
	-Iimages/dts $< -o $@.dts && dtc -q -@ -I dts -O dtb -o $@ $@.dts
$(GUEST_TREES): $G/%.dtb: images/dts/%.dts mk/guest.mk
	@mkdir -p $(@D)
	$(call say,DTC,$@)$(COMPILE_DTS)

define overlay_rule
$G/$(BOARD)/$1.dtbo: $(call overlay_source,$1) mk/guest.mk
	@mkdir -p $$(@D)
	$$(call say,DTC,$$@)$$(COMPILE_DTS)
endef
$(foreach o,$(GUEST_OVERLAYS),$(eval $(call overlay_rule,$(basename $(notdir $o)))))

$(GUEST_DTBS): $G/$(BOARD)/%.dtb: $G/%.dtb $(BOARD_OVERLAYS) $(BOARD_DIR)/board.mk mk/guest.mk
	@mkdir -p $(@D)
	$(call say,DTC,$@)$(if $(BOARD_OVERLAYS),fdtoverlay -i $< -o $@ $(BOARD_OVERLAYS),cp $< $@)

# The tree behind $SRC_BASE_ABS of module lists.
SRC_BASE := $(B)/src-base
$(SRC_BASE)/pkg/uvmm/configs/vmm.lua: userland/uvmm/vmm.lua
	@mkdir -p $(@D)
	$(call say,COPY,$@)cp $< $@

ifdef NEEDS_BUILD
-include $(wildcard $(addsuffix .d,$(GUEST_TREES) $(GUEST_OVERLAYS)))
endif
