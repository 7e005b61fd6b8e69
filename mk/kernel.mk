# SPDX-License-Identifier: MIT
# The kernel (kernel/build.mk: KERNEL_SRCS relative to kernel/) and the boot program
# (kernel/boot/build.mk: BOOT_SRCS relative to kernel/boot/ or kernel/).

KERNEL_ELF := $O/kernel/kernel
BOOT_ELF := $O/boot/boot.elf
BOOT_BIN := $O/boot/boot.bin

KERNEL_SRCS :=
KERNEL_CFLAGS_EXTRA :=
-include kernel/build.mk
KERNEL_OBJS := $(addprefix $O/kernel/,$(addsuffix .o,$(KERNEL_SRCS)))
KERNEL_OFFSETS := $(if $(wildcard kernel/arch/arm64/offsets.c),$O/kernel/gen/offsets.h)
KERNEL_ALL_CFLAGS = $(KERNEL_CFLAGS) -I$O/kernel/gen $(KERNEL_CFLAGS_EXTRA)

$(filter %.c.o,$(KERNEL_OBJS)): $O/kernel/%.c.o: kernel/%.c $(FLAGS_STAMP) kernel/build.mk | $(KERNEL_OFFSETS)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(KERNEL_ALL_CFLAGS) -MMD -MP -c $< -o $@

$(filter %.S.o,$(KERNEL_OBJS)): $O/kernel/%.S.o: kernel/%.S $(FLAGS_STAMP) kernel/build.mk | $(KERNEL_OFFSETS)
	@mkdir -p $(@D)
	$(call say,AS,$<)$(CC) $(KERNEL_ALL_CFLAGS) -MMD -MP -c $< -o $@

# offsets.c is compiled to assembler text whose lines "->NAME value" become #defines.
$O/kernel/gen/offsets.h: kernel/arch/arm64/offsets.c $(FLAGS_STAMP)
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(CC) $(KERNEL_CFLAGS) -MMD -MP -MT $@ -MF $@.d -S $< -o $@.s
	@awk 'BEGIN { print "// Generated from $<"; print "#pragma once" } \
		match($$0, /->[A-Za-z0-9_]+ [#$$]?-?[0-9]+/) { split(substr($$0, RSTART + 2, RLENGTH - 2), f, " "); \
		sub(/^[#$$]/, "", f[2]); print "#define " f[1] " " f[2] }' $@.s >$@

# For tests: its long operations stop far more often than they have to.
RESTLESS_ELF := $O/tests/kernel/restless
RESTLESS_OBJ := $O/tests/kernel/restless.c.o
$(RESTLESS_OBJ): tests/kernel/restless.c $(FLAGS_STAMP) kernel/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(KERNEL_ALL_CFLAGS) -MMD -MP -c $< -o $@

$(KERNEL_ELF): $(KERNEL_OBJS)
$(RESTLESS_ELF): $(filter-out %/preempt.c.o,$(KERNEL_OBJS)) $(RESTLESS_OBJ)
$(KERNEL_ELF) $(RESTLESS_ELF): kernel/build.mk kernel/arch/arm64/kernel.ld
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(KERNEL_ALL_CFLAGS) -nostdlib -static -no-pie -Wl,--build-id=none \
		-Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,-z,norelro -Wl,--gc-sections -Wl,--fatal-warnings \
		-T kernel/arch/arm64/kernel.ld -o $@ $(filter %.o,$^) $(LIBGCC)

# -- boot ------------------------------------------------------------------------------------
BOOT_SRCS :=
BOOT_CFLAGS_EXTRA :=
# Boot runs where it was loaded: only pointers in data need relocation, which it does itself.
BOOT_LINK := -static -pie -Wl,--no-dynamic-linker
-include kernel/boot/build.mk
BOOT_PATHS := $(foreach s,$(BOOT_SRCS),$(patsubst $(CURDIR)/%,%,$(abspath \
	$(if $(wildcard kernel/boot/$s),kernel/boot/$s,kernel/$s))))
BOOT_OBJS := $(addprefix $O/boot/,$(addsuffix .o,$(BOOT_PATHS)))
BOOT_CFLAGS = $(KERNEL_CFLAGS) -isystem $(PICOLIBC)/include -fvisibility=hidden -Ikernel/boot \
	$(third.fdt.cflags) $(third.z.cflags) $(BOOT_CFLAGS_EXTRA)

$(filter %.c.o,$(BOOT_OBJS)): $O/boot/%.c.o: %.c $(FLAGS_STAMP) kernel/boot/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$< (boot))$(CC) $(BOOT_CFLAGS) -MMD -MP -c $< -o $@

$(filter %.S.o,$(BOOT_OBJS)): $O/boot/%.S.o: %.S $(FLAGS_STAMP) kernel/boot/build.mk
	@mkdir -p $(@D)
	$(call say,AS,$< (boot))$(CC) $(BOOT_CFLAGS) -MMD -MP -c $< -o $@

$(BOOT_ELF): $(BOOT_OBJS) kernel/boot/boot.ld $(third.fdt.archive) $(third.z.archive)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -nostdlib $(BOOT_LINK) -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,-z,noexecstack -Wl,-z,norelro -Wl,--gc-sections -T kernel/boot/boot.ld -o $@ \
		$(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) $(PICOLIBC)/lib/libc.a $(LIBGCC) \
		-Wl,--end-group

$(BOOT_BIN): $(BOOT_ELF)
	$(call say,COPY,$@)$(OBJCOPY) -O binary $< $@

ifdef NEEDS_BUILD
-include $(wildcard $(KERNEL_OBJS:.o=.d) $(RESTLESS_OBJ:.o=.d) $(BOOT_OBJS:.o=.d) $O/kernel/gen/offsets.h.d)
endif
