-- SPDX-License-Identifier: MIT
-- The module L4 as scripts see it. main.c runs this chunk once with the C functions as its argument; what
-- needs a system call is there, what only arranges values is here.

local core = ...

local L4 = {}

-- ------------------------------------------------------------------ constants (lua-api.md section 5)

L4.Proto = {
    Dataspace = 0x4000, Namespace = 0x4001, Goos = 0x4003, Mem_alloc = 0x4004, Rm = 0x4005,
    Event = 0x4006, Inhibitor = 0x4007,
    Ipc_gate = 0, Sigma0 = -6, Log = -13, Scheduler = -14, Factory = -15, Vm = -16, Dma_space = -17,
    Irq_sender = -18, Semaphore = -20, Iommu = -22,
}

L4.Rights = { r = 4, w = 1, s = 2, d = 8, n = 16, c = 32, ro = 4, rw = 5, rws = 7 }

L4.Ldr_flags = { eager_map = 1, all_segs_cow = 2, pinned_segs = 4 }

L4.Mem_alloc_flags = { Continuous = 1, Pinned = 2, Super_pages = 4 }

L4.Dbg = {
    Info = 1, Warn = 2, Boot = 4, Server = 0x10, Exceptions = 0x20, Cmd_line = 0x40, Loader = 0x80,
    Name_space = 0x400, All = 0xffffffff,
}

L4.Info = {
    Kip = { str = core.kip_string },
    arch = core.arch,
    platform = core.platform,
    mword_bits = function() return 64 end,
    -- Online CPUs that Ned's scheduler offers: their number, and a list of their ids.
    cpus = function()
        local ids = core.cpus(L4.Env.scheduler)
        return #ids, ids
    end,
}

L4.sleep = function(s)
    print(("Ned: Sleeping %ds"):format(s))
    core.sleep_ms(s * 1000)
end

L4.msleep = function(ms)
    print(("Ned: Sleeping %dms"):format(ms))
    core.sleep_ms(ms)
end

-- ------------------------------------------------------------------ classes of capabilities

local classes = {}       -- class name -> table of methods
local class_of_proto = { -- protocol -> class name, for L4.cast and the result of create
    [0x4000] = "L4Re::Dataspace", [0x4001] = "L4Re::Namespace", [0x4003] = "L4Re::Video::Goos",
    [0x4005] = "L4Re::Rm", [0x4006] = "L4Re::Event", [0x4007] = "L4Re::Inhibitor",
    [0x4008] = "L4Re::Dma_space", [-6] = "L4::Factory", [-11] = "L4::Task", [-12] = "L4::Thread",
    [-13] = "L4::Vcon", [-14] = "L4::Scheduler", [-15] = "L4::Factory", [-16] = "L4::Vm",
    [-18] = "L4::Irq", [-20] = "L4::Semaphore", [-22] = "L4::Iommu", [0] = "L4::Ipc_gate",
    [-1] = "L4::Icu", [-0x8000] = "L4Re::Debug_obj",
}
for _, name in pairs(class_of_proto) do
    classes[name] = {}
end
classes["L4::Platform_control"] = {}
classes["L4Re::Log"] = {}
classes["L4Re::Mem_alloc"] = {}

L4.Class = classes
L4._CAP_TYPES = classes
L4.mangle_class = function(name) return name end

local is_cap = core.is_cap

-- Where the script stands, for messages: "file:line: ".
local function script_position()
    for level = 2, 20 do
        local info = debug.getinfo(level, "Sl")
        if not info then break end
        if info.currentline > 0 and info.source ~= "@ned.lua" then
            return ("%s:%d: "):format(info.short_src, info.currentline)
        end
    end
    return ""
end

-- Errors of servers are tables, so that scripts can look at the code.
local function server_error(what, code)
    error(setmetatable({
        msg = ("%sruntime error: %s: %s (%d)"):format(script_position(), what, core.strerror(code), code),
        code = code,
    }, { __tostring = function(e) return e.msg end }), 0)
end

local function script_error(format, ...)
    error(script_position() .. format:format(...), 0)
end

local function describe(v)
    return type(v) == "userdata" and tostring(v) or type(v)
end

local function expect_cap(v, what)
    while type(v) == "function" do v = v() end
    if not is_cap(v) then
        script_error("%s: capability expected, got %s", what, describe(v))
    end
    return v
end

L4.get_cap_class = function(cap) return classes[core.class(cap) or ""] end

function L4.cast(...)
    if select("#", ...) > 2 then
        script_error("L4.cast(type, capability): too many arguments")
    end
    local class, cap = ...
    if type(cap) == "function" then cap = cap() end
    local name = class
    if math.type(class) == "integer" then name = class_of_proto[class] end
    if type(class) == "number" and not name then name = class_of_proto[math.tointeger(class)] end
    if cap == nil or type(name) ~= "string" or not classes[name] then return nil end
    return core.typed(expect_cap(cap, "L4.cast"), name)
end
L4.__cast = L4.cast

-- The class of a capability, asked from its server when nobody said it. Blocks until the server answers.
local function class_methods(cap)
    local name = core.class(cap)
    if not name then
        local err
        name, err = core.meta_name(cap)
        if not name then
            print(("Ned[lua]: Warning: %s does not support the meta protocol: %s"):format(
                tostring(cap), core.strerror(err)))
            return nil
        end
        -- A port factory of a server may have a class of its own.
        if not classes[name] and core.meta_supports(cap, L4.Proto.Factory) then name = "L4::Factory" end
        core.set_class(cap, name)
    end
    return classes[name]
end

local cap_methods = {}

core.cap_meta.__index = function(cap, key)
    local generic = cap_methods[key]
    if generic then return generic end
    local methods = class_methods(cap)
    return methods and methods[key]
end

core.cap_meta.__tostring = function(cap)
    local slot, rights = core.cap_info(cap)
    local class = core.class(cap) or ""
    if not slot then return ("L4::Cap<%s>::Invalid"):format(class) end
    return ("L4::Cap<%s>[0x%x] r=0x%x"):format(class, slot, rights)
end

local rights_of_letter = {}
for letter in ("rwsdnc"):gmatch(".") do
    rights_of_letter[letter] = L4.Rights[letter]
end

local function parse_rights(x)
    if math.type(x) == "float" then x = math.tointeger(x) end
    if math.type(x) == "integer" then return x end
    if type(x) ~= "string" then
        script_error("rights: a string of the letters rwsdnc or an integer expected, got %s", describe(x))
    end
    local rights = L4.Rights.r
    for letter in x:lower():gmatch(".") do
        rights = rights | (rights_of_letter[letter] or 0)
    end
    return rights
end

function cap_methods.is_valid(cap) return core.cap_info(cap) ~= nil end
function cap_methods.svr(cap) return core.with_rights(cap, 0xef) end

function cap_methods.m(cap, x)
    if x == nil then
        local _, rights = core.cap_info(cap)
        return (rights or 0) & 0xf
    end
    return core.with_rights(cap, parse_rights(x))
end
cap_methods.mode = cap_methods.m
cap_methods.rights = cap_methods.m

-- ------------------------------------------------------------------ factory

local function to_integer(v)
    if math.type(v) == "integer" then return v end
    if math.type(v) == "float" then return math.tointeger(v) end
    return nil
end

-- Arguments up to the first that no factory can take (nil above all); integers and strings only. A string
-- that looks like an integer is sent as one.
local function factory_args(...)
    local args = {}
    for i = 1, select("#", ...) do
        local v = select(i, ...)
        local n = to_integer(v)
        if not n and type(v) == "string" then n = to_integer(tonumber(v)) end
        if n then
            args[i] = n
        elseif type(v) == "string" then
            args[i] = v
        else
            if v ~= nil then
                print(("Ned[lua]: Warning: %screate: argument %d is a %s, it and all behind it are left out"):format(
                    script_position(), i, describe(v)))
            end
            break
        end
    end
    return args
end

local function factory_create(factory, proto, ...)
    local number = to_integer(proto)
    if not number then
        script_error("create: protocol number expected as first argument, got %s", describe(proto))
    end
    local cap, err = core.create(factory, number, factory_args(...))
    if not cap then
        server_error(("create(%s)"):format(class_of_proto[number] or tostring(number)), err)
    end
    if class_of_proto[number] and number ~= 0 and number ~= -6 then
        core.set_class(cap, class_of_proto[number])
    elseif number == -6 then
        core.set_class(cap, "L4::Factory")
    end
    return cap
end

for name, methods in pairs(classes) do
    if name == "L4::Factory" or name == "L4Re::Mem_alloc" then
        methods.create = factory_create
    end
end

-- ------------------------------------------------------------------ namespaces

local namespace = classes["L4Re::Namespace"]

function namespace.query(ns, name, rights)
    return function()
        local cap, err = core.ns_query(ns, name, math.type(rights) == "integer" and rights or L4.Rights.r)
        if cap then return cap end
        if err ~= -2 then server_error(("query of '%s'"):format(name), err) end
        return nil
    end
end
namespace.q = namespace.query

local function resolve_path(path)
    local value = L4.Env
    for part in path:gmatch("[^/]+") do
        while type(value) == "function" do value = value() end
        if type(value) == "table" then
            value = value[part]
        elseif is_cap(value) then
            value = L4.cast("L4Re::Namespace", value):query(part)
        else
            value = nil
        end
        if value == nil then script_error("Could not resolve: '%s'", path) end
    end
    return value
end

local function ns_register_cap(ns, key, cap)
    local err = core.ns_register(ns, key, cap)
    if err < 0 then server_error(("register of '%s'"):format(key), err) end
end
namespace.__register = ns_register_cap

function namespace.register(ns, key, value, fab)
    if type(value) == "string" then value = resolve_path(value) end
    while type(value) == "function" do value = value(ns, key) end
    if type(value) == "table" and fab then value = fab(value) end
    if is_cap(value) then ns_register_cap(ns, key, value) end
end
namespace.r = namespace.register

-- ------------------------------------------------------------------ small classes

local function checked(what, f)
    return function(cap, n)
        local result = f(cap, n)
        if result < 0 then server_error(what, result) end
        return result
    end
end

local platform = classes["L4::Platform_control"]
platform.system_suspend = checked("system_suspend", function(c, n) return core.platform_control(c, 0, n or 0) end)
platform.system_shutdown = checked("system_shutdown", function(c, n) return core.platform_control(c, 1, n or 0) end)

classes["L4Re::Debug_obj"].debug = function(cap, n) return core.debug_obj(cap, n or 0) end

-- ------------------------------------------------------------------ environment

L4.Env = core.env()
for name, class in pairs { factory = "L4::Factory", mem_alloc = "L4::Factory", user_factory = "L4::Factory",
                           log = "L4::Vcon", scheduler = "L4::Scheduler", rm = "L4Re::Rm",
                           rom = "L4Re::Namespace", rwfs = "L4Re::Namespace", sigma0 = "L4::Factory",
                           icu = "L4::Icu", kip = "L4Re::Dataspace" } do
    if L4.Env[name] then core.set_class(L4.Env[name], class) end
end

-- ------------------------------------------------------------------ sets of CPUs

local Cpu_set = {}
Cpu_set.__index = Cpu_set
L4.Cpu_set = Cpu_set

local function add_range(set, text)
    local first, last = text:match("^(%d+)%-(%d+)$")
    first, last = tonumber(first), tonumber(last)
    if not first or first > last then script_error('Invalid CPU range "%s"', text) end
    for cpu = first, last do set.cpus[cpu] = true end
end

function Cpu_set:add(x)
    if to_integer(x) then
        self.cpus[to_integer(x)] = true
    elseif type(x) == "string" then
        add_range(self, x)
    elseif type(x) == "table" then
        for _, v in ipairs(x) do self:add(v) end
    else
        script_error("Invalid argument type: %s", type(x))
    end
    return self
end

function Cpu_set:new(x)
    local set = setmetatable({ cpus = {}, all = x == nil }, Cpu_set)
    if x ~= nil then set:add(x) end
    return set
end

function Cpu_set.__bor(a, b)
    local set = setmetatable({ cpus = {}, all = a.all or b.all }, Cpu_set)
    for cpu in pairs(a.cpus) do set.cpus[cpu] = true end
    for cpu in pairs(b.cpus) do set.cpus[cpu] = true end
    return set
end

function Cpu_set.__band(a, b)
    local set = setmetatable({ cpus = {}, all = a.all and b.all }, Cpu_set)
    for cpu in pairs(a.cpus) do if b.all or b.cpus[cpu] then set.cpus[cpu] = true end end
    for cpu in pairs(b.cpus) do if a.all or a.cpus[cpu] then set.cpus[cpu] = true end end
    return set
end

local function sorted_keys(t)
    local keys = {}
    for k in pairs(t) do keys[#keys + 1] = k end
    table.sort(keys)
    return keys
end

function Cpu_set:__tostring()
    if self.all then return "{ all }" end
    return "{" .. table.concat(sorted_keys(self.cpus), ", ") .. "}"
end

-- One mask word for each 64 CPUs; nothing for all CPUs.
function Cpu_set:factory_args()
    if self.all then return end
    local words = { 0 }
    for cpu in pairs(self.cpus) do
        local word = cpu // 64 + 1
        for i = #words + 1, word do words[i] = 0 end
        words[word] = words[word] | (1 << (cpu % 64))
    end
    return table.unpack(words)
end

-- ------------------------------------------------------------------ starting programs

local Loader = {}
Loader.__index = Loader
L4.Loader = Loader

local App_env = {}
App_env.__index = App_env
L4.App_env = App_env

local CAP_NAME_MAX = 16

function Loader.new(t)
    local default = t.loader or t.mem
    for _, key in ipairs { "log_fab", "ns_fab", "rm_fab", "sched_fab" } do
        t[key] = t[key] or default
    end
    t.factory = t.factory or L4.Env.factory
    return setmetatable(t, Loader)
end

function Loader:new_channel()
    local cap, err = core.new_gate(self.factory or L4.Env.factory)
    if not cap then server_error("new_channel", err) end
    return cap
end

function Loader:fill_namespace(ns, entries, fab)
    for key, value in pairs(entries) do
        ns:register(key, value, function(sub) return self:create_namespace(sub, fab) end)
    end
    return ns
end

function Loader:create_namespace(entries, fab)
    if type(entries) ~= "table" then return entries end
    local ns = L4.cast(L4.Proto.Factory, fab or self.ns_fab):create(L4.Proto.Namespace)
    return self:fill_namespace(ns:m("rws"), entries, fab)
end

function Loader:create_sched_proxy(args)
    local offset = args.prio_offset or 0
    local limit = args.prio_limit or offset + 10
    local cpus = args.cpus or Cpu_set:new()
    return L4.cast(L4.Proto.Factory, args.fab or self.sched_fab):create(
        L4.Proto.Scheduler, limit, offset, cpus:factory_args())
end

function Loader.split_args(command, posix_env)
    local args = {}
    for word in command:gmatch("%S+") do args[#args + 1] = word end
    return args, posix_env
end

function Loader:start(env, command, posix_env)
    if type(command) ~= "string" then
        script_error("start: the command line must be a string, got %s", describe(command))
    end
    local args = Loader.split_args(command)
    args[#args + 1] = posix_env
    return self:startv(env, table.unpack(args))
end

function Loader:startv(env, ...)
    env = env or {}
    if type(env) ~= "table" then script_error("start: a table expected as first argument, got %s", describe(env)) end
    env.loader = env.loader or self
    setmetatable(env, App_env)
    return env:start(...)
end

function Loader:start_backtracer(args)
    args = args or {}
    local channel = self:new_channel()
    local task = self:startv({ caps = { backtracer = channel:svr() } }, args.prog or "rom/backtracer",
                             table.unpack(args.args or {}))
    self.dbg_events = channel
    return task
end

function App_env.new(t)
    return setmetatable(t or {}, App_env)
end

-- A capability of the application table, evaluated if it is a function; nil if absent.
function App_env:cap(key, default)
    local value = self[key]
    if value == nil then value = default end
    while type(value) == "function" do value = value(self) end
    if value == nil then return nil end
    if not is_cap(value) then script_error("error: capability expected '%s', got %s", key, describe(value)) end
    return value
end

function App_env:create_log(program)
    local log = self.log
    if type(log) == "function" then log = log() end
    if is_cap(log) then return log end
    if log ~= nil and type(log) ~= "table" then
        script_error("log of '%s': a table { tag, colour } or a capability expected, got %s", program, describe(log))
    end
    local fab = self.loader.log_fab
    while type(fab) == "function" do fab = fab() end
    if not is_cap(fab) then script_error("Starting an application without valid log factory: '%s'", program) end
    log = log or {}
    local tag = log[1] or program:match("[^/]*$")
    local count = 1 -- #log is not defined for { nil, "green" }
    for i in pairs(log) do
        if math.type(i) == "integer" and i > count then count = i end
    end
    local create = fab.create
    if not create then
        script_error("Starting an application without valid log factory: '%s': %s is no factory", program, describe(fab))
    end
    return create(fab, L4.Proto.Log, tag, table.unpack(log, 2, count)):m("rws")
end

local function cap_value(env, program, name, value)
    local asked = type(value) == "function"
    while type(value) == "function" do value = value(env.caps) end
    if is_cap(value) then
        if not value:is_valid() then script_error("start of '%s': capability '%s' is invalid", program, name) end
        return value
    end
    if type(value) == "table" and getmetatable(value) == nil then
        return env.loader:create_namespace(value, env:cap("ns_fab"))
    end
    if value == nil then
        if asked then
            print(("Ned: warning: %sstart of '%s': nothing found for capability '%s', left out"):format(
                script_position(), program, name))
        end
    elseif value ~= false then
        script_error("start of '%s': capability '%s' is a %s (%s), no capability", program, name, describe(value),
                     tostring(value))
    end
    return nil
end

-- List of { name, capability } for the new task, in a fixed order.
function App_env:initial_caps(program)
    local caps = self.caps or {}
    if type(caps) ~= "table" then script_error("start of '%s': caps: a table expected, got %s", program, describe(caps)) end
    self.caps = caps
    for name, value in pairs(self.loader.default_caps or { rom = L4.Env.rom and L4.Env.rom:m("r") }) do
        if caps[name] == nil then caps[name] = value end
    end
    local names = {}
    for name in pairs(caps) do
        if type(name) ~= "string" then
            script_error("start of '%s': caps: a name expected as key, got %s", program, tostring(name))
        end
        if #name > CAP_NAME_MAX then script_error("Capability name '%s' too long", name) end
        names[#names + 1] = name
    end
    table.sort(names)
    local list = {}
    for _, name in ipairs(names) do
        local cap = cap_value(self, program, name, caps[name])
        if cap then list[#list + 1] = { name, cap } end
    end
    return list
end

local function program_arguments(...)
    local argv, posix_env = {}, {}
    local n = select("#", ...)
    for i = 1, n do
        local v = select(i, ...)
        if type(v) == "table" and i == n then
            for name, value in pairs(v) do
                if type(name) ~= "string" and type(name) ~= "number" or type(value) ~= "string" and type(value) ~= "number" then
                    script_error("environment variables: strings or numbers expected, got %s = %s", describe(name),
                                 describe(value))
                end
                posix_env[#posix_env + 1] = name .. "=" .. value
            end
        elseif type(v) == "string" or type(v) == "number" then
            argv[#argv + 1] = tostring(v)
        elseif v ~= nil then
            script_error("start: argument %d: string expected, got %s", i, describe(v))
        end
    end
    if not argv[1] then script_error("start: the name of a program expected") end
    return argv, posix_env
end

-- A file that cannot be opened is said here, with the line of the script; the new task could only end.
local function check_file(path, wanted_by)
    local dir, name = path:match("^([^/]+)/(.+)$")
    local ns = dir and L4.Env[dir]
    if not is_cap(ns) then
        script_error("could not create process: '%s': no directory '%s'", path, tostring(dir))
    end
    if not L4.cast("L4Re::Namespace", ns):query(name)() then
        script_error("could not create process: file '%s' not found%s (is it in the module list?)", path, wanted_by)
    end
end

function App_env:start(...)
    local argv, posix_env = program_arguments(...)
    local program = argv[1]
    local loader = self.loader
    local l4re = self.l4re_loader or "rom/l4re"
    check_file(program, "")
    check_file(l4re, (", needed to start '%s'"):format(program))
    if self.ns and not (self.caps or {}).ns then
        self.caps = self.caps or {}
        self.caps.ns = self.ns
    end
    local task, what, extra, code = core.start {
        argv = argv, envv = posix_env, l4re = l4re,
        caps = self:initial_caps(program),
        log = self:create_log(program),
        mem = self:cap("mem", loader.mem),
        factory = self:cap("factory", loader.factory),
        scheduler = self:cap("scheduler", L4.Env.scheduler),
        rm_fab = self:cap("rm_fab", loader.rm_fab),
        dbg_events = self:cap("dbg_events", loader.dbg_events),
        l4re_dbg = self.l4re_dbg or L4.Dbg.Warn,
        ldr_flags = self.ldr_flags or 0,
        base = self.base or -1,
    }
    if not task then
        script_error("could not create process: '%s': %s%s: %s (%d)", program, what,
                     extra ~= "" and " (" .. extra .. ")" or "", core.strerror(code), code)
    end
    return task
end

L4.default_loader = Loader.new {
    factory = L4.Env.factory,
    mem = L4.Env.mem_alloc,
    dbg_events = L4.Env.dbg_events,
}

-- ------------------------------------------------------------------ command channel

-- Runs a piece of Lua for a client of the command channel. Returns 0 and the first value as text, or a
-- negative error code.
local function execute(code)
    local chunk, err = load(code, "=command")
    if not chunk then
        print(("lua couldn't parse '%s': %s"):format(code, err))
        return -22, tostring(err)
    end
    local ok, result = xpcall(chunk, debug.traceback)
    if not ok then
        print(("lua couldn't execute '%s': %s"):format(code, tostring(result)))
        return -5, tostring(result)
    end
    return 0, tostring(result)
end
core.set_execute(execute)

L4.exec = function(code) return select(2, execute(code)) end

function L4.server_loop(channel)
    core.server_loop(expect_cap(channel, "L4.server_loop"))
end

package.loaded.L4 = L4
return L4
