// SPDX-License-Identifier: MIT
// bad-client ATTACK...: does what servers must survive, and looks whether others could notice.
#include "attack.h"

#include <l4/re/env.h>
#include <l4/re/protocols.h>
#include <l4/srv/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void free_pages(void)
{
    struct msg_out out;
    struct msg_in in;
    msg_out_init(&out, l4_utcb());
    msg_put_u32(&out, L4RE_MA_OP_INFO);
    CHECK(msg_call(l4re_env()->mem_alloc, L4RE_PROTO_MEM_ALLOC, &out, &in) >= 0);
    in.pos = 4 * sizeof(l4_uint64_t); // behind the quota, what is used of it, and all and used RAM
    exit((int)(msg_get_u64(&in) >> L4_PAGESHIFT));
}

static struct {
    char const *name;
    void (*run)(void);
} const attacks[] = {
    {"net", attack_net},
    {"ports", attack_ports},
    {"consoles", attack_consoles},
    {"bus", attack_bus},
    {"free-pages", free_pages}, // the status is the number of pages that nobody has
    {"load-console", load_console},
    {"load-bus", load_bus},
    {"load-net", load_net},
};

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
