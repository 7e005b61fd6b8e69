-- SPDX-License-Identifier: MIT
-- L4.Loader and L4.App_env: how a script's table becomes a started program. Runs behind ned.lua,
-- with the same C functions and the module as arguments.

local core, L4 = ...
local util = core.util
local is_cap, describe = core.is_cap, util.describe
local script_error, script_position = util.script_error, util.script_position
local server_error = util.server_error
local check = L4.Class.check
local Cpu_set = L4.Cpu_set

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
    check(self, Loader)
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
    check(self, Loader)
    if type(entries) ~= "table" then return entries end
    local ns = L4.cast(L4.Proto.Factory, fab or self.ns_fab):create(L4.Proto.Namespace)
    return self:fill_namespace(ns:m("rws"), entries, fab)
end

function Loader:create_sched_proxy(args)
    check(self, Loader)
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
    check(self, Loader)
    if type(command) ~= "string" then
        script_error("start: the command line must be a string, got %s", describe(command))
    end
    local args = Loader.split_args(command)
    args[#args + 1] = posix_env
    return self:startv(env, table.unpack(args))
end

function Loader:startv(env, ...)
    check(self, Loader)
    env = env or {}
    if type(env) ~= "table" then
        script_error("start: a table expected as first argument, got %s", describe(env))
    end
    env.loader = env.loader or self
    setmetatable(env, App_env)
    return env:start(...)
end

function Loader:start_backtracer(args)
    check(self, Loader)
    args = args or {}
    local channel = self:new_channel()
    local task = self:startv({ caps = { backtracer = channel:svr() } },
                             args.prog or "rom/backtracer",
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
    if not is_cap(value) then
        script_error("error: capability expected '%s', got %s", key, describe(value))
    end
    return value
end

function App_env:create_log(program)
    local log = self.log
    if type(log) == "function" then log = log() end
    if is_cap(log) then return log end
    if log ~= nil and type(log) ~= "table" then
        script_error("log of '%s': a table { tag, colour } or a capability expected, got %s",
                     program, describe(log))
    end
    local fab = self.loader.log_fab
    while type(fab) == "function" do fab = fab() end
    if not is_cap(fab) then
        script_error("Starting an application without valid log factory: '%s'", program)
    end
    log = log or {}
    local tag = log[1] or program:match("[^/]*$")
    local count = 1 -- #log is not defined for { nil, "green" }
    for i in pairs(log) do
        if math.type(i) == "integer" and i > count then count = i end
    end
    local create = fab.create
    if not create then
        script_error("Starting an application without valid log factory: '%s': %s is no factory",
                     program, describe(fab))
    end
    return create(fab, L4.Proto.Log, tag, table.unpack(log, 2, count)):m("rws")
end

local function cap_value(env, program, name, value)
    local asked = type(value) == "function"
    while type(value) == "function" do value = value(env.caps) end
    if is_cap(value) then
        if not value:is_valid() then
            script_error("start of '%s': capability '%s' is invalid", program, name)
        end
        return value
    end
    if type(value) == "table" and getmetatable(value) == nil then
        return env.loader:create_namespace(value, env:cap("ns_fab"))
    end
    if value == nil then
        if asked then
            print(("Ned: warning: %sstart of '%s': nothing found for capability '%s', left out")
                  :format(script_position(), program, name))
        end
    elseif value ~= false then
        script_error("start of '%s': capability '%s' is a %s (%s), no capability", program, name,
                     describe(value), tostring(value))
    end
    return nil
end

-- List of { name, capability } for the new task, in a fixed order.
function App_env:initial_caps(program)
    local caps = self.caps or {}
    if type(caps) ~= "table" then
        script_error("start of '%s': caps: a table expected, got %s", program, describe(caps))
    end
    self.caps = caps
    local default_caps = self.loader.default_caps or { rom = L4.Env.rom and L4.Env.rom:m("r") }
    for name, value in pairs(default_caps) do
        if caps[name] == nil then caps[name] = value end
    end
    local names = {}
    for name in pairs(caps) do
        if type(name) ~= "string" then
            script_error("start of '%s': caps: a name expected as key, got %s", program,
                         tostring(name))
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

local function is_text(v)
    return type(v) == "string" or type(v) == "number"
end

local function program_arguments(...)
    local argv, posix_env = {}, {}
    local n = select("#", ...)
    for i = 1, n do
        local v = select(i, ...)
        if type(v) == "table" and i == n then
            for name, value in pairs(v) do
                if not is_text(name) or not is_text(value) then
                    script_error("environment variables: strings or numbers expected, got %s = %s",
                                 describe(name), describe(value))
                end
                posix_env[#posix_env + 1] = name .. "=" .. value
            end
        elseif is_text(v) then
            argv[#argv + 1] = tostring(v)
        elseif v ~= nil then
            script_error("start: argument %d: string expected, got %s", i, describe(v))
        end
    end
    if not argv[1] then script_error("start: the name of a program expected") end
    return argv, posix_env
end

-- A file that cannot be opened is said here, with the line of the script; the new task could only
-- end. `directory` gives the capability that the path begins with.
local function check_file(path, directory, wanted_by)
    local dir, name = path:match("^([^/]+)/+(.+)$")
    local cap = directory(dir or path)
    if not cap then
        script_error("could not create process: '%s'%s: there is no capability '%s'", path, wanted_by,
                     dir or path)
    end
    if name and not L4.cast("L4Re::Namespace", cap):query(name)() then
        script_error("could not create process: file '%s' not found%s (is it in the module list?)",
                     path, wanted_by)
    end
end

local function own_directory(name)
    local cap = L4.Env[name]
    return is_cap(cap) and cap or nil
end

-- The new task opens its program with its own capabilities.
local function directory_of(list)
    return function(name)
        for _, entry in ipairs(list) do
            if entry[1] == name then return entry[2] end
        end
    end
end

function App_env:start(...)
    local argv, posix_env = program_arguments(...)
    local program = argv[1]
    local loader = self.loader
    local l4re = self.l4re_loader or "rom/l4re"
    check_file(l4re, own_directory, (", needed to start '%s'"):format(program))
    if self.ns and not (self.caps or {}).ns then
        self.caps = self.caps or {}
        self.caps.ns = self.ns
    end
    local caps = self:initial_caps(program)
    check_file(program, directory_of(caps), "")
    local task, what, extra, code = core.start {
        argv = argv, envv = posix_env, l4re = l4re,
        caps = caps,
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
