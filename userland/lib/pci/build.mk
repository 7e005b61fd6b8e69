# SPDX-License-Identifier: MIT
LIB  := pci
SRCS := vconfig.c caps.c
LIBS := l4re
