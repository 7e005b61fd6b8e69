// SPDX-License-Identifier: MIT
// Creation of objects by factories (l4re-protocols 2).
#include "ned.h"

#include <l4/re/cap_alloc.h>
#include <l4/sys/factory.h>

// Push the received capability, or nil and the error.
static int result(lua_State *L, l4_cap_idx_t slot, l4_msgtag_t tag)
{
    long err = l4_error(tag);
    if (err < 0) {
        l4re_util_cap_free_um(slot);
        return ned_fail(L, err);
    }
    ned_cap_push(L, slot, L4_CAP_FPAGE_R, true);
    return 1;
}

// Append the integers and strings of the table at index 3. False if the message is full.
static bool add_arguments(lua_State *L, l4_msgtag_t *tag)
{
    lua_Integer n = luaL_len(L, 3);
    for (lua_Integer i = 1; i <= n; i++) {
        int ok;
        lua_geti(L, 3, i);
        if (lua_isinteger(L, -1))
            ok = l4_factory_create_add_int((l4_mword_t)lua_tointeger(L, -1), tag);
        else
            ok = l4_factory_create_add_str(luaL_checkstring(L, -1), tag);
        lua_pop(L, 1);
        if (!ok)
            return false;
    }
    return true;
}

// core.create(factory, protocol, { argument... }) -> capability, or nil and an error code
static int create(lua_State *L)
{
    l4_cap_idx_t factory = ned_cap_check(L, 1);
    long proto = (long)luaL_checkinteger(L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    if (l4_is_invalid_cap(factory))
        return ned_fail(L, -L4_EINVAL);
    l4_cap_idx_t slot = ned_slot_alloc(L);
    l4_msgtag_t tag = l4_factory_create_start(proto, slot);
    if (!add_arguments(L, &tag)) {
        l4re_util_cap_free(slot);
        return ned_fail(L, -L4_EMSGTOOLONG);
    }
    return result(L, slot, l4_factory_create_commit(factory, tag));
}

// core.new_gate(kernel factory) -> gate that a server has yet to bind
static int new_gate(lua_State *L)
{
    l4_cap_idx_t factory = ned_cap_check(L, 1);
    l4_cap_idx_t slot = ned_slot_alloc(L);
    return result(L, slot, l4_factory_create_gate(factory, slot, L4_INVALID_CAP, 0));
}

luaL_Reg const ned_factory_functions[] = {
    {"create", create},
    {"new_gate", new_gate},
    {NULL, NULL},
};
