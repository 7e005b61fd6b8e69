// SPDX-License-Identifier: MIT
// Capabilities as Lua values: a counted slot, rights, and as user value the name of the class.
#include "ned.h"

#include <l4/re/cap_alloc.h>
#include <l4/srv/msg.h>
#include <l4/sys/meta.h>
#include <stdlib.h>

struct cap_slot {
    l4_cap_idx_t cap;
    unsigned refs;
    bool owned;
};

static struct ned_cap *check(lua_State *L, int arg)
{
    return luaL_checkudata(L, arg, NED_CAP_META);
}

l4_cap_idx_t ned_cap_check(lua_State *L, int arg)
{
    struct ned_cap *c = check(L, arg);
    return c->slot ? c->slot->cap : L4_INVALID_CAP;
}

bool ned_cap_get(lua_State *L, int index, l4_cap_idx_t *cap, unsigned *rights)
{
    *cap = L4_INVALID_CAP;
    *rights = 0;
    if (lua_isnoneornil(L, index))
        return false;
    struct ned_cap *c = check(L, index);
    if (!c->slot)
        return false;
    *cap = c->slot->cap;
    *rights = c->rights;
    return true;
}

int ned_fail(lua_State *L, long err)
{
    lua_pushnil(L);
    lua_pushinteger(L, err);
    return 2;
}

l4_cap_idx_t ned_slot_alloc(lua_State *L)
{
    l4_cap_idx_t cap = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(cap)) {
        // Values that nobody refers to any more may still hold slots.
        lua_gc(L, LUA_GCCOLLECT, 0);
        cap = l4re_util_cap_alloc();
    }
    if (l4_is_invalid_cap(cap))
        luaL_error(L, "out of caps");
    return cap;
}

static struct ned_cap *push_value(lua_State *L, struct cap_slot *slot, unsigned rights)
{
    struct ned_cap *c = lua_newuserdatauv(L, sizeof *c, 1);
    c->slot = slot;
    c->rights = rights;
    if (slot)
        slot->refs++;
    luaL_setmetatable(L, NED_CAP_META);
    return c;
}

struct ned_cap *ned_cap_push(lua_State *L, l4_cap_idx_t cap, unsigned rights, bool owned)
{
    struct cap_slot *slot = malloc(sizeof *slot);
    if (!slot) {
        if (owned)
            l4re_util_cap_free_um(cap);
        luaL_error(L, "out of memory");
        return NULL;
    }
    *slot = (struct cap_slot){.cap = cap, .owned = owned};
    return push_value(L, slot, rights);
}

static int cap_gc(lua_State *L)
{
    struct ned_cap *c = check(L, 1);
    if (c->slot && --c->slot->refs == 0) {
        if (c->slot->owned)
            l4re_util_cap_free_um(c->slot->cap);
        free(c->slot);
    }
    c->slot = NULL;
    return 0;
}

// core.is_cap(value)
static int is_cap(lua_State *L)
{
    lua_pushboolean(L, luaL_testudata(L, 1, NED_CAP_META) != NULL);
    return 1;
}

// core.cap_info(cap) -> slot index, rights; nothing if the capability is invalid
static int cap_info(lua_State *L)
{
    struct ned_cap *c = check(L, 1);
    if (!c->slot)
        return 0;
    lua_pushinteger(L, (lua_Integer)(c->slot->cap >> L4_CAP_SHIFT));
    lua_pushinteger(L, c->rights);
    return 2;
}

// core.with_rights(cap, rights) -> cap itself, or a further reference with these rights
static int with_rights(lua_State *L)
{
    struct ned_cap *c = check(L, 1);
    unsigned rights = (unsigned)luaL_checkinteger(L, 2) & 0xffff;
    if (rights == c->rights) {
        lua_pushvalue(L, 1);
        return 1;
    }
    push_value(L, c->slot, rights);
    lua_getiuservalue(L, 1, 1);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

// core.typed(cap, class) -> a further reference of this class
static int typed(lua_State *L)
{
    struct ned_cap *c = check(L, 1);
    luaL_checkstring(L, 2);
    push_value(L, c->slot, c->rights);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

static int class_get(lua_State *L)
{
    check(L, 1);
    lua_getiuservalue(L, 1, 1);
    return 1;
}

static int class_set(lua_State *L)
{
    check(L, 1);
    luaL_checkstring(L, 2);
    lua_settop(L, 2);
    lua_setiuservalue(L, 1, 1);
    return 0;
}

// core.meta_name(cap) -> name and protocol of the object's first interface, or nil and an error code
static int meta_name(lua_State *L)
{
    struct msg_out out;
    struct msg_in in;
    char name[128];
    l4_cap_idx_t cap = ned_cap_check(L, 1);
    if (l4_is_invalid_cap(cap))
        return ned_fail(L, -L4_EINVAL);
    msg_out_init(&out, l4_utcb());
    msg_put_u32(&out, L4_META_INTERFACE_OP);
    msg_put_u64(&out, 0);
    long err = msg_call(cap, L4_PROTO_META, &out, &in);
    if (err < 0)
        return ned_fail(L, err);
    lua_Integer proto = (lua_Integer)msg_get_u64(&in);
    msg_get_string(&in, 8, name, sizeof name);
    if (in.err)
        return ned_fail(L, in.err);
    lua_pushstring(L, name);
    lua_pushinteger(L, proto);
    return 2;
}

// core.meta_supports(cap, protocol) -> boolean
static int meta_supports(lua_State *L)
{
    l4_cap_idx_t cap = ned_cap_check(L, 1);
    long proto = (long)luaL_checkinteger(L, 2);
    lua_pushboolean(L, l4_is_valid_cap(cap) && l4_error(l4_meta_supports(cap, proto)) == 1);
    return 1;
}

void ned_cap_init(lua_State *L, int core)
{
    core = lua_absindex(L, core);
    luaL_newmetatable(L, NED_CAP_META);
    lua_pushcfunction(L, cap_gc);
    lua_setfield(L, -2, "__gc");
    lua_setfield(L, core, "cap_meta");
}

luaL_Reg const ned_cap_functions[] = {
    {"is_cap", is_cap},
    {"cap_info", cap_info},
    {"with_rights", with_rights},
    {"typed", typed},
    {"class", class_get},
    {"set_class", class_set},
    {"meta_name", meta_name},
    {"meta_supports", meta_supports},
    {NULL, NULL},
};
