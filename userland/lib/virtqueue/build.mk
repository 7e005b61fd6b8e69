# SPDX-License-Identifier: MIT
LIB  := virtqueue
SRCS := mem.c device.c driver.c
LIBS := mem
