# SPDX-License-Identifier: MIT
.PHONY: help list
define HELP_TEXT
Ashlar: a capability kernel, components on top of it, and Linux guests beside them.

  make run                    builds and boots SCENARIO on BOARD (Ctrl-A x ends)
                              NET=user gives the machine a network card (docs/guide.md, Networks),
                              FORWARD="8080:80 2222:22" leads ports of this machine to its first guest
  make [image]                builds the image only: build/images/BOARD/SCENARIO/image
  make formats                the image for boot loaders, beside it: uimage, image.itb (FIT), boot.scr,
                              disk.img (FAT, ready for an SD card); one of them: make uimage, itb,
                              bootscr, disk
  make test                   all tests: unit, kernel, system (on BOARD);
                              FULL=1 adds the slow ones, and fetches further guests for them
                              (guests-late); TESTS='-k NAME' chooses; SLOW=1 gives each emulator
                              a fifth of a CPU, UNEVEN=1 lets each of its CPUs stand still now and then,
                              FAST=1 reads consoles in large pieces; WORKERS=N runs that many tests
                              side by side (default: two a CPU)
  make unit                   unit tests on this machine only
  make operations             who may do what: the table of docs/reference.md, from the kernel's tables
  make lint                   a second compiler and static analysis, for the code of the board
  make verify                 explores the models of locks and of vCPUs, up to 5 min and 2 GiB; shows what
                              their unit test finds
  make fuzz                   random system calls on 1, 2 and 4 CPUs, with an account of what each task
                              may reach; MINUTES=5, CALLS=10000000, CPUS=4, SEED=, KERNEL=restless
  make fuzz-host              fuzzers of parsers and protocols, on this machine, under the sanitizers; MINUTES=5 for
                              all of them together, ONLY=name one only; make fuzz-host-merge keeps new inputs
  make fuzz-host-coverage     which lines of what they fuzz the kept inputs reach (make test: at least 90 %)
  make kills                  kills cons, io, the switch, a uvmm and a guest under load, ROUNDS=40 times each
  make lost                   kills guests that write to disks, their servers and the machine, ROUNDS=250 times: nothing is lost
  make enemy                  a guest that attacks its machine, MINUTES=3 on each GIC (or GIC=), SEED=; a
                              neighbour must not notice
  make oracle                 random calls against models, on this machine; CALLS= each (1 million), SEED=
  make mutate                 puts bugs into a copy of the tree: is each found by the test that should? Unit tests
                              first; KIND=unit, kernel (and its fuzzer) or system; MUTATION='part of a name'
  make bench                  instructions per operation; BENCH_TWICE=1 compares two runs
  make bench-io               what disks cost guests: instructions, beside the same kernel on the emulator's disk
  make profile OPERATION=F    of one of them: which functions they belong to
  make debian-disk            the disk that each guest of SCENARIO=debian gets a copy of
  make debug, make gdb        QEMU that waits for gdb; gdb with all symbols
  make backtrace LOG=file     functions and lines in the backtraces of programs that crashed; without LOG
                              standard input (make run shows them itself)
  make components             all programs, the kernel and the boot program
  make all                    components and the images of all scenarios
  make list                   boards and scenarios
  make new-board              BOARD=name DTB=file: a board package from a device tree
  make check-board            holds a board package against its device tree
  make compile_commands.json  for editors and analysers
  make third-party            what images contain of others: build/third-party.md
  make setup                  only get packages (every other target does it too)
  make clean, make distclean  removes what was built; also what was downloaded

  BOARD=$(BOARD)  SCENARIO=$(SCENARIO)
  CPUS=$(CPUS) MEM=$(MEM) CPU=$(CPU) GIC=$(GIC)    the emulated machine
  DISK="FILE FILE"                  run: the machine's disks (docs/guide.md, Disks); guests write to them
  RNG=yes                           run: a random number device (docs/guide.md, Random numbers)
  UBOOT=image|uimage|itb            run: the board's U-Boot starts this format from a disk
  GDB_PORT=1234                     debug, gdb: where they meet
  SERIAL=null                       run: what serial lines before that of the console go to (pty ...)
  KEY_DIR=DIR KEY_NAME=ashlar       itb: signed with DIR/ashlar.key; KEY_TREE=FILE gets the public key
  DEBUG=1                           a kernel with assertions, in a folder of its own
  GUEST_KERNEL=$(GUEST_KERNEL)                 Linux for guests: $(GUEST_KERNELS)
  MODULES_LIST=FILE                 another module list
  MODULE_SEARCH_PATH=DIR:DIR        where its files are searched first
  BSP_PATH=DIR:DIR                  boards outside this tree
  CROSS_COMPILE=PREFIX-             another GNU toolchain for AArch64
  BOOT_TIMEOUT=SECONDS              when a run without a terminal is given up
  QEMU_OPTIONS='...'                more options for the emulator
  LOCK=FILE                         take exactly the packages of this build/packages.lock
  SETUP=no                          no set-up, you have provided the tools
  V=1                               show commands and sizes
endef
help:
	$(info $(HELP_TEXT))@:

list:
	@echo "Boards (BOARD=):"
	@$(foreach b,$(sort $(BOARD_DIRS)),printf '  %-18s %s\n' '$(notdir $b)' \
		"$$(sed -n 's/^BOARD_DESC *:= *//p' $b/board.mk)"; \
		sed -n 's/^BOARD_STATE *:= */                       /p' $b/board.mk;)
	@echo "Scenarios (SCENARIO=) of $(LIST):"
	@if command -v $(LUA) >/dev/null; then $(LUA) mk/mkimage.lua list '$(LIST)'; else \
		sed -n 's/^entry */  /p' '$(LIST)'; fi
.PHONY: setup
setup:
	@echo "Set-up is complete: $(B)/packages.lock names what was taken."
