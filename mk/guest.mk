# SPDX-License-Identifier: MIT
# What guests are made of: Debian's kernels, the ramdisk, device trees.

G := $(B)/guest
GUEST_KERNELS := 6.12 6.1
ifeq ($(filter $(GUEST_KERNEL),$(GUEST_KERNELS)),)
$(error GUEST_KERNEL=$(GUEST_KERNEL): there is only $(GUEST_KERNELS))
endif
GUEST_IMAGES := $(patsubst %,$G/Image-%.gz,$(GUEST_KERNELS))
GUEST_DTBS := $(patsubst images/dts/%.dts,$G/%.dtb,$(wildcard images/dts/*.dts))
GUEST_RAMDISK := $G/ramdisk-armv8.cpio.gz

$(GUEST_IMAGES): $G/Image-%.gz: mk/guest.mk $(B)/setup.mk
	@mkdir -p $(@D)
	$(call say,GZIP,$@)gzip -9nc $P/linux-$*/boot/vmlinuz-* >$@

$(GUEST_RAMDISK): images/ramdisk/build images/ramdisk/init images/ramdisk/modules.list $(B)/setup.mk
	$(call say,CPIO,$@)images/ramdisk/build $P $@

$(GUEST_DTBS): $G/%.dtb: images/dts/%.dts
	@mkdir -p $(@D)
	$(call say,DTC,$@)gcc -E -nostdinc -undef -D__DTS__ -x assembler-with-cpp -MMD -MF $@.d -MT $@ \
		-Iimages/dts $< -o $@.dts && dtc -q -@ -I dts -O dtb -o $@ $@.dts

# The tree behind $SRC_BASE_ABS of module lists.
SRC_BASE := $(B)/src-base
$(SRC_BASE)/pkg/uvmm/configs/vmm.lua: userland/uvmm/vmm.lua
	@mkdir -p $(@D)
	$(call say,COPY,$@)cp $< $@

ifdef NEEDS_BUILD
-include $(wildcard $(addsuffix .d,$(GUEST_DTBS)))
endif
