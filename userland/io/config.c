// SPDX-License-Identifier: MIT
#include "config.h"

#include "config_pci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

extern char const io_lua_start[], io_lua_end[];

struct config {
    lua_State *lua;
    struct config_host const *host;
    struct pci_root *bridges;
    bool failed;     // there was an error in this file
    bool told_apart; // the next error that is logged concerns a bus of which that is known
};

static struct config *config_of(lua_State *l)
{
    return lua_touserdata(l, lua_upvalueindex(1));
}

static struct config_host const *host_of(lua_State *l)
{
    return config_of(l)->host;
}

static int core_log(lua_State *l)
{
    struct config *c = config_of(l);
    unsigned level = (unsigned)luaL_checkinteger(l, 1);
    c->host->log(level, luaL_checkstring(l, 2));
    if (level == CONFIG_ERROR) {
        c->failed |= !c->told_apart;
        c->told_apart = false;
    }
    return 0;
}

static int core_mmio_check(lua_State *l)
{
    lua_pushstring(l, host_of(l)->mmio_check((uint64_t)luaL_checkinteger(l, 1),
                                             (uint64_t)luaL_checkinteger(l, 2)));
    return 1;
}

static int core_pci_scan(lua_State *l)
{
    return config_pci_scan(l, host_of(l), &config_of(l)->bridges);
}

static int core_has_iommu(lua_State *l)
{
    lua_pushboolean(l, host_of(l)->has_iommu());
    return 1;
}

static int core_irq_check(lua_State *l)
{
    lua_pushstring(l, host_of(l)->irq_check((uint64_t)luaL_checkinteger(l, 1),
                                            (uint64_t)luaL_checkinteger(l, 2)));
    return 1;
}

// Field `key` of the table on top of the stack.
static lua_Integer field_integer(lua_State *l, char const *key)
{
    lua_getfield(l, -1, key);
    lua_Integer v = lua_tointeger(l, -1);
    lua_pop(l, 1);
    return v;
}

// The string stays valid while the table holds it.
static char const *field_string(lua_State *l, char const *key)
{
    lua_getfield(l, -1, key);
    char const *s = lua_tostring(l, -1);
    lua_pop(l, 1);
    return s;
}

// Reads the resource table on top of the stack.
static int read_resource(lua_State *l, struct bus_device *d)
{
    char const *name = field_string(l, "name");
    return bus_add_resource(d, (unsigned)field_integer(l, "kind"),
                            (unsigned)field_integer(l, "flags"),
                            (uint64_t)field_integer(l, "first"),
                            (uint64_t)field_integer(l, "last"), name ? name : "");
}

// Reads the device table on top of the stack. Negative: no memory.
static int read_device(lua_State *l, struct bus *b)
{
    struct bus_device *d = bus_add_device(b, field_string(l, "name"), field_string(l, "where"),
                                          (unsigned)field_integer(l, "depth"));
    int err = d ? 0 : -1;
    if (!err) {
        d->interfaces = (uint32_t)field_integer(l, "interfaces");
        d->slot = (unsigned)field_integer(l, "slot");
        d->dma_source = (uint64_t)field_integer(l, "source");
        lua_getfield(l, -1, "pci");
        d->pci = lua_touserdata(l, -1);
        lua_pop(l, 1);
    }
    char const *hid = field_string(l, "hid");
    if (!err && hid)
        err = bus_set_hid(d, hid);
    lua_getfield(l, -1, "adr");
    if (!err && lua_isinteger(l, -1)) {
        d->has_adr = true;
        d->adr = (uint32_t)lua_tointeger(l, -1);
    }
    lua_pop(l, 1);

    lua_getfield(l, -1, "cids");
    for (lua_Integer i = 1; !err && lua_geti(l, -1, i) == LUA_TSTRING; i++) {
        err = bus_add_cid(d, lua_tostring(l, -1));
        lua_pop(l, 1);
    }
    lua_settop(l, 5);
    lua_getfield(l, -1, "resources");
    for (lua_Integer i = 1; !err && lua_geti(l, -1, i) == LUA_TTABLE; i++) {
        err = read_resource(l, d);
        lua_pop(l, 1);
    }
    lua_settop(l, 5);
    return err;
}

static void log_overlap(void *arg, char const *text)
{
    struct config *c = arg;
    c->host->log(CONFIG_ERROR, text);
}

// publish(name, where, devices): nil or the reason of a failure
static int core_publish(lua_State *l)
{
    struct config *c = config_of(l);
    char const *name = luaL_checkstring(l, 1), *where = luaL_checkstring(l, 2);
    luaL_checktype(l, 3, LUA_TTABLE);
    if (strlen(name) > BUS_NAME_MAX) {
        lua_pushstring(l, "a name has at most 16 characters");
        return 1;
    }
    lua_settop(l, 3);
    lua_pushnil(l);  // keeps the device table at index 5
    struct bus *b = bus_new(name, where);
    int err = b ? 0 : -1;
    for (lua_Integer i = 1; !err && lua_geti(l, 3, i) == LUA_TTABLE; i++) {
        err = read_device(l, b);
        lua_settop(l, 4);
    }
    if (err) {
        bus_free(b);
        lua_pushstring(l, "out of memory");
        return 1;
    }
    lua_settop(l, 3);
    b->num_msis = (unsigned)field_integer(l, "num_msis");
    lua_getfield(l, 3, "dma");
    b->dma = lua_toboolean(l, -1);
    lua_getfield(l, 3, "iommu");
    b->iommu = lua_toboolean(l, -1);
    if (bus_check_overlaps(b, log_overlap, c) || c->failed) {
        bus_free(b);
        lua_pushliteral(l, "its file has errors");
        return 1;
    }
    char const *reason = c->host->publish(b);
    c->told_apart = reason;
    lua_pushstring(l, reason);
    return 1;
}

static int traceback(lua_State *l)
{
    char const *text = lua_tostring(l, 1);
    luaL_traceback(l, l, text ? text : luaL_tolstring(l, 1, NULL), 1);
    return 1;
}

// Runs the function below `nargs` arguments. Errors are logged with `what` in front.
static int run(struct config *c, int nargs, int nresults, char const *file, char const *what)
{
    lua_State *l = c->lua;
    int base = lua_gettop(l) - nargs;
    lua_pushcfunction(l, traceback);
    lua_insert(l, base);
    int r = lua_pcall(l, nargs, nresults, base);
    if (r != LUA_OK) {
        char text[2048];
        snprintf(text, sizeof(text), "%s: %s: %s", file, what, lua_tostring(l, -1));
        c->host->log(CONFIG_ERROR, text);
        lua_pop(l, 1);
    }
    lua_remove(l, base);
    return r == LUA_OK ? 0 : -1;
}

// mode: "t" for text; NULL for what is our own, which may be compiled.
static int load(struct config *c, char const *file, char const *text, size_t size, char const *mode)
{
    char chunk[128];
    snprintf(chunk, sizeof(chunk), "@%s", file);
    if (luaL_loadbufferx(c->lua, text, size, chunk, mode) == LUA_OK)
        return 0;
    char message[512];
    snprintf(message, sizeof(message), "%s: error using as lua config: %s", file,
             lua_tostring(c->lua, -1));
    c->host->log(CONFIG_ERROR, message);
    lua_pop(c->lua, 1);
    return -1;
}

static void push_core(struct config *c)
{
    static luaL_Reg const functions[] = {
        { "log", core_log },
        { "mmio_check", core_mmio_check },
        { "irq_check", core_irq_check },
        { "pci_scan", core_pci_scan },
        { "has_iommu", core_has_iommu },
        { "publish", core_publish },
        { NULL, NULL },
    };
    luaL_newlibtable(c->lua, functions);
    lua_pushlightuserdata(c->lua, c);
    luaL_setfuncs(c->lua, functions, 1);
}

static void open_libraries(lua_State *l)
{
    static luaL_Reg const libs[] = {
        { LUA_GNAME, luaopen_base },        { LUA_LOADLIBNAME, luaopen_package },
        { LUA_COLIBNAME, luaopen_coroutine }, { LUA_TABLIBNAME, luaopen_table },
        { LUA_STRLIBNAME, luaopen_string }, { LUA_MATHLIBNAME, luaopen_math },
        { LUA_UTF8LIBNAME, luaopen_utf8 },  { LUA_DBLIBNAME, luaopen_debug },
    };
    for (unsigned i = 0; i < sizeof(libs) / sizeof(libs[0]); i++) {
        luaL_requiref(l, libs[i].name, libs[i].func, 1);
        lua_pop(l, 1);
    }
}

struct config *config_new(struct config_host const *host)
{
    struct config *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->host = host;
    c->lua = luaL_newstate();
    if (!c->lua) {
        free(c);
        return NULL;
    }
    open_libraries(c->lua);
    if (load(c, "io.lua", io_lua_start, (size_t)(io_lua_end - io_lua_start), NULL)) {
        config_free(c);
        return NULL;
    }
    push_core(c);
    if (run(c, 1, 1, "io.lua", "error")) {
        config_free(c);
        return NULL;
    }
    lua_setfield(c->lua, LUA_REGISTRYINDEX, "io.finish");
    return c;
}

void config_free(struct config *c)
{
    lua_close(c->lua);
    config_pci_free(c->bridges);
    free(c);
}

int config_run(struct config *c, char const *file, char const *text, size_t size)
{
    c->failed = c->told_apart = false;
    if (load(c, file, text, size, "t"))
        return -1;
    return run(c, 0, 0, file, "error executing lua config");
}

void config_finish(struct config *c)
{
    lua_getfield(c->lua, LUA_REGISTRYINDEX, "io.finish");
    run(c, 0, 0, "io.lua", "error");
}
