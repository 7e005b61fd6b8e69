# SPDX-License-Identifier: MIT
TEST := ned_lua
SRCS := tests/unit/ned_lua_test.c
EMBED := userland/ned/ned.lua userland/ned/loader.lua userland/uvmm/vmm.lua \
	$(addprefix tests/unit/,ned_lua_world.lua ned_lua_test.lua vmm_lua_test.lua)
LIBS := check lua
