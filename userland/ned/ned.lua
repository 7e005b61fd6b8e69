-- SPDX-License-Identifier: MIT
-- The module L4 as scripts see it, but for starting programs (loader.lua). main.c runs this chunk
-- once with the C functions as its argument; what needs a system call is there, what only arranges
-- values is here.

local core = ...

local L4 = {}

-- ------------------------------------------------------------------ constants

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
    print(("Ned: Sleeping %ss"):format(s))
    core.sleep_ms(s * 1000)
end

L4.msleep = function(ms)
    print(("Ned: Sleeping %sms"):format(ms))
    core.sleep_ms(ms)
end

L4.uptime_ms = core.uptime_ms

-- Calls f once from the server loop, not before `ms` milliseconds have passed.
function L4.after(ms, f) core.after(ms, f) end

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
classes["L4Re::Mem_alloc"] = classes["L4::Factory"] -- which it is, too

-- Name of a class as the C++ ABI spells it, which is how servers send it: "N2L47FactoryE".
function L4.mangle_class(name)
    local text = ""
    for part in name:gmatch("[^:%s]+") do text = text .. #part .. part end
    return "N" .. text .. "E"
end

-- The same backwards; a name that is none of that kind stays as it is.
local function plain_name(name)
    local rest = name:match("^N(%d.*)E$") or name:match("^%d.*$")
    if not rest then return name end
    local parts = {}
    while rest ~= "" do
        local length, letters = rest:match("^(%d+)(.*)$")
        length = tonumber(length)
        if not length or length == 0 or length > #letters then return name end
        parts[#parts + 1] = letters:sub(1, length)
        rest = letters:sub(length + 1)
    end
    return table.concat(parts, "::")
end

-- Name of a class that ned knows, by protocol or by either spelling of its name; nil if it knows none.
local function class_name(id)
    local name = id
    if type(id) == "number" then
        name = class_of_proto[math.tointeger(id)]
    elseif type(id) == "string" then
        name = plain_name(id)
    end
    return type(name) == "string" and rawget(classes, name) and name or nil
end

L4._CAP_TYPES = setmetatable(classes, {
    __index = function(t, id)
        local name = class_name(id)
        return name and rawget(t, name)
    end,
})

local is_cap = core.is_cap

-- For methods of a class of tables: an error in the caller's caller if the object is none of it.
L4.Class = {
    check = function(object, class)
        if object == nil or getmetatable(object) ~= class then
            error("method called with incompatible object", 3)
        end
    end,
}

local own_sources = { ["@ned.lua"] = true, ["@loader.lua"] = true }

-- Where the script stands, for messages: "file:line: ".
local function script_position()
    for level = 2, 20 do
        local info = debug.getinfo(level, "Sl")
        if not info then break end
        if info.currentline > 0 and not own_sources[info.source] then
            return ("%s:%d: "):format(info.short_src, info.currentline)
        end
    end
    return ""
end

-- Errors of servers are tables, so that scripts can look at the code.
local function server_error(what, code)
    error(setmetatable({
        msg = ("%sruntime error: %s: %s (%d)"):format(script_position(), what, core.strerror(code),
                                                      code),
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

-- Methods of a class, by protocol, name or capability; a script may add to them.
function L4.get_cap_class(id)
    if is_cap(id) then id = core.class(id) end
    return classes[id]
end

function L4.cast(...)
    if select("#", ...) > 2 then
        script_error("L4.cast(type, capability): too many arguments")
    end
    local class, cap = ...
    if type(cap) == "function" then cap = cap() end
    local name = class_name(class)
    if cap == nil or not name then return nil end
    return core.typed(expect_cap(cap, "L4.cast"), name)
end
L4.__cast = L4.cast

-- The class of a capability, asked from its server when nobody said it. Blocks until the server
-- answers.
local function class_methods(cap)
    local name = core.class(cap)
    if not name then
        local sent, proto = core.meta_name(cap)
        if not sent then
            print(("Ned[lua]: Warning: %s does not support the meta protocol: %s"):format(
                tostring(cap), core.strerror(proto)))
            return nil
        end
        name = plain_name(sent)
        if not class_name(name) then
            -- A port factory of a server may have a class of its own, and a server without names
            -- of classes sends an empty one.
            if core.meta_supports(cap, L4.Proto.Factory) then
                name = "L4::Factory"
            elseif name == "" then
                name = proto ~= 0 and class_name(proto) or name
            end
        end
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
        script_error("rights: a string of the letters rwsdnc or an integer expected, got %s",
                     describe(x))
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

-- Arguments up to the first that no factory can take (nil above all); integers and strings only. A
-- string that looks like an integer is sent as one.
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
                print(("Ned[lua]: Warning: %screate: argument %d is a %s: it and the rest are left out")
                      :format(script_position(), i, describe(v)))
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

classes["L4::Factory"].create = factory_create

-- ------------------------------------------------------------------ namespaces

local namespace = classes["L4Re::Namespace"]

function namespace.query(ns, name, rights)
    return function()
        local cap, err = core.ns_query(ns, name,
                                       math.type(rights) == "integer" and rights or L4.Rights.r)
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

local function platform_call(what, operation)
    return function(cap, argument)
        local result = core.platform_control(cap, operation, argument or 0)
        if result < 0 then server_error(what, result) end
        return result
    end
end

local platform = classes["L4::Platform_control"]
platform.system_suspend = platform_call("system_suspend", 0)
platform.system_shutdown = platform_call("system_shutdown", 1)

classes["L4Re::Debug_obj"].debug = function(cap, n) return core.debug_obj(cap, n or 0) end

-- ------------------------------------------------------------------ what is in use

local Statistics = { __name = "Statistics" }

-- Names and values in this order.
local statistics_order = { "ram", "quota", "objects", "kernel", "kernel_quota", "kernel_objects", "slots", "tasks" }

function Statistics:__tostring()
    local parts = {}
    for _, name in ipairs(statistics_order) do
        parts[#parts + 1] = ("%s %s"):format(name, self[name] or "?")
    end
    return table.concat(parts, ", ")
end

function Statistics.__eq(a, b) return tostring(a) == tostring(b) end

-- What is in use now: bytes of RAM, of the quota of ned's memory factory, moe's objects, bytes of the kernel's heap (in whole
-- pages), of the quota of ned's kernel factory, of the objects in the heap, ned's capability slots and tasks. nil: it is not
-- for this ned to see.
function L4.statistics()
    local use = {}
    use.slots, use.tasks = core.own_use()
    use.objects = core.object_count(L4.Env.user_factory) -- clears up, so before the others
    local _
    _, use.quota, _, use.ram = core.memory_info(L4.Env.user_factory)
    _, use.kernel_quota, _, use.kernel, _, use.kernel_objects = core.memory_info(L4.Env.factory)
    return setmetatable(use, Statistics)
end

-- ------------------------------------------------------------------ environment

L4.Env = core.env()
-- Who may use interrupts may not switch the machine off, unless a script hands on L4.Env.icu:m("rws"). Ned itself may:
-- it calls through its own slot, whose rights stay as they are.
if L4.Env.icu then L4.Env.icu = L4.Env.icu:m("rw") end
local class_of_env = {
    factory = "L4::Factory", mem_alloc = "L4::Factory", user_factory = "L4::Factory",
    sigma0 = "L4::Factory", log = "L4::Vcon", scheduler = "L4::Scheduler", rm = "L4Re::Rm",
    rom = "L4Re::Namespace", rwfs = "L4Re::Namespace", icu = "L4::Icu", kip = "L4Re::Dataspace",
}
for name, class in pairs(class_of_env) do
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

-- ------------------------------------------------------------------ command channel

-- Runs a piece of Lua for a client of the command channel. Returns 0 and the first value as text,
-- or a negative error code.
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

core.util = {
    describe = describe, script_error = script_error, script_position = script_position,
    server_error = server_error,
}

-- A script may still set its own; these are the only places where there is something.
package.path = "rom/?.lua;./?.lua"

package.loaded.L4 = L4
return L4
