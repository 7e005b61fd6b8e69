// SPDX-License-Identifier: MIT
// Ned: runs the script that starts and connects all other programs, then looks after them.
#include "ned.h"

#include <l4/sys/err.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char const ned_lua_start[], ned_lua_end[];
extern char const loader_lua_start[], loader_lua_end[];

struct options {
    bool exit_after_script;
    int script; // index in argv, 0: none
};

static void open_libraries(lua_State *L)
{
    static luaL_Reg const libraries[] = {
        {LUA_GNAME, luaopen_base},      {LUA_LOADLIBNAME, luaopen_package}, {LUA_TABLIBNAME,
                                                                             luaopen_table},
        {LUA_IOLIBNAME, luaopen_io},    {LUA_STRLIBNAME, luaopen_string},   {LUA_DBLIBNAME,
                                                                             luaopen_debug},
        {LUA_MATHLIBNAME, luaopen_math}, {LUA_COLIBNAME, luaopen_coroutine}, {LUA_UTF8LIBNAME,
                                                                              luaopen_utf8},
    };
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
}

// Make the module L4 from the table of C functions.
static bool open_l4(lua_State *L)
{
    int base = lua_gettop(L);
    lua_newtable(L);
    int core = base + 1;
    ned_cap_init(L, core);
    luaL_setfuncs(L, ned_cap_functions, 0);
    luaL_setfuncs(L, ned_factory_functions, 0);
    luaL_setfuncs(L, ned_namespace_functions, 0);
    luaL_setfuncs(L, ned_task_functions, 0);
    luaL_setfuncs(L, ned_misc_functions, 0);
    luaL_setfuncs(L, ned_command_functions, 0);
    lua_pushvalue(L, core);
    if (!ned_call_embedded(L, ned_lua_start, ned_lua_end, "@ned.lua", core))
        return false;
    bool ok = ned_call_embedded(L, loader_lua_start, loader_lua_end, "@loader.lua", base);
    lua_settop(L, base);
    return ok;
}

static void execute_statement(lua_State *L, char const *statement)
{
    int status = luaL_loadbufferx(L, statement, strlen(statement), "=command line", "t");
    if (ned_call_loaded(L, status) != LUA_OK)
        fprintf(stderr, "Error executing cmdline statement\n");
}

// Options end at the first word that is none. `-e` statements run at once, in their order.
static struct options read_options(lua_State *L, int argc, char **argv)
{
    struct options o = {false, 0};
    for (int i = 1; i < argc; i++) {
        char const *a = argv[i];
        if (i == 1 && strcmp(a, "--exit") == 0)
            o.exit_after_script = true;
        else if (i == 1 && strcmp(a, "--wait-and-exit") == 0)
            ned_wait_and_exit = true;
        else if (strcmp(a, "-e") == 0 || strcmp(a, "--execute") == 0) {
            if (++i < argc)
                execute_statement(L, argv[i]);
            else
                fprintf(stderr, "Ned: option %s: statement missing\n", a);
        } else if (a[0] == '-')
            fprintf(stderr, "Ned: unknown option %s ignored\n", a);
        else {
            o.script = i;
            break;
        }
    }
    return o;
}

static void set_arg_table(lua_State *L, int argc, char **argv, int script)
{
    lua_newtable(L);
    for (int i = script; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_seti(L, -2, i - script);
    }
    lua_setglobal(L, "arg");
}

static void run_script(lua_State *L, int argc, char **argv, int script)
{
    printf("Ned: loading file: '%s'\n", argv[script]);
    set_arg_table(L, argc, argv, script);
    ned_call_loaded(L, luaL_loadfilex(L, argv[script], "t"));
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    printf("Ned says: Hi World!\n");
    lua_State *L = luaL_newstate();
    if (!L) {
        fprintf(stderr, "Ned: no memory for the Lua interpreter\n");
        return 1;
    }
    open_libraries(L);
    int err = ned_command_init(L);
    if (err < 0) {
        fprintf(stderr, "Ned: cannot set up the server threads: %s (%d)\n", l4sys_errtostr(err),
                err);
        return 1;
    }
    if (!open_l4(L))
        return 1;
    struct options o = read_options(L, argc, argv);
    if (o.script)
        run_script(L, argc, argv, o.script);
    else
        fprintf(stderr, "Ned: no script given\n");
    if (o.exit_after_script)
        return 0;
    ned_serve(L);
}
