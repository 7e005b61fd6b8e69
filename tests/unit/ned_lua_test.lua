-- SPDX-License-Identifier: MIT
-- Tests of ned.lua and vmm.lua over pretended C functions. Returns a table of tests.

local ned_chunk, loader_chunk, vmm_chunk, pretended = ...

local L4

-- ------------------------------------------------------------------ the pretended C side

local core = { cap_meta = {} }
local state = setmetatable({}, { __mode = "k" }) -- capability -> what it is
local created, started, output = {}, {}, {}
local files = { hello = true, l4re = true, cons = true, uvmm = true, io = true,
                l4vio_net_p2p = true, l4vio_switch = true, uvmm_cli = true }
local online = { 0, 1 }
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
function core.cpus() return online end
function core.sleep_ms() end
local now_ms, later = 0, {}
function core.uptime_ms() return now_ms end
function core.after(ms, f) later[#later + 1] = { at = now_ms + ms, call = f } end
local platform_calls = {}
function core.create(factory, proto, args)
    created[#created + 1] = { factory = factory, proto = proto, args = args }
    if proto == 0x7777 then return nil, -12 end
    return new_cap { made = { proto = proto, args = args } }
end
function core.new_gate() return new_cap { meta = "L4::Factory", gate = true } end
function core.ns_query(_, name)
    if name == "broken" then return nil, -5 end
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
local kernel_tells = true
function core.memory_info(cap)
    if cap == L4.Env.user_factory then return 0, 1000, 2000, 1100, 900 end
    if kernel_tells then return 64, 32, 64, 40, 24 end
end
function core.debug_obj(_, n) return n + 1 end
local execute
function core.set_execute(f) execute = f end
function core.server_loop() end
local start_error
function core.start(t)
    if start_error then return nil, "task", "", start_error end
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
        while later[1] and later[1].at <= now_ms do table.remove(later, 1).call() end
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

local tests = {}

-- ------------------------------------------------------------------ ned.lua

function tests.constants()
    eq(package.loaded.L4, L4)
    eq(rawget(_G, "L4"), nil)
    eq(L4.Proto.Factory, -15)
    eq(L4.Mem_alloc_flags.Continuous | L4.Mem_alloc_flags.Pinned | L4.Mem_alloc_flags.Super_pages,
       7)
    eq(L4.Info.arch(), "arm64")
    eq(L4.Info.cpus(), 2)
    L4.sleep(2)
    eq(output[#output], "Ned: Sleeping 2s")
end

function tests.rights()
    local cap = L4.default_loader:new_channel()
    eq(cap:m(), 4)
    eq(cap:m("rws"):m(), 7)
    eq(cap:m("W"):m(), 5)
    eq(state[cap:svr()].rights, 0xef)
    eq(cap:m("r"), cap)
    eq(cap:mode(L4.Rights.rw):m(), 5)
    assert(cap:is_valid())
    fails("letters", cap.m, cap, {})
    assert(tostring(cap):find("^L4::Cap<.*>%[0x%x+%] r=0x4"))
end

function tests.casts()
    local cap = L4.default_loader:new_channel()
    eq(core.class(L4.cast(L4.Proto.Factory, cap)), "L4::Factory")
    eq(core.class(L4.cast("L4Re::Namespace", cap)), "L4Re::Namespace")
    eq(core.class(L4.cast(-15, function() return cap end)), "L4::Factory")
    eq(core.class(L4.cast("N2L47FactoryE", cap)), "L4::Factory")
    eq(core.class(L4.cast("N2L416Platform_controlE", cap)), "L4::Platform_control")
    eq(L4.mangle_class("L4Re::Ned::Cmd_control"), "N4L4Re3Ned11Cmd_controlE")
    eq(L4.cast("No::Such", cap), nil)
    eq(L4.cast("N2No4SuchE", cap), nil)
    eq(L4.cast(nil, cap), nil)
    eq(L4.cast(12345, cap), nil)
    fails("too many", L4.cast, 1, cap, 3)
    fails("capability expected", L4.cast, -15, "text")
end

function tests.classes()
    local cap = new_cap { meta = "L4::Factory" }
    assert(cap.create)
    eq(core.class(cap), "L4::Factory")
    assert(new_cap { meta = "Own::Port_factory", supports = -15 }.create)
    eq(new_cap { meta = "Own::Thing" }.create, nil)
    local dumb = new_cap {}
    eq(dumb.create, nil)
    assert(output[#output]:find("does not support the meta protocol"))
    -- as L4Re's servers spell it
    cap = new_cap { meta = "N2L47FactoryE" }
    assert(cap.create)
    eq(core.class(cap), "L4::Factory")
    assert(new_cap { meta = "N4L4Re9NamespaceE" }.query)
    assert(new_cap { meta = "N4L4Re9Mem_allocE" }.create)
    cap = new_cap { meta = "N3Own12Port_factoryE", supports = -15 }
    assert(cap.create)
    cap = new_cap { meta = "N3Own5ThingE" }
    eq(cap.create, nil)
    eq(core.class(cap), "Own::Thing")
    -- a server without names sends an empty one
    assert(new_cap { meta = "", proto = 0x4001 }.query)
    assert(new_cap { meta = "", supports = -15 }.create)
    eq(new_cap { meta = "", proto = 0 }.create, nil)
    -- and one that is not in order sends anything
    for _, name in ipairs { "N", "NE", "N7FactoryE", "N99999999999999999999xE", "N0E", "7Factory", "N2L4", "2" } do
        eq(new_cap { meta = name }.create, nil)
    end
    eq(L4.cast("L4Re::Debug_obj", dumb):debug(1), 2)
    eq(L4.cast("L4::Platform_control", dumb):system_shutdown(1), 0)
    fails("system_suspend", function() L4.cast("L4::Platform_control", dumb):system_suspend(0) end)
end

function tests.class_tables()
    local factory = L4._CAP_TYPES["L4::Factory"]
    assert(factory.create)
    for _, id in ipairs { "L4::Factory", "N2L47FactoryE", L4.Proto.Factory, -15.0, L4.Env.factory } do
        eq(L4.get_cap_class(id), factory)
    end
    eq(L4._CAP_TYPES[L4.Proto.Factory], factory)
    eq(L4.get_cap_class("No::Such"), nil)
    eq(L4.get_cap_class(nil), nil)
    L4.get_cap_class("L4Re::Namespace").first = function(ns) return ns:query("hello")() end
    eq(state[L4.Env.rom:first()].file, "hello")
    eq(L4.Class.check(L4.default_loader, L4.Loader), nil)
    for _, wrong in ipairs { {}, 5, L4.Env.rom, false } do
        fails("ned_lua_test.lua:%d+: method called with incompatible object",
              function() L4.Loader.start(wrong, {}, "rom/hello") end)
    end
    fails("incompatible object", function() L4.Loader.new_channel() end)
end

function tests.icu_is_handed_on_without_the_machine()
    eq(L4.Env.icu:m(), L4.Rights.rw)
    eq(L4.Env.icu:m("rws"):m(), L4.Rights.rws)
    eq(core.class(L4.Env.icu), "L4::Icu")
end

function tests.create()
    local cap = L4.Env.user_factory:create(L4.Proto.Dataspace, 128 * 1024.0, "7", "7x", nil, 5)
    eq(args_of(created[#created]), "131072 7 7x")
    eq(math.type(created[#created].args[1]), "integer")
    eq(math.type(created[#created].args[2]), "integer")
    eq(core.class(cap), "L4Re::Dataspace")
    eq(cap:m(), 4)
    L4.Env.user_factory:create(L4.Proto.Log, "tag", {}, "x")
    eq(args_of(created[#created]), "tag")
    local err = fails("ned_lua_test.lua:%d+: runtime error",
                      function() L4.Env.user_factory:create(0x7777) end)
    eq(err.code, -12)
    fails("protocol number", function() L4.Env.user_factory:create("Log") end)
end

function tests.statistics()
    local use = L4.statistics()
    eq(tostring(use), "ram 1100, quota 1000, objects 99, kernel 40, kernel_quota 32, slots 17, tasks 3")
    eq(use, L4.statistics())
    kernel_tells = false
    eq(tostring(L4.statistics()), "ram 1100, quota 1000, objects 99, kernel ?, kernel_quota ?, slots 17, tasks 3")
    assert(use ~= L4.statistics())
end

function tests.queries()
    local query = L4.Env.rom:query("hello", L4.Rights.rw)
    eq(type(query), "function")
    eq(state[query()].file, "hello")
    eq(L4.Env.rom:q("nothing")(), nil)
    fails("query of 'broken'", L4.Env.rom:query("broken"))
end

function tests.register()
    local l = L4.default_loader
    local ns = l:create_namespace { a = L4.Env.log, sub = { b = L4.Env.rom }, path = "rom/hello" }
    eq(state[ns].made.proto, L4.Proto.Namespace)
    local entries = {}
    ns:register("x", function(_, key) eq(key, "x") return L4.Env.log end)
    eq(l:create_namespace(5), 5)
    fails("Could not resolve: 'nowhere/at/all'", ns.register, ns, "y", "nowhere/at/all")
    return entries
end

function tests.cpu_sets()
    local Set = L4.Cpu_set
    eq(tostring(Set:new()), "{ all }")
    eq(tostring(Set:new {}), "{}")
    eq(tostring(Set:new { "0-2", 7 }), "{0, 1, 2, 7}")
    eq(tostring(Set:new(3) | Set:new("0-1")), "{0, 1, 3}")
    eq(tostring(Set:new("0-5") & Set:new { 1, 9 }), "{1}")
    eq(tostring(Set:new() & Set:new(4)), "{4}")
    eq(select("#", Set:new():factory_args()), 0)
    local a, b = Set:new { 1, 65 }:factory_args()
    eq(a, 2)
    eq(b, 2)
    fails('Invalid CPU range "5%-1"', Set.new, Set, "5-1")
    fails("Invalid argument type: boolean", Set.new, Set, true)
end

function tests.env()
    eq(L4.Env.vbus, nil)
    eq(L4.Env.user_factory, L4.Env.mem_alloc)
    eq(L4.Env.log:m(), 7)
    assert(L4.Env.factory.create)
end

function tests.start()
    local task = L4.default_loader:start({}, "rom/hello  a b", { HOME = "/", N = 1 })
    local s = started[#started]
    eq(s.task, task)
    eq(table.concat(s.argv, ","), "rom/hello,a,b")
    table.sort(s.envv)
    eq(table.concat(s.envv, ","), "HOME=/,N=1")
    eq(s.l4re, "rom/l4re")
    eq(s.l4re_dbg, L4.Dbg.Warn)
    eq(s.base, -1)
    eq(s.mem, L4.Env.mem_alloc)
    eq(s.scheduler, L4.Env.scheduler)
    eq(s.by_name.rom:m(), 4)
    L4.default_loader:startv({}, "rom/hello", "with space", nil, 7)
    eq(table.concat(started[#started].argv, ","), "rom/hello,with space,7")
    local env = { log = { "x" } }
    L4.default_loader:start(env, "rom/hello")
    L4.default_loader:start(env, "rom/hello") -- a table may be used again
end

function tests.log_forms()
    local l = L4.default_loader
    local function log(form)
        l:start({ log = form }, "rom/hello")
        return started[#started].log, created[#created]
    end
    local _, c = log(nil)
    eq(c.proto, L4.Proto.Log)
    eq(args_of(c), "hello")
    _, c = log { "tag", "red", "key=1", "show" }
    eq(args_of(c), "tag red key=1 show")
    _, c = log { nil, "green" }
    eq(args_of(c), "hello green")
    eq(log(L4.Env.log), L4.Env.log)
    eq(log(function() return L4.Env.log end), L4.Env.log)
    fails("log of 'rom/hello'", log, 5)
    local channel = l:new_channel()
    local other = L4.Loader.new { mem = L4.Env.mem_alloc, log_fab = channel }
    other:start({}, "rom/hello")
    eq(created[#created].factory, channel)
    other.log_fab = false
    fails("without valid log factory", other.start, other, {}, "rom/hello")
end

function tests.caps()
    local l = L4.default_loader
    local function caps(t)
        l:start({ caps = t }, "rom/hello")
        return started[#started].by_name
    end
    local c = caps { a = L4.Env.log, b = L4.Env.rom:query("hello"), no = false,
                    ns = { x = L4.Env.log } }
    eq(c.a, L4.Env.log)
    eq(state[c.b].file, "hello")
    eq(c.no, nil)
    eq(state[c.ns].made.proto, L4.Proto.Namespace)
    assert(c.rom)
    caps { gone = L4.Env.rom:query("nothing") }
    assert(output[#output]:find("nothing found for capability 'gone'"))
    fails("capability 'net' is a number", caps, { net = 1 })
    fails("capability 'net' is a string", caps, { net = "net0" })
    fails("too long", caps, { a_name_that_is_too_long = L4.Env.log })
    fails("capability 'bad' is invalid", caps, { bad = new_cap { invalid = true } })
    fails("a name expected", caps, { L4.Env.log })
    local own = L4.Loader.new { mem = L4.Env.mem_alloc, default_caps = { disk = L4.Env.rom } }
    own:start({}, "disk/hello")
    eq(started[#started].by_name.rom, nil)
    eq(started[#started].by_name.disk, L4.Env.rom)
    fails("no capability 'rom'", own.start, own, {}, "rom/hello")
end

function tests.start_errors()
    local l = L4.default_loader
    fails("ned_lua_test.lua:%d+: .*'rom/missing' not found",
          function() l:start({}, "rom/missing") end)
    fails("no capability 'disk'", l.start, l, {}, "disk/hello")
    l:start({ caps = { disk = L4.Env.rom, image = L4.Env.log } }, "disk/hello") -- the task's own
    l:start({ caps = { image = L4.Env.log } }, "image")
    fails("could not create process: 'rom/hello': task %(detail%): error %-12 %(%-12%)", l.start, l,
          {}, "rom/hello fail")
    fails("name of a program", l.start, l, {}, "")
    fails("capability expected 'mem'", l.start, l, { mem = 5 }, "rom/hello")
    fails("table expected", l.start, l, 5, "rom/hello")
    files.l4re = nil
    fails("'rom/l4re' not found, needed", l.start, l, {}, "rom/hello")
end

function tests.sched_proxy()
    L4.default_loader:create_sched_proxy { prio_offset = 5, cpus = L4.Cpu_set:new { 1 } }
    eq(args_of(created[#created]), "15 5 2")
    eq(created[#created].proto, L4.Proto.Scheduler)
    L4.default_loader:create_sched_proxy { prio_limit = 30 }
    eq(args_of(created[#created]), "30 0")
end

function tests.command()
    local code, text = execute("return 1 + 1")
    eq(code, 0)
    eq(text, "2")
    eq(execute("this is no Lua"), -22)
    assert(output[#output]:find("couldn't parse 'this is no Lua'"))
    eq(execute("error('x')"), -5)
    code, text = execute("answer = 42")
    eq(text, "nil")
    eq(select(2, execute("return answer")), "42")
end

-- ------------------------------------------------------------------ vmm.lua

local function load_vmm()
    local vmm = vmm_chunk()
    vmm.loader.log_fab = L4.default_loader:new_channel()
    return vmm
end

local function last(kind)
    for i = #created, 1, -1 do
        if created[i].proto == kind then return created[i] end
    end
end

function tests.vmm_document()
    local vmm = load_vmm()
    local net_ports = { net0 = 1, net1 = 1 }
    local io_busses = { vm_hw = 1 }
    vmm.start_io(io_busses, "rom/io.cfg")
    local io = started[#started]
    eq(table.concat(io.argv, " "), "rom/io rom/io.cfg rom/vm_hw.vbus")
    eq(state[io.by_name.vm_hw].rights, 0xef)
    eq(io.by_name.icu, L4.Env.icu)
    vmm.start_virtio_switch(net_ports)
    eq(started[#started].argv[1], "rom/l4vio_net_p2p")
    eq(args_of(last(0)), "ds-max=4")
    assert(core.is_cap(net_ports.net0) and core.is_cap(net_ports.net1))
    local task = vmm.start_vm {
        id = 1, mem = 128, mon = false, net = net_ports.net0, vbus = io_busses.vm_hw,
        rd = "rom/ramdisk-armv8.cpio.gz", fdt = "rom/virt-arm_virt.dtb", kernel = "rom/Image.gz",
        bootargs = "console=hvc0 rdinit=/init ",
    }
    local vm = started[#started]
    eq(vm.task, task)
    eq(table.concat(vm.argv, "|"),
       "rom/uvmm|-drom/virt-arm_virt.dtb|-cconsole=hvc0 rdinit=/init |" ..
       "-rrom/ramdisk-armv8.cpio.gz|-krom/Image.gz")
    eq(vm.by_name.net, net_ports.net0)
    eq(vm.by_name.vbus, io_busses.vm_hw)
    eq(vm.by_name.mon, nil)
    eq(args_of(last(L4.Proto.Dataspace)), ("%d 7 21"):format(128 << 20))
    eq(args_of(last(L4.Proto.Log)), "vm1 w key=1")
    eq(args_of(last(L4.Proto.Scheduler)), "10 0 2") -- CPU 1 mod 2
    eq(vm.scheduler:m(), 7)
    vmm.start_vm { id = 2 }
    eq(args_of(last(L4.Proto.Scheduler)), "10 0 1")
    online = { 0 }
    vmm.start_vm { id = 1 }
    eq(args_of(last(L4.Proto.Scheduler)), "10 0 1")
    task:exit_handler(function() end) -- the script's own handler is free
    vm.task.module_handler(0)
    assert(output[#output]:find("guest 1 is powered off"))
    vm.task.module_handler(102)
    assert(output[#output]:find("restart = true"))
end

function tests.vmm_errors()
    local vmm = load_vmm()
    fails("ned_lua_test.lua:%d+: start_vm: id is missing", function() vmm.start_vm {} end)
    fails("net is a number", function() vmm.start_vm { id = 1, net = 1 } end)
    fails("mem: MiB", function() vmm.start_vm { id = 1, mem = "much" } end)
    fails("mem: MiB", function() vmm.start_vm { id = 1, mem = 0 } end)
    fails("'x' is a number", function() vmm.start_vm { id = 1, ext_caps = { x = 1 } } end)
    for _, vcpus in ipairs { "many", 2.5, {}, L4.Env.log, true } do
        fails("ned_lua_test.lua:%d+: start_vm: vcpus: integer expected, got",
              function() vmm.start_vm { id = 1, vcpus = vcpus } end)
    end
    fails("vcpus: integer expected, got false", function() vmm.start_vm { id = 1, vcpus = false } end)
    fails("vcpus: 1 to 16 expected, got 0", function() vmm.start_vm { id = 1, vcpus = 0 } end)
    fails("vcpus: 1 to 16 expected, got 17", function() vmm.start_vm { id = 1, vcpus = 17 } end)
    fails("restart_limit: integer", function() vmm.start_vm { id = 1, restart_limit = "often" } end)
    fails("on_exit: a function expected, got boolean", function() vmm.start_vm { id = 1, on_exit = true } end)
    fails("port_limit", vmm.start_virtio_switch_tbl, { ports = {}, port_limit = 2 })
    fails("svr_cap is a string", vmm.start_virtio_switch_tbl, { ports = {}, svr_cap = "switch" })
    fails("two ports, asked for are 3: a, b and 1 more",
          vmm.start_virtio_switch_tbl, { ports = { a = 1, b = 1 }, svr_cap = vmm.loader:new_channel(), port_limit = 1 })
    fails("two ports", vmm.start_virtio_switch, { a = 1, b = 1, c = 1 })
end

function tests.vmm_keys()
    local vmm = load_vmm()
    vmm.start_vm {
        id = "x", mem = 0.5, fdt = { "rom/a", "rom/b" }, ram_base = 0x40000000, cpus = 4, prio = 7,
        ext_args = { "-v", "-q" }, log = L4.Env.log, mon = false, ext_caps = { net = L4.Env.icu },
        net = L4.Env.log,
    }
    local vm = started[#started]
    eq(table.concat(vm.argv, " "), "rom/uvmm -drom/a -drom/b -b1073741824 -v -q")
    eq(vm.log, L4.Env.log)
    eq(vm.by_name.net, L4.Env.icu)
    eq(args_of(last(L4.Proto.Scheduler)), "17 7 4")
    local ram = L4.Env.log
    vmm.start_vm { id = 1, mem = ram, scheduler = L4.Env.scheduler, cpus = 1 }
    eq(started[#started].by_name.ram, ram)
    eq(table.concat(started[#started].argv, " "), "rom/uvmm --reused-ram")
    eq(started[#started].scheduler, L4.Env.scheduler)
    vmm.start_vm { id = 1, vcpus = 4 }
    eq(table.concat(started[#started].argv, " "), "rom/uvmm --vcpus=4")
end

local function starts_of(program)
    local n = 0
    for _, s in ipairs(started) do
        if s.argv[1] == program then n = n + 1 end
    end
    return n
end

local function said(pattern)
    for _, line in ipairs(output) do
        if line:find(pattern) then return true end
    end
    return false
end

-- Lets the time pass until the next call that was put off.
local function next_call()
    local call = table.remove(later, 1)
    now_ms = call.at
    call.call()
end

function tests.vmm_restart()
    local vmm = load_vmm()
    local code
    local guest = vmm.start_vm { id = 1, restart = true, mon = "uvmm_cli" }
    guest:exit_handler(function(c) code = c end)
    fails("already registered", guest.exit_handler, guest, print)
    -- it resets, uvmm ends with an error, a fault ends uvmm, somebody kills it
    for _, reason in ipairs { 102, 1, 139, false } do
        local before = started[#started].task
        before:ends(reason or nil)
        local now = started[#started].task
        assert(now ~= before)
        eq(guest.task, now)
        eq(guest:state(), "running")
    end
    eq(code, nil)
    eq(starts_of("rom/uvmm"), 5)
    eq(starts_of("rom/uvmm_cli"), 1) -- what serves the monitor goes on
    assert(said("guest 1 asks for a reset"))
    assert(said("guest 1 ended with status 139"))
    assert(said("guest 1 is killed"))
    assert(said("guest 1 is started again"))
    assert(not said("the last guest is off"))
    started[#started].task:ends(0)
    eq(code, 0)
    eq(starts_of("rom/uvmm"), 5)
    assert(said("the last guest is off; the machine stays on"))

    guest = vmm.start_vm { id = 2, restart = true }
    started[#started].task:ends(0)
    eq(guest:exit_handler(function(c) code = c + 1 end), false)
    eq(code, 1)
end

function tests.vmm_stop()
    local vmm = load_vmm()
    local code = "none"
    local guest = vmm.start_vm { id = 1, restart = true }
    guest:exit_handler(function(c) code = c end)
    eq(guest:kill(), "killed")
    started[#started].task:ends(nil)
    eq(starts_of("rom/uvmm"), 2)
    eq(guest:stop(), "killed")
    started[#started].task:ends(nil)
    eq(starts_of("rom/uvmm"), 2)
    eq(code, nil)
end

function tests.vmm_restart_limit()
    local vmm = load_vmm()
    vmm.start_vm { id = 1, restart = true, restart_limit = 3 }
    local function resets(times)
        for _ = 1, times do
            now_ms = now_ms + 10 * 1000
            started[#started].task:ends(102)
        end
    end
    resets(3)
    eq(starts_of("rom/uvmm"), 4)
    now_ms = now_ms + 50 * 1000 -- the first two are more than a minute ago
    resets(2)
    eq(starts_of("rom/uvmm"), 6)
    resets(1)
    eq(starts_of("rom/uvmm"), 7)
    resets(1)
    eq(starts_of("rom/uvmm"), 7)
    assert(said("guest 1 was started again 3 times within a minute; it stays off"))
    assert(said("the last guest is off"))

    vmm.start_vm { id = 2, restart = true } -- ten times, if the script does not say
    for _ = 1, 11 do started[#started].task:ends(1) end
    eq(starts_of("rom/uvmm"), 7 + 11)
    vmm.start_vm { id = 3, restart = true, restart_limit = false }
    for _ = 1, 100 do started[#started].task:ends(1) end
    eq(starts_of("rom/uvmm"), 7 + 11 + 101)
end

function tests.vmm_on_exit()
    local vmm = load_vmm()
    local codes, answer = {}, nil
    local guest
    guest = vmm.start_vm {
        id = 1, on_exit = function(code, g)
            eq(g, guest)
            codes[#codes + 1] = code or "killed"
            if answer == "error" then error("in the script") end
            return answer
        end,
    }
    answer = true
    started[#started].task:ends(0)
    started[#started].task:ends(nil)
    eq(starts_of("rom/uvmm"), 3)
    answer = "error"
    started[#started].task:ends(7)
    eq(starts_of("rom/uvmm"), 3)
    eq(table.concat(codes, " "), "0 killed 7")
    assert(said("guest 1: error in on_exit: .*in the script"))

    answer = false
    vmm.start_vm { id = 2, restart = true, on_exit = function() return answer end }
    started[#started].task:ends(102)
    eq(starts_of("rom/uvmm"), 4)
    answer = nil
    vmm.start_vm { id = 3, restart = true, on_exit = function() return answer end }
    started[#started].task:ends(102)
    eq(starts_of("rom/uvmm"), 6)
    answer = true
    guest = vmm.start_vm { id = 4, on_exit = function() return answer end }
    guest:stop()
    started[#started].task:ends(nil)
    eq(starts_of("rom/uvmm"), 7)
end

function tests.vmm_memory_comes_late()
    local vmm = load_vmm()
    local guest = vmm.start_vm { id = 1, restart = true }
    local old = started[#started].task
    start_error = -12
    old:ends(nil)
    eq(guest.task, old)
    eq(#later, 1)
    next_call()
    eq(starts_of("rom/uvmm"), 1)
    start_error = nil
    next_call()
    eq(starts_of("rom/uvmm"), 2)
    eq(#later, 0)
    eq(guest:state(), "running")

    start_error = -12
    guest:exit_handler(function() old = nil end)
    started[#started].task:ends(1)
    for _ = 1, 1000 do
        if #later > 0 then next_call() end
    end
    eq(#later, 0)
    assert(said("guest 1 cannot be started again: .*error %-12"))
    assert(said("the last guest is off"))
    eq(old, nil)

    start_error = nil
    guest = vmm.start_vm { id = 2, restart = true }
    start_error = -12
    started[#started].task:ends(1)
    guest:stop()
    start_error = nil
    local before = #started
    next_call()
    eq(#started, before)
    eq(#later, 0)
end

function tests.vmm_machine()
    local vmm = load_vmm()
    local last = 0
    vmm.when_last_off = function() last = last + 1 end
    vmm.start_vm { id = 1 }
    local first = started[#started].task
    vmm.start_vm { id = 2, restart = true }
    local second = started[#started].task
    first:ends(1)
    second:ends(1)
    eq(last, 0)
    started[#started].task:ends(0)
    eq(last, 1)
    vmm.when_last_off = vmm.reboot
    vmm.start_vm { id = 3 }
    started[#started].task:ends(0)
    local call = platform_calls[#platform_calls]
    eq(call.argument, 1)
    eq(call.op, 1)
    eq(core.cap_info(call.cap), core.cap_info(L4.Env.icu))
    vmm.shutdown()
    eq(platform_calls[#platform_calls].argument, 0)
end

function tests.vmm_keys_of_consoles()
    local vmm = load_vmm()
    vmm.start_vm { id = 9 }
    eq(args_of(last(L4.Proto.Log)), "vm9 w key=9")
    vmm.start_vm { id = 10 }
    eq(args_of(last(L4.Proto.Log)), "vm10 w")
    vmm.start_vm { id = "a" }
    eq(args_of(last(L4.Proto.Log)), "vma w key=a")
end

function tests.vmm_monitor()
    local vmm = load_vmm()
    vmm.start_vm { id = 1, mon = "uvmm_cli", scheduler = L4.Env.scheduler }
    local cli, vm = started[#started - 1], started[#started]
    eq(cli.argv[1], "rom/uvmm_cli")
    eq(cli.scheduler, L4.Env.scheduler)
    -- the program serves, the guest is its client
    eq(cli.by_name.mon:m(), 0xf)
    eq(vm.by_name.mon:m(), L4.Rights.rws)
    assert(state[cli.by_name.mon].rights & L4.Rights.c ~= 0)
    assert(state[vm.by_name.mon].rights & L4.Rights.c == 0)
end

function tests.vmm_debugger()
    local vmm = load_vmm()
    vmm.start_vm { id = 1, jdb = true }
    eq(started[#started].by_name.jdb, nil)
    assert(said("this kernel has no debugger"))
    L4.Env.jdb = new_cap { rights = 7 }
    vmm.start_vm { id = 1, jdb = true }
    eq(started[#started].by_name.jdb, L4.Env.jdb)
    vmm.start_vm { id = 1, jdb = L4.Env.log }
    eq(started[#started].by_name.jdb, L4.Env.log)
    vmm.start_vm { id = 1, jdb = false }
    eq(started[#started].by_name.jdb, nil)
    L4.Env.jdb = nil
end

function tests.vmm_table_override()
    local vmm = load_vmm()
    local first = { a = 1, b = 2 }
    local t = vmm.table_override(first, nil, { b = 3, c = 4 }, {})
    eq(t.a, 1)
    eq(t.b, 3)
    eq(t.c, 4)
    eq(first.b, 2)
    eq(next(vmm.table_override()), nil)
end

function tests.vmm_io()
    local vmm = load_vmm()
    local opts = {
        caps = { own = L4.Env.log, icu = L4.Env.rom }, ext_caps = { more = L4.Env.rom, icu = L4.Env.log },
        log = { "hardware", "y" }, l4re_dbg = L4.Dbg.All, scheduler = L4.Env.scheduler,
    }
    local busses = { a = 1 }
    vmm.start_io(busses, "-v rom/io.cfg", opts)
    local io = started[#started]
    eq(table.concat(io.argv, " "), "rom/io -v rom/io.cfg rom/a.vbus")
    eq(io.by_name.own, L4.Env.log)
    eq(io.by_name.more, L4.Env.rom)
    eq(io.by_name.icu, L4.Env.log)
    assert(io.by_name.sigma0 and io.by_name.a)
    eq(io.l4re_dbg, L4.Dbg.All)
    eq(io.scheduler, L4.Env.scheduler)
    eq(args_of(last(L4.Proto.Log)), "hardware y")
    eq(opts.caps.sigma0, nil) -- the script's table stays as it is
    vmm.start_io({ b = 1 }, nil, nil)
    eq(args_of(last(L4.Proto.Log)), "io red")
end

function tests.vmm_switch()
    local vmm = load_vmm()
    local ports = { a = 1, b = { "vlan=access=3" }, c = 1 }
    vmm.start_virtio_switch(ports, 5, 1, "switch", { vbus = L4.Env.icu })
    local s = started[#started]
    eq(table.concat(s.argv, " "), "rom/l4vio_switch -v -p 3")
    eq(s.by_name.vbus, L4.Env.icu)
    eq(args_of(created[#created]), "ds-max=4 name=c")
    eq(args_of(created[#created - 1]), "ds-max=4 name=b vlan=access=3")
    eq(args_of(last(L4.Proto.Scheduler)), "15 5 1")

    -- on a channel of the script's, with room for ports that come later
    local channel = vmm.loader:new_channel()
    ports = { a = 1 }
    local count = #started
    local task = vmm.start_virtio_switch_tbl { ports = ports, switch_type = "switch", svr_cap = channel, port_limit = 2 }
    eq(#started, count + 1) -- somebody serves it
    s = started[#started]
    eq(s.task, task)
    eq(table.concat(s.argv, " "), "rom/l4vio_switch -v -p 3")
    eq(core.cap_info(s.by_name.svr), core.cap_info(channel))
    eq(state[s.by_name.svr].rights, 0xef)
    eq(core.cap_info(created[#created].factory), core.cap_info(channel))
    assert(core.is_cap(ports.a))
    ports = { a = 1, b = 1 }
    vmm.start_virtio_switch_tbl { ports = ports, svr_cap = channel:svr() }
    eq(started[#started].argv[1], "rom/l4vio_net_p2p")
    assert(core.is_cap(ports.a) and core.is_cap(ports.b))
end

return tests
