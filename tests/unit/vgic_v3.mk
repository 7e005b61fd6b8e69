# SPDX-License-Identifier: MIT
TEST := vgic_v3
SRCS := tests/unit/vgic_v3_test.c tests/unit/host_sysreg.c kernel/arch/arm64/vgic_v3.c
INCS := tests/unit/host_sysreg kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
