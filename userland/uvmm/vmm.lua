-- SPDX-License-Identifier: MIT
-- Helper for scripts that start virtual machines: require "vmm". Reference: uvmm 15.

local L4 = require "L4"

local vmm = {}

-- Everything that this module starts is started by this loader. Set vmm.loader.log_fab to the
-- channel of a console multiplexer to give each guest a console of its own.
vmm.loader = L4.Loader.new { mem = L4.Env.user_factory }
local l = vmm.loader

local MIB = 1024 * 1024

local this_file = debug.getinfo(1, "S").source

-- Raise an error at the line of the script that called this module.
local function fail(format, ...)
    local level = 2
    while (debug.getinfo(level, "S") or {}).source == this_file do level = level + 1 end
    error(format:format(...), level)
end

local function note(format, ...)
    print("vmm: " .. format:format(...))
end

-- Numbers become decimal integers in option strings, whatever they came from.
local function integer(value, what)
    local n = math.tointeger(tonumber(value))
    if not n then fail("%s: integer expected, got %s", what, tostring(value)) end
    return n
end

local function is_cap(value)
    return type(value) == "userdata"
end

local function expect_caps(table, what)
    for name, cap in pairs(table) do
        if not is_cap(cap) and type(cap) ~= "function" then
            fail("%s: '%s' is a %s, no capability", what, tostring(name), type(cap))
        end
    end
end

local function merge(target, source)
    for name, cap in pairs(source or {}) do
        target[name] = cap
    end
    return target
end

-- ------------------------------------------------------------------ scheduling

-- Scheduler with priorities from prio to prio + 10 on the CPUs of the mask words.
function vmm.new_sched(prio, mask, ...)
    return L4.cast(L4.Proto.Factory, L4.Env.user_factory):create(
        L4.Proto.Scheduler, prio + 10, prio, mask, ...)
end

-- Set opts.scheduler unless neither priority nor CPUs are given.
function vmm.set_sched(opts, prio, cpus, ...)
    if prio == nil and cpus == nil then return end
    opts.scheduler = vmm.new_sched(prio or 0, cpus, ...):m("rws")
end

-- A guest that says nothing gets one CPU, the (id mod number of CPUs)th of those online.
local function default_sched(opts, id)
    local count, ids = L4.Info.cpus()
    if count < 1 then return end
    local cpu = ids[(math.tointeger(tonumber(id)) or 0) % count + 1]
    local words = { 0 }
    for word = 1, cpu // 64 do words[word + 1] = 0 end
    words[#words] = 1 << (cpu % 64)
    vmm.set_sched(opts, nil, table.unpack(words))
end

-- ------------------------------------------------------------------ io and network

-- Start io with one channel per key of `busses`; the channels replace the values. `cmdline` holds
-- io's options and configuration files; of opts: ext_caps, scheduler, log.
function vmm.start_io(busses, cmdline, opts)
    opts = opts or {}
    local caps = {
        sigma0 = L4.cast(L4.Proto.Factory, L4.Env.sigma0):create(L4.Proto.Sigma0),
        icu = L4.Env.icu,
        iommu = L4.Env.iommu,
        dma_mgr = L4.Env.dma_mgr,
    }
    local names = {}
    for name in pairs(busses) do names[#names + 1] = name end
    table.sort(names)
    local files = ""
    for _, name in ipairs(names) do
        local channel = l:new_channel()
        busses[name] = channel
        caps[name] = channel:svr()
        files = files .. " rom/" .. name .. ".vbus"
    end
    merge(caps, opts.ext_caps)
    expect_caps(caps, "start_io: ext_caps")
    return l:start({
        scheduler = opts.scheduler,
        log = opts.log or { "io", "red" },
        caps = caps,
    }, "rom/io " .. (cmdline or "") .. files)
end

local function create_port(factory, kind, name, options)
    if kind ~= "switch" then return factory:create(0, "ds-max=4") end
    return factory:create(0, "ds-max=4", "name=" .. name, table.unpack(options))
end

-- Start a network between guests: options.ports (its keys name the ports, the port capabilities
-- replace the values), scheduler, switch_type ("switch" or the plain wire between two), ext_caps,
-- svr_cap (a switch that runs already), port_limit. Returns the task, nil with svr_cap.
function vmm.start_virtio_switch_tbl(options)
    local ports, kind, channel = options.ports, options.switch_type, options.svr_cap
    local names = {}
    for name in pairs(ports) do names[#names + 1] = name end
    table.sort(names)
    if options.port_limit and not channel then
        fail("start_virtio_switch: port_limit needs svr_cap, the switch whose ports it limits")
    end
    local task
    if not channel then
        if kind ~= "switch" and #names > 2 then
            fail("start_virtio_switch: l4vio_net_p2p has two ports, asked for are %d: %s", #names,
                 table.concat(names, ", "))
        end
        channel = l:new_channel()
        local opts = {
            log = { "switch", "Blue" },
            scheduler = options.scheduler,
            caps = merge({ svr = channel:svr() }, options.ext_caps),
        }
        expect_caps(opts.caps, "start_virtio_switch: ext_caps")
        local program = "rom/l4vio_net_p2p"
        if kind == "switch" then program = "rom/l4vio_switch -v -p " .. #names end
        task = l:start(opts, program)
    end
    local factory = L4.cast(L4.Proto.Factory, channel)
    if options.port_limit then
        local limit = integer(options.port_limit, "port_limit")
        factory = L4.cast(L4.Proto.Factory, factory:create(L4.Proto.Factory, limit))
    end
    for _, name in ipairs(names) do
        local extra = type(ports[name]) == "table" and ports[name] or {}
        ports[name] = create_port(factory, kind, name, extra):m("rws")
    end
    return task
end

function vmm.start_virtio_switch(ports, prio, cpus, switch_type, ext_caps)
    local opts = { ports = ports, switch_type = switch_type, ext_caps = ext_caps }
    vmm.set_sched(opts, prio, cpus)
    return vmm.start_virtio_switch_tbl(opts)
end

-- ------------------------------------------------------------------ virtual machines

local function guest_memory(options, align)
    local mem = options.mem or 16
    if is_cap(mem) then return mem end
    if type(mem) == "string" then note("start_vm: mem is a string, '%s' is taken as MiB", mem) end
    local size = math.tointeger(tonumber(mem) and tonumber(mem) * MIB)
    if not size or size <= 0 then
        fail("start_vm: mem: MiB or a dataspace expected, got %s", tostring(mem))
    end
    local flags = L4.Mem_alloc_flags
    local ok, ram = pcall(function()
        return L4.Env.user_factory:create(
            L4.Proto.Dataspace, size, flags.Continuous | flags.Pinned | flags.Super_pages, align)
    end)
    if not ok then
        fail("start_vm: no %d KiB of memory for guest %s: %s",
             size // 1024, tostring(options.id), tostring(ram))
    end
    return ram:m("rw")
end

local function guest_log(options)
    if options.log then return options.log end
    local id = tostring(options.id)
    return l.log_fab:create(L4.Proto.Log, "vm" .. id, "w", "key=" .. id):m("rws")
end

-- The monitor console, if the script wants one. A string names the program behind it.
local function guest_monitor(options)
    local mon = options.mon
    if not mon then return nil end
    if is_cap(mon) then return mon end
    local id = tostring(options.id)
    if type(mon) == "string" then
        local channel = l:new_channel()
        l:start({
            log = l.log_fab:create(L4.Proto.Log, "mon" .. id, "g"):m("rws"),
            scheduler = options.scheduler,
            caps = { mon = channel },
        }, "rom/" .. mon)
        return channel:svr()
    end
    return l.log_fab:create(L4.Proto.Log, "mon" .. id, "g"):m("rws")
end

local function guest_arguments(options)
    local args = {}
    local function add(option, value)
        if value ~= nil then args[#args + 1] = option .. value end
    end
    local trees = options.fdt
    if type(trees) == "string" then trees = { trees } end
    for _, tree in ipairs(trees or {}) do add("-d", tree) end
    add("-c", options.bootargs)
    add("-r", options.rd)
    add("-k", options.kernel)
    if options.ram_base then add("-b", integer(options.ram_base, "start_vm: ram_base")) end
    if options.vcpus then add("--vcpus=", integer(options.vcpus, "start_vm: vcpus")) end
    for _, arg in ipairs(options.ext_args or {}) do args[#args + 1] = arg end
    return args
end

local MAX_VCPUS = 16 -- of uvmm's option --vcpus

local function check_options(options)
    if type(options) ~= "table" then
        fail("start_vm: a table of options expected, got %s", type(options))
    end
    if options.id == nil and (options.log == nil or (options.mon and not is_cap(options.mon))) then
        fail("start_vm: id is missing; the names of the guest's consoles are made from it")
    end
    if options.vcpus ~= nil then
        local vcpus = integer(options.vcpus, "start_vm: vcpus")
        if vcpus < 1 or vcpus > MAX_VCPUS then
            fail("start_vm: vcpus: 1 to %d expected, got %d", MAX_VCPUS, vcpus)
        end
    end
    for _, name in ipairs { "net", "vbus" } do
        local cap = options[name]
        if cap ~= nil and cap ~= false and not is_cap(cap) then
            fail("start_vm: guest %s: %s is a %s, no capability (was the network or io started?)",
                 tostring(options.id), name, type(cap))
        end
    end
end

local function launch(options)
    local mon = guest_monitor(options)
    local caps = merge({
        net = options.net or nil,
        vbus = options.vbus or nil,
        ram = guest_memory(options, options.mem_align or 21),
        mon = mon,
        jdb = options.jdb,
    }, options.ext_caps)
    expect_caps(caps, "start_vm: ext_caps")
    local env = { log = options.guest_log, scheduler = options.scheduler, caps = caps,
                 l4re_dbg = L4.Dbg.Warn }
    if not env.scheduler then
        if options.prio ~= nil or options.cpus ~= nil then
            vmm.set_sched(env, options.prio, options.cpus)
        else
            default_sched(env, options.id)
        end
    end
    return l:startv(env, "rom/uvmm", table.unpack(guest_arguments(options)))
end

local RESET = 102 -- uvmm's exit code when its guest asks for a reset

-- Say what the guest's end means. Keeps nothing of the guest alive.
local function report(name, code)
    if code == RESET then
        note("%s asks for a reset; it stays off, since its script does not say restart = true",
             name)
    elseif code == 0 then
        note("%s is powered off", name)
    elseif code then
        note("%s ended with status %d", name, code)
    else
        note("%s is killed", name)
    end
end

-- The handle of a guest that is started again when it resets: stands for its present task.
local Restarted = {}
Restarted.__index = Restarted
for _, method in ipairs { "state", "exit_code", "wait", "kill" } do
    Restarted[method] = function(self) return self.task[method](self.task) end
end

function Restarted:exit_handler(f)
    if self.handler then error("exit_handler callback already registered", 2) end
    self.handler = f
    return true
end

local function watch_restarted(guest, options, name)
    guest.task:module_exit_handler(function(code)
        if code ~= RESET then
            report(name, code)
            if guest.handler then guest.handler(code) end
            return
        end
        note("%s resets, starting it again", name)
        guest.task = launch(options)
        watch_restarted(guest, options, name)
    end)
end

-- Start a guest; returns the task. Keys: id, mem (MiB or dataspace), mem_align (log2), fdt (file or
-- list), kernel, rd, bootargs, ram_base, cpus (mask), vcpus, prio, scheduler, vbus, net, mon, log,
-- ext_args, ext_caps, jdb, restart.
function vmm.start_vm(options)
    check_options(options)
    local own = merge({}, options)
    own.guest_log = guest_log(own)
    local name = options.id and "guest " .. tostring(options.id) or "a guest"
    local task = launch(own)
    if options.restart then
        local guest = setmetatable({ task = task }, Restarted)
        watch_restarted(guest, own, name)
        return guest
    end
    task:module_exit_handler(function(code) report(name, code) end)
    return task
end

return vmm
