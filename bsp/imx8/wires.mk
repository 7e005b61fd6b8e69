# SPDX-License-Identifier: MIT
# For boards that -M imx8mp-evk emulates: IMX8_WIRES belongs to their BOARD_QEMU.
# QEMU 10.0 does not connect the virtual interrupt outputs of this machine's GIC with the CPUs: guests
# would get no interrupt. Its monitor makes up for that before the CPUs start.
IMX8_MONITOR := $(B)/boards/imx8mp-$(CPUS)$(filter debug,$(GOALS)).monitor
IMX8_WIRES = -S -chardev file,id=wires,path=/dev/null,input-path=$(IMX8_MONITOR) -mon chardev=wires
ifneq ($(filter run debug print-qemu,$(GOALS)),)
$(shell mkdir -p $(B)/boards; i=0; while [ $$i -lt $(CPUS) ]; do for line in 2 3; do \
	echo "qom-set /machine/soc/gic sysbus-irq[$$((line * $(CPUS) + i))]" \
		"/machine/soc/cpu$$i/unnamed-gpio-in[$$line]"; done; i=$$((i + 1)); done >$(IMX8_MONITOR); \
	$(if $(filter debug,$(GOALS)),:,echo cont) >>$(IMX8_MONITOR))
endif
