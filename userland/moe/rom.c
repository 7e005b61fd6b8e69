// SPDX-License-Identifier: MIT
#include "rom.h"

#include <l4/sys/l4mod.h>
#include <stdio.h>
#include <string.h>

#include "dataspace.h"
#include "heap.h"
#include "names.h"
#include "namespace.h"
#include "phys_mem.h"
#include "say.h"

enum { MODULES_MAX = 1024 };

struct object *rom_ns, *rwfs_ns;

// Text of .dirinfo, "<length>:<name>\n" each.
struct dir_text {
    char *text;
    size_t len, size;
};

static void dir_add(struct dir_text *d, char const *name, size_t len)
{
    if (d->len < d->size)
        d->len += (size_t)snprintf(d->text + d->len, d->size - d->len, "%zu:%.*s\n", len, (int)len,
                                   name);
}

static void enter(struct object *ns, char const *name, size_t len, struct dataspace *ds,
                  unsigned rights)
{
    int err = ds ? namespace_enter(ns, name, len, dataspace_object(ds), rights) : -L4_ENOMEM;

    if (err == -L4_EEXIST)
        fatal("two modules of the image have the name '%.*s'", (int)len, name);
    if (err < 0)
        fatal("no memory to list module '%.*s'", (int)len, name);
}

static void add_module(l4util_l4mod_mod const *m, struct dir_text *rom, struct dir_text *rwfs)
{
    char const *name, *args, *cmdline = phys_ptr(m->cmdline);
    size_t len = module_name(cmdline, &name, &args);
    bool rw = has_word(args, ":rw");

    if (m->mod_end < m->mod_start || (m->mod_start & (FRAME_SIZE - 1)))
        fatal("module '%.*s' is not page aligned (0x%llx)", (int)len, name,
              (unsigned long long)m->mod_start);
    if (len == 0)
        fatal("module at 0x%llx has no name", (unsigned long long)m->mod_start);
    struct dataspace *ds = dataspace_of_phys(m->mod_start, m->mod_end - m->mod_start,
                                             rw ? DS_R | DS_W : DS_R | DS_X);
    enter(rw ? rwfs_ns : rom_ns, name, len, ds, rw ? OBJECT_RIGHT_W : 0);
    dir_add(rw ? rwfs : rom, name, len);
    say(DBG_BOOT, "%s/%.*s: %llu bytes at 0x%llx", rw ? "rwfs" : "rom", (int)len, name,
        (unsigned long long)(m->mod_end - m->mod_start), (unsigned long long)m->mod_start);
}

static void add_directory(struct object *ns, struct dir_text const *d)
{
    struct dataspace *ds = dataspace_of_phys((uintptr_t)d->text, d->len, DS_R);

    enter(ns, ".dirinfo", strlen(".dirinfo"), ds, 0);
}

static size_t names_bytes(l4util_l4mod_mod const *mods, unsigned count)
{
    size_t bytes = 1;

    for (unsigned i = 0; i < count; i++)
        bytes += strcspn(phys_ptr(mods[i].cmdline), " ") + 16;
    return bytes;
}

static void new_directory(struct dir_text *d, size_t size)
{
    // whole pages: the text is mapped to clients
    d->size = (size + FRAME_SIZE - 1) & ~(size_t)(FRAME_SIZE - 1);
    d->text = heap_alloc(d->size);
    if (!d->text)
        fatal("no memory for the directory of rom");
}

char *rom_init(uint64_t module_info)
{
    static char none[] = "";
    char *cmdline = none;
    l4util_l4mod_info const *info = phys_ptr(module_info);
    struct dir_text rom = { 0 }, rwfs = { 0 };

    rom_ns = namespace_create(NULL);
    rwfs_ns = namespace_create(NULL);
    if (!rom_ns || !rwfs_ns || object_export(rom_ns, true) < 0 || object_export(rwfs_ns, true) < 0)
        fatal("no memory for the rom name space");
    if (!module_info || info->mods_count > MODULES_MAX)
        fatal("boot gives no usable module list");
    l4util_l4mod_mod const *mods = phys_ptr(info->mods_addr);
    new_directory(&rom, names_bytes(mods, info->mods_count));
    new_directory(&rwfs, names_bytes(mods, info->mods_count));
    for (unsigned i = 0; i < info->mods_count; i++) {
        unsigned kind = (unsigned)mods[i].flags & L4mod_mod_flag_mask;
        if (kind == L4mod_mod_flag_roottask)
            cmdline = phys_ptr(mods[i].cmdline);
        else if (kind == L4mod_mod_flag_unspec)
            add_module(&mods[i], &rom, &rwfs);
    }
    add_directory(rom_ns, &rom);
    add_directory(rwfs_ns, &rwfs);
    return cmdline;
}

struct dataspace *rom_find(char const *path, void const **data, size_t *size)
{
    char const *first, *name;
    size_t len, n = path_split(path, strlen(path), &first, &name, &len);
    uint64_t phys, bytes;

    if (n != strlen("rom") || memcmp(first, "rom", n) != 0)
        return NULL;
    struct object *o = namespace_lookup(rom_ns, name, len);
    struct dataspace *ds = o ? dataspace_of_object(o) : NULL;
    if (!ds)
        return NULL;
    *size = bytes = dataspace_size(ds);
    if (dataspace_phys(ds, 0, &bytes, &phys) < 0)
        return NULL;
    *data = phys_ptr(phys);
    return ds;
}
