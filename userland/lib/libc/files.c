// SPDX-License-Identifier: MIT
// POSIX file calls on rom/ paths: a file is a dataspace that is attached while it is open. 0 to 2
// are the log.
#include "log_stream.h"
#include "open_file.h"
#include "stdin.h"

#include <errno.h>
#include <fcntl.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/file.h>
#include <l4/re/mutex.h>
#include <l4/sys/task.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX   32
#define FILES_FIRST 3

static struct open_file files[FILES_MAX];
static l4re_mutex_t lock = L4RE_MUTEX_INIT;

static int error_to_errno(int err)
{
    switch (-err) {
    case L4_ENOENT:
        return ENOENT;
    case L4_EPERM:
        return EPERM;
    case L4_EACCESS:
        return EACCES;
    case L4_ENOMEM:
        return ENOMEM;
    case L4_EINVAL:
        return EINVAL;
    default:
        return EIO;
    }
}

static struct open_file *file_get(int fd)
{
    int i = fd - FILES_FIRST;
    if (i < 0 || i >= FILES_MAX || !files[i].used) {
        errno = EBADF;
        return NULL;
    }
    return &files[i];
}

int open_file_get(int fd, struct open_file *f)
{
    l4re_mutex_lock(&lock);
    struct open_file const *file = file_get(fd);
    if (file)
        *f = *file;
    l4re_mutex_unlock(&lock);
    return file ? 0 : -1;
}

long open_file_dataspace(struct open_file const *f, l4re_ds_t *ds)
{
    l4_addr_t addr = (l4_addr_t)f->data;
    unsigned long size = 1;
    l4re_rm_offset_t offset;
    l4re_rm_flags_t flags;
    l4re_ds_t file = L4_INVALID_CAP;
    int e = l4re_rm_find(&addr, &size, &offset, &flags, &file);
    if (e != 0 || l4_is_invalid_cap(file))
        return e < 0 ? e : -L4_ENOENT;
    *ds = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(*ds))
        return -L4_ENOMEM;
    l4_fpage_t cap = l4_obj_fpage(file, 0, L4_CAP_FPAGE_RWS);
    long r = l4_error(l4_task_map(L4RE_THIS_TASK_CAP, L4RE_THIS_TASK_CAP, cap, l4_map_obj_control(*ds, 0)));
    if (r < 0)
        l4re_util_cap_free(*ds);
    return r < 0 ? r : 0;
}

int open(char const *path, int flags, ...)
{
    if ((flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC | O_APPEND))) {
        errno = EROFS;
        return -1;
    }
    void const *data;
    l4_size_t size;
    int e = l4re_file_map(path, &data, &size);
    if (e < 0) {
        errno = error_to_errno(e);
        return -1;
    }
    l4re_mutex_lock(&lock);
    for (int i = 0; i < FILES_MAX; i++) {
        if (!files[i].used) {
            files[i] = (struct open_file){1, data, size, 0};
            l4re_mutex_unlock(&lock);
            return i + FILES_FIRST;
        }
    }
    l4re_mutex_unlock(&lock);
    l4re_file_unmap(data);
    errno = EMFILE;
    return -1;
}

int close(int fd)
{
    if (fd >= 0 && fd < FILES_FIRST)
        return 0;
    l4re_mutex_lock(&lock);
    struct open_file *f = file_get(fd);
    struct open_file old = f ? *f : (struct open_file){0};
    if (f)
        f->used = 0;
    l4re_mutex_unlock(&lock);
    if (!old.used)
        return -1;
    l4re_file_unmap(old.data);
    return 0;
}

ssize_t read(int fd, void *buf, size_t n)
{
    if (fd == 0)
        return stdin_read(buf, n);
    struct open_file *f = file_get(fd);
    if (!f)
        return -1;
    size_t left = (size_t)f->pos < f->size ? f->size - (size_t)f->pos : 0;
    if (n > left)
        n = left;
    memcpy(buf, f->data + f->pos, n);
    f->pos += (off_t)n;
    return (ssize_t)n;
}

ssize_t write(int fd, void const *buf, size_t n)
{
    if (fd != 1 && fd != 2) {
        errno = EBADF;
        return -1;
    }
    log_stream_flush();
    log_stream_write(buf, n);
    return (ssize_t)n;
}

off_t lseek(int fd, off_t offset, int whence)
{
    struct open_file *f = file_get(fd);
    if (!f)
        return -1;
    off_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? f->pos : (off_t)f->size;
    off_t pos;
    if (whence < SEEK_SET || whence > SEEK_END || __builtin_add_overflow(base, offset, &pos) ||
        pos < 0) {
        errno = EINVAL;
        return -1;
    }
    return f->pos = pos;
}

static void fill_stat(struct stat *st, mode_t mode, size_t size)
{
    memset(st, 0, sizeof(*st));
    st->st_mode = mode;
    st->st_size = (off_t)size;
    st->st_blksize = 4096;
    st->st_nlink = 1;
}

int fstat(int fd, struct stat *st)
{
    if (fd >= 0 && fd < FILES_FIRST) {
        fill_stat(st, S_IFCHR | 0666, 0);
        return 0;
    }
    struct open_file *f = file_get(fd);
    if (!f)
        return -1;
    fill_stat(st, S_IFREG | 0444, f->size);
    return 0;
}

int stat(char const *path, struct stat *st)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return -1;
    int r = fstat(fd, st);
    close(fd);
    return r;
}

int isatty(int fd)
{
    return fd >= 0 && fd < FILES_FIRST;
}

int unlink(char const *path)
{
    (void)path;
    errno = EROFS;
    return -1;
}

int rename(char const *from, char const *to)
{
    (void)from;
    (void)to;
    errno = EROFS;
    return -1;
}
