# SPDX-License-Identifier: MIT
FUZZER := elf
FUZZED := $(addprefix userland/lib/elf/,elf.c elf_notes.c elf_reloc.c) $(addprefix userland/lib/loader/,loader.c stack.c)
INCS := userland/lib/loader/include userland/lib/loader userland/lib/elf/include userland/lib/l4re/include kernel/include
