# SPDX-License-Identifier: MIT
TEST := region
SRCS := $(addprefix tests/unit/,region_test.c region_random_test.c region_model.c) userland/lib/region/region.c \
	userland/lib/region/map.c
INCS := tests/unit userland/lib/region/include userland/lib/l4re/include kernel/include
LIBS := check
