# SPDX-License-Identifier: MIT
PROG := sigma0
SRCS := start.S main.c region.c mem_map.c
LIBS :=
LINK := pie
CRT  := own
