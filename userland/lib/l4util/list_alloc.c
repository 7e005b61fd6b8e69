// SPDX-License-Identifier: MIT
// The list is in the order of addresses, and no two blocks in it touch.
#include <l4/util/list_alloc.h>
#include <stdint.h>
#include <stdio.h>

enum { UNIT = sizeof(l4la_free_t) };

static l4_size_t units(l4_size_t size)
{
    return (size + UNIT - 1) & ~(l4_size_t)(UNIT - 1);
}

static char *end_of(l4la_free_t *b)
{
    return (char *)b + b->size;
}

void l4la_free(l4la_free_t **first, void *block, l4_size_t size)
{
    l4la_free_t *new = block, *before = NULL, *next = *first;
    if (!block || size == 0)
        return;
    while (next && next < new) {
        before = next;
        next = next->next;
    }
    *new = (l4la_free_t){next, units(size)};
    if (next && end_of(new) == (char *)next)
        *new = (l4la_free_t){next->next, new->size + next->size};
    if (before && end_of(before) == (char *)new)
        *before = (l4la_free_t){new->next, before->size + new->size};
    else if (before)
        before->next = new;
    else
        *first = new;
}

void *l4la_alloc(l4la_free_t **first, l4_size_t size, unsigned align)
{
    uintptr_t mask = align < sizeof(uintptr_t) * 8 ? ((uintptr_t)1 << align) - 1 : UINTPTR_MAX;
    if (size == 0 || size > SIZE_MAX / 2)
        return NULL;
    if (mask < UNIT - 1)
        mask = UNIT - 1;
    size = units(size);
    for (l4la_free_t **link = first; *link; link = &(*link)->next) {
        l4la_free_t *b = *link;
        uintptr_t start = (uintptr_t)b, at = (start + mask) & ~mask, end = start + b->size;
        if (at < start || at > end || end - at < size)
            continue;
        if (at + size < end) {
            l4la_free_t *rest = (l4la_free_t *)(at + size);
            *rest = (l4la_free_t){b->next, end - at - size};
            b->next = rest;
        }
        if (at > start)
            b->size = at - start;
        else
            *link = b->next;
        return (void *)at;
    }
    return NULL;
}

void l4la_dump(l4la_free_t **first)
{
    for (l4la_free_t *b = *first; b; b = b->next)
        printf("%p - %p: %lu bytes free\n", (void *)b, (void *)(end_of(b) - 1), (unsigned long)b->size);
}

l4_size_t l4la_avail(l4la_free_t **first)
{
    l4_size_t sum = 0;
    for (l4la_free_t *b = *first; b; b = b->next)
        sum += b->size;
    return sum;
}
