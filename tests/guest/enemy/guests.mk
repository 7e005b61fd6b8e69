# SPDX-License-Identifier: MIT
# Two guests of one scenario: the enemy attacks its machine, the neighbour looks whether that matters (enemy.ned).
#   make enemy MINUTES=60 GIC=2 SEED=7
ENEMY_SRCS := enemy/main.c enemy/fire.c enemy/attacks.c enemy/machine.c enemy/argument.c enemy/attack.S \
              lib/start.S lib/check.c lib/console.c lib/gic.c lib/interrupt.c lib/memory.c lib/platform.c lib/psci.c \
              lib/tree.c
NEIGHBOUR_SRCS := enemy/neighbour.c enemy/argument.c
