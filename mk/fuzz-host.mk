# SPDX-License-Identifier: MIT
# Fuzzers that run on this machine, under libFuzzer and the sanitizers; tests/fuzz/host/NAME.mk:
#   FUZZER := virtqueue
#   FUZZED := userland/lib/virtqueue/device.c      what it tests: of these the kept inputs have to reach 90 % of the lines
#   SRCS := tests/unit/host_guard.c                the rest, relative to the root; NAME_fuzz.c is among them anyway
#   INCS, LIBS, EMBED                              as in mk/tests.mk
#   MAX_LEN := 512                                 bytes of an input
#   DICT := tests/fuzz/host/NAME.dict              words of the language that it reads, when that is text
# Kept inputs: tests/fuzz/host/corpus/NAME/.

FUZZ_FRAGMENTS := $(sort $(wildcard tests/fuzz/host/*.mk))
FUZZ_DIR := $(B)/fuzz-host
CLANG ?= clang
# One build fuzzes and counts lines. Most of its time is spent on what the sanitizers add: what is not fuzzed has less of it.
FUZZ_CFLAGS := -Itests/fuzz/host -Itests/unit/host -Itests/unit -std=gnu17 -O1 -g1 $(WARNINGS) -fno-omit-frame-pointer
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_COUNT := -fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping
FUZZ_VARIABLES := FUZZED SRCS INCS LIBS EMBED MAX_LEN DICT

load_fuzzer = $(foreach v,FUZZER $(FUZZ_VARIABLES),$(eval $v :=))$(eval MAX_LEN := 512)$(eval include $1)\
$(if $(FUZZER),,$(error $1 declares no FUZZER))$(eval FUZZERS += $(strip $(FUZZER)))\
$(foreach v,$(FUZZ_VARIABLES),$(eval fuzz.$(strip $(FUZZER)).$v := $($v)))\
$(eval fuzz.$(strip $(FUZZER)).SRCS += tests/fuzz/host/$(strip $(FUZZER))_fuzz.c)\
$(eval fuzz.$(strip $(FUZZER)).fragment := $1)
FUZZERS :=
$(foreach f,$(FUZZ_FRAGMENTS),$(call load_fuzzer,$f))
# What is in userland/lib is compiled once for all of them.
FUZZ_LIB_INCS := $(filter-out userland/lib/libc/%,$(sort $(wildcard userland/lib/*/include))) kernel/include
fuzz_own = $(addprefix $(FUZZ_DIR)/$1.d/,$(addsuffix .o,$(filter-out userland/lib/%,$2)))
fuzz_lib = $(addprefix $(FUZZ_DIR)/lib.d/,$(addsuffix .o,$(filter userland/lib/%,$1)))
fuzz_objects = $(call fuzz_own,$1,$2) $(call fuzz_lib,$2)
fuzz_sources = $(fuzz.$1.FUZZED) $(fuzz.$1.SRCS)
FUZZ_LIB := $(sort $(foreach f,$(FUZZERS),$(call fuzz_lib,$(call fuzz_sources,$f))))

$(FUZZ_LIB): $(FUZZ_DIR)/lib.d/%.c.o: %.c mk/fuzz-host.mk
	@mkdir -p $(@D)
	$(call say,CLANG,$<)$(CLANG) $(FUZZ_CFLAGS) $(FUZZ_SANITIZE) $(FUZZ_COUNT) $(addprefix -I,$(FUZZ_LIB_INCS)) \
		-MMD -MP -c $< -o $@

define fuzz_rules
fuzz.$1.flags := $(FUZZ_CFLAGS) $(addprefix -I,$(fuzz.$1.INCS)) $(foreach l,$(fuzz.$1.LIBS),$(host.$l.cflags))
$(call fuzz_own,$1,$(fuzz.$1.SRCS)): private FUZZ_ADDED := -fsanitize=address
$(call fuzz_own,$1,$(fuzz.$1.FUZZED)): private FUZZ_ADDED := $(FUZZ_SANITIZE) $(FUZZ_COUNT)
$(call fuzz_own,$1,$(call fuzz_sources,$1)): $(FUZZ_DIR)/$1.d/%.c.o: %.c mk/fuzz-host.mk $(fuzz.$1.fragment)
	@mkdir -p $$(@D)
	$$(call say,CLANG,$$< ($1))$(CLANG) $$(fuzz.$1.flags) $$(FUZZ_ADDED) -MMD -MP -c $$< -o $$@
$(call fuzz_own,$1,$(fuzz.$1.EMBED)): $(FUZZ_DIR)/$1.d/%.o: % mk/embed.S mk/fuzz-host.mk
	@mkdir -p $$(@D)
	$$(call say,EMBED,$$<)$(HOSTCC) -c -DEMBED_FILE='"$$<"' \
		-DEMBED_NAME=$$(subst .,_,$$(subst -,_,$$(notdir $$<))) mk/embed.S -o $$@
$(FUZZ_DIR)/$1: $(call fuzz_objects,$1,$(call fuzz_sources,$1) $(fuzz.$1.EMBED)) $(fuzz.$1.fragment)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(CLANG) $(FUZZ_SANITIZE) $(FUZZ_COUNT) -fsanitize=fuzzer -o $$@ $$(filter %.o,$$^) \
		$$(foreach l,$(fuzz.$1.LIBS),$$(host.$$l.libs))
endef
$(foreach f,$(FUZZERS),$(eval $(call fuzz_rules,$f)))
ifdef NEEDS_BUILD
-include $(wildcard $(foreach f,$(FUZZERS),$(patsubst %.o,%.d,$(call fuzz_objects,$f,$(call fuzz_sources,$f)))))
endif

# What tests/fuzz/host/corpora_test.py and fuzz_host.py go by: a line each fuzzer, NAME MAX_LEN DICT|- FUZZED...
FUZZ_LIST := $(FUZZ_DIR)/list
.PHONY: $(FUZZ_LIST) # a fragment may have gone
$(FUZZ_LIST):
	@mkdir -p $(@D)
	@printf '%s\n' $(foreach f,$(FUZZERS),'$f $(fuzz.$f.MAX_LEN) $(or $(fuzz.$f.DICT),-) $(sort $(fuzz.$f.FUZZED))') >$@
FUZZ_PROGRAMS := $(FUZZ_LIST) $(addprefix $(FUZZ_DIR)/,$(FUZZERS))
FUZZ_TEST := tests/fuzz/host/corpora_test.py

# MINUTES= altogether, shared evenly; ONLY=name: that one. What is new goes into build/fuzz-host/corpus.
# (Not FUZZER=: from the command line it would overrule what each fragment says.)
ONLY :=
.PHONY: fuzz-host fuzz-host-coverage fuzz-host-merge
fuzz-host: $(FUZZ_PROGRAMS)
	@$(PYTHON) tests/fuzz/host/fuzz_host.py run $(ONLY) --minutes $(or $(MINUTES),5)
# Which lines the kept inputs reach; status 1 below 90 %.
fuzz-host-coverage: $(FUZZ_PROGRAMS)
	@$(PYTHON) $(FUZZ_TEST) --files
# Takes into the kept inputs what adds something, out of build/fuzz-host/corpus.
fuzz-host-merge: $(FUZZ_PROGRAMS)
	@$(PYTHON) tests/fuzz/host/fuzz_host.py merge $(ONLY)
