# SPDX-License-Identifier: MIT
TEST := io_config
SRCS := tests/unit/io_config_test.c $(addprefix userland/io/,config.c config_pci.c bus.c memory_map.c) \
        $(addprefix userland/io/pci/,scan.c enumerate.c bars.c assign.c intx.c) \
        $(addprefix userland/lib/pci/,vconfig.c caps.c)
EMBED := userland/io/io.lua
INCS := userland/io userland/lib/pci/include userland/lib/vbus/include kernel/include
LIBS := check lua
