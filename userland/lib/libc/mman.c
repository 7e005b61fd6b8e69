// SPDX-License-Identifier: MIT
// mmap: a mapping is a dataspace at an address of the region map's choice.
#include "open_file.h"

#include <errno.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/mutex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct mapping {
    struct mapping *next;
    void *start;
    size_t size;
};

static struct mapping *mappings;
static l4re_mutex_t lock = L4RE_MUTEX_INIT;

static l4re_rm_flags_t region_flags(int prot)
{
    return (prot & PROT_READ ? L4RE_RM_F_R : 0u) | (prot & PROT_WRITE ? L4RE_RM_F_RW : 0u) |
           (prot & PROT_EXEC ? L4RE_RM_F_RX : 0u) | L4RE_RM_F_SEARCH_ADDR;
}

// Attaches `ds`, whose capability is the region's from then on, or gone. 0 or a negative error code.
static long attach(l4re_ds_t ds, size_t size, int prot, off_t offset, void **start)
{
    *start = NULL;
    int e = l4re_rm_attach(start, size, region_flags(prot), ds, (l4re_rm_offset_t)offset, L4_PAGESHIFT);
    if (e < 0)
        l4re_util_cap_free_um(ds);
    return e;
}

static long map_anonymous(size_t size, int prot, void **start)
{
    l4re_ds_t ds = l4re_util_cap_alloc();
    long e = l4_is_invalid_cap(ds) ? -L4_ENOMEM : l4re_ma_alloc(size, ds, 0);
    if (e < 0) {
        l4re_util_cap_free_um(ds);
        return e;
    }
    return attach(ds, size, prot, 0, start);
}

// The file's own pages; a page behind its end, of which it has a part, reads as zeros there.
static long map_file(struct open_file const *f, size_t size, int prot, off_t offset, void **start)
{
    l4re_ds_t ds;
    long e = open_file_dataspace(f, &ds);
    return e < 0 ? e : attach(ds, size, prot, offset, start);
}

static long copy_file(struct open_file const *f, size_t size, int prot, off_t offset, void **start)
{
    long e = map_anonymous(size, prot | PROT_WRITE, start);
    if (e < 0)
        return e;
    size_t left = (size_t)offset < f->size ? f->size - (size_t)offset : 0;
    memcpy(*start, f->data + offset, left < size ? left : size);
    return 0;
}

// 0 or an error number.
static int check(size_t size, int prot, int flags, struct open_file const *f, off_t offset)
{
    int sharing = flags & (MAP_SHARED | MAP_PRIVATE);
    if (size == 0 || size > PTRDIFF_MAX || (sharing != MAP_SHARED && sharing != MAP_PRIVATE))
        return EINVAL;
    if (flags & MAP_FIXED || prot == PROT_NONE)
        return ENOTSUP;
    if (offset < 0 || offset & (off_t)(L4_PAGESIZE - 1))
        return EINVAL;
    if (f && l4_round_page((size_t)offset + size) > l4_round_page(f->size))
        return ENXIO; // pages that the file does not have
    return f && prot & PROT_WRITE && sharing == MAP_SHARED ? EACCES : 0;
}

static int remember(void *start, size_t size)
{
    struct mapping *m = malloc(sizeof(*m));
    if (!m)
        return -1;
    l4re_mutex_lock(&lock);
    *m = (struct mapping){mappings, start, size};
    mappings = m;
    l4re_mutex_unlock(&lock);
    return 0;
}

static void detach(void *start)
{
    l4re_ds_t ds = L4_INVALID_CAP;
    if (l4re_rm_detach_ds(start, &ds) >= 0)
        l4re_util_cap_free_um(ds);
}

void *mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{
    (void)addr;
    struct open_file f = {0};
    int anonymous = flags & MAP_ANONYMOUS;
    if (!anonymous && open_file_get(fd, &f) < 0)
        return MAP_FAILED;
    int e = check(size, prot, flags, anonymous ? NULL : &f, anonymous ? 0 : offset);
    if (e) {
        errno = e;
        return MAP_FAILED;
    }
    void *start;
    size = l4_round_page(size);
    long r = anonymous              ? map_anonymous(size, prot, &start)
             : prot & PROT_WRITE    ? copy_file(&f, size, prot, offset, &start)
                                    : map_file(&f, size, prot, offset, &start);
    if (r >= 0 && remember(start, size) == 0)
        return start;
    if (r >= 0)
        detach(start);
    errno = ENOMEM;
    return MAP_FAILED;
}

int munmap(void *addr, size_t size)
{
    l4re_mutex_lock(&lock);
    struct mapping **link = &mappings;
    while (*link && ((*link)->start != addr || (*link)->size != l4_round_page(size)))
        link = &(*link)->next;
    struct mapping *m = *link;
    if (m)
        *link = m->next;
    l4re_mutex_unlock(&lock);
    if (!m) {
        errno = EINVAL;
        return -1;
    }
    detach(addr);
    free(m);
    return 0;
}
