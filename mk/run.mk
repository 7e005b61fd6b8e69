# SPDX-License-Identifier: MIT
# Running and debugging an image in the emulator.

QEMU ?= qemu-system-aarch64
QEMU_COMMAND = $(QEMU) $(BOARD_QEMU) -nographic -net none -kernel $(IMAGE) $(QEMU_OPTIONS)

.PHONY: run debug gdb print-qemu
ifeq ($(strip $(BOARD_QEMU)),)
run debug print-qemu:
	@echo "Board '$(BOARD)' has no emulator. Put $(IMAGE) onto the board." >&2; exit 1
else
run: image
	@$(PYTHON) mk/run.py --timeout $(BOOT_TIMEOUT) --console $(BOARD_CONSOLE) -- $(QEMU_COMMAND)

# QEMU waits for a debugger; its console is this terminal.
debug: image $(B)/gdbinit
	@echo "QEMU waits for gdb on port 1234. In a second terminal, here:  make gdb"
	@echo "Ctrl-A x ends QEMU."
	@$(PYTHON) mk/run.py --timeout 0 --console $(BOARD_CONSOLE) -- $(QEMU_COMMAND) -s -S

# For tests and tools: the command without its serial lines.
print-qemu:
	@echo '$(QEMU_COMMAND)'
endif

gdb: $(B)/gdbinit
	gdb-multiarch -q -x $(B)/gdbinit

# Programs share addresses, so gdb gets the symbols of one of them at a time.
$(B)/gdbinit: mk/gdbinit.py Makefile mk/run.mk $(COMPONENT_FRAGMENTS)
	@mkdir -p $(@D)
	@{ echo 'set confirm off'; echo 'set architecture aarch64'; echo 'file $(abspath $(KERNEL_ELF))'; \
	echo 'source $(abspath mk/gdbinit.py)'; \
	$(foreach p,$(PROGS),echo 'python add_component("$p", "$(abspath $(call program,$p))", "$(prog.$p.link)")';) \
	echo 'python add_component("boot", "$(abspath $(BOOT_ELF))", "pie")'; \
	echo 'target remote :1234'; } >$@
