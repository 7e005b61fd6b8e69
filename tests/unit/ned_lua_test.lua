-- SPDX-License-Identifier: MIT
-- Tests of ned.lua and loader.lua, in the world of ned_lua_world.lua. Returns a table of tests.

local W = ...

local L4, core, state, created, started, output, files =
    W.L4, W.core, W.state, W.created, W.started, W.output, W.files
local new_cap, eq, fails, args_of =
    W.new_cap, W.eq, W.fails, W.args_of

local tests = {}

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
    eq(tostring(use), "ram 1100, quota 1000, objects 99, kernel 40, kernel_quota 32, kernel_objects 20, slots 17, tasks 3")
    eq(use, L4.statistics())
    W.kernel_tells = false
    eq(tostring(L4.statistics()), "ram 1100, quota 1000, objects 99, kernel ?, kernel_quota ?, kernel_objects ?, slots 17, tasks 3")
    assert(use ~= L4.statistics())
end

function tests.queries()
    local query = L4.Env.rom:query("hello", L4.Rights.rw)
    eq(type(query), "function")
    eq(state[query()].file, "hello")
    eq(L4.Env.rom:q("nothing")(), nil)
    fails("query of 'broken'", L4.Env.rom:query("broken"))
    eq(fails("query of 'gone'", L4.Env.rom:query("gone")).code, -11)
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
    local code, text = W.execute("return 1 + 1")
    eq(code, 0)
    eq(text, "2")
    eq(W.execute("this is no Lua"), -22)
    assert(output[#output]:find("couldn't parse 'this is no Lua'"))
    eq(W.execute("error('x')"), -5)
    code, text = W.execute("answer = 42")
    eq(text, "nil")
    eq(select(2, W.execute("return answer")), "42")
end

return tests
