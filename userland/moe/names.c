// SPDX-License-Identifier: MIT
#include "names.h"
#include <string.h>

static unsigned hash(char const *name, size_t len)
{
    unsigned h = 5381;

    for (size_t i = 0; i < len; i++)
        h = h * 33 + (unsigned char)name[i];
    return h % NAME_BUCKETS;
}

struct name_entry *names_find(struct name_table const *t, char const *name, size_t len)
{
    struct name_entry *e = t->bucket[hash(name, len)];

    while (e && (e->len != len || memcmp(e->name, name, len) != 0))
        e = e->next;
    return e;
}

void names_insert(struct name_table *t, struct name_entry *e)
{
    struct name_entry **b = &t->bucket[hash(e->name, e->len)];

    e->next = *b;
    *b = e;
    t->count++;
}

void names_remove(struct name_table *t, struct name_entry *e)
{
    struct name_entry **b = &t->bucket[hash(e->name, e->len)];

    while (*b != e)
        b = &(*b)->next;
    *b = e->next;
    t->count--;
}

struct name_entry *names_any(struct name_table const *t)
{
    for (unsigned i = 0; i < NAME_BUCKETS; i++)
        if (t->bucket[i])
            return t->bucket[i];
    return NULL;
}

size_t path_split(char const *path, size_t len, char const **first, char const **rest,
                  size_t *rest_len)
{
    char const *slash = memchr(path, '/', len);
    size_t n = slash ? (size_t)(slash - path) : len;

    *first = path;
    *rest = slash ? slash + 1 : path + len;
    *rest_len = slash ? len - n - 1 : 0;
    for (size_t i = 0; i < len; i++)
        if (path[i] == '/' && (i == 0 || i + 1 == len || path[i - 1] == '/'))
            return 0;
    return n;
}

bool name_is_valid(char const *name, size_t len)
{
    return len != 0 && memchr(name, '/', len) == NULL && memchr(name, '\0', len) == NULL;
}

size_t module_name(char const *cmdline, char const **name, char const **args)
{
    while (*cmdline == ' ')
        cmdline++;
    char const *p = cmdline, *start = cmdline;
    for (; *p && *p != ' '; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (*p == '/')
            start = p + 1;
    }
    *name = start;
    *args = p + strspn(p, " ");
    return (size_t)(p - start);
}

bool has_word(char const *list, char const *word)
{
    size_t n = strlen(word);

    for (list += strspn(list, " "); *list; list += strspn(list, " ")) {
        size_t len = strcspn(list, " ");
        if (len == n && memcmp(list, word, n) == 0)
            return true;
        list += len;
    }
    return false;
}
