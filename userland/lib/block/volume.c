// SPDX-License-Identifier: MIT
#include "volume.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <l4/sys/err.h>

#include "client.h"

static struct disk_clients *disks;

int volume_add_disk(struct disk *d, struct partition_table const *table)
{
    for (struct disk_clients *o = disks; o; o = o->next)
        if (!strcmp(o->disk->name, d->name))
            return -L4_EEXIST;
    struct disk_clients *n = calloc(1, sizeof(*n));
    if (!n)
        return -L4_ENOMEM;
    n->disk = d;
    n->table = *table;
    n->next = disks;
    d->clients = n;
    disks = n;
    return 0;
}

static bool is_uuid(char const *s)
{
    size_t len = strlen(s);
    for (size_t i = 0; i < len; i++)
        if (!isxdigit((unsigned char)s[i]) && s[i] != '-')
            return false;
    return len == 11 || len == PARTITION_UUID_MAX; // MBR, GPT
}

static bool has_prefix(char const **name, char const *prefix)
{
    size_t n = strlen(prefix);
    if (strncmp(*name, prefix, n))
        return false;
    *name += n;
    return true;
}

// DISK:NUMBER?
static bool is_numbered(char const *name, char const *disk, unsigned number)
{
    size_t n = strlen(disk);
    if (strncmp(name, disk, n) || name[n] != ':' || !isdigit((unsigned char)name[n + 1]) || name[n + 1] == '0')
        return false;
    char *end;
    return strtoul(name + n + 1, &end, 10) == number && !*end;
}

enum { BY_UUID = 1, BY_LABEL = 2, BY_DISK = 4 };

static bool is_called(struct partition const *p, char const *disk, char const *name, unsigned by)
{
    return ((by & BY_UUID) && !strcasecmp(p->uuid, name)) || ((by & BY_LABEL) && p->label[0] && !strcmp(p->label, name)) ||
           ((by & BY_DISK) && is_numbered(name, disk, p->number));
}

static void found(struct volume *v, struct disk_clients *on, struct partition const *p)
{
    *v = (struct volume){ .on = on, .label = p ? p->label : "" };
    v->area.first = p ? p->first : 0;
    v->area.sectors = p ? p->sectors : on->disk->sectors;
    v->area.read_only = on->disk->read_only;
}

// Returns how many are called so; *v is the first one.
static unsigned find(char const *name, unsigned by, struct volume *v)
{
    unsigned matches = 0;
    for (struct disk_clients *on = disks; on; on = on->next) {
        for (unsigned i = 0; i < on->table.count; i++) {
            struct partition const *p = &on->table.part[i];
            if (is_called(p, on->disk->name, name, by) && !matches++)
                found(v, on, p);
        }
        if ((by & BY_DISK) && !strcmp(on->disk->name, name) && !matches++)
            found(v, on, NULL);
    }
    return matches;
}

int volume_find(char const *name, struct volume *v)
{
    unsigned by = BY_UUID | BY_LABEL, matches = 0;
    if (has_prefix(&name, "partuuid:")) {
        if (!is_uuid(name))
            return -L4_EINVAL;
        by = BY_UUID;
    } else if (has_prefix(&name, "partlabel:")) {
        by = BY_LABEL;
    } else {
        matches = find(name, BY_DISK, v);
    }
    if (!matches)
        matches = find(name, by, v);
    return matches == 1 ? 0 : matches ? -L4_EEXIST : -L4_ENODEV;
}

static bool overlap(struct block_area const *a, struct block_area const *b)
{
    return a->first < b->first + b->sectors && b->first < a->first + a->sectors;
}

bool volume_busy(struct volume const *v)
{
    for (struct blk_client const *c = v->on->first; c; c = c->next)
        if (overlap(&c->area, &v->area) && !(c->area.read_only && v->area.read_only))
            return true;
    return false;
}

void volume_attach(struct volume const *v, struct blk_client *c)
{
    c->on = v->on;
    c->area = v->area;
    c->next = c->on->first;
    c->on->first = c;
}

void volume_detach(struct blk_client *c)
{
    struct disk_clients *on = c->on;
    struct blk_client **p = &on->first;
    while (*p != c)
        p = &(*p)->next;
    *p = c->next;
    if (on->turn == c)
        on->turn = c->next;
}
