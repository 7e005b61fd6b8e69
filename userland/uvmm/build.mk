# SPDX-License-Identifier: MIT
PROG := uvmm
SRCS := main.c options.c entropy.c log.c line_writer.c channel.c lock.c vm.c \
        boot/boot.c boot/dt.c boot/dt_cpus.c boot/kernel_image.c boot/overlay.c boot/ram.c boot/ram_map.c \
        boot/reserved.c \
        vcpu/cpus.c vcpu/placement.c vcpu/vcpu.c vcpu/entry.S vcpu/exit.c vcpu/exception.c vcpu/abort.c vcpu/decode.c vcpu/stage1.c \
        vcpu/debug.c vcpu/debug_regs.c vcpu/id_regs.c vcpu/id_mask.c vcpu/psci.c vcpu/smccc.c vcpu/sysreg.c vcpu/timer.c \
        vcpu/ptimer.c vcpu/ptimer_line.c vcpu/stolen.c vcpu/stolen_time.c vcpu/trng.c \
        vgic/node.c vgic/dist.c vgic/lists.c vgic/own.c vgic/timer.c vgic/block.c vgic/gicd.c vgic/gicr.c \
        vgic/lpi.c vgic/its.c vgic/its_map.c vgic/its_commands.c vgic/its_node.c \
        device/device.c device/mmio_map.c device/console.c device/pl011.c device/pl011_regs.c device/rom.c \
        device/syscon.c device/vbus.c device/vbus_pci.c device/pci_host.c device/pci_node.c device/pci_regs.c \
        device/virq.c device/virtio_mmio.c device/virtio_dev.c device/virtio_console.c \
        device/virtio_entropy.c device/entropy_queue.c device/virtio_proxy.c \
        device/alarm.c device/pl031.c device/pl031_regs.c device/sp805.c device/sp805_regs.c device/cfi_flash.c \
        device/flash_regs.c device/fw_cfg.c device/fw_cfg_regs.c
OFFSETS := vcpu/offsets.c
LIBS := srv rng virtqueue l4virtio vbus dma pci l4re libc fdt z
# The guest's FP registers stay in the CPU during an exit (fp.h).
CFLAGS_EXTRA := -mgeneral-regs-only
