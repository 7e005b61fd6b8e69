# SPDX-License-Identifier: MIT
# Bare-metal guests that check the machine they run on: one file a topic, each an arm64 Image
# build/arm64/tests/guest/guest-TOPIC (rules: mk/test-guests.mk). All of them under uvmm, one after the other, and one on QEMU's own machine:
#   make run SCENARIO=guests MODULES_LIST=tests/guest/modules.list GIC=2 CPUS=3
#   make test-guests && qemu-system-aarch64 -M virt,gic-version=2 -cpu cortex-a57 -smp 3 -nographic -net none \
#       -kernel build/arm64/tests/guest/guest-gic
TOPICS := $(basename $(notdir $(wildcard tests/guest/*.c)))
SRCS := lib/start.S lib/guest.c lib/check.c lib/console.c lib/exception.c lib/features.c lib/gaps.c lib/gic.c \
        lib/interrupt.c lib/memory.c lib/mmu.c lib/mmu_run.S lib/platform.c lib/psci.c lib/smp.c lib/tree.c
