// SPDX-License-Identifier: MIT
// Starting programs, and the handles that scripts get for them.
#include "ned.h"
#include "task.h"

#include <l4/re/c/dataspace.h>
#include <l4/re/env.h>
#include <l4/re/file.h>
#include <l4/re/random.h>
#include <l4/sys/irq.h>
#include <stdlib.h>
#include <string.h>

#define TASK_META "L4::Task_handle"
#define MAX_CAPS 128

struct handle {
    struct task *task; // NULL: consumed by wait or kill
    struct task *id;   // for comparisons only
};

// Signalled by the thread that answers the tasks' gates.
static struct srv_object *event;

static bool alive(enum task_state s)
{
    return s == TASK_INITIALIZING || s == TASK_RUNNING;
}

// ---- start

static unsigned string_list(lua_State *L, int table, char const *field, char const ***list)
{
    lua_getfield(L, table, field);
    lua_Integer n = luaL_len(L, -1);
    *list = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof **list, 0);
    for (lua_Integer i = 0; i < n; i++) {
        lua_geti(L, -2, i + 1);
        (*list)[i] = luaL_checkstring(L, -1); // stays valid: the table holds the string
        lua_pop(L, 1);
    }
    return (unsigned)n; // both values stay on the stack while the lists are used
}

// An entry of the table as capability with at least `least` rights.
static struct loader_cap cap_field(lua_State *L, int table, char const *field, unsigned least)
{
    struct loader_cap c = {.name = field, .cap = L4_INVALID_CAP};
    lua_getfield(L, table, field);
    if (ned_cap_get(L, -1, &c.cap, &c.rights))
        c.rights |= least;
    lua_pop(L, 1);
    return c;
}

static unsigned named_caps(lua_State *L, int table, struct loader_cap *caps)
{
    lua_getfield(L, table, "caps");
    lua_Integer n = luaL_len(L, -1);
    if (n > MAX_CAPS)
        luaL_error(L, "could not create process: %d capabilities, more than %d", (int)n, MAX_CAPS);
    for (lua_Integer i = 0; i < n; i++) {
        lua_geti(L, -1, i + 1);
        lua_geti(L, -1, 1);
        lua_geti(L, -2, 2);
        caps[i].name = luaL_checkstring(L, -2);
        ned_cap_get(L, -1, &caps[i].cap, &caps[i].rights);
        lua_pop(L, 3);
    }
    return (unsigned)n;
}

static l4_umword_t word_field(lua_State *L, int table, char const *field)
{
    lua_getfield(L, table, field);
    l4_umword_t v = (l4_umword_t)luaL_checkinteger(L, -1);
    lua_pop(L, 1);
    return v;
}

// The in-task runtime stays mapped: every start needs it.
struct runtime {
    char *path;
    void const *addr;
    l4_size_t size;
    l4re_ds_t ds;
};

static int runtime_get(char const *path, struct runtime **out)
{
    static struct runtime cached;
    *out = &cached;
    if (cached.path && strcmp(cached.path, path) == 0)
        return 0;
    if (cached.path) {
        l4re_file_unmap(cached.addr);
        free(cached.path);
        cached.path = NULL;
    }
    int err = l4re_rom_open(path, &cached.ds, &cached.size);
    if (err >= 0)
        err = l4re_file_map(path, &cached.addr, &cached.size);
    if (err < 0)
        return err;
    cached.path = strdup(path);
    return cached.path ? 0 : -L4_ENOMEM;
}

static int start_failed(lua_State *L, char const *what, char const *extra, long err)
{
    lua_pushnil(L);
    lua_pushstring(L, what ? what : "start");
    lua_pushstring(L, extra ? extra : "");
    lua_pushinteger(L, err);
    return 4;
}

static int run(lua_State *L, struct loader_params *p, struct loader_ipc *ipc)
{
    struct loader_result res = {.what = NULL, .extra = NULL};
    struct handle *h = lua_newuserdatauv(L, sizeof *h, 0);
    h->task = h->id = NULL;
    luaL_setmetatable(L, TASK_META);
    struct task *t = task_create(p->binary);
    if (!t)
        return start_failed(L, "parent gate", "", -L4_ENOMEM);
    p->parent = (struct loader_cap){"parent", t->parent.cap, L4_CAP_FPAGE_RWS};
    int err = loader_start(p, &loader_ipc_ops, ipc, &res);
    if (err < 0) {
        task_kill(t);
        task_unref(t);
        return start_failed(L, res.what, res.extra, err);
    }
    task_started(t, &res);
    h->task = h->id = t;
    return 1;
}

// core.start{ argv=, envv=, l4re=, caps=, log=, mem=, ... } -> handle, or nil, what, detail, error
// code
static int start(lua_State *L)
{
    struct loader_params p = {0};
    struct loader_cap *caps = lua_newuserdatauv(L, MAX_CAPS * sizeof *caps, 0);
    struct runtime *rt;
    luaL_checktype(L, 1, LUA_TTABLE);
    p.argc = string_list(L, 1, "argv", (char const ***)&p.argv);
    p.envc = string_list(L, 1, "envv", (char const ***)&p.envv);
    p.binary = p.argv[0];
    p.caps = caps;
    p.num_caps = named_caps(L, 1, caps);
    p.factory = cap_field(L, 1, "factory", L4_CAP_FPAGE_RWS);
    p.mem_alloc = cap_field(L, 1, "mem", L4_CAP_FPAGE_RWS);
    p.scheduler = cap_field(L, 1, "scheduler", L4_CAP_FPAGE_RWS);
    p.dbg_events = cap_field(L, 1, "dbg_events", L4_CAP_FPAGE_RWS);
    p.log = cap_field(L, 1, "log", L4_CAP_FPAGE_R);
    p.kip_ds = (struct loader_cap){"kip", l4re_env_get_cap("kip"), L4_CAP_FPAGE_R};
    p.l4re_dbg = word_field(L, 1, "l4re_dbg");
    p.ldr_flags = word_field(L, 1, "ldr_flags");
    p.load_base = word_field(L, 1, "base");
    for (unsigned i = 0; i < L4RE_RANDOM_WORDS; i++)
        p.random[i] = l4re_random();
    struct loader_cap rm = cap_field(L, 1, "rm_fab", L4_CAP_FPAGE_RWS);
    if (l4_is_invalid_cap(rm.cap) || l4_is_invalid_cap(p.mem_alloc.cap) ||
        l4_is_invalid_cap(p.factory.cap))
        return start_failed(L, "no memory factory, region map factory or kernel factory", "",
                            -L4_EINVAL);
    lua_getfield(L, 1, "l4re");
    int err = runtime_get(luaL_checkstring(L, -1), &rt);
    if (err < 0)
        return start_failed(L, "in-task runtime", lua_tostring(L, -1), err);
    p.l4re_image = rt->addr;
    p.l4re_size = rt->size;
    p.l4re_ds = rt->ds;
    struct loader_ipc ipc = {.rm_fab = rm.cap, .mem_alloc = p.mem_alloc.cap};
    return run(L, &p, &ipc);
}

// ---- handles

static struct handle *check(lua_State *L, int arg)
{
    return luaL_checkudata(L, arg, TASK_META);
}

static void consume(struct handle *h)
{
    if (h->task)
        task_unref(h->task);
    h->task = NULL;
}

static int handle_gc(lua_State *L)
{
    consume(check(L, 1));
    return 0;
}

static int handle_eq(lua_State *L)
{
    lua_pushboolean(L, check(L, 1)->id == check(L, 2)->id);
    return 1;
}

static int handle_lt(lua_State *L)
{
    lua_pushboolean(L, check(L, 1)->id < check(L, 2)->id);
    return 1;
}

static int handle_le(lua_State *L)
{
    lua_pushboolean(L, check(L, 1)->id <= check(L, 2)->id);
    return 1;
}

static int handle_state(lua_State *L)
{
    static char const *const names[] = {"initializing", "running", "zombie", "zombie"};
    struct handle *h = check(L, 1);
    long code;
    if (!h->task)
        return 0;
    lua_pushstring(L, names[task_state(h->task, &code)]);
    return 1;
}

static int push_exit_code(lua_State *L, enum task_state state, long code)
{
    if (state == TASK_ZOMBIE)
        lua_pushinteger(L, code);
    else
        lua_pushnil(L);
    return 1;
}

static int handle_exit_code(lua_State *L)
{
    struct handle *h = check(L, 1);
    long code = 0;
    enum task_state s = h->task ? task_state(h->task, &code) : TASK_KILLED;
    return push_exit_code(L, s, code);
}

// Blocks the main thread. An event that another task meant is not lost: handlers are looked for
// whenever the server loop begins or gets an event, whichever task that is about.
static int handle_wait(lua_State *L)
{
    struct handle *h = check(L, 1);
    long code = 0;
    enum task_state s = TASK_KILLED;
    if (!h->task)
        return 0;
    while (alive(s = task_state(h->task, &code)))
        l4_irq_receive(event->cap, L4_IPC_NEVER);
    consume(h);
    return push_exit_code(L, s, code);
}

static int handle_kill(lua_State *L)
{
    struct handle *h = check(L, 1);
    long code = 0;
    if (!h->task)
        return 0;
    enum task_state before = task_kill(h->task);
    task_state(h->task, &code);
    consume(h);
    lua_gc(L, LUA_GCCOLLECT, 0); // capabilities that only the script's forgotten values hold
    if (!alive(before))
        return push_exit_code(L, before, code);
    lua_pushliteral(L, "killed");
    return 1;
}

static void call_handler(lua_State *L, struct task *t)
{
    long code = 0;
    enum task_state s = task_state(t, &code);
    push_exit_code(L, s, code);
    ned_protected_call(L, 1);
}

static int set_handler(lua_State *L, enum task_handler who)
{
    struct handle *h = check(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (!h->task)
        return 0;
    if (h->task->handler[who])
        return luaL_error(L, "exit_handler callback already registered");
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    int ref = luaL_ref(L, LUA_REGISTRYINDEX);
    bool pending = task_set_handler(h->task, who, ref);
    if (!pending) {
        luaL_unref(L, LUA_REGISTRYINDEX, ref);
        call_handler(L, h->task);
    }
    lua_pushboolean(L, pending);
    return 1;
}

static int handle_exit_handler(lua_State *L)
{
    return set_handler(L, TASK_HANDLER_SCRIPT);
}

// For modules that start tasks in the name of a script, so that the script can still set its own.
static int handle_module_exit_handler(lua_State *L)
{
    return set_handler(L, TASK_HANDLER_MODULE);
}

void ned_task_run_handlers(lua_State *L)
{
    struct task *t;
    int ref;
    while ((t = tasks_take_ended(&ref))) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
        luaL_unref(L, LUA_REGISTRYINDEX, ref);
        call_handler(L, t);
        task_unref(t);
    }
}

void ned_task_init(lua_State *L, struct srv_object *main_event)
{
    static luaL_Reg const methods[] = {
        {"state", handle_state},
        {"exit_code", handle_exit_code},
        {"exit_handler", handle_exit_handler},
        {"module_exit_handler", handle_module_exit_handler},
        {"wait", handle_wait},
        {"kill", handle_kill},
        {"__gc", handle_gc},
        {"__eq", handle_eq},
        {"__lt", handle_lt},
        {"__le", handle_le},
        {NULL, NULL},
    };
    event = main_event;
    luaL_newmetatable(L, TASK_META);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

luaL_Reg const ned_task_functions[] = {
    {"start", start},
    {NULL, NULL},
};
