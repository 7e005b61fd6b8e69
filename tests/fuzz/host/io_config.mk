# SPDX-License-Identifier: MIT
FUZZER := io_config
FUZZED := $(addprefix userland/io/,config.c bus.c memory_map.c)
SRCS := tests/fuzz/host/quiet.c
EMBED := userland/io/io.lua
INCS := userland/io userland/lib/vbus/include kernel/include
LIBS := lua
MAX_LEN := 600
