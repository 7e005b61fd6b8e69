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

# Further systems, for tests that ask for them (make guests-late): other kernels with a ramdisk of their own, the usual
# ramdisk with gdb and kexec, Debian's installer.
LATE_KERNELS := 6.1-rt 6.12-rt 6.12-16k
LATE_FILES := $(patsubst %,$G/Image-%.gz,$(LATE_KERNELS) installer) $G/ramdisk-late.cpio.gz $G/ramdisk-tools.cpio.gz \
	$G/ramdisk-installer.cpio.gz
.PHONY: guests-late
guests-late: $(LATE_FILES)
$(B)/late.lock: mk/packages.list
	@BUILD=$(CURDIR)/$(B) mk/setup late && touch $@
$(patsubst %,$G/Image-%.gz,$(LATE_KERNELS)): $G/Image-%.gz: $(B)/late.lock mk/guest.mk
	@mkdir -p $(@D)
	$(call say,GZIP,$@)gzip -9nc $P/late/linux-$*/boot/vmlinuz-* >$@
$G/ramdisk-late.cpio.gz: $(B)/late.lock images/ramdisk/build images/ramdisk/init images/ramdisk/modules.list mk/guest.mk
	$(call say,CPIO,$@)images/ramdisk/build $P $@ $P/late
$G/ramdisk-tools.cpio.gz: $(GUEST_RAMDISK) $G/Image-6.12.gz $(B)/late.lock images/ramdisk/programs mk/guest.mk
	$(call say,CPIO,$@)images/ramdisk/programs $P/late/tools $@.part /usr/bin/gdb /sbin/kexec \
		/boot/Image.gz=$G/Image-6.12.gz /boot/ramdisk=$(GUEST_RAMDISK) && cat $(GUEST_RAMDISK) $@.part >$@
INSTALLER := $P/late/installer/usr/lib/debian-installer/images/12/arm64/text/debian-installer/arm64
$G/Image-installer.gz: $(B)/late.lock mk/guest.mk
	$(call say,GZIP,$@)gzip -9nc $(INSTALLER)/linux >$@
$G/ramdisk-installer.cpio.gz: $(B)/late.lock mk/guest.mk
	$(call say,COPY,$@)cp $(INSTALLER)/initrd.gz $@

# Small systems of BusyBox, for partitions of a disk that are called so.
GUEST_ROOTS := $G/guest1.ext4 $G/guest2.ext4
$(GUEST_ROOTS): $G/%.ext4: images/root/build images/root/rc mk/guest.mk $(B)/setup.mk
	@mkdir -p $(@D)
	$(call say,EXT4,$@)images/root/build $P $* $@

# A disk with a complete Debian, and a copy for each guest of SCENARIO=debian: what they write to it stays, until `rm` of the
# copy. The disk is made once more when what it is made of changes, the copies are not.
DEBIAN := $(B)/debian
DEBIAN_BASE := $(DEBIAN)/base.img
DEBIAN_DISKS := $(DEBIAN)/disk-1.img $(DEBIAN)/disk-2.img
DEBIAN_FILES := $(shell find images/debian -type f)
.PHONY: debian-disk
debian-disk: $(DEBIAN_BASE)
$(B)/debian.lock: mk/packages.list
	@BUILD=$(CURDIR)/$(B) mk/setup debian && touch $@
$(DEBIAN_BASE): $(DEBIAN_FILES) $(B)/debian.lock $G/Image-6.12.gz $(GUEST_RAMDISK)
	@mkdir -p $(@D)
	@source=$$(BUILD=$(CURDIR)/$(B) mk/setup source) && images/debian/build $P $G/Image-6.12.gz $(GUEST_RAMDISK) $$source $@
$(DEBIAN_DISKS): | $(DEBIAN_BASE)
	$(call say,COPY,$@)cp --sparse=always $(DEBIAN_BASE) $@.tmp && mv $@.tmp $@

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
