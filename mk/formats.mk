# SPDX-License-Identifier: MIT
# What boot loaders take, beside the image: uimage (bootm), image.itb (FIT, bootm), boot.scr, and a
# disk with a FAT partition from which U-Boot finds boot.scr by itself.

UIMAGE := $(IMAGE_DIR)/uimage
ITB := $(IMAGE_DIR)/image.itb
# The format that the boot script starts; what it is called on the disk.
BOOT_FORMAT := $(or $(UBOOT),image)
BOOT_FILE := $(notdir $(if $(filter uimage,$(BOOT_FORMAT)),$(UIMAGE),$(if $(filter itb,$(BOOT_FORMAT)),$(ITB),$(IMAGE))))
BOOT_CMD_image := booti $(BOARD_FILE) - $${tree}
BOOT_CMD_uimage := bootm $(BOARD_FILE) - $${tree}
BOOT_CMD_itb := bootm $(BOARD_FILE)\#conf - $${tree}
FORMAT_SUFFIX := $(if $(UBOOT),-$(UBOOT))
BOOTSCR := $(IMAGE_DIR)/boot$(FORMAT_SUFFIX).scr
UBOOT_DISK := $(IMAGE_DIR)/disk$(FORMAT_SUFFIX).img

ifneq ($(filter $(FORMAT_GOALS),$(GOALS)),)
ifeq ($(and $(BOARD_LOAD),$(BOARD_FILE)),)
$(error $(BOARD_DIR)/board.mk has to say where in RAM U-Boot puts the system (BOARD_LOAD) and the \
	file that it reads (BOARD_FILE): multiples of 2 MiB, 128 MiB apart)
endif
endif

# A FIT is signed when the user names the directory of a key KEY_NAME.key with its KEY_NAME.crt;
# KEY_TREE is the device tree of the U-Boot that shall accept nothing else.
KEY_DIR  ?=
KEY_NAME ?= ashlar
KEY_TREE ?=
ifneq ($(KEY_DIR),)
ifeq ($(wildcard $(KEY_DIR)/$(KEY_NAME).key),)
$(error KEY_DIR=$(KEY_DIR): there is no $(KEY_NAME).key. To make one: openssl req -x509 -newkey \
	rsa:2048 -nodes -days 3650 -subj /CN=$(KEY_NAME) -keyout $(KEY_DIR)/$(KEY_NAME).key -out \
	$(KEY_DIR)/$(KEY_NAME).crt)
endif
endif

# The same input gives the same file.
MKIMAGE = SOURCE_DATE_EPOCH=0 mkimage

.PHONY: uimage itb bootscr disk formats
uimage: $(UIMAGE) ;
itb: $(ITB) ;
bootscr: $(BOOTSCR) ;
disk: $(UBOOT_DISK) ;
formats: uimage itb bootscr disk

$(UIMAGE): $(IMAGE) mk/formats.mk $(BOARD_DIR)/board.mk
	$(call say,UIMAGE,$@)$(MKIMAGE) -A arm64 -O linux -T kernel -C none -a $(BOARD_LOAD) \
		-e $(BOARD_LOAD) -n 'Ashlar $(SCENARIO)' -d $< $@ >$@.log

ITS_FLAGS = -DTITLE='"Ashlar $(SCENARIO) for $(BOARD)"' -DIMAGE='"$(abspath $(IMAGE))"' -DLOAD='<$(BOARD_LOAD)>' \
	$(if $(BOARD_TREE),-DTREE='"$(abspath $(BOARD_DTB))"') $(if $(KEY_DIR),-DKEY_NAME='"$(KEY_NAME)"')
ITS_STAMP := $(IMAGE_DIR)/image.its.flags
ifneq ($(filter itb disk formats run debug,$(GOALS)),)
$(shell mkdir -p $(IMAGE_DIR))
ifneq ($(file <$(ITS_STAMP)),$(KEY_DIR) $(KEY_TREE))
$(file >$(ITS_STAMP),$(KEY_DIR) $(KEY_TREE))
endif
endif

$(ITS_STAMP): ;
$(ITB): $(IMAGE) mk/image.its mk/formats.mk $(BOARD_DIR)/board.mk $(ITS_STAMP) $(if $(KEY_DIR),$(wildcard $(KEY_DIR)/$(KEY_NAME).*))
	$(Q)gcc -E -P -nostdinc -undef -x assembler-with-cpp $(ITS_FLAGS) mk/image.its -o $(@:.itb=.its)
	$(call say,ITB,$@)$(MKIMAGE) -f $(@:.itb=.its) $(if $(KEY_DIR),-k $(KEY_DIR) -r \
		$(if $(KEY_TREE),-K $(KEY_TREE))) $@ >$@.log 2>&1 || { grep -i "error\|open" $@.log >&2; exit 1; }

# A board may have a boot script of its own.
BOOT_CMD := $(firstword $(wildcard $(BOARD_DIR)/boot.cmd) mk/boot.cmd)
$(BOOTSCR): $(BOOT_CMD) mk/formats.mk $(BOARD_DIR)/board.mk
	@mkdir -p $(@D)
	$(call say,SCRIPT,$@)sed -e 's|@FILE@|$(BOARD_FILE)|g' -e 's|@NAME@|$(BOOT_FILE)|g' \
		-e 's|@TREE@|$(BOARD_TREE)|g' -e 's|@BOOT@|$(BOOT_CMD_$(BOOT_FORMAT))|g' $< >$@.cmd && \
		$(MKIMAGE) -A arm64 -O linux -T script -C none -n 'Ashlar' -d $@.cmd $@ >$@.log

# Further partitions, of the guests: file systems in files.
PARTITIONS_uvmm-2vm-disk := $(GUEST_ROOTS)
PARTITIONS := $(PARTITIONS_$(SCENARIO))
# The disk of a machine that starts without U-Boot, whose guests shall keep what they write.
KEPT_DISK := $(IMAGE_DIR)/kept.img
$(KEPT_DISK): | $(IMAGE_DIR)/disk.img
	$(call say,COPY,$@)cp --sparse=always $(IMAGE_DIR)/disk.img $@.tmp && mv $@.tmp $@

$(UBOOT_DISK): $(IMAGE_DIR)/$(BOOT_FILE) $(BOOTSCR) $(PARTITIONS) mk/mkdisk mk/formats.mk $(BOARD_DIR)/board.mk
	$(call say,DISK,$@)mk/mkdisk $@ $(addprefix --partition ,$(PARTITIONS)) $(BOOT_FILE)=$< boot.scr=$(BOOTSCR) $(BOARD_DISK_FILES)
