-- SPDX-License-Identifier: MIT
-- What the tests of ned.lua and vmm.lua have instead of ned's C functions: it keeps what it was asked for. Returned is a table
-- of it, with L4, and helpers. Tests change `online`, `now_ms`, `kernel_tells` and `start_error`; `execute` is what ned.lua
-- has set.

local ned_chunk, loader_chunk, pretended = ...

local W = { online = { 0, 1 }, now_ms = 0, kernel_tells = true }
local L4

-- ------------------------------------------------------------------ the pretended C side

local core = { cap_meta = {} }
local state = setmetatable({}, { __mode = "k" }) -- capability -> what it is
local created, started, output = {}, {}, {}
local files = { hello = true, l4re = true, cons = true, uvmm = true, io = true,
                l4vio_net_p2p = true, l4vio_switch = true, rng = true, uvmm_cli = true }
local next_slot = 100

function print(...)
    output[#output + 1] = table.concat({ ... }, "\t")
end

local function new_cap(fields)
    local cap = pretended(core.cap_meta)
    fields.slot = fields.slot or next_slot
    next_slot = next_slot + 1
    fields.rights = fields.rights or 4
    state[cap] = fields
    return cap
end

function core.is_cap(v) return type(v) == "userdata" and state[v] ~= nil end
function core.cap_info(cap)
    local s = state[cap]
    if s.invalid then return nil end
    return s.slot, s.rights
end
function core.class(cap) return state[cap].class end
function core.set_class(cap, class) state[cap].class = class end
local function copy(cap, change)
    local fields = {}
    for k, v in pairs(state[cap]) do fields[k] = v end
    for k, v in pairs(change) do fields[k] = v end
    return new_cap(fields)
end
function core.with_rights(cap, rights)
    if state[cap].rights == rights then return cap end
    return copy(cap, { rights = rights })
end
function core.typed(cap, class) return copy(cap, { class = class }) end
function core.meta_name(cap)
    if state[cap].meta then return state[cap].meta, state[cap].proto or 0 end
    return nil, -39
end
function core.meta_supports(cap, proto) return state[cap].supports == proto end
function core.strerror(code) return "error " .. code end
function core.kip_string() return "kip" end
function core.arch() return "arm64" end
function core.platform() return "test" end
function core.cpus() return W.online end
function core.sleep_ms() end
local later = {}
function core.uptime_ms() return W.now_ms end
function core.after(ms, f) later[#later + 1] = { at = W.now_ms + ms, call = f } end
local platform_calls = {}
function core.create(factory, proto, args)
    created[#created + 1] = { factory = factory, proto = proto, args = args }
    if proto == 0x7777 then return nil, -12 end
    return new_cap { made = { proto = proto, args = args } }
end
function core.new_gate() return new_cap { meta = "L4::Factory", gate = true } end
function core.ns_query(_, name)
    if name == "broken" then return nil, -5 end
    if name == "gone" then return nil, -11 end
    if files[name] then return new_cap { file = name } end
    return nil, -2
end
function core.ns_register(ns, name, cap)
    state[ns].entries = state[ns].entries or {}
    state[ns].entries[name] = cap
    return 0
end
function core.platform_control(cap, op, argument)
    platform_calls[#platform_calls + 1] = { cap = cap, op = op, argument = argument }
    return op == 0 and -38 or 0
end
function core.own_use() return 17, 3 end
function core.object_count(cap) if cap == L4.Env.user_factory then return 99 end end
function core.memory_info(cap)
    if cap == L4.Env.user_factory then return 0, 1000, 2000, 1100, 900 end
    if W.kernel_tells then return 64, 32, 64, 40, 24, 20 end
end
function core.debug_obj(_, n) return n + 1 end
function core.set_execute(f) W.execute = f end
function core.server_loop() end
function core.start(t)
    if W.start_error then return nil, "task", "", W.start_error end
    local caps = {}
    for _, entry in ipairs(t.caps) do caps[entry[1]] = entry[2] end
    t.by_name = caps
    started[#started + 1] = t
    if t.argv[2] == "fail" then return nil, "task", "detail", -12 end
    local task = { alive = true }
    function task:state() return self.alive and "running" or "zombie" end
    function task:exit_handler(f)
        assert(not self.handler)
        self.handler = f
        return true
    end
    function task:module_exit_handler(f) self.module_handler = f return true end
    function task:kill() self.alive = false return "killed" end
    function task:ends(code) -- as ned's server loop finds out
        self.alive = false
        self.module_handler(code)
        while later[1] and later[1].at <= W.now_ms do table.remove(later, 1).call() end
    end
    t.task = task
    return task
end
function core.env()
    local env = {}
    for _, name in ipairs { "factory", "mem_alloc", "log", "parent", "rm", "scheduler", "rom",
                           "sigma0", "icu" } do
        env[name] = new_cap { rights = 7, env = name }
    end
    env.user_factory = env.mem_alloc
    return env
end

L4 = ned_chunk(core)
loader_chunk(core, L4)

-- ------------------------------------------------------------------ helpers

local function eq(a, b)
    if a ~= b then error(("expected %s, got %s"):format(tostring(b), tostring(a)), 2) end
end

local function fails(pattern, f, ...)
    local ok, err = pcall(f, ...)
    if ok then error("no error, expected: " .. pattern, 2) end
    local text = type(err) == "table" and err.msg or tostring(err)
    if not text:find(pattern) then error(("'%s' does not match '%s'"):format(text, pattern), 2) end
    return err
end

local function args_of(t)
    return table.concat(t.args, " ")
end

W.L4 = L4
W.core = core
W.state = state
W.created = created
W.started = started
W.output = output
W.files = files
W.new_cap = new_cap
W.later = later
W.platform_calls = platform_calls
W.eq = eq
W.fails = fails
W.args_of = args_of
return W
