// SPDX-License-Identifier: MIT
// The command line that the scenario's script gives.
#include "../lib/tree.h"
#include "argument.h"

static uint64_t number(char const *s)
{
    uint64_t n = 0;
    while (*s >= '0' && *s <= '9')
        n = n * 10 + (uint64_t)(*s++ - '0');
    return n;
}

static char const *value_of(char const *line, char const *name)
{
    for (char const *word = line; *word; word++) {
        if (word != line && word[-1] != ' ')
            continue;
        unsigned i = 0;
        while (name[i] && word[i] == name[i])
            i++;
        if (!name[i] && word[i] == '=')
            return word + i + 1;
    }
    return 0;
}

uint64_t argument(char const *name, uint64_t otherwise)
{
    struct tree_node n = {0};
    uint32_t size = 0;
    while (tree_next(&n)) {
        char const *line = tree_get(&n, "bootargs", &size);
        if (!line || !size || line[size - 1])
            continue;
        char const *value = value_of(line, name);
        if (value)
            return number(value);
    }
    return otherwise;
}
