# SPDX-License-Identifier: MIT
TEST := rng_generator
SRCS := tests/unit/rng_generator_test.c userland/rng/chacha20.c userland/rng/drbg.c userland/rng/entropy.c \
        userland/rng/budget.c
INCS := userland/rng
LIBS := check
