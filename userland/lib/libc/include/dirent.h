// SPDX-License-Identifier: MIT
// Directories: those initial capabilities that are namespaces of files, as rom is.
#pragma once

#include <l4/sys/compiler.h>
#include <sys/types.h>

#define DT_UNKNOWN 0
#define DT_DIR     4
#define DT_REG     8

struct dirent {
    ino_t d_ino;
    unsigned char d_type;
    char d_name[256];
};

typedef struct DIR DIR;

L4_BEGIN_DECLS

// NULL with errno: ENOENT, ENOTDIR, ENOMEM. Names come in the order of the boot image.
DIR *opendir(char const *path);
struct dirent *readdir(DIR *dir);
void rewinddir(DIR *dir);
int closedir(DIR *dir);

L4_END_DECLS
