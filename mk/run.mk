# SPDX-License-Identifier: MIT
# Running and debugging an image in the emulator.

QEMU ?= qemu-system-aarch64
# What serial lines before that of the console are connected to, in QEMU's words: null, pty, ...
SERIAL ?= null
# Where make debug and make gdb meet.
GDB_PORT ?= 1234
# UBOOT=image, uimage or itb: the board's real U-Boot starts that format from a disk.
UBOOT ?=
# The log whose backtraces make backtrace names; without it standard input.
LOG ?=
# How mk/backtrace.py finds functions and lines.
SYMBOLS = --programs $(B)/boards/$(BOARD).programs --search '$(MODULE_SEARCH_PATH)' --addr2line $(ADDR2LINE)
QEMU_MACHINE = $(if $(UBOOT),$(BOARD_UBOOT_QEMU),$(BOARD_QEMU) -kernel $(IMAGE))
# NET=user: the machine has a network card, in a network that the emulator makes, of the addresses 10.0.2.0/24. FORWARD: what
# of this machine's ports leads there, HERE:THERE, several with blanks between. NET=tap,ifname=tap0,... is another one in
# QEMU's words.
NET_uvmm-2vm-uplink := user
# The first guest does not ask for its address: the emulator gives others to those who do.
NET_debian := user,dhcpstart=10.0.2.16
FORWARD_TO_debian := 10.0.2.15
NET_uvmm-pci := user
NIC = $(if $(filter uvmm-pci,$(SCENARIO)),$(BOARD_PCI_NIC),$(BOARD_NIC))
NET ?= $(if $(NIC),$(NET_$(SCENARIO)))
FORWARD_debian := 2222:22 8080:80
FORWARD ?= $(if $(filter user%,$(NET)),$(FORWARD_$(SCENARIO)))
# DISK="FILE FILE": the machine's disks, raw; a driver of the scenario calls them DISK0, DISK1, ... What guests write to them
# stays.
DISK_debian := $(DEBIAN_DISKS)
DISK_uvmm-2vm-disk := $(KEPT_DISK)
MADE_DISKS := $(DEBIAN_DISKS) $(KEPT_DISK)
DISK ?= $(if $(BOARD_DISK),$(if $(UBOOT),$(if $(BOARD_UBOOT_SLOT),,$(DISK_$(SCENARIO))),$(DISK_$(SCENARIO))))
# RNG=yes: the machine has a random number device, with what the emulator's host gives it.
RNG_uvmm-2vm-rng := yes
RNG ?= $(if $(BOARD_RNG),$(RNG_$(SCENARIO)))
comma := ,
disk_options = $(if $(word $1,$(DISK)),$(call BOARD_DISK,$(words $(wordlist 2,$1,$(DISK))),$(word $1,$(DISK))))
DISK_OPTIONS = $(foreach n,1 2 3 4 5 6 7 8,$(call disk_options,$n))
net_forward = $(comma)hostfwd=tcp:127.0.0.1:$(firstword $(subst :, ,$1))-$(FORWARD_TO_$(SCENARIO)):$(lastword $(subst :, ,$1))
NET_OPTIONS = $(if $(filter-out none,$(NET)),-netdev $(NET)$(comma)id=net$(subst $() ,,$(foreach f,$(FORWARD),$(call net_forward,$f))) $(NIC),-net none)
QEMU_COMMAND = $(QEMU) $(QEMU_MACHINE) -nographic $(strip $(NET_OPTIONS) $(DISK_OPTIONS) $(if $(filter yes,$(RNG)),$(BOARD_RNG))) $(QEMU_OPTIONS)
RUN_NEEDS := $(if $(UBOOT),$(UBOOT_DISK),image) $(filter $(MADE_DISKS),$(DISK))
ifneq ($(UBOOT),)
ifeq ($(filter $(UBOOT),$(BOARD_UBOOT_FORMATS)),)
ifneq ($(filter run debug print-qemu,$(GOALS)),)
$(error UBOOT=$(UBOOT): $(if $(BOARD_UBOOT_FORMATS),the U-Boot of board '$(BOARD)' starts: \
	$(BOARD_UBOOT_FORMATS),there is no U-Boot for board '$(BOARD)' to emulate))
endif
endif
endif

ifneq ($(filter run debug print-qemu,$(GOALS)),)
ifneq ($(FORWARD),)
ifeq ($(filter user user$(comma)%,$(NET)),)
$(error FORWARD=$(FORWARD): is for NET=user)
endif
ifneq ($(shell echo '$(FORWARD)' | tr ' ' '\n' | grep -vxE '[0-9]+:[0-9]+'),)
$(error FORWARD=$(FORWARD): HERE:THERE is expected, two port numbers; several with blanks between)
endif
endif
ifneq ($(filter-out none,$(NET)),)
ifeq ($(NIC),)
$(error NET=$(NET): there is no driver for a network card of board '$(BOARD)')
endif
endif
ifneq ($(filter-out no,$(RNG)),)
ifneq ($(RNG),yes)
$(error RNG=$(RNG): yes or no)
endif
ifeq ($(BOARD_RNG),)
$(error RNG=yes: there is no driver for a random number device of board '$(BOARD)')
endif
endif
ifneq ($(DISK),)
ifeq ($(BOARD_DISK),)
$(error DISK=$(DISK): there is no driver for a disk of board '$(BOARD)')
endif
ifneq ($(and $(UBOOT),$(BOARD_UBOOT_SLOT)),)
$(error DISK=$(DISK): U-Boot of board '$(BOARD)' starts from the only disk, UBOOT_DISK)
endif
ifneq ($(word $(BOARD_MAX_DISKS),$(wordlist 2,99,$(DISK))),)
$(error DISK=$(DISK): board '$(BOARD)' has at most $(BOARD_MAX_DISKS) disks)
endif
ifneq ($(filter-out $(MADE_DISKS) $(wildcard $(DISK)),$(DISK)),)
$(error DISK=$(filter-out $(MADE_DISKS) $(wildcard $(DISK)),$(DISK)): no such file)
endif
endif
endif

.PHONY: run debug gdb print-qemu backtrace
ifeq ($(strip $(BOARD_QEMU)),)
run debug: image
run debug print-qemu:
	@echo "Board '$(BOARD)' has no emulator. Put $(IMAGE) onto the board." >&2; exit 1
else
RUN = $(PYTHON) mk/run.py --timeout $(BOOT_TIMEOUT) --console $(BOARD_CONSOLE) --serial '$(SERIAL)' $(SYMBOLS)
run: $(RUN_NEEDS) $(B)/boards/$(BOARD).programs
	@$(foreach d,$(DISK),echo "  DISK   $d: what guests write to it stays";) $(RUN) -- $(QEMU_COMMAND)

# QEMU waits for a debugger; its console is this terminal.
debug: $(RUN_NEEDS) $(B)/gdbinit $(B)/boards/$(BOARD).programs
	@echo "QEMU waits for gdb on port $(GDB_PORT). In a second terminal, here:  make gdb$(if $(filter-out 1234,$(GDB_PORT)), GDB_PORT=$(GDB_PORT))"
	@echo "Ctrl-A x ends QEMU."
	@$(RUN) --timeout 0 -- $(QEMU_COMMAND) -gdb tcp:127.0.0.1:$(GDB_PORT) -S

# For tests and tools: the command up to the serial line of the console.
print-qemu:
	@echo '$(QEMU_COMMAND)$(foreach i,$(wordlist 1,$(BOARD_CONSOLE),0 1 2 3), -serial $(SERIAL))'
endif

backtrace: $(B)/boards/$(BOARD).programs
	@$(PYTHON) mk/backtrace.py $(SYMBOLS) $(if $(LOG),'$(LOG)')

$(B)/boards/$(BOARD).programs: Makefile $(BOARD_DIR)/board.mk mk/run.mk $(COMPONENT_FRAGMENTS)
	@mkdir -p $(@D)
	@{ $(foreach p,$(PROGS),echo '$p $(abspath $(call program,$p))';) \
	$(if $(BOARD_DISK_DRIVER),echo 'disk-drv $(abspath $(call program,$(BOARD_DISK_DRIVER)))';) } >$@

gdb: $(B)/gdbinit
	gdb-multiarch -q -x $(B)/gdbinit -ex 'target remote 127.0.0.1:$(GDB_PORT)'

# Programs share addresses, so gdb gets the symbols of one of them at a time.
$(B)/gdbinit: mk/gdbinit.py Makefile mk/run.mk $(COMPONENT_FRAGMENTS)
	@mkdir -p $(@D)
	@{ echo 'set confirm off'; echo 'set architecture aarch64'; echo 'file $(abspath $(KERNEL_ELF))'; \
	echo 'source $(abspath mk/gdbinit.py)'; \
	$(foreach p,$(PROGS),echo 'python add_component("$p", "$(abspath $(call program,$p))", "$(prog.$p.link)")';) \
	echo 'python add_component("boot", "$(abspath $(BOOT_ELF))", "pie")'; } >$@
