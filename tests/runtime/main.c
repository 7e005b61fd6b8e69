// SPDX-License-Identifier: MIT
// runtime-test PART: tests/system/test_runtime.py starts it once for each part.
#include "parts.h"

#include <stdio.h>
#include <string.h>

static struct {
    char const *name;
    void (*run)(void);
} const parts[] = {
    {"caches", part_caches},
    {"raw-thread", part_raw_thread},
    {"places", part_places},
    {"smash", part_smash},
    {"copy", part_copy},
    {"overflow", part_overflow},
    {"thread-overflow", part_thread_overflow},
    {"crash", part_crash},
    {"leaf", part_crash_leaf},
    {"wild", part_crash_wild},
    {"thread", part_crash_thread},
    {"abort", part_abort},
    {"assert", part_assert},
    {"loop", part_chain_loop},
    {"hole", part_chain_hole},
    {"astray", part_chain_elsewhere},
};

static int wrong;

void check(bool right, char const *what)
{
    printf("%s: %s\n", right ? "ok" : "WRONG", what);
    wrong |= !right;
}

int main(int argc, char **argv)
{
    for (unsigned i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if (argc > 1 && !strcmp(parts[i].name, argv[1])) {
            parts[i].run();
            printf("%s: done\n", argv[1]);
            return wrong;
        }
    puts("no such part");
    return 2;
}
