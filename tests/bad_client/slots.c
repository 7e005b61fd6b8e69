// SPDX-License-Identifier: MIT
#include "attack.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <string.h>

enum { MANY = 5000 };

static long create(l4_cap_idx_t factory, long type, char const *text, l4_cap_idx_t to)
{
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t t = l4_factory_create_start_u(type, to, u);
    if (text)
        l4_factory_create_add_str_u(text, &t, u);
    return l4_error_u(l4_factory_create_commit_u(factory, t, u), u);
}

// Takes until there is an error; returns how many it got.
static unsigned take_all(l4_cap_idx_t factory, long type, char const *text, l4_cap_idx_t *got)
{
    unsigned n = 0;
    long err = 0;
    while (n < MANY && err >= 0) {
        got[n] = l4re_util_cap_alloc();
        CHECK(l4_is_valid_cap(got[n]));
        err = create(factory, type, text, got[n]);
        n += err >= 0;
    }
    CHECK(err == -L4_ENOMEM);
    return n;
}

static void exhaust(long type, char const *text, unsigned expected)
{
    static l4_cap_idx_t got[MANY];
    l4_cap_idx_t rogue = l4re_env_get_cap("rogue"), other = l4re_env_get_cap("other");
    l4_cap_idx_t mine = l4re_util_cap_alloc();
    for (unsigned round = 0; round < 3; round++) {
        unsigned n = take_all(rogue, type, text, got);
        CHECK(n == expected);
        CHECK(create(other, type, text, mine) >= 0);
        l4re_util_cap_free_um(mine);
        mine = l4re_util_cap_alloc();
        for (unsigned i = 0; i < n; i++)
            l4re_util_cap_free_um(got[i]);
        l4_sleep(200); // the server hears of it by an interrupt
    }
}

void attack_ports(void)
{
    exhaust(0, NULL, 1);
}

void attack_consoles(void)
{
    exhaust(L4_PROTO_LOG, "rogue", 20);
}
