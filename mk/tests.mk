# SPDX-License-Identifier: MIT
# Tests. Unit tests run on this machine, under Check and the sanitizers; tests/unit/NAME.mk:
#   TEST := virtqueue
#   SRCS := tests/unit/virtqueue_test.c userland/lib/virtqueue/device.c   relative to the root
#   INCS := userland/lib/virtqueue/include kernel/include
#   LIBS := check                                                        also lua, fdt, z
#   EMBED := userland/ned/ned.lua, CFLAGS_EXTRA := ..., LDFLAGS_EXTRA := ..., SANITIZE := thread   when needed

UNIT_FRAGMENTS := $(sort $(wildcard tests/unit/*.mk))
UNIT_DIR := $(B)/unit
UNIT_CFLAGS := -Itests/unit/host -std=gnu17 -O0 -g1 $(WARNINGS) -fno-omit-frame-pointer -fno-sanitize-recover=all
host.lua.cflags := -I/usr/include/lua5.4
host.lua.libs := -llua5.4 -lm
host.fdt.libs := -lfdt
host.z.libs := -lz
host.check.libs = $(shell pkg-config --libs check)

load_test = $(foreach v,TEST SRCS INCS LIBS EMBED CFLAGS_EXTRA LDFLAGS_EXTRA,$(eval $v :=))$(eval SANITIZE := address,undefined)\
$(eval include $1)\
$(if $(TEST),,$(error $1 declares no TEST))$(eval UNIT_TESTS += $(strip $(TEST)))\
$(foreach v,SRCS INCS LIBS EMBED CFLAGS_EXTRA LDFLAGS_EXTRA SANITIZE,$(eval unit.$(strip $(TEST)).$v := $($v)))\
$(eval unit.$(strip $(TEST)).fragment := $1)
UNIT_TESTS :=
$(foreach f,$(UNIT_FRAGMENTS),$(call load_test,$f))
unit_objects = $(addprefix $(UNIT_DIR)/$1.d/,$(addsuffix .o,$(unit.$1.SRCS) $(unit.$1.EMBED)))

define unit_rules
unit.$1.flags := $(UNIT_CFLAGS) -fsanitize=$(unit.$1.SANITIZE) $(addprefix -I,$(unit.$1.INCS)) \
	$(foreach l,$(unit.$1.LIBS),$(host.$l.cflags)) $(unit.$1.CFLAGS_EXTRA)
$(filter %.c.o,$(call unit_objects,$1)): $(UNIT_DIR)/$1.d/%.c.o: %.c mk/tests.mk $(unit.$1.fragment)
	@mkdir -p $$(@D)
	$$(call say,HOSTCC,$$< ($1))$(HOSTCC) $$(unit.$1.flags) -MMD -MP -c $$< -o $$@
$(addprefix $(UNIT_DIR)/$1.d/,$(addsuffix .o,$(unit.$1.EMBED))): $(UNIT_DIR)/$1.d/%.o: % mk/embed.S mk/tests.mk
	@mkdir -p $$(@D)
	$$(call say,EMBED,$$<)$(HOSTCC) -c -DEMBED_FILE='"$$<"' \
		-DEMBED_NAME=$$(subst .,_,$$(subst -,_,$$(notdir $$<))) mk/embed.S -o $$@
$(UNIT_DIR)/$1: $(call unit_objects,$1) mk/tests.mk $(unit.$1.fragment)
	@mkdir -p $$(@D)
	$$(call say,HOSTLD,$$@)$(HOSTCC) -fsanitize=$(unit.$1.SANITIZE) -o $$@ $$(filter %.o,$$^) \
		$(unit.$1.LDFLAGS_EXTRA) $$(foreach l,$(unit.$1.LIBS),$$(host.$$l.libs))
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_rules,$t)))
# tests/unit/*.py look at the sources; they say what they found as Check does.
include mk/fuzz-host.mk
ALL_UNIT_TESTS := $(addprefix $(UNIT_DIR)/,$(UNIT_TESTS)) $(sort $(wildcard tests/unit/*.py)) $(FUZZ_TEST)
ifdef NEEDS_BUILD
-include $(wildcard $(foreach t,$(UNIT_TESTS),$(patsubst %.o,%.d,$(call unit_objects,$t))))
endif

.PHONY: unit test bench bench-io verify lint
unit: $(ALL_UNIT_TESTS) $(FUZZ_PROGRAMS)
	@$(PYTHON) mk/unit.py $(ALL_UNIT_TESTS)

# The table of operations in docs/reference.md; and as rows for the kernel tests.
.PHONY: operations
operations: $(UNIT_DIR)/operations
	@$< document

OPERATIONS_HEADER := $(B)/gen/operations.h
$(OPERATIONS_HEADER): $(UNIT_DIR)/operations
	@mkdir -p $(@D)
	$(call say,GEN,$@)$< header >$@
$O/tests/kernel/test_operations.c.o: $(OPERATIONS_HEADER)

# TESTS='-k uvmm' hands options to pytest; FULL=1 runs the long ones too.
TESTS ?=
FULL ?=
# Random calls of what has a model, CALLS= each, SEED= repeats; the unit tests make some, too.
ORACLES := region moe_random
.PHONY: oracle
oracle: $(addprefix $(UNIT_DIR)/,$(ORACLES))
	@CALLS='$(or $(CALLS),1000000)' SEED='$(SEED)' $(PYTHON) mk/unit.py $^

# SLOW=1: an emulator gets a fifth of a CPU. UNEVEN=1: each of its CPUs stands still now and then. FAST=1: tests read a
# console when it has been silent.
SLOW ?=
UNEVEN ?=
FAST ?=
# Tests that run side by side; WORKERS=1 for those that want the terminal (TESTS='--pdb').
WORKERS ?=
# What most tests need is built before, by many jobs; the rest one make at a time.
test: components $(ALL_UNIT_TESTS) $(FUZZ_PROGRAMS) $(ALL_KERNELS) $(GUEST_IMAGES) $(GUEST_RAMDISK) $(GUEST_DTBS) $(TEST_GUESTS) lint
	@FULL=$(FULL) SLOW=$(SLOW) UNEVEN=$(UNEVEN) FAST=$(FAST) BOARD=$(BOARD) MAKE='$(MAKE)' $(PYTHON) mk/test.py --unit '$(ALL_UNIT_TESTS)' \
		--workers '$(WORKERS)' -- tests/system $(TESTS)

# A second compiler and static analysis.
lint: compile_commands.json components $(OPERATIONS_HEADER)
	@$(PYTHON) tests/lint/lint.py $<

# The model of the kernel's locks; and does their unit test find what it is there for?
verify:
	@HOSTCC='$(HOSTCC)' $(PYTHON) tests/verify/verify.py
	@$(PYTHON) tests/verify/mutants.py $(MUTANTS) -- $(HOSTCC) $(unit.lock.flags) $(unit.lock.SRCS) $(host.check.libs)

bench: components
	@BOARD=$(BOARD) MAKE='$(MAKE)' $(PYTHON) tests/bench/bench.py

bench-io: components
	@BOARD=$(BOARD) MAKE='$(MAKE)' $(PYTHON) tests/bench/bench_io.py

# Which functions execute the instructions of an operation that bench counts: OPERATION=cap_valid
OPERATION ?= cap_valid
.PHONY: profile
profile: components
	@MAKE='$(MAKE)' $(PYTHON) tests/bench/profile.py $(OPERATION)

# The kernel fuzzer: MINUTES= altogether, or CALLS= on each number of CPUs; SEED= repeats, KERNEL=restless stops often.
MINUTES ?=
CALLS ?=
SEED ?=
KERNEL ?=
MULTI ?=
.PHONY: fuzz
fuzz: components
	@MAKE='$(MAKE)' $(PYTHON) tests/fuzz/fuzz.py $(addprefix --minutes ,$(MINUTES)) $(addprefix --calls ,$(CALLS)) \
		$(addprefix --seed ,$(SEED)) --gic $(GIC) $(addprefix --kernel ,$(KERNEL)) $(if $(MULTI),--multi) \
		$(if $(findstring command,$(origin CPUS)),--cpus $(CPUS))

# The enemy, MINUTES= long on each GIC, or on the one that GIC= names; SEED= is the first.
.PHONY: enemy
enemy: components $(TEST_GUESTS)
	@status=0; for g in $(if $(findstring command,$(origin GIC)),$(GIC),2 3); do MAKE='$(MAKE)' $(PYTHON) tests/system/enemy.py \
		$(or $(SEED),1) $$(($(or $(MINUTES),3) * 60000)) $$g || status=1; done; exit $$status

# Kills cons, io, the switch, a uvmm and a guest of two vCPUs under load, ROUNDS= times each.
ROUNDS ?= 40
.PHONY: kills
kills: components $(TEST_GUESTS) $(ENEMY_OVERLAY)
	@MAKE='$(MAKE)' $(PYTHON) tests/system/kills.py $(ROUNDS)

# Kills guests that write to disks, their servers and the machine, ROUNDS= kills in all; is what they reported there at each
# flush, or at MOMENTS= of them?
MOMENTS ?=
.PHONY: lost
lost: components
	@MAKE='$(MAKE)' $(PYTHON) tests/system/lost.py $(if $(findstring command,$(origin ROUNDS)),$(ROUNDS),250) \
		'$(or $(MOMENTS),1000000)' '$(or $(SEED),0)'

# Whether tests find bugs that are put into a copy of the tree. MUTATION='part of a name': those only; KIND=unit, kernel or
# system: those that such a test is to find.
MUTATION ?=
KIND ?=
.PHONY: mutate
mutate:
	@MAKE='$(MAKE)' $(PYTHON) tests/mutate/mutate.py --only '$(MUTATION)' --kind '$(KIND)'

# -- compile_commands.json ---------------------------------------------------------------------
# $(call compile_command,SOURCE,COMMAND)
quote := "
define newline


endef
compile_command = {"directory": "$(CURDIR)", "file": "$1", "command": "$(subst $(quote),\$(quote),$2 -c $1)"},$(newline)
.PHONY: compile_commands.json
compile_commands.json:
	$(file >$@.tmp,[$(foreach c,$(COMPONENTS),$(foreach s,$(filter %.c,$($c.srcs)),$(call compile_command,$($c.dir)/$s,$(CC) $($c.flags)))) \
	$(foreach c,$(COMPONENTS),$(foreach s,$(filter %.cc,$($c.srcs)),$(call compile_command,$($c.dir)/$s,$(CXX) $($c.cxxflags)))) \
	$(foreach s,$(filter %.c,$(KERNEL_SRCS)),$(call compile_command,kernel/$s,$(CC) $(KERNEL_ALL_CFLAGS))) \
	$(call compile_command,kernel/arch/arm64/offsets.c,$(CC) $(KERNEL_ALL_CFLAGS) -I.) \
	$(foreach s,$(filter %.c,$(BOOT_PATHS)),$(call compile_command,$s,$(CC) $(BOOT_CFLAGS))) \
	$(foreach s,$(filter %.c,$(TEST_GUEST_SRCS)),$(call compile_command,$s,$(CC) $(TEST_GUEST_CFLAGS))) \
	$(foreach s,$(filter bsp/%,$(DTREAD_SRCS)),$(call compile_command,$s,$(HOSTCC) $(DTREAD_CFLAGS))) \
	$(foreach t,$(UNIT_TESTS),$(foreach s,$(filter tests/%.c,$(unit.$t.SRCS)),$(call compile_command,$s,$(HOSTCC) $(unit.$t.flags)))) ])
	@$(PYTHON) -c "import re; t = open('$@.tmp').read(); open('$@', 'w').write(re.sub(r',\s*\]', '\n]', t))"
	@rm $@.tmp
	$(call say,GEN,$@):
