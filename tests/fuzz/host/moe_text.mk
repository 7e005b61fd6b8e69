# SPDX-License-Identifier: MIT
FUZZER := moe_text
FUZZED := $(addprefix userland/moe/,log_format.c names.c options.c cpu_set.c)
INCS := userland/moe
