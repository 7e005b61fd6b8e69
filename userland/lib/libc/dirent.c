// SPDX-License-Identifier: MIT
// A namespace of files lists itself in a file .dirinfo: a line LENGTH:NAME for each.
#include <dirent.h>
#include <errno.h>
#include <l4/re/env.h>
#include <l4/re/file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct DIR {
    char const *text;
    size_t size, pos;
    ino_t number;
    struct dirent entry;
};

enum { PATH_BYTES = L4RE_ENV_NAME_LEN + 16 };

DIR *opendir(char const *path)
{
    size_t len = strlen(path);
    while (len && path[len - 1] == '/')
        len--;
    if (len > 2 && path[0] == '.' && path[1] == '/') {
        path += 2;
        len -= 2;
    }
    if (len == 0 || memchr(path, '/', len) || !l4re_env_get_cap_l(path, (unsigned)len, l4re_env())) {
        errno = ENOENT;
        return NULL;
    }
    DIR *dir = calloc(1, sizeof(*dir));
    char file[PATH_BYTES];
    void const *text;
    if (!dir)
        return NULL;
    snprintf(file, sizeof(file), "%.*s/.dirinfo", (int)len, path);
    int e = l4re_file_map(file, &text, &dir->size);
    if (e < 0) {
        free(dir);
        errno = e == -L4_ENOMEM ? ENOMEM : ENOTDIR;
        return NULL;
    }
    dir->text = text;
    return dir;
}

// The number at *pos and the colon behind it. 0 when there is none.
static size_t read_length(DIR *dir)
{
    size_t n = 0, i = dir->pos;
    while (i < dir->size && dir->text[i] >= '0' && dir->text[i] <= '9' && n < dir->size)
        n = n * 10 + (size_t)(dir->text[i++] - '0');
    if (i == dir->size || dir->text[i] != ':' || n > dir->size - i - 1)
        return 0;
    dir->pos = i + 1;
    return n;
}

struct dirent *readdir(DIR *dir)
{
    size_t len = read_length(dir);
    if (len == 0)
        return NULL;
    if (len >= sizeof(dir->entry.d_name)) {
        errno = EOVERFLOW;
        return NULL;
    }
    memcpy(dir->entry.d_name, dir->text + dir->pos, len);
    dir->entry.d_name[len] = 0;
    dir->entry.d_type = DT_REG;
    dir->entry.d_ino = ++dir->number;
    dir->pos += len;
    if (dir->pos < dir->size && dir->text[dir->pos] == '\n')
        dir->pos++;
    return &dir->entry;
}

void rewinddir(DIR *dir)
{
    dir->pos = 0;
    dir->number = 0;
}

int closedir(DIR *dir)
{
    l4re_file_unmap(dir->text);
    free(dir);
    return 0;
}
