# SPDX-License-Identifier: MIT
FUZZER := virtqueue
FUZZED := $(addprefix userland/lib/virtqueue/,mem.c device.c driver.c)
SRCS := tests/unit/host_guard.c userland/lib/mem/guard.c
INCS := userland/lib/mem/include userland/lib/virtqueue/include
