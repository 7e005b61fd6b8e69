# SPDX-License-Identifier: MIT
TEST := rng_wire
SRCS := tests/unit/rng_wire_test.c userland/lib/rng/client.c $(addprefix userland/rng/,clients.c entropy.c drbg.c chacha20.c budget.c) \
        $(addprefix userland/lib/srv/,share.c factory_args.c msg.c)
INCS := userland/rng userland/lib/rng/include userland/lib/srv/include userland/lib/l4re/include kernel/include
LIBS := check
