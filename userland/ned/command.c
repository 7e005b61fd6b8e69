// SPDX-License-Identifier: MIT
// The main thread's server loop: ended tasks, and the command channel (lua-api 11).
#include "ned.h"
#include "task.h"

#include <l4/re/env.h>
#include <l4/re/protocols.h>
#include <l4/sys/kip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_MAX 504
#define AFTER_MS_MAX (24 * 3600 * 1000)

static struct srv server;
static struct srv_object event;
static struct srv_object channel;
static lua_State *lua;
static int execute_ref = LUA_NOREF;

bool ned_wait_and_exit;
char const ned_serve_mark = 0;

static unsigned calls_due; // of core.after()

// Runs what ended tasks have left to do, and ends ned when the command line says so and nothing can happen any more.
static void look_after_tasks(void)
{
    ned_task_run_handlers(lua);
    lua_gc(lua, LUA_GCCOLLECT, 0);
    if (ned_wait_and_exit && !tasks_running() && !calls_due)
        exit(0);
}

static l4_msgtag_t event_dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag,
                                  l4_utcb_t *u)
{
    (void)o, (void)rights, (void)tag, (void)u;
    look_after_tasks();
    return SRV_NO_REPLY;
}

static struct srv_ops const event_ops = {.dispatch = event_dispatch, .name = "L4::Irq",
                                         .proto = L4_PROTO_IRQ};

static l4_msgtag_t reply_text(l4_utcb_t *u, long err, char const *text, size_t len)
{
    struct msg_out out;
    msg_out_init(&out, u);
    if (err < 0)
        return msg_reply_err(err);
    if (len > CODE_MAX - 4)
        len = CODE_MAX - 4;
    msg_put_array(&out, 2, text, (unsigned)len);
    return msg_reply(&out, 0);
}

static l4_msgtag_t channel_dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag,
                                    l4_utcb_t *u)
{
    (void)o, (void)rights;
    struct msg_in in;
    char code[CODE_MAX + 1];
    if (l4_msgtag_label(tag) != L4_PROTO_NONE)
        return msg_reply_err(-L4_EBADPROTO);
    msg_in_init(&in, u, tag);
    if (msg_get_u32(&in) != L4RE_NED_OP_EXECUTE)
        return msg_reply_err(-L4_ENOSYS);
    msg_get_string(&in, 8, code, sizeof code);
    if (in.err)
        return msg_reply_err(in.err);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, execute_ref);
    lua_pushstring(lua, code);
    if (lua_pcall(lua, 1, 2, 0) != LUA_OK) {
        fprintf(stderr, "lua error: %s\n", lua_tostring(lua, -1));
        lua_pop(lua, 1);
        return msg_reply_err(-L4_EIO);
    }
    lua_gc(lua, LUA_GCCOLLECT, 0); // before the reply: freeing capabilities uses the message registers
    size_t len = 0;
    char const *text = lua_tolstring(lua, -1, &len);
    l4_msgtag_t reply = reply_text(u, (long)lua_tointeger(lua, -2), text ? text : "",
                                   text ? len : 0);
    lua_pop(lua, 2);
    return reply;
}

static struct srv_ops const channel_ops = {.dispatch = channel_dispatch,
                                           .name = "L4Re::Ned::Cmd_control"};

// core.set_execute(function): what runs the code that comes over the channel
static int set_execute(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    execute_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

// core.server_loop(capability): never returns, but for a second call. The script is left by an
// error that main.c knows, so that no local variable of it keeps a capability alive while ned
// serves.
static int server_loop(lua_State *L)
{
    l4_cap_idx_t cap = ned_cap_check(L, 1);
    if (channel.ops)
        return 0;
    if (l4_is_invalid_cap(cap))
        return luaL_error(L, "L4.server_loop: the capability is invalid");
    channel.ops = &channel_ops;
    // The loop keeps using the slot: its owner must not go.
    lua_pushvalue(L, 1);
    luaL_ref(L, LUA_REGISTRYINDEX);
    int err = srv_register_cap(&server, &channel, cap);
    if (err < 0)
        return luaL_error(L, "L4.server_loop: cannot serve this channel (%d)", err);
    lua_pushlightuserdata(L, (void *)&ned_serve_mark);
    return lua_error(L);
}

struct later {
    struct srv_timer timer;
    int function; // reference
};

static void later_expired(struct srv_timer *t)
{
    struct later *later = (struct later *)t;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, later->function);
    luaL_unref(lua, LUA_REGISTRYINDEX, later->function);
    free(later);
    ned_protected_call(lua, 0);
    calls_due--;
    look_after_tasks();
}

// core.after(ms, function): a call from the server loop
static int after(lua_State *L)
{
    lua_Integer ms = luaL_checkinteger(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    luaL_argcheck(L, ms >= 0 && ms <= AFTER_MS_MAX, 1, "milliseconds, at most a day");
    struct later *later = calloc(1, sizeof *later);
    if (!later)
        return luaL_error(L, "out of memory");
    lua_settop(L, 2);
    later->function = luaL_ref(L, LUA_REGISTRYINDEX);
    later->timer.expired = later_expired;
    calls_due++;
    srv_timer_arm(&server, &later->timer, l4_kip_clock(l4_kip()) + (l4_uint64_t)ms * 1000);
    return 0;
}

void ned_serve(lua_State *L)
{
    lua_gc(L, LUA_GCCOLLECT, 0);
    look_after_tasks();
    srv_loop(&server);
}

int ned_command_init(lua_State *L)
{
    lua = L;
    event.ops = &event_ops;
    int err = srv_init(&server, l4re_env()->main_thread);
    if (err >= 0)
        err = srv_register_irq(&server, &event);
    if (err >= 0)
        err = tasks_init(event.cap);
    ned_task_init(L, &event);
    return err;
}

luaL_Reg const ned_command_functions[] = {
    {"set_execute", set_execute},
    {"server_loop", server_loop},
    {"after", after},
    {NULL, NULL},
};
