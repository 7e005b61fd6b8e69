# SPDX-License-Identifier: MIT
# The kernel (kernel/build.mk: KERNEL_SRCS relative to kernel/) and the boot program
# (kernel/boot/build.mk: BOOT_SRCS relative to kernel/boot/ or kernel/).

# The kernel, and with DEBUG=1 the one with assertions. Tests use both.
kernel_dir = $O/kernel$(if $(filter 1,$1),-debug)
KERNEL_ELF := $(call kernel_dir,$(DEBUG))/kernel
BOOT_ELF := $O/boot/boot.elf
BOOT_BIN := $O/boot/boot.bin

KERNEL_SRCS :=
KERNEL_CFLAGS_EXTRA :=
-include kernel/build.mk
KERNEL_OFFSETS := $(if $(wildcard kernel/arch/arm64/offsets.c),$O/kernel/gen/offsets.h)
KERNEL_ALL_CFLAGS = $(KERNEL_CFLAGS) -I$O/kernel/gen $(KERNEL_CFLAGS_EXTRA)
KERNEL_NEEDS = $(FLAGS_STAMP) kernel/build.mk mk/kernel.mk
kernel_objs = $(addprefix $1/,$(addsuffix .o,$(KERNEL_SRCS)))

$O/kernel/gen/offsets.h: kernel/arch/arm64/offsets.c $(FLAGS_STAMP) mk/kernel.mk mk/toolchain.mk
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(call make_offsets,$(KERNEL_CFLAGS))

# $(call kernel_rules,FOLDER,FLAGS): a kernel, FOLDER/kernel, and those of tests/kernel, each with some other sources:
# `restless` stops its long operations far more often than it has to, and SErrors can be made up; `failing` is wrong on
# purpose.
TEST_KERNELS := restless failing
restless.with := restless fake_serror
restless.without := preempt serror
restless.link := -Wl,--wrap=exception_sync
failing.with := failing
failing.without := preempt
TEST_KERNEL_SRCS := $(foreach t,$(TEST_KERNELS),$($t.with))
define kernel_rules
$(filter %.c.o,$(call kernel_objs,$1)): $1/%.c.o: kernel/%.c $(KERNEL_NEEDS) | $(KERNEL_OFFSETS)
	@mkdir -p $$(@D)
	$$(call say,CC,$$< $2)$(CC) $$(KERNEL_ALL_CFLAGS) $2 -MMD -MP -c $$< -o $$@
$(filter %.S.o,$(call kernel_objs,$1)): $1/%.S.o: kernel/%.S $(KERNEL_NEEDS) | $(KERNEL_OFFSETS)
	@mkdir -p $$(@D)
	$$(call say,AS,$$< $2)$(CC) $$(KERNEL_ALL_CFLAGS) $2 -MMD -MP -c $$< -o $$@
$(TEST_KERNEL_SRCS:%=$1/tests/%.c.o): $1/tests/%.c.o: tests/kernel/%.c $(KERNEL_NEEDS) | $(KERNEL_OFFSETS)
	@mkdir -p $$(@D)
	$$(call say,CC,$$< $2)$(CC) $$(KERNEL_ALL_CFLAGS) $2 -MMD -MP -c $$< -o $$@
$1/kernel: $(call kernel_objs,$1)
$1/kernel $(foreach t,$(TEST_KERNELS),$1/$t): $(KERNEL_NEEDS) kernel/arch/arm64/kernel.ld
	$$(call say,LD,$$@)$(CC) $$(KERNEL_ALL_CFLAGS) -nostdlib -static -no-pie -Wl,--build-id=none \
		-Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,-z,norelro -Wl,--gc-sections -Wl,--fatal-warnings \
		$$($$(notdir $$@).link) -T kernel/arch/arm64/kernel.ld -o $$@ $$(filter %.o,$$^) $$(LIBGCC)
endef
# $(call test_kernel_rules,FOLDER,NAME): the parts of one of them.
test_kernel_rules = $1/$2: $(filter-out $(patsubst %,\%/%.c.o,$($2.without)),$(call kernel_objs,$1)) $($2.with:%=$1/tests/%.c.o)
KERNEL_DIRS := $(call kernel_dir,0) $(call kernel_dir,1)
$(eval $(call kernel_rules,$(call kernel_dir,0),))
$(eval $(call kernel_rules,$(call kernel_dir,1),-DDEBUG))
$(foreach d,$(KERNEL_DIRS),$(foreach t,$(TEST_KERNELS),$(eval $(call test_kernel_rules,$d,$t))))
ALL_KERNELS := $(foreach d,$(KERNEL_DIRS),$d/kernel $(TEST_KERNELS:%=$d/%))
# Their names in module lists: kernel (which DEBUG= decides), kernel-debug, restless, restless-debug, ...
KERNELS := kernel=$(KERNEL_ELF) kernel-debug=$(call kernel_dir,1)/kernel \
	$(foreach t,$(TEST_KERNELS),$t=$(call kernel_dir,0)/$t $t-debug=$(call kernel_dir,1)/$t)

# -- boot ------------------------------------------------------------------------------------
BOOT_SRCS :=
BOOT_CFLAGS_EXTRA :=
# Boot runs where it was loaded: only pointers in data need relocation, which it does itself.
BOOT_LINK := -static -pie -Wl,--no-dynamic-linker
-include kernel/boot/build.mk
BOOT_PATHS := $(foreach s,$(BOOT_SRCS),$(patsubst $(CURDIR)/%,%,$(abspath \
	$(if $(wildcard kernel/boot/$s),kernel/boot/$s,kernel/$s))))
BOOT_OBJS := $(addprefix $O/boot/,$(addsuffix .o,$(BOOT_PATHS)))
BOOT_CFLAGS = $(KERNEL_CFLAGS) -fno-stack-protector -isystem $(PICOLIBC)/include -fvisibility=hidden -Ikernel/boot \
	$(third.fdt.cflags) $(third.z.cflags) $(BOOT_CFLAGS_EXTRA)

$(filter %.c.o,$(BOOT_OBJS)): $O/boot/%.c.o: %.c $(FLAGS_STAMP) mk/kernel.mk kernel/boot/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$< (boot))$(CC) $(BOOT_CFLAGS) -MMD -MP -c $< -o $@

$(filter %.S.o,$(BOOT_OBJS)): $O/boot/%.S.o: %.S $(FLAGS_STAMP) mk/kernel.mk kernel/boot/build.mk
	@mkdir -p $(@D)
	$(call say,AS,$< (boot))$(CC) $(BOOT_CFLAGS) -MMD -MP -c $< -o $@

$(BOOT_ELF): $(BOOT_OBJS) kernel/boot/boot.ld $(third.fdt.archive) $(third.z.archive) \
		$(FLAGS_STAMP) mk/kernel.mk kernel/boot/build.mk
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CORE_FIXES) -nostdlib $(BOOT_LINK) -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,-z,noexecstack -Wl,-z,norelro -Wl,--gc-sections -T kernel/boot/boot.ld -o $@ \
		$(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) $(PICOLIBC)/lib/libc.a $(LIBGCC) \
		-Wl,--end-group

$(BOOT_BIN): $(BOOT_ELF) mk/kernel.mk
	$(call say,COPY,$@)$(OBJCOPY) -O binary $< $@

ifdef NEEDS_BUILD
FLAGS_TEXT := $(strip $(CC) $(USER_CFLAGS) $(USER_CXXFLAGS) $(KERNEL_ALL_CFLAGS) $(BOOT_CFLAGS) $(BOOT_LINK) $(LINK_FLAGS))
ifneq ($(FLAGS_TEXT),$(strip $(file <$(FLAGS_STAMP))))
$(shell mkdir -p $(O))
$(file >$(FLAGS_STAMP),$(FLAGS_TEXT))
endif
-include $(wildcard $(foreach d,$(KERNEL_DIRS),$(patsubst %.o,%.d,$(call kernel_objs,$d) \
	$(TEST_KERNEL_SRCS:%=$d/tests/%.c.o))) $(BOOT_OBJS:.o=.d) $O/kernel/gen/offsets.h.d)
endif
