# SPDX-License-Identifier: MIT
FUZZER := l4virtio
FUZZED := $(addprefix userland/lib/l4virtio/,device.c memory.c config.c) userland/lib/srv/icu.c
SRCS := tests/fuzz/host/quiet.c tests/unit/host_guard.c userland/lib/mem/guard.c userland/lib/l4virtio/driver.c \
	$(addprefix userland/lib/virtqueue/,mem.c device.c) $(addprefix userland/lib/srv/,msg.c timer.c)
INCS := userland/lib/mem/include userland/lib/l4virtio/include userland/lib/virtqueue/include userland/lib/srv/include \
	userland/lib/l4re/include kernel/include
MAX_LEN := 800
