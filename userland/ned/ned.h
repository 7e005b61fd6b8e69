// SPDX-License-Identifier: MIT
// What the parts of ned share. Each lua_*.c registers its functions in the table that ned.lua gets.
#pragma once

#include <l4/sys/types.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

// ---- capability values (lua_cap.c)
#define NED_CAP_META "L4::Cap"

struct cap_slot; // counted reference to a capability slot

struct ned_cap {
    struct cap_slot *slot; // NULL: invalid
    unsigned rights;       // L4.Rights: bits 0..3 flexpage rights, 4..7 attributes of the send item
};

// Push a capability value. `owned`: the slot is unmapped and freed with the last value that refers
// to it.
struct ned_cap *ned_cap_push(lua_State *L, l4_cap_idx_t cap, unsigned rights, bool owned);

// Capability at stack index `arg`; raises a Lua error if there is another value. Selector
// L4_INVALID_CAP if the capability is invalid.
l4_cap_idx_t ned_cap_check(lua_State *L, int arg);

// As above with rights; nil gives L4_INVALID_CAP and false.
bool ned_cap_get(lua_State *L, int index, l4_cap_idx_t *cap, unsigned *rights);

// A free slot; raises "out of caps".
l4_cap_idx_t ned_slot_alloc(lua_State *L);

// Push nil and the negative error code.
int ned_fail(lua_State *L, long err);

extern luaL_Reg const ned_cap_functions[];
extern luaL_Reg const ned_factory_functions[];
extern luaL_Reg const ned_namespace_functions[];
extern luaL_Reg const ned_task_functions[];
extern luaL_Reg const ned_misc_functions[];
extern luaL_Reg const ned_command_functions[];

// ---- serving
struct srv_object;

void ned_cap_init(lua_State *L,
                  int core);                             // metatable, stored in table `core`
void ned_task_init(lua_State *L, struct srv_object *event); // event: IRQ of ended tasks
int ned_command_init(lua_State *L); // server loop; 0 or an error code

// Run the exit handlers of tasks that have ended.
void ned_task_run_handlers(lua_State *L);

// Serve for ever, or until no task is left if the command line says so.
void ned_serve(lua_State *L) __attribute__((noreturn));
extern bool ned_wait_and_exit;

// Its address as error value: no error, the script wants to be left for the server loop.
extern char const ned_serve_mark;

// ---- calls of Lua code (lua_call.c)
// Call the function below its `nargs` arguments on the stack; on failure print `lua error: ` with
// traceback. Returns a Lua status; leaves no values.
int ned_protected_call(lua_State *L, int nargs);

// Call what luaL_load* left on the stack: a function, or a message. Returns a Lua status.
int ned_call_loaded(lua_State *L, int load_status);

// Give an embedded chunk the arguments that stand on the stack above `base`; leaves its result. False after a message.
bool ned_call_embedded(lua_State *L, char const *start, char const *end, char const *name, int base);
