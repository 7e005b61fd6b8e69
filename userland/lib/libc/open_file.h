// SPDX-License-Identifier: MIT
// Open files: dataspaces that are attached while they are open.
#pragma once

#include <l4/re/c/dataspace.h>
#include <sys/types.h>

struct open_file {
    int used;
    char const *data;
    size_t size;
    off_t pos;
};

// Copy of what descriptor `fd` has. 0, or -1 with errno.
int open_file_get(int fd, struct open_file *f);

// Another capability of the file's dataspace, for the caller. 0 or a negative error code.
long open_file_dataspace(struct open_file const *f, l4re_ds_t *ds);
