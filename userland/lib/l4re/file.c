// SPDX-License-Identifier: MIT
#include <l4/re/file.h>
#include <l4/re/c/namespace.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/task.h>
#include <string.h>

#define LARGE_FILE_SHIFT 16 // alignment of the larger files in the boot image

// Receive the dataspace that `path` names in the free slot `ds`.
static long file_resolve(char const *path, l4re_ds_t ds)
{
    if (path[0] == '.' && path[1] == '/')
        path += 2;
    char const *slash = strchr(path, '/');
    unsigned len = slash ? (unsigned)(slash - path) : (unsigned)strlen(path);
    l4re_env_cap_entry_t const *c = l4re_env_get_cap_l(path, len, l4re_env());
    if (!c || l4_is_invalid_cap(c->cap))
        return -L4_ENOENT;
    if (slash) {
        while (*slash == '/')
            slash++;
        if (!*slash)
            return -L4_EINVAL;
        return l4re_ns_query_to_srv(c->cap, slash, ds, 0);
    }
    return l4_error(l4_task_map(L4RE_THIS_TASK_CAP, L4RE_THIS_TASK_CAP,
                                l4_obj_fpage(c->cap, 0, L4_CAP_FPAGE_RWS),
                                l4_map_obj_control(ds, 0)));
}

int l4re_rom_open(char const *path, l4re_ds_t *ds, l4_size_t *size)
{
    l4re_ds_t cap = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(cap))
        return -L4_ENOMEM;
    long e = file_resolve(path, cap);
    l4re_ds_stats_t st;
    if (e >= 0)
        e = l4re_ds_info(cap, &st);
    if (e < 0) {
        l4re_util_cap_free_um(cap);
        return (int)e;
    }
    *ds = cap;
    if (size)
        *size = (l4_size_t)st.size;
    return 0;
}

static char const empty_file[1];

// Large files lie at large pages, or at what a server gives in one piece; where they are should agree with that.
static unsigned char file_align(l4_size_t bytes)
{
    if (bytes >= L4_SUPERPAGESIZE)
        return L4_SUPERPAGESHIFT;
    return bytes >= 1ul << LARGE_FILE_SHIFT ? LARGE_FILE_SHIFT : L4_PAGESHIFT;
}

int l4re_file_map(char const *path, void const **addr, l4_size_t *size)
{
    l4re_ds_t ds;
    l4_size_t bytes;
    int e = l4re_rom_open(path, &ds, &bytes);
    if (e < 0)
        return e;
    if (size)
        *size = bytes;
    if (bytes == 0) {
        l4re_util_cap_free_um(ds);
        *addr = empty_file;
        return 0;
    }
    void *a = NULL;
    e = l4re_rm_attach(&a, bytes, L4RE_RM_F_R | L4RE_RM_F_SEARCH_ADDR, ds, 0, file_align(bytes));
    if (e < 0) {
        l4re_util_cap_free_um(ds);
        return e;
    }
    *addr = a;
    return 0;
}

int l4re_file_unmap(void const *addr)
{
    l4re_ds_t ds = L4_INVALID_CAP;
    if (addr == empty_file)
        return 0;
    int e = l4re_rm_detach_ds((void *)(l4_addr_t)addr, &ds);
    if (e < 0)
        return e;
    l4re_util_cap_free_um(ds);
    return 0;
}
