# SPDX-License-Identifier: MIT
# Programs and libraries from their build.mk fragments.
#
# A fragment is declarative:
#   PROG := cons              or  LIB := srv
#   SRCS := main.c mux.c      .c, .cc and .S, relative to the folder; with .cc LIBS has cxx
#   OFFSETS := offsets.c      becomes offsets.h, numbers for assembly (mk/offsets.h)
#   EMBED := x.lua            becomes, compiled, x_lua_start[] and x_lua_end[]
#   LIBS := srv l4re          direct dependencies; third party: lua fdt z
#   LINK := app               app (static at 0x1000000), pie (static-pie), or an address
#   CRT := libc               libc, or own: the program brings its start code
#   CFLAGS_EXTRA := -DX

APP_BASE := 0x1000000
THIRD_PARTY_LIBS := lua fdt z

COMPONENT_FRAGMENTS := $(filter-out tests/guest/build.mk,$(sort $(wildcard userland/lib/*/build.mk userland/*/build.mk \
	userland/examples/*/build.mk tests/*/build.mk tests/*/*/build.mk)))

# $(call load,FILE): evaluates one fragment with fresh variables and records what it says as
# prog.NAME.* or lib.NAME.*
load = $(foreach v,PROG LIB SRCS OFFSETS EMBED LIBS CFLAGS_EXTRA,$(eval $v :=))$(eval LINK := app)\
$(eval CRT := libc)$(eval include $1)\
$(if $(PROG)$(LIB),,$(error $1 declares neither PROG nor LIB))\
$(eval $(call record,$(if $(PROG),prog.$(strip $(PROG)),lib.$(strip $(LIB))),$(patsubst %/,%,$(dir $1))))

define record
COMPONENTS += $1
$1.dir := $2
$1.srcs := $(SRCS)
$1.offsets := $(OFFSETS)
$1.embed := $(EMBED)
$1.libs := $(LIBS) $(if $(PROG),$(if $(filter libc,$(CRT)),libc))
$1.link := $(strip $(LINK))
$1.crt := $(strip $(CRT))
$1.cflags := $(CFLAGS_EXTRA)
endef

COMPONENTS :=
$(foreach f,$(COMPONENT_FRAGMENTS),$(call load,$f))
PROGS := $(patsubst prog.%,%,$(filter prog.%,$(COMPONENTS)))
LIBNAMES := $(patsubst lib.%,%,$(filter lib.%,$(COMPONENTS)))

# $(call closure,LIBS): the libraries and all that they depend on, each once.
closure = $(strip $(call closure_,$1,))
closure_ = $(if $(strip $1),$(call closure_step,$(firstword $1),$(wordlist 2,999,$1),$2),$2)
closure_step = $(if $(filter $1,$3),$(call closure_,$2,$3),$(call closure_,$2 $(lib.$1.libs),$3 $1))

$(foreach c,$(COMPONENTS),$(eval $c.all := $(call closure,$($c.libs))))
program = $O/$(prog.$1.dir)/$1

# $(call objects,COMPONENT)
objects = $(addprefix $O/$($1.dir)/,$(addsuffix .o,$($1.srcs) $($1.embed)))
# $(call offsets,COMPONENT): its generated header
offsets = $(if $($1.offsets),$O/$($1.dir)/gen/offsets.h)
# -I of a component: its own folder, its own include/, those of its libraries
includes = -I$($1.dir) $(if $($1.offsets),-I$O/$($1.dir)/gen) $(if $(filter lib.%,$1),-I$($1.dir)/include) \
	$(foreach l,$($1.all),$(if $(filter $l,$(THIRD_PARTY_LIBS)),$(third.$l.cflags),-I$(lib.$l.dir)/include))
archives = $(foreach l,$(filter $(LIBNAMES) $(THIRD_PARTY_LIBS),$1),$(if $(filter $l,$(THIRD_PARTY_LIBS)),$(third.$l.archive),$O/$(lib.$l.dir)/lib$l.a))
unknown = $(filter-out $(LIBNAMES) $(THIRD_PARTY_LIBS),$($1.all))

# a.o is the object of a.c in other projects; here it is a.c.o, so a.c and a.S can live together.
define component_rules
$1.flags := $(USER_CFLAGS) $(call includes,$1) $($1.cflags)
$1.cxxflags := $(USER_CXXFLAGS) $(call includes,$1) $($1.cflags)
$(filter %.c.o,$(call objects,$1)): $O/%.c.o: %.c $(FLAGS_STAMP) mk/components.mk $($1.dir)/build.mk
	@mkdir -p $$(@D)
	$$(call say,CC,$$<)$(CC) $$($1.flags) -MMD -MP -c $$< -o $$@
$(filter %.cc.o,$(call objects,$1)): $O/%.cc.o: %.cc $(FLAGS_STAMP) mk/components.mk $($1.dir)/build.mk
	@mkdir -p $$(@D)
	$$(call say,CXX,$$<)$(CXX) $$($1.cxxflags) -MMD -MP -c $$< -o $$@
$(filter %.S.o,$(call objects,$1)): $O/%.S.o: %.S $(FLAGS_STAMP) mk/components.mk $($1.dir)/build.mk | $(call offsets,$1)
	@mkdir -p $$(@D)
	$$(call say,AS,$$<)$(CC) $$($1.flags) -MMD -MP -c $$< -o $$@
$(if $($1.offsets),$(call offsets,$1): $($1.dir)/$($1.offsets) $(FLAGS_STAMP) mk/components.mk mk/toolchain.mk $($1.dir)/build.mk
	@mkdir -p $$(@D)
	$$(call say,GEN,$$@)$$(call make_offsets,$$($1.flags)))
$(addprefix $O/$($1.dir)/,$(addsuffix .o,$($1.embed))): $O/%.o: % mk/embed.S mk/embed.lua $(FLAGS_STAMP) mk/components.mk
	@mkdir -p $$(@D)
	$$(call say,EMBED,$$<)$(LUA) mk/embed.lua $$< $$(@:.o=.compiled) && \
	$(CC) -c -DEMBED_FILE='"$$(@:.o=.compiled)"' \
		-DEMBED_NAME=$$(subst .,_,$$(subst -,_,$$(notdir $$<))) mk/embed.S -o $$@
$(if $(filter lua,$($1.all)),$(call objects,$1): | $(LUA_CONFIG))
ifneq ($(call unknown,$1),)
$(call objects,$1): $1.unknown-libs
.PHONY: $1.unknown-libs
$1.unknown-libs:
	@echo "$($1.dir)/build.mk: LIBS needs '$(call unknown,$1)', and there is no" \
		"userland/lib/$(firstword $(call unknown,$1))/build.mk" >&2; exit 1
endif
endef

define library_rules
$O/$(lib.$1.dir)/lib$1.a: $(call objects,lib.$1) mk/components.mk $(lib.$1.dir)/build.mk
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)rm -f $$@ && $(AR) rcsD $$@ $$(filter %.o,$$^)
endef

LINK_FLAGS := $(CORE_FIXES) -nostdlib -nostartfiles -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-z,norelro -Wl,-z,max-page-size=4096 -Wl,-z,separate-code -Wl,--fatal-warnings \
	-Wl,-u,_start -T mk/user.ld
# Our side of the C library goes in whole (what is unused is dropped again): otherwise picolibc's
# own sbrk and the like would be found first.
link_base = $(if $(filter pie,$1),0,$(if $(filter app,$1),$(APP_BASE),$1))
link_mode = $(if $(filter pie,$1),-static-pie -Wl$(comma)--no-dynamic-linker -Wl$(comma)-z$(comma)notext,-static -no-pie)
comma := ,

define program_rules
$(call program,$1): $(call objects,prog.$1) $(call archives,$(prog.$1.all)) mk/user.ld \
		$(FLAGS_STAMP) mk/components.mk $(prog.$1.dir)/build.mk
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$(CC) $(call link_mode,$(prog.$1.link)) $(LINK_FLAGS) \
		-Wl,--defsym=LINK_BASE=$(call link_base,$(prog.$1.link)) -o $$@ \
		$$(filter %.o,$$^) -Wl,--whole-archive $$(filter %/liblibc.a,$$^) -Wl,--no-whole-archive \
		-Wl,--start-group $$(filter-out %/liblibc.a,$$(filter %.a,$$^)) \
		$(PICOLIBC)/lib/libm.a $(PICOLIBC)/lib/libc.a $$(LIBGCC) -Wl,--end-group
endef

$(foreach c,$(COMPONENTS),$(eval $(call component_rules,$c)))
$(foreach l,$(LIBNAMES),$(eval $(call library_rules,$l)))
$(foreach p,$(PROGS),$(eval $(call program_rules,$p)))
ALL_PROGRAMS := $(foreach p,$(PROGS),$(call program,$p))

ifdef NEEDS_BUILD
-include $(wildcard $(patsubst %.o,%.d,$(foreach c,$(COMPONENTS),$(call objects,$c))) \
	$(foreach c,$(COMPONENTS),$(addsuffix .d,$(call offsets,$c))))
endif
