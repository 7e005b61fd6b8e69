# SPDX-License-Identifier: MIT
FUZZER := io_config
FUZZED := $(addprefix userland/io/,config.c bus.c memory_map.c)
SRCS := tests/fuzz/host/quiet.c userland/io/config_pci.c \
        $(addprefix userland/io/pci/,scan.c enumerate.c bars.c assign.c intx.c) userland/lib/pci/vconfig.c userland/lib/pci/caps.c
EMBED := userland/io/io.lua
INCS := userland/io userland/lib/pci/include userland/lib/vbus/include kernel/include
LIBS := lua
MAX_LEN := 600
