# SPDX-License-Identifier: MIT
LIB  := dma
SRCS := dma.c
LIBS := vbus l4re
