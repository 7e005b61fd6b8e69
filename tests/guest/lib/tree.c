// SPDX-License-Identifier: MIT
#include "tree.h"

#include <stddef.h>

enum { MAGIC = (int)0xd00dfeed, BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, MAX_SIZE = 1 << 21, HEADER = 40 };

static uint8_t const *tree;
static uint32_t structure, structure_size, strings, strings_size;

static uint32_t big_endian(uint8_t const *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool tree_open(void const *blob)
{
    tree = blob;
    if (!tree || ((uintptr_t)tree & 7) || big_endian(tree) != (uint32_t)MAGIC)
        return false;
    uint32_t size = big_endian(tree + 4);
    structure = big_endian(tree + 8);
    strings = big_endian(tree + 12);
    strings_size = big_endian(tree + 32);
    structure_size = big_endian(tree + 36);
    return size >= HEADER && size <= MAX_SIZE && structure <= size && structure_size <= size - structure &&
           strings <= size && strings_size <= size - strings;
}

// A word of the structure block; beyond its end, nothing that could be a token.
static uint32_t word(uint32_t offset)
{
    return offset <= structure_size && structure_size - offset >= 4 ? big_endian(tree + structure + offset) : 0;
}

// Behind a node's name, which is aligned.
static uint32_t behind_name(uint32_t offset)
{
    while (offset < structure_size && tree[structure + offset])
        offset++;
    return (offset + 4) & ~3u;
}

static uint32_t behind_property(uint32_t offset)
{
    uint32_t size = word(offset + 4);
    return size <= structure_size ? (offset + 12 + size + 3) & ~3u : structure_size;
}

static uint32_t cells(struct tree_node const *n, char const *name, uint32_t otherwise)
{
    uint32_t v = tree_cell(n, name, 0, otherwise);
    return v <= 2 ? v : 0;
}

bool tree_next(struct tree_node *n)
{
    uint32_t at = n->next;
    int depth = at ? n->depth : -1;
    for (;;) {
        switch (word(at)) {
        case BEGIN_NODE:
            if (++depth >= TREE_DEPTH)
                return false;
            n->depth = depth;
            n->properties = n->next = behind_name(at + 4);
            n->address_cells[depth] = cells(n, "#address-cells", 2);
            n->size_cells[depth] = cells(n, "#size-cells", 1);
            return true;
        case END_NODE:
            depth--;
            at += 4;
            break;
        case PROP:
            at = behind_property(at);
            break;
        case NOP:
            at += 4;
            break;
        default:
            return false;
        }
    }
}

bool text_equal(char const *a, char const *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool named(uint32_t name, char const *text)
{
    for (; name < strings_size; name++, text++) {
        if (tree[strings + name] != (uint8_t)*text)
            return false;
        if (!*text)
            return true;
    }
    return false;
}

void const *tree_get(struct tree_node const *n, char const *name, uint32_t *size)
{
    for (uint32_t at = n->properties;;) {
        uint32_t token = word(at);
        if (token == NOP) {
            at += 4;
            continue;
        }
        if (token != PROP)
            return NULL;
        uint32_t next = behind_property(at);
        if (next > structure_size)
            return NULL;
        if (named(word(at + 8), name)) {
            *size = word(at + 4);
            return tree + structure + at + 12;
        }
        at = next;
    }
}

bool tree_has_string(struct tree_node const *n, char const *name, char const *text)
{
    uint32_t size = 0;
    char const *p = tree_get(n, name, &size);
    if (!p || !size || p[size - 1])
        return false;
    for (uint32_t i = 0; i < size; i++)
        if ((!i || !p[i - 1]) && text_equal(p + i, text))
            return true;
    return false;
}

uint32_t tree_cell(struct tree_node const *n, char const *name, unsigned index, uint32_t otherwise)
{
    uint32_t size = 0;
    uint8_t const *p = tree_get(n, name, &size);
    return p && size / 4 > index ? big_endian(p + 4 * index) : otherwise;
}

static uint64_t number(struct tree_node const *n, unsigned first, uint32_t count)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < count; i++)
        v = v << 32 | tree_cell(n, "reg", first + i, 0);
    return v;
}

bool tree_reg(struct tree_node const *n, unsigned index, uint64_t *address, uint64_t *size)
{
    uint32_t bytes = 0;
    uint32_t a = n->depth ? n->address_cells[n->depth - 1] : 0;
    uint32_t s = n->depth ? n->size_cells[n->depth - 1] : 0;
    if (!a || !tree_get(n, "reg", &bytes) || bytes / 4 < (index + 1) * (a + s))
        return false;
    *address = number(n, index * (a + s), a);
    *size = number(n, index * (a + s) + a, s);
    return true;
}
