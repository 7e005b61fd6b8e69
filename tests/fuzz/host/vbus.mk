# SPDX-License-Identifier: MIT
FUZZER := vbus
FUZZED := $(addprefix userland/io/,vbus.c vbus_dataspace.c vicu.c bus.c)
SRCS := tests/fuzz/host/quiet.c userland/io/vbus_pci.c $(addprefix userland/io/pci/,function.c enumerate.c bars.c) \
        userland/lib/pci/vconfig.c userland/lib/vbus/client.c userland/lib/srv/msg.c userland/lib/srv/icu.c
INCS := userland/io userland/lib/pci/include userland/lib/vbus/include userland/lib/srv/include userland/lib/l4re/include kernel/include
MAX_LEN := 1200
