# SPDX-License-Identifier: MIT
PROG := uvmm
SRCS := main.c options.c log.c lock.c vm.c \
        dt.c ram_map.c ram.c kernel_image.c boot.c cpus.c \
        vcpu.c vcpu_exit.c vcpu_entry.S id_regs.c id_mask.c sysreg.c smccc.c \
        mmio_map.c vgic_dist.c vgic_lr.c vgic_regs.c vgic_gicd.c vgic_gicr.c console.c vbus.c device.c \
        gic.c timer.c psci.c pl011.c pl011_regs.c virtio_mmio.c virtio_console.c virtio_proxy.c \
        syscon.c rom.c virq.c
OFFSETS := offsets.c
LIBS := srv virtqueue l4virtio vbus l4re libc fdt z
# The guest's FP registers stay in the CPU during an exit (fp.h).
CFLAGS_EXTRA := -mgeneral-regs-only
