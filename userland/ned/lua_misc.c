// SPDX-License-Identifier: MIT
// Small services: time, machine, platform control, debug objects.
#include "ned.h"
#include "task.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/protocols.h>
#include <l4/srv/msg.h>
#include <l4/sys/abi/objects.h>
#include <l4/sys/err.h>
#include <l4/sys/kip.h>
#include <l4/sys/platform_control.h>
#include <l4/sys/scheduler.h>
#include <string.h>

// core.sleep_ms(n)
static int sleep_ms(lua_State *L)
{
    lua_Number ms = luaL_checknumber(L, 1);
    if (ms > 0)
        l4_usleep((l4_uint64_t)(ms * 1000));
    return 0;
}

// core.uptime_ms() -> milliseconds since the machine was started
static int uptime_ms(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)(l4_kip_clock(l4_kip()) / 1000));
    return 1;
}

// core.strerror(code) -> text
static int error_text(lua_State *L)
{
    lua_pushstring(L, l4sys_errtostr((long)luaL_checkinteger(L, 1)));
    return 1;
}

static int kip_string(lua_State *L)
{
    lua_pushstring(L, l4_kip_version_string(l4_kip()));
    return 1;
}

static int arch(lua_State *L)
{
    lua_pushliteral(L, "arm64");
    return 1;
}

static int platform(lua_State *L)
{
    l4_kernel_info_t const *kip = l4_kip();
    lua_pushlstring(L, kip->platform_name, strnlen(kip->platform_name, sizeof(kip->platform_name)));
    return 1;
}

// core.cpus(scheduler) -> list of the ids of its online CPUs
static int cpus(lua_State *L)
{
    l4_cap_idx_t sched = ned_cap_check(L, 1);
    l4_umword_t max = 1;
    lua_Integer n = 0;
    lua_newtable(L);
    for (l4_umword_t offset = 0; offset < max; offset += 64) {
        l4_sched_cpu_set_t set = l4_sched_cpu_set(offset, 0, 0);
        if (l4_error(l4_scheduler_info(sched, &max, &set)) < 0)
            break;
        for (unsigned i = 0; i < 64; i++)
            if (set.map >> i & 1) {
                lua_pushinteger(L, (lua_Integer)offset + (lua_Integer)i);
                lua_seti(L, -2, ++n);
            }
    }
    return 1;
}

// core.platform_control(cap, operation, argument) -> 0 or an error code
static int platform_control(lua_State *L)
{
    l4_cap_idx_t cap = ned_cap_check(L, 1);
    l4_umword_t op = (l4_umword_t)luaL_checkinteger(L, 2);
    lua_pushinteger(L, l4_error(l4_platform_ctl_request(cap, op,
                                                        (l4_umword_t)luaL_checkinteger(L, 3))));
    return 1;
}

// core.debug_obj(cap, function) -> result
static int debug_obj(lua_State *L)
{
    struct msg_out out;
    l4_cap_idx_t cap = ned_cap_check(L, 1);
    msg_out_init(&out, l4_utcb());
    msg_put_u64(&out, (l4_uint64_t)luaL_checkinteger(L, 2));
    lua_pushinteger(L, msg_call(cap, -0x8000, &out, NULL));
    return 1;
}

// One request without arguments of the Mem_alloc protocol. False: refused, or nobody there.
static bool ask_memory(l4_cap_idx_t factory, l4_uint32_t op, struct msg_in *in)
{
    struct msg_out out;
    msg_out_init(&out, l4_utcb());
    msg_put_u32(&out, op);
    return l4_is_valid_cap(factory) && msg_call(factory, L4RE_PROTO_MEM_ALLOC, &out, in) >= 0;
}

// core.memory_info(factory) -> quota, used of it, all memory, used, free, and of the kernel's memory what is in objects;
// nothing if it does not tell
static int memory_info(lua_State *L)
{
    struct msg_in in;
    if (!ask_memory(ned_cap_check(L, 1), L4RE_MA_OP_INFO, &in))
        return 0;
    int n = 0;
    while (n < L4_FACTORY_INFO_WORDS && in.pos < in.end) {
        lua_pushinteger(L, (lua_Integer)msg_get_u64(&in));
        n++;
    }
    return n > L4_FACTORY_INFO_FREE ? n : 0;
}

// core.object_count(moe's root factory) -> number of objects that moe serves; nothing if it does not tell
static int object_count(lua_State *L)
{
    struct msg_in in;
    if (!ask_memory(ned_cap_check(L, 1), L4RE_MA_OP_OBJECTS, &in))
        return 0;
    lua_pushinteger(L, (lua_Integer)msg_get_u64(&in));
    return 1;
}

// core.own_use() -> number of ned's capability slots in use, of tasks that it keeps a record of
static int own_use(lua_State *L)
{
    lua_gc(L, LUA_GCCOLLECT, 0);
    lua_gc(L, LUA_GCCOLLECT, 0); // what finalizers have given free
    lua_pushinteger(L, (lua_Integer)l4re_util_cap_in_use());
    lua_pushinteger(L, (lua_Integer)tasks_known());
    return 2;
}

luaL_Reg const ned_misc_functions[] = {
    {"memory_info", memory_info},
    {"object_count", object_count},
    {"own_use", own_use},
    {"sleep_ms", sleep_ms},
    {"uptime_ms", uptime_ms},
    {"strerror", error_text},
    {"kip_string", kip_string},
    {"arch", arch},
    {"platform", platform},
    {"cpus", cpus},
    {"platform_control", platform_control},
    {"debug_obj", debug_obj},
    {NULL, NULL},
};
