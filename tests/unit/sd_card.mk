# SPDX-License-Identifier: MIT
TEST := sd_card
SRCS := tests/unit/sd_card_test.c tests/unit/sd_model.c $(addprefix userland/sdhci-drv/,card.c csd.c sdhci.c bcm.c usdhc.c)
INCS := userland/sdhci-drv
LIBS := check
