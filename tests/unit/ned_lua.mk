# SPDX-License-Identifier: MIT
TEST := ned_lua
SRCS := tests/unit/ned_lua_test.c
EMBED := userland/ned/ned.lua userland/ned/loader.lua userland/uvmm/vmm.lua \
	tests/unit/ned_lua_test.lua
LIBS := check lua
