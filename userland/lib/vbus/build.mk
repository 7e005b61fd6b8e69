# SPDX-License-Identifier: MIT
LIB  := vbus
SRCS := client.c
LIBS := srv l4re
