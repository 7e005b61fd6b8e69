# SPDX-License-Identifier: MIT
FUZZER := uvmm_console
FUZZED := userland/uvmm/device/virtio_console.c userland/uvmm/device/virtio_dev.c userland/uvmm/device/virtio_mmio.c
SRCS := tests/unit/uvmm_stubs.c tests/unit/host_guard.c userland/lib/mem/guard.c $(addprefix userland/lib/virtqueue/,mem.c \
	device.c)
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include userland/lib/virtqueue/include \
	userland/lib/mem/include
MAX_LEN := 1000
