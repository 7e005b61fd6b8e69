// SPDX-License-Identifier: MIT
// Namespaces, and the initial capabilities as a table.
#include "ned.h"

#include <l4/re/c/namespace.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/err.h>
#include <string.h>

// core.ns_query(namespace, name, rights) -> capability, or nil and an error code. -L4_EAGAIN, of a name whose object is gone
// or has not come yet, is one as well: while the script waited nobody's exit would be noticed and no command answered.
static int ns_query(lua_State *L)
{
    l4_cap_idx_t ns = ned_cap_check(L, 1);
    char const *name = luaL_checkstring(L, 2);
    unsigned rights = (unsigned)luaL_checkinteger(L, 3) & 0xffff;
    if (l4_is_invalid_cap(ns))
        return ned_fail(L, -L4_EINVAL);
    l4_cap_idx_t slot = ned_slot_alloc(L);
    long err = l4re_ns_query_to_srv(ns, name, slot, 0);
    if (err < 0) {
        l4re_util_cap_free_um(slot);
        return ned_fail(L, err);
    }
    ned_cap_push(L, slot, rights, true);
    return 1;
}

// core.ns_register(namespace, name, capability or nil) -> 0 or an error code; nil removes the name
static int ns_register(lua_State *L)
{
    l4_cap_idx_t cap, ns = ned_cap_check(L, 1);
    unsigned rights;
    char const *name = luaL_checkstring(L, 2);
    long err;
    if (ned_cap_get(L, 3, &cap, &rights))
        err = l4re_ns_register_obj_srv(ns, name, cap,
                                       (rights & L4_CAP_FPAGE_RWS) | L4RE_NS_REGISTER_OVERWRITE);
    else
        err = l4re_ns_unlink_srv(ns, name);
    lua_pushinteger(L, err);
    return 1;
}

static void set_env(lua_State *L, char const *name, size_t len, l4_cap_idx_t cap)
{
    if (l4_is_invalid_cap(cap) || !cap)
        return;
    lua_pushlstring(L, name, len);
    ned_cap_push(L, cap, L4_CAP_FPAGE_RWS, false);
    lua_settable(L, -3);
}

// core.env() -> table of all initial capabilities; named ones go before the fixed ones
static int env_table(lua_State *L)
{
    l4re_env_t const *e = l4re_env();
    lua_newtable(L);
    set_env(L, "factory", 7, e->factory);
    set_env(L, "mem_alloc", 9, e->mem_alloc);
    set_env(L, "log", 3, e->log);
    set_env(L, "parent", 6, e->parent);
    set_env(L, "rm", 2, e->rm);
    set_env(L, "scheduler", 9, e->scheduler);
    for (l4re_env_cap_entry_t const *c = e->caps; c && c->flags != L4RE_ENV_CAPS_END; c++)
        set_env(L, c->name, strnlen(c->name, L4RE_ENV_NAME_LEN), c->cap);
    lua_getfield(L, -1, "mem_alloc");
    lua_setfield(L, -2, "user_factory");
    return 1;
}

luaL_Reg const ned_namespace_functions[] = {
    {"ns_query", ns_query},
    {"ns_register", ns_register},
    {"env", env_table},
    {NULL, NULL},
};
