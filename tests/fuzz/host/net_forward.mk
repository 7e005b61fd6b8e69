# SPDX-License-Identifier: MIT
FUZZER := net_forward
FUZZED := userland/l4vio_net_p2p/forward.c userland/lib/net/packet.c userland/lib/net/offload.c
SRCS := tests/unit/host_guard.c userland/lib/mem/guard.c $(addprefix userland/lib/virtqueue/,mem.c device.c driver.c)
INCS := kernel/include userland/lib/mem/include userland/lib/virtqueue/include userland/lib/net/include \
	userland/lib/net/include/l4/net userland/l4vio_net_p2p
MAX_LEN := 600
