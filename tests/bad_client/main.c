// SPDX-License-Identifier: MIT
// bad-client ATTACK...: does what servers must survive, and looks whether others could notice.
#include "attack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    char const *name;
    void (*run)(void);
} const attacks[] = {
    {"net", attack_net},
    {"ports", attack_ports},
    {"consoles", attack_consoles},
    {"bus", attack_bus},
    {"load-console", load_console},
    {"load-bus", load_bus},
    {"load-net", load_net},
};

static int quiet_status;

void check_quietly(int status)
{
    quiet_status = status;
}

void check(bool holds, char const *condition, char const *file, int line)
{
    if (holds)
        return;
    if (quiet_status)
        exit(quiet_status);
    printf("bad-client: FAIL %s:%d: %s\n", file, line, condition);
    exit(EXIT_FAILURE);
}

static int run(char const *name)
{
    for (unsigned i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        if (strcmp(attacks[i].name, name))
            continue;
        attacks[i].run();
        printf("bad-client: %s ok\n", name);
        return 0;
    }
    printf("bad-client: FAIL no attack '%s'\n", name);
    return -1;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (run(argv[i]))
            return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
