# SPDX-License-Identifier: MIT
# Guests without operating system that test their machine. tests/guest/build.mk: TOPICS, a file and a guest each; SRCS, what
# all of them have in common.
include tests/guest/build.mk tests/guest/enemy/guests.mk tests/guest/dma/guests.mk
TEST_GUEST_TOPICS := $(TOPICS)
TEST_GUEST_LIB := $(addprefix tests/guest/,$(SRCS))
TEST_GUEST_ENEMY := $(ENEMY_SRCS:%=tests/guest/%)
TEST_GUEST_NEIGHBOUR := $(TEST_GUEST_LIB) $(NEIGHBOUR_SRCS:%=tests/guest/%)
TEST_GUEST_DMA := $(TEST_GUEST_LIB) $(DMA_SRCS:%=tests/guest/%)
TEST_GUEST_SRCS := $(sort $(TEST_GUEST_LIB) $(TEST_GUEST_TOPICS:%=tests/guest/%.c) $(TEST_GUEST_ENEMY) \
	$(TEST_GUEST_NEIGHBOUR) $(TEST_GUEST_DMA))
TEST_GUESTS := $(patsubst %,$O/tests/guest/guest-%,$(TEST_GUEST_TOPICS) enemy neighbour dma)
TEST_GUEST_OBJS := $(TEST_GUEST_SRCS:%=$O/%.o)
TEST_GUEST_CFLAGS = $(CODEGEN) -ffreestanding -mgeneral-regs-only -mstrict-align -fno-pic -mcmodel=small \
	-fno-stack-protector -fno-tree-loop-distribute-patterns -nostdinc -isystem $(GCC_INCLUDE) -Itests/guest/lib
TEST_GUEST_NEEDS = $(FLAGS_STAMP) mk/test-guests.mk tests/guest/build.mk tests/guest/enemy/guests.mk tests/guest/dma/guests.mk

$(filter %.c.o,$(TEST_GUEST_OBJS)): $O/%.c.o: %.c $(TEST_GUEST_NEEDS)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(TEST_GUEST_CFLAGS) -MMD -MP -c $< -o $@

$(filter %.S.o,$(TEST_GUEST_OBJS)): $O/%.S.o: %.S $(TEST_GUEST_NEEDS)
	@mkdir -p $(@D)
	$(call say,AS,$<)$(CC) $(TEST_GUEST_CFLAGS) -MMD -MP -c $< -o $@

# They relocate themselves, as boot does.
$(TEST_GUEST_TOPICS:%=$O/tests/guest/guest-%.elf): $O/tests/guest/guest-%.elf: $O/tests/guest/%.c.o \
		$(TEST_GUEST_LIB:%=$O/%.o)
$O/tests/guest/guest-enemy.elf: $(TEST_GUEST_ENEMY:%=$O/%.o)
$O/tests/guest/guest-neighbour.elf: $(TEST_GUEST_NEIGHBOUR:%=$O/%.o)
$O/tests/guest/guest-dma.elf: $(TEST_GUEST_DMA:%=$O/%.o)
$(TEST_GUESTS:%=%.elf): tests/guest/lib/guest.ld $(TEST_GUEST_NEEDS)
	$(call say,LD,$@)$(CC) $(CORE_FIXES) -nostdlib -static-pie -Wl,--no-dynamic-linker -Wl,--build-id=none -Wl,-z,notext \
		-Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,-z,norelro -Wl,--gc-sections -Wl,--no-warn-rwx-segments \
		-T tests/guest/lib/guest.ld -o $@ $(filter %.o,$^) $(LIBGCC)

$(TEST_GUESTS): %: %.elf
	$(call say,COPY,$@)$(OBJCOPY) -O binary $< $@

ENEMY_OVERLAY := $O/tests/guest/enemy.dtbo
$(ENEMY_OVERLAY): tests/guest/enemy/enemy.dtso $(TEST_GUEST_NEEDS)
	@mkdir -p $(@D)
	$(call say,DTC,$@)dtc -q -@ -I dts -O dtb -o $@ $<

.PHONY: test-guests
test-guests: $(TEST_GUESTS) $(ENEMY_OVERLAY)

ifdef NEEDS_BUILD
-include $(wildcard $(TEST_GUEST_OBJS:.o=.d))
endif
