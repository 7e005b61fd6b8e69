// SPDX-License-Identifier: MIT
// mmap of anonymous memory and of files, which are read-only: a private mapping with PROT_WRITE is a copy.
#pragma once

#include <l4/sys/compiler.h>
#include <sys/types.h>

#define PROT_NONE  0
#define PROT_READ  1
#define PROT_WRITE 2
#define PROT_EXEC  4

#define MAP_SHARED    1
#define MAP_PRIVATE   2
#define MAP_FIXED     0x10
#define MAP_ANONYMOUS 0x20
#define MAP_ANON      MAP_ANONYMOUS
#define MAP_FAILED    ((void *)-1)

L4_BEGIN_DECLS

// `addr` without MAP_FIXED is ignored; with it, as with PROT_NONE, it is ENOTSUP. EACCES: a shared mapping of a file with
// PROT_WRITE. ENXIO: pages that the file does not have.
void *mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset);

// Only whole mappings: EINVAL else.
int munmap(void *addr, size_t size);

L4_END_DECLS
