// SPDX-License-Identifier: MIT
// Calls of Lua code from C: errors are printed with their traceback.
#include "ned.h"

#include <stdio.h>

static void print_error(lua_State *L)
{
    fprintf(stderr, "lua error: %s\n", lua_tostring(L, -1));
}

static int traceback(lua_State *L)
{
    if (lua_touserdata(L, 1) == &ned_serve_mark)
        return 1;
    char const *msg = luaL_tolstring(L, 1, NULL);
    luaL_traceback(L, L, msg, 1);
    return 1;
}

int ned_protected_call(lua_State *L, int nargs)
{
    int base = lua_gettop(L) - nargs;
    lua_pushcfunction(L, traceback);
    lua_insert(L, base);
    int status = lua_pcall(L, nargs, 0, base);
    if (status != LUA_OK) {
        if (lua_touserdata(L, -1) == &ned_serve_mark)
            status = LUA_OK;
        else
            print_error(L);
        lua_pop(L, 1);
    }
    lua_remove(L, base);
    return status;
}

int ned_call_loaded(lua_State *L, int load_status)
{
    if (load_status == LUA_OK)
        return ned_protected_call(L, 0);
    print_error(L);
    lua_pop(L, 1);
    return load_status;
}

bool ned_call_embedded(lua_State *L, char const *start, char const *end, char const *name, int base)
{
    int nargs = lua_gettop(L) - base;
    lua_pushcfunction(L, traceback);
    lua_insert(L, base + 1);
    int status = luaL_loadbufferx(L, start, (size_t)(end - start), name, NULL);
    if (status == LUA_OK) {
        lua_insert(L, base + 2);
        status = lua_pcall(L, nargs, 1, base + 1);
    }
    if (status != LUA_OK)
        print_error(L);
    lua_remove(L, base + 1);
    return status == LUA_OK;
}
