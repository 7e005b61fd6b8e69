# SPDX-License-Identifier: MIT
# What picolibc asks of its platform: start code, console, heap, locks, rom/ files, time; and threads,
# POSIX ones too.
# Programs are linked with mk/user.ld, which defines the TLS symbols that picolibc's _init_tls and _set_tls use.
LIB := libc
SRCS := crt0.S start.c log_stream.c stdin.c files.c heap.c locks.c clock.c process.c abort.c ssp.c thread.c thread_entry.S \
        dirent.c mman.c sysconf.c pthread.c pthread_attr.c pthread_keys.c wait_queue.c mutex.c cond.c rwlock.c barrier.c
LIBS := l4re ssp
