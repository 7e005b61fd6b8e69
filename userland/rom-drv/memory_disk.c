// SPDX-License-Identifier: MIT
#include "memory_disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/sys/consts.h>
#include <l4/sys/err.h>

enum { PAGE = L4_PAGESIZE, GROUP = 512, ZEROES_MAX = 65536, SEGS_MAX = 68, SEG_BYTES = 4 << 20 };

static struct memory_disk *of(struct disk *d)
{
    return (struct memory_disk *)((char *)d - offsetof(struct memory_disk, disk));
}

static uint8_t *changed_page(struct memory_disk const *m, uint64_t page)
{
    uint8_t **group = m->changed ? m->changed[page / GROUP] : NULL;
    return group ? group[page % GROUP] : NULL;
}

static uint8_t const *page_contents(struct memory_disk const *m, uint64_t page)
{
    static uint8_t const zeros[PAGE];
    uint8_t const *p = changed_page(m, page);
    return p ? p : m->base ? m->base + page * PAGE : zeros;
}

// The page as one that can be written to; NULL when there is no memory left.
static uint8_t *writable_page(struct memory_disk *m, uint64_t page)
{
    uint8_t *p = changed_page(m, page), ***group = &m->changed[page / GROUP];
    if (p)
        return p;
    if (!*group)
        *group = calloc(GROUP, sizeof(**group));
    p = *group ? malloc(PAGE) : NULL;
    if (!p) {
        if (!m->out_of_memory)
            printf("disk '%s': no memory for what is written\n", m->disk.name);
        m->out_of_memory = true;
        return NULL;
    }
    memcpy(p, page_contents(m, page), PAGE);
    (*group)[page % GROUP] = p;
    return p;
}

// A part of the request that lies in one page: `n` bytes at `at` of it, `done` bytes into the request's memory.
static bool do_part(struct memory_disk *m, struct block_request const *r, uint64_t at, uint64_t done, uint64_t n)
{
    uint64_t const page = at / PAGE, offset = at % PAGE;
    if (r->op == BLOCK_READ)
        return block_request_put(r, done, page_contents(m, page) + offset, n);
    if (r->op == BLOCK_WRITE_ZEROES && !changed_page(m, page) && !m->base)
        return true;
    uint8_t *p = writable_page(m, page);
    if (!p)
        return false;
    if (r->op == BLOCK_WRITE)
        return block_request_get(r, done, p + offset, n);
    memset(p + offset, 0, n);
    return true;
}

static bool submit(struct disk *d, struct block_request *r)
{
    struct memory_disk *m = of(d);
    uint64_t const at = r->sector << BLOCK_SECTOR_SHIFT, size = r->count << BLOCK_SECTOR_SHIFT;
    bool ok = r->op == BLOCK_READ || r->op == BLOCK_FLUSH || !d->read_only;
    for (uint64_t done = 0, n; ok && done < size; done += n) {
        n = PAGE - (at + done) % PAGE;
        if (n > size - done)
            n = size - done;
        ok = do_part(m, r, at + done, done, n);
    }
    r->done(r, ok ? BLOCK_OK : BLOCK_IOERR);
    return true;
}

int memory_disk_init(struct memory_disk *m, char const *name, uint8_t const *base, uint64_t sectors, bool read_only)
{
    static struct disk_ops const ops = { .submit = submit };
    *m = (struct memory_disk){ .base = base, .pages = (sectors + PAGE / BLOCK_SECTOR - 1) / (PAGE / BLOCK_SECTOR) };
    m->disk = (struct disk){ .ops = &ops, .sectors = sectors, .block = BLOCK_SECTOR, .seg_max = SEGS_MAX,
                             .size_max = SEG_BYTES, .read_only = read_only, .zeroes_max = read_only ? 0 : ZEROES_MAX };
    snprintf(m->disk.name, sizeof(m->disk.name), "%s", name);
    m->changed = read_only ? NULL : calloc((m->pages + GROUP - 1) / GROUP, sizeof(*m->changed));
    return m->changed || read_only ? 0 : -L4_ENOMEM;
}
