// SPDX-License-Identifier: MIT
// Runs ned.lua and vmm.lua on this machine over the C functions that ned_lua_world.lua pretends: the tests of ned_lua_test.lua
// and vmm_lua_test.lua.
#include "unit_run.h"

#include <check.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

extern char const ned_lua_start[], ned_lua_end[];
extern char const loader_lua_start[], loader_lua_end[];
extern char const vmm_lua_start[], vmm_lua_end[];
extern char const ned_lua_world_lua_start[], ned_lua_world_lua_end[];
extern char const ned_lua_test_lua_start[], ned_lua_test_lua_end[];
extern char const vmm_lua_test_lua_start[], vmm_lua_test_lua_end[];

static int traceback(lua_State *L)
{
    luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

// pretended(metatable [, class]) -> a userdata, as capabilities are
static int pretended(lua_State *L)
{
    lua_settop(L, 2);
    lua_newuserdatauv(L, 1, 1);
    lua_pushvalue(L, 1);
    lua_setmetatable(L, -2);
    return 1;
}

static lua_State *L;
enum { WORLD = 2, ALL = 3 }; // on the stack, above the message handler

static void load(char const *start, char const *end, char const *name)
{
    int status = luaL_loadbufferx(L, start, (size_t)(end - start), name, "t");
    ck_assert_msg(status == LUA_OK, "%s", lua_tostring(L, -1));
}

// Calls what was loaded before its arguments; its result is on the stack.
static void run_loaded(int args)
{
    int status = lua_pcall(L, args, 1, 1);
    ck_assert_msg(status == LUA_OK, "%s", lua_tostring(L, -1));
}

// A script of tests, called with the world and what was pushed behind it, returns a table of functions, one per test: adds them
// to the table below.
static void add_tests(int args)
{
    run_loaded(args);
    for (lua_pushnil(L); lua_next(L, -2);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_settable(L, ALL);
    }
    lua_pop(L, 1);
}

static void setup(void)
{
    L = luaL_newstate();
    luaL_openlibs(L);
    lua_pushcfunction(L, traceback);
    load(ned_lua_world_lua_start, ned_lua_world_lua_end, "@ned_lua_world.lua");
    load(ned_lua_start, ned_lua_end, "@ned.lua");
    load(loader_lua_start, loader_lua_end, "@loader.lua");
    lua_pushcfunction(L, pretended);
    run_loaded(3);
    lua_newtable(L);
    load(ned_lua_test_lua_start, ned_lua_test_lua_end, "@ned_lua_test.lua");
    lua_pushvalue(L, WORLD);
    add_tests(1);
    load(vmm_lua_test_lua_start, vmm_lua_test_lua_end, "@vmm_lua_test.lua");
    lua_pushvalue(L, WORLD);
    load(vmm_lua_start, vmm_lua_end, "@vmm.lua");
    add_tests(2);
}

static void teardown(void)
{
    lua_close(L);
}

static char const *const tests[] = {
    "constants", "rights", "casts", "classes", "class_tables", "icu_is_handed_on_without_the_machine", "create",
    "statistics", "queries", "register", "cpu_sets", "env", "start", "log_forms", "caps", "start_errors", "sched_proxy",
    "command",
    "vmm_document", "vmm_errors", "vmm_keys", "vmm_restart", "vmm_devices_made_anew", "vmm_stop", "vmm_restart_limit",
    "vmm_on_exit",
    "vmm_memory_comes_late", "vmm_machine", "vmm_keys_of_consoles", "vmm_monitor", "vmm_debugger",
    "vmm_table_override", "vmm_io", "vmm_rng", "vmm_switch",
};
#define NUM_TESTS (sizeof tests / sizeof tests[0])

// No test of the script is forgotten above.
START_TEST(complete)
{
    unsigned n = 0;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        n++;
    ck_assert_uint_eq(n, NUM_TESTS);
}
END_TEST

START_TEST(run)
{
    ck_assert_msg(lua_getfield(L, -1, tests[_i]) == LUA_TFUNCTION, "no test %s", tests[_i]);
    int status = lua_pcall(L, 0, 0, 1);
    ck_assert_msg(status == LUA_OK, "%s: %s", tests[_i], lua_tostring(L, -1));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ned.lua and vmm.lua");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, complete);
    tcase_add_loop_test(t, run, 0, NUM_TESTS);
    return unit_run(s);
}
