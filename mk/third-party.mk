# SPDX-License-Identifier: MIT
# Libraries of others, taken from packages as they are: Lua is compiled from its packaged source
# against picolibc, libfdt and zlib are the distribution's own arm64 archives.

P := $(B)/packages
T := $O/third-party
third.lua.cflags := -isystem $P/lua/src -isystem $T/lua
third.lua.archive := $T/liblua.a
third.fdt.cflags := -isystem $P/libfdt/usr/include
third.fdt.archive := $T/libfdt.a
third.z.cflags := -isystem $P/zlib/usr/include
third.z.archive := $T/libz.a

# loslib needs a file system and a clock; loadlib without LUA_USE_DLOPEN loads Lua modules only.
LUA_SRCS := lapi lcode lctype ldebug ldo ldump lfunc lgc llex lmem lobject lopcodes lparser \
	lstate lstring ltable ltm lundump lvm lzio lauxlib lbaselib lcorolib ldblib liolib lmathlib \
	loadlib lstrlib ltablib lutf8lib
LUA_OBJS := $(patsubst %,$T/lua/%.o,$(LUA_SRCS))

# The package's luaconf.h asks for a header that the package's own build makes.
LUA_CONFIG := $T/lua/lua5.4-deb-multiarch.h
$(LUA_CONFIG): mk/third-party.mk
	@mkdir -p $(@D)
	@echo '#define DEB_HOST_MULTIARCH "aarch64"' >$@

$(addprefix $P/lua/src/,$(addsuffix .c,$(LUA_SRCS))): ;
$(LUA_OBJS): $T/lua/%.o: $P/lua/src/%.c $(FLAGS_STAMP) $(LUA_CONFIG) mk/third-party.mk
	@mkdir -p $(@D)
	$(call say,CC,lua/$*.c)$(CC) $(filter-out $(WARNINGS) $(STRICT),$(USER_CFLAGS)) -I$T/lua -MMD -MP -c $< -o $@

$T/liblua.a: $(LUA_OBJS) mk/third-party.mk
	$(call say,AR,$@)rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)

$T/libfdt.a: $P/libfdt/usr/lib/aarch64-linux-gnu/libfdt.a mk/third-party.mk
	@mkdir -p $(@D)
	$(call say,COPY,$@)cp $< $@

# The gz* file functions would drag in names of glibc.
$T/libz.a: $P/zlib/usr/lib/aarch64-linux-gnu/libz.a mk/third-party.mk
	@mkdir -p $(@D)
	$(call say,COPY,$@)cp $< $@ && $(AR) dD $@ gzlib.o gzread.o gzwrite.o gzclose.o

ifdef NEEDS_BUILD
-include $(wildcard $(LUA_OBJS:.o=.d))
endif

# What images contain of others, with the versions of this build.
.PHONY: third-party
third-party: $(B)/third-party.md
	@cat $<
$(B)/third-party.md: mk/third-party.py $(B)/setup.mk
	@$(PYTHON) mk/third-party.py $(B)/packages.lock >$@
