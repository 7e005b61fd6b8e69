# SPDX-License-Identifier: MIT
FUZZER := block_requests
FUZZED := userland/lib/block/request.c userland/rom-drv/memory_disk.c
SRCS := tests/fuzz/host/quiet.c tests/unit/host_guard.c userland/lib/mem/guard.c \
	$(addprefix userland/lib/virtqueue/,mem.c device.c driver.c)
INCS := userland/lib/mem/include userland/lib/virtqueue/include userland/lib/block userland/lib/block/include userland/rom-drv \
	kernel/include
MAX_LEN := 600
