# SPDX-License-Identifier: MIT
# A guest without operating system: what exits to uvmm cost, in guest instructions. An ELF at the
# start of the RAM of virt-arm_virt.dtb; give it to uvmm by --kernel.
PROG := bench-guest
SRCS := start.S main.c
LIBS :=
LINK := 0x40000000
CRT := own
CFLAGS_EXTRA := -ffreestanding -fno-stack-protector -mgeneral-regs-only -mstrict-align
