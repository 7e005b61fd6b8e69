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

-- A new table with the entries of all; those of later tables replace those of earlier ones.
local function table_override(...)
    local combined = {}
    for i = 1, select("#", ...) do
        for key, value in pairs((select(i, ...)) or {}) do combined[key] = value end
    end
    return combined
end
vmm.table_override = table_override

local function sorted_names(t)
    local names = {}
    for name in pairs(t) do names[#names + 1] = name end
    table.sort(names)
    return names
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
-- io's options and configuration files; opts is a table as for Loader.start, its caps and its
-- ext_caps go before io's own.
function vmm.start_io(busses, cmdline, opts)
    opts = opts or {}
    local caps = {
        sigma0 = L4.cast(L4.Proto.Factory, L4.Env.sigma0):create(L4.Proto.Sigma0),
        icu = L4.Env.icu,
        iommu = L4.Env.iommu,
        dma_mgr = L4.Env.dma_mgr,
    }
    local files = ""
    for _, name in ipairs(sorted_names(busses)) do
        local channel = l:new_channel()
        busses[name] = channel
        caps[name] = channel:svr()
        files = files .. " rom/" .. name .. ".vbus"
    end
    expect_caps(opts.ext_caps or {}, "start_io: ext_caps")
    local env = table_override({ log = { "io", "red" } }, opts)
    env.caps = table_override(caps, opts.caps, opts.ext_caps)
    env.ext_caps = nil
    return l:start(env, "rom/io " .. (cmdline or "") .. files)
end

local function create_port(factory, kind, name, options)
    if kind ~= "switch" then return factory:create(0, "ds-max=4") end
    return factory:create(0, "ds-max=4", "name=" .. name, table.unpack(options))
end

local P2P_PORTS = 2 -- of l4vio_net_p2p

-- The command line of the switch that is to have the ports `names` and room for some more.
local function switch_program(kind, names, more)
    local count = #names + more
    if kind == "switch" then return "rom/l4vio_switch -v -p " .. count end
    if count > P2P_PORTS then
        fail("start_virtio_switch: l4vio_net_p2p has two ports, asked for are %d: %s", count,
             table.concat(names, ", ") .. (more > 0 and (" and %d more"):format(more) or ""))
    end
    return "rom/l4vio_net_p2p"
end

-- Start a network between guests: options.ports (its keys name the ports, the port capabilities
-- replace the values), scheduler, switch_type ("switch" or the plain wire between two), ext_caps,
-- svr_cap (a new channel of the script's, on which the switch is to serve: there the script can
-- create further ports later), port_limit (how many further ones). Returns the task.
function vmm.start_virtio_switch_tbl(options)
    local ports, kind, channel = options.ports, options.switch_type, options.svr_cap
    if options.port_limit and not channel then
        fail("start_virtio_switch: port_limit needs svr_cap, the channel on which further ports are made")
    end
    if channel and not is_cap(channel) then
        fail("start_virtio_switch: svr_cap is a %s, no capability", type(channel))
    end
    local names = sorted_names(ports)
    local more = integer(options.port_limit or 0, "start_virtio_switch: port_limit")
    local program = switch_program(kind, names, more)
    channel = channel or l:new_channel()
    local caps = table_override({ svr = channel:svr() }, options.ext_caps)
    expect_caps(caps, "start_virtio_switch: ext_caps")
    local task = l:start({ log = { "switch", "Blue" }, scheduler = options.scheduler, caps = caps }, program)
    local factory = L4.cast(L4.Proto.Factory, channel)
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

-- ------------------------------------------------------------------ random numbers

-- Start the server of random numbers with one client per key of `clients`, for one guest each; the
-- capabilities replace the values, which may be tables of options: { "rate=4096" }. opts is a table
-- as for Loader.start: caps = { vbus = ... } is a bus with the machine's random number device.
function vmm.start_rng(clients, opts)
    opts = opts or {}
    local channel = l:new_channel()
    local env = table_override({ log = { "rng", "y" } }, opts)
    env.caps = table_override({ svr = channel:svr() }, opts.caps)
    expect_caps(env.caps, "start_rng: caps")
    local task = l:start(env, "rom/rng")
    local factory = L4.cast(L4.Proto.Factory, channel)
    for _, name in ipairs(sorted_names(clients)) do
        local options = type(clients[name]) == "table" and clients[name] or {}
        clients[name] = factory:create(0, table.unpack(options)):m("r")
    end
    return task
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

-- A console has one key: an id of more than one character has none, cons' command `connect vm10` is the way to it.
local function guest_log(options)
    if options.log then return options.log end
    local id = tostring(options.id)
    local key = #id == 1 and "key=" .. id or nil
    return l.log_fab:create(L4.Proto.Log, "vm" .. id, "w", key):m("rws")
end

-- The monitor console, if the script wants one. A string names the program that serves it.
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
            caps = { mon = channel:svr() },
        }, "rom/" .. mon)
        return channel:m("rws")
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
    if is_cap(options.mem) then args[#args + 1] = "--reused-ram" end
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
    if options.on_exit ~= nil and type(options.on_exit) ~= "function" then
        fail("start_vm: on_exit: a function expected, got %s", type(options.on_exit))
    end
    if options.restart_limit then integer(options.restart_limit, "start_vm: restart_limit") end
    for _, name in ipairs { "net", "vbus", "disk", "disk2", "rng" } do
        local cap = options[name]
        if cap ~= nil and cap ~= false and not is_cap(cap) and type(cap) ~= "function" then
            fail("start_vm: guest %s: %s is a %s, no capability (was its server started?)",
                 tostring(options.id), name, type(cap))
        end
    end
end

-- The kernel's debugger: true asks for what the kernel has.
local function guest_debugger(options)
    if not options.jdb or is_cap(options.jdb) then return options.jdb or nil end
    if not L4.Env.jdb then note("start_vm: this kernel has no debugger, jdb is left out") end
    return L4.Env.jdb
end

-- A device of the guest, or what a function of the script makes each time that the guest is started: its server may be another
-- one by then.
local function guest_device(options, name)
    local cap = options[name]
    if type(cap) ~= "function" then return cap or nil end
    cap = cap()
    if cap and not is_cap(cap) then
        error(("start_vm: guest %s: %s returns a %s, no capability"):format(tostring(options.id), name, type(cap)), 0)
    end
    return cap or nil
end

local function launch(options)
    local caps = table_override({
        net = guest_device(options, "net"),
        vbus = guest_device(options, "vbus"),
        disk = guest_device(options, "disk"),
        disk2 = guest_device(options, "disk2"),
        rng = guest_device(options, "rng"),
        ram = guest_memory(options, options.mem_align or 21),
        mon = options.guest_mon,
        jdb = guest_debugger(options),
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

-- ------------------------------------------------------------------ what follows a guest's end

local RESET = 102              -- uvmm's exit code when its guest asks for a reset
local RESTARTS_PER_MINUTE = 10 -- unless restart_limit says something else
local MINUTE_MS = 60 * 1000
local RETRY_MS, RETRY_UNTIL_MS = 500, 30 * 1000

local function platform_control(reboot)
    L4.cast("L4::Platform_control", L4.Env.icu):system_shutdown(reboot)
end

-- Switch the machine off, or restart it. An error unless ned has the right to: L4.Env.icu of the
-- first ned has, another needs L4.Env.icu:m("rws") as its icu.
function vmm.shutdown()
    note("switching the machine off")
    platform_control(0)
end

function vmm.reboot()
    note("restarting the machine")
    platform_control(1)
end

local guests_on = 0

-- Says when the last guest that this module started is off for good. A script may set
-- vmm.when_last_off to a function, vmm.shutdown for one.
local function guest_is_off()
    guests_on = guests_on - 1
    if guests_on > 0 then return end
    note("the last guest is off%s", vmm.when_last_off and "" or "; the machine stays on")
    if vmm.when_last_off then vmm.when_last_off() end
end

-- Say what the guest's end means. Keeps nothing of the guest alive.
local function report(name, code, restart)
    if code == RESET and not restart then
        note("%s asks for a reset; it stays off, since its script does not say restart = true",
             name)
    elseif code == RESET then
        note("%s asks for a reset", name)
    elseif code == 0 then
        note("%s is powered off", name)
    elseif code then
        note("%s ended with status %d", name, code)
    else
        note("%s is killed", name)
    end
end

-- The handle of a guest that may be started again: stands for its present task.
local Guest = {}
Guest.__index = Guest
for _, method in ipairs { "state", "exit_code", "wait", "kill" } do
    Guest[method] = function(self) return self.task[method](self.task) end
end

-- Ends the guest for good, whatever restart and on_exit say.
function Guest:stop()
    self.stopped = true
    return self.task:kill()
end

-- f is called with the code when the guest is off for good; at once, and false is returned, if it is.
function Guest:exit_handler(f)
    if self.handler then error("exit_handler callback already registered", 2) end
    self.handler = f
    if self.off then f(self.last_code) end
    return not self.off
end

-- The script's on_exit decides; else a guest comes back that did not switch itself off.
local function wants_restart(guest, code)
    local wanted = guest.options.restart and code ~= 0
    if guest.options.on_exit then
        local ok, answer = pcall(guest.options.on_exit, code, guest)
        if not ok then
            note("%s: error in on_exit: %s", guest.name, tostring(answer))
        elseif answer ~= nil then
            wanted = answer
        end
    end
    return wanted and not guest.stopped
end

-- Whether one more restart is within the limit; counts it.
local function restart_allowed(guest)
    local limit = guest.options.restart_limit
    if limit == nil then limit = RESTARTS_PER_MINUTE end
    local now, recent = L4.uptime_ms(), {}
    for _, at in ipairs(guest.restarts) do
        if now - at < MINUTE_MS then recent[#recent + 1] = at end
    end
    guest.restarts = recent
    if limit and #recent >= limit then
        note("%s was started again %d times within a minute; it stays off", guest.name, #recent)
        return false
    end
    recent[#recent + 1] = now
    return true
end

local function is_off(guest, code)
    guest.off, guest.last_code = true, code
    guest_is_off()
    if guest.handler then guest.handler(code) end
end

local watch

-- Its memory may not be free at once: a server that uses it looks after its clients at times.
local function start_again(guest, code, deadline)
    if guest.stopped then return is_off(guest, code) end
    local ok, result = pcall(launch, guest.options)
    if ok then
        guest.task = result
        note("%s is started again", guest.name)
        watch(guest)
    elseif L4.uptime_ms() < deadline then
        L4.after(RETRY_MS, function() start_again(guest, code, deadline) end)
    else
        note("%s cannot be started again: %s", guest.name, tostring(result))
        is_off(guest, code)
    end
end

watch = function(guest)
    guest.task:module_exit_handler(function(code)
        report(guest.name, code, guest.options.restart)
        if wants_restart(guest, code) and restart_allowed(guest) then
            -- Not in here: it may have ended before it could be watched.
            local deadline = L4.uptime_ms() + RETRY_UNTIL_MS
            L4.after(0, function() start_again(guest, code, deadline) end)
        else
            is_off(guest, code)
        end
    end)
end

-- What the guest keeps over restarts, beside what the script gave.
local function lasting_options(options)
    local own = table_override(options)
    own.guest_log = guest_log(own)
    own.guest_mon = guest_monitor(own)
    return own
end

-- Start a guest; returns the task. Keys: id, mem (MiB or dataspace), mem_align (log2), fdt (file or
-- list), kernel, rd, bootargs, ram_base, cpus (mask), vcpus, prio, scheduler, vbus, net, disk, disk2, rng
-- (a capability each, or a function that makes one whenever the guest is started), mon, log, ext_args,
-- ext_caps, jdb, restart (true: it comes back, unless it switches itself off),
-- restart_limit (times per minute; false: none), on_exit (function of the exit code, nil when it
-- was killed; what it returns goes before restart).
function vmm.start_vm(options)
    check_options(options)
    local own = lasting_options(options)
    local name = options.id and "guest " .. tostring(options.id) or "a guest"
    local task = launch(own)
    guests_on = guests_on + 1
    if options.restart or options.on_exit then
        local guest = setmetatable({ task = task, options = own, name = name, restarts = {} }, Guest)
        watch(guest)
        return guest
    end
    task:module_exit_handler(function(code)
        report(name, code)
        guest_is_off()
    end)
    return task
end

return vmm
