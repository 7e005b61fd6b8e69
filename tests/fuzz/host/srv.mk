# SPDX-License-Identifier: MIT
FUZZER := srv
FUZZED := $(addprefix userland/lib/srv/,msg.c registry.c timer.c server.c icu.c meta.c share.c factory_args.c)
SRCS := $(addprefix userland/lib/l4re/,mutex.c cap_alloc.c env.c)
INCS := userland/lib/srv/include userland/lib/l4re/include kernel/include
MAX_LEN := 1500
