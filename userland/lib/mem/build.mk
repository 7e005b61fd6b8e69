# SPDX-License-Identifier: MIT
# memcpy and the like. The packaged picolibc is built for size and moves byte by byte.
LIB := mem
SRCS := memory.S
